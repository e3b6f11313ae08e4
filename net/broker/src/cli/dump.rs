//! `dump`: what is in a file of a data directory?

use crate::cli::failure::Failure;
use clap::Args;
use millstream_log::{LogError, inspect};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Write what a file of a data directory holds, line by line. A broker may be using it.
#[derive(Args, Debug)]
pub(crate) struct Dump {
    /// The file: identity, a checkpoint, a journal chunk, a segment or its index.
    file: PathBuf,
}

impl Dump {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut output = BufWriter::new(std::io::stdout().lock());
        match inspect::dump(&self.file, &mut output) {
            Err(LogError::Output(error)) => Err(std::io::Error::from(error.kind()).into()),
            dumped => Ok(dumped.map(|()| output.flush())??),
        }
    }
}
