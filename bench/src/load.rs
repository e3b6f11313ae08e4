//! `load`: produce and fetch at a given rate.

use crate::failure::Failure;
use clap::Args;

/// Produce and fetch at a given rate, and say how long it took.
#[derive(Debug, Args)]
pub(crate) struct Load {}

impl Load {
    pub(crate) fn run(self) -> Result<(), Failure> {
        Err(Failure::failed("load is not there yet"))
    }
}
