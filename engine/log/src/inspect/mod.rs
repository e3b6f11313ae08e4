//! Looking into a data directory without opening the log: is it whole, and what is in it.
//!
//! Nothing here ever writes. A [`check`] takes the directory's lock for its time, so that what it
//! sees stands still; a [`dump`] reads one file, whoever uses it.
//!
//! ```
//! use millstream_log::{Log, inspect};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let name = format!("millstream-doc-inspect-{}", std::process::id());
//! # let path = std::env::temp_dir().join(name);
//! let log = Log::open(&path)?;
//! log.partition("orders")?.append("one espresso").wait()?;
//! drop(log);
//!
//! let report = inspect::check(&path)?;
//! assert!(report.is_sound(), "{report}");
//!
//! let mut text = Vec::new();
//! inspect::dump(&path.join("identity"), &mut text)?;
//! # std::fs::remove_dir_all(&path)?;
//! # Ok(())
//! # }
//! ```

mod bytes;
mod checker;
mod dump;
mod expected;
mod finding;
mod journal;
mod partitions;
mod report;
mod segment;
mod session;
mod shard;

#[doc(inline)]
pub use crate::journal::entry::EntryFault;
#[doc(inline)]
pub use crate::journal::plan::{PassedOver, Verdict};
#[doc(inline)]
pub use crate::segment::index::IndexFault;
pub use dump::{dump, dump_on};
pub use finding::{Finding, FindingKind, Severity};
pub use report::{Counts, JournalReport, Progress, Report, ShardReport};

use crate::error::Result;
use checker::Checker;
use millstream_io::Io;
use std::path::Path;

/// How deep a check looks. Either way every byte of every batch is read and compared with its
/// checksums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// The checksums and headers.
    #[default]
    Batches,
    /// Each batch is unpacked too, and each of its records read.
    Records,
}

/// Checks a data directory, wholly: identity, checkpoints, journal, every batch of every segment,
/// and what is there beside them. What is wrong is in the report; see [`Report::is_sound`].
///
/// # Errors
/// [`crate::LogError::InUse`] while a log is open there; [`crate::LogError::NotALog`] for what is
/// no data directory; [`crate::LogError::Io`] where not even directories can be read.
pub fn check(path: impl AsRef<Path>) -> Result<Report> {
    check_with(path, Depth::default(), |_| {})
}

/// As [`check`], as deep as asked. `on_progress` is called now and then, on this thread.
///
/// # Errors
/// As [`check`].
pub fn check_with(
    path: impl AsRef<Path>,
    depth: Depth,
    mut on_progress: impl FnMut(Progress),
) -> Result<Report> {
    let path = path.as_ref().to_owned();
    session::run(
        move |io, sender| async move {
            let mut tell = |progress| {
                // One that finds no room is outdone by the next.
                let _ = sender.try_send(progress);
            };
            check_on(&io, &path, depth, &mut tell).await
        },
        |progress| {
            on_progress(progress);
            Ok(())
        },
    )
}

/// As [`check_with`], for code that runs on a shard.
///
/// # Errors
/// As [`check`].
pub async fn check_on(
    io: &Io,
    path: &Path,
    depth: Depth,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Report> {
    Checker::run(io, path, depth, on_progress).await
}
