//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::Result;

const USAGE: &str = "limit tokio|glommio --dir FOLDER [--listen IP:PORT] [--core N]";

/// Who moves the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runtime {
    Tokio,
    Glommio,
}

/// What to serve, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) runtime: Runtime,
    pub(crate) dir: PathBuf,
    pub(crate) listen: SocketAddr,
    /// As an index into those that the process may use.
    pub(crate) core: usize,
}

impl Options {
    /// Reads the arguments behind the program's name.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let Some((runtime, rest)) = arguments.split_first() else { return Err(USAGE.into()) };
        let runtime = match runtime.as_str() {
            "tokio" => Runtime::Tokio,
            "glommio" => Runtime::Glommio,
            _ => return Err(USAGE.into()),
        };
        let listen = SocketAddr::from(([127, 0, 0, 1], 9092));
        let mut options = Self { runtime, dir: PathBuf::new(), listen, core: 0 };
        for pair in rest.chunks(2) {
            let [name, value] = pair else {
                return Err(format!("{} needs a value", pair[0]).into());
            };
            match name.as_str() {
                "--dir" => options.dir = value.into(),
                "--listen" => options.listen = value.parse()?,
                "--core" => options.core = value.parse()?,
                _ => return Err(format!("{name} is unknown: {USAGE}").into()),
            }
        }
        if options.dir.as_os_str().is_empty() {
            return Err(USAGE.into());
        }
        Ok(options)
    }
}
