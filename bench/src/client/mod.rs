//! A client of Kafka's protocol: one that waits for each answer, for what comes before and after a
//! measurement, and what all requests have in common.

mod acks;
mod connection;
mod idempotence;
mod topics;

pub(crate) use acks::Acks;
pub(crate) use connection::Connection;
pub(crate) use connection::{FRAME_BYTES_MAX, NAME, encode, resolve};
pub(crate) use idempotence::init_producer;
pub(crate) use topics::{BEGINNING, END, NewTopics, Place, Topics, offsets, until_there};

/// From version 13 on the topics of Produce go by their ids.
pub(crate) const PRODUCE_VERSION_MAX: i16 = 12;
/// From version 13 on those of Fetch do.
pub(crate) const FETCH_VERSION_MAX: i16 = 12;
/// How long a broker may take to store a batch.
pub(crate) const STORE_TIMEOUT_MS: i32 = 30_000;
