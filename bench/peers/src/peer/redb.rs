//! redb 4: a copy-on-write B-tree; the key is a counter. A commit is durable when it returns
//! (`Durability::Immediate`, its default, syncs the file); writers take turns.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::{Database, TableDefinition};

use crate::error::Result;
use crate::peer::Peer;

const RECORDS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("records");

struct Redb {
    database: Database,
    next_key: AtomicU64,
}

pub(super) fn open(folder: &Path, _caller_count: usize) -> Result<Box<dyn Peer>> {
    let database = Database::create(folder.join("log"))?;
    Ok(Box::new(Redb { database, next_key: AtomicU64::new(0) }))
}

impl Peer for Redb {
    fn append_durable(&self, _caller: usize, record: &[u8]) -> Result<()> {
        let key = self.next_key.fetch_add(1, Ordering::Relaxed);
        let transaction = self.database.begin_write()?;
        transaction.open_table(RECORDS)?.insert(key, record)?;
        transaction.commit()?;
        Ok(())
    }
}
