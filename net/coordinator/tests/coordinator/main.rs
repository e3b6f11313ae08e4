//! The coordinator as the broker meets it: calls in, exact answers and records out.
#![forbid(unsafe_code)]

mod common;
mod join;
