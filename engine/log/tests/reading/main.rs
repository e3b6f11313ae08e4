//! Reading of what is not in the tail.
#![forbid(unsafe_code)]

mod ahead;
mod cache;
mod toolbox;
