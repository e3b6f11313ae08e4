//! What a log says of its data after somebody damaged it: nothing wrong, and nothing in silence.

use crate::harness::checkers::{check_read, check_start};
use crate::harness::life::DIRECTORY;
use crate::harness::model::{Existence, Known, Model};
use crate::machine::Machine;
use crate::script::engine_options;
use millstream_base::{Offset, PartitionId};
use millstream_log::{Directory, Engine, LogError, ReadLimit};
use std::path::Path;

/// What became of what was promised.
#[derive(Debug, Default)]
pub(crate) struct Damage {
    /// Ranges that say that they are damaged.
    pub(crate) closed: Vec<(PartitionId, Offset)>,
    /// Partitions that say that their end may be missing.
    pub(crate) suspect: Vec<PartitionId>,
    /// What is not there, and nobody says so.
    pub(crate) lost: Vec<(PartitionId, Offset)>,
    /// Batches that are there, byte for byte.
    pub(crate) read_count: usize,
}

impl Damage {
    /// Whether everything is there, as if nothing had happened.
    pub(crate) fn is_none(&self) -> bool {
        self.closed.is_empty() && self.suspect.is_empty() && self.lost.is_empty()
    }
}

impl Machine {
    /// Opens the damaged log, reads everything that was promised and compares it. The machine's
    /// processes are dead afterwards.
    ///
    /// # Panics
    /// If a read gives wrong bytes.
    pub(crate) fn assess(&mut self) -> Result<Damage, LogError> {
        let damage = self.run(|io, model| async move {
            let directory = Directory::open(&io, Path::new(DIRECTORY), 1).await?;
            let engine = Engine::open(&io, &directory, engine_options()).await?;
            let model = model.borrow().clone();
            assess_all(&engine, &model).await
        });
        self.world.kill(self.node);
        damage.expect("nobody kills it")
    }
}

/// As [`Machine::assess`], of an open engine.
pub(crate) async fn assess_all(engine: &Engine, model: &Model) -> Result<Damage, LogError> {
    let mut damage = Damage::default();
    for (id, known) in &model.partitions {
        assert_eq!(known.existence, Existence::Here, "the script ended");
        if engine.describe(*id).is_err() {
            damage.lost.push((*id, known.start_max));
            continue;
        }
        assess_one(engine, *id, known, &mut damage).await?;
    }
    Ok(damage)
}

async fn assess_one(
    engine: &Engine,
    id: PartitionId,
    known: &Known,
    damage: &mut Damage,
) -> Result<(), LogError> {
    let info = engine.describe(id)?;
    check_start(&info, known, engine.io().wall_time());
    let limit = ReadLimit { bytes_max: 100_000 };
    let mut offset = info.watermarks.start;
    let end = known.promised_end();
    let mut slices = Vec::new();
    while offset < end {
        slices.clear();
        match engine.read(id, offset, limit, &mut slices).await {
            Ok(fetched) if fetched.bytes == 0 => break,
            Ok(fetched) => {
                check_read(known, offset, limit, fetched, &slices);
                damage.read_count += slices.len();
                offset = fetched.next_offset;
            }
            Err(LogError::Quarantined { next_offset, .. }) => {
                assert!(next_offset > offset, "a damaged range has an end");
                damage.closed.push((id, offset));
                offset = next_offset;
            }
            Err(LogError::OutOfRange { end_offset, .. }) if end_offset <= offset => break,
            Err(error) => return Err(error),
        }
    }
    match (offset < end, info.is_suspect) {
        (_, true) => damage.suspect.push(id),
        (true, false) => damage.lost.push((id, offset)),
        (false, false) => {}
    }
    Ok(())
}
