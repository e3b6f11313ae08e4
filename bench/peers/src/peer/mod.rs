//! The logs that are measured, one file each.
//!
//! That each really syncs was seen twice, with one caller: `strace -f -c` counts at least one
//! `fdatasync` or `fsync` per append (a ring's syncs it cannot see), and the block device counts as
//! many flushes (the 16th field of its `stat` in sysfs).

mod append;
mod fjall;
mod glommio;
mod group;
mod millstream;
mod okaywal;
mod raft_engine;
mod redb;
mod shard;

use std::path::Path;

use crate::error::Result;

/// What is ours in the table, and so not a peer that the others are measured by.
pub(crate) const OURS: &[&str] = &["millstream", JOURNAL_ON_IO];

const JOURNAL_ON_IO: &str = "journal on engine/io";

/// An open log that many threads append to.
pub(crate) trait Peer: Send + Sync {
    /// Appends `record` for `caller` (0 up to the number of callers) and returns when it is on
    /// stable media. Two threads never call as the same caller.
    fn append_durable(&self, caller: usize, record: &[u8]) -> Result<()>;
}

/// A log that can be opened.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Opens an empty log in an empty folder, for so many callers.
    pub(crate) open: fn(&Path, usize) -> Result<Box<dyn Peer>>,
}

const ALL: &[Kind] = &[
    Kind { name: "append+fdatasync", open: append::open },
    Kind { name: "group commit", open: group::open },
    Kind { name: "millstream", open: millstream::open },
    Kind { name: JOURNAL_ON_IO, open: shard::open },
    Kind { name: "journal on glommio", open: glommio::open },
    Kind { name: "okaywal", open: okaywal::open },
    Kind { name: "raft-engine", open: raft_engine::open },
    Kind { name: "fjall", open: fjall::open },
    Kind { name: "redb", open: redb::open },
];

/// The peers of these names, or all for no name.
pub(crate) fn kinds(names: &[String]) -> Result<Vec<&'static Kind>> {
    if names.is_empty() {
        return Ok(ALL.iter().collect());
    }
    let find = |name: &String| {
        let known = || ALL.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
        let kind = ALL.iter().find(|kind| kind.name == name);
        kind.ok_or_else(|| format!("no peer is called {name:?}; there are: {}", known()).into())
    };
    names.iter().map(find).collect()
}
