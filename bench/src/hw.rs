//! `hw`: a score card of the machine.

use crate::failure::Failure;
use clap::Args;

/// Say what this machine can do.
#[derive(Debug, Args)]
pub(crate) struct Hw {}

impl Hw {
    pub(crate) fn run(self) -> Result<(), Failure> {
        Err(Failure::failed("hw is not there yet"))
    }
}
