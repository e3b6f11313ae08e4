//! A leader over an engine on a simulated disk.
#![forbid(unsafe_code)]

mod fetch;
mod offsets;
mod produce;
mod rebuild;
mod restart;
mod store;
mod toolbox;
