//! The production back end on a real ring, one behaviour per module.
#![cfg(not(miri))]

mod caprice;
mod common;
mod dropped;
mod files;
mod hand_off;
mod idle;
mod scarce;
mod signals;
mod steps;
mod streams;
