//! raft-engine 0.4: TiKV's log of many Raft groups. `write` with `sync` calls `fdatasync(2)` before
//! it returns (`env/log_fd/unix.rs`); concurrent writers form a group behind one leader.
//!
//! Each caller is a Raft group of its own, as the engine is meant to be used.

use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use protobuf::well_known_types::BytesValue;
use raft_engine::{Config, Engine, LogBatch, MessageExt};

use crate::error::Result;
use crate::peer::Peer;

struct RaftEngine {
    engine: Engine,
    /// What each caller's group holds. Never contended: a caller is one thread.
    groups: Vec<Mutex<Group>>,
}

struct Group {
    next_index: u64,
    batch: LogBatch,
}

/// An entry is plain bytes that begin with the entry's index.
struct Indexed;

const INDEX_BYTES: usize = 8;

impl MessageExt for Indexed {
    type Entry = BytesValue;

    fn index(entry: &BytesValue) -> u64 {
        let index = entry.value.first_chunk::<INDEX_BYTES>();
        u64::from_le_bytes(*index.expect("an entry begins with its index"))
    }
}

pub(super) fn open(folder: &Path, caller_count: usize) -> Result<Box<dyn Peer>> {
    let dir = folder.to_str().ok_or("raft-engine wants a folder whose name is UTF-8")?;
    let engine = Engine::open(Config { dir: dir.to_owned(), ..Config::default() })?;
    let group = || Mutex::new(Group { next_index: 1, batch: LogBatch::default() });
    let groups = (0..caller_count).map(|_| group()).collect();
    Ok(Box::new(RaftEngine { engine, groups }))
}

impl Peer for RaftEngine {
    fn append_durable(&self, caller: usize, record: &[u8]) -> Result<()> {
        let mut group = self.groups[caller].lock().unwrap_or_else(PoisonError::into_inner);
        let mut entry = BytesValue::new();
        entry.value = [&group.next_index.to_le_bytes(), record].concat();
        group.next_index += 1;
        group.batch.add_entries::<Indexed>(caller as u64 + 1, &[entry])?;
        self.engine.write(&mut group.batch, true)?;
        Ok(())
    }
}
