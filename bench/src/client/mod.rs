//! A client for what comes before and after a measurement: topics made, looked up, and removed.

mod connection;
mod topics;

pub(crate) use connection::Connection;
pub(crate) use connection::{FRAME_BYTES_MAX, NAME, resolve};
pub(crate) use topics::{NewTopics, Place, Topics};
