//! Looking into a data directory: what is right is found right, what is wrong is named.
#![forbid(unsafe_code)]

mod damage;
mod dumps;
mod folder;
mod refusals;
mod simulated;
mod sound;
