//! fjall 3: a log-structured key-value store; the key is a counter. `persist` with `SyncData` is
//! `fdatasync(2)` of its journal. It does not gather callers: each syncs for itself.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::error::Result;
use crate::peer::Peer;

struct Fjall {
    records: Keyspace,
    database: Database,
    next_key: AtomicU64,
}

pub(super) fn open(folder: &Path, _caller_count: usize) -> Result<Box<dyn Peer>> {
    let database = Database::builder(folder).open()?;
    let records = database.keyspace("records", KeyspaceCreateOptions::default)?;
    Ok(Box::new(Fjall { records, database, next_key: AtomicU64::new(0) }))
}

impl Peer for Fjall {
    fn append_durable(&self, _caller: usize, record: &[u8]) -> Result<()> {
        let key = self.next_key.fetch_add(1, Ordering::Relaxed);
        self.records.insert(key.to_be_bytes(), record)?;
        self.database.persist(PersistMode::SyncData)?;
        Ok(())
    }
}
