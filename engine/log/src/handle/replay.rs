//! Reading record by record, with the next chunk under way.

use super::command::Chunk;
use super::{LogRecord, Partition, Pending, records};
use crate::error::Result;
use millstream_base::Offset;
use std::collections::VecDeque;

/// Bytes that are asked for at once.
const CHUNK_BYTES: usize = 1 << 20;

/// The records of a partition from an offset on. As an iterator it ends where the log ends when it
/// gets there, and goes on from there when it is asked again later.
///
/// A reader that follows waits between two rounds:
///
/// ```
/// use millstream_log::{Log, Offset};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("millstream-doc-replay-{}", std::process::id()));
/// # let log = Log::open(&path)?;
/// let orders = log.partition("orders")?;
/// # let writer = orders.clone();
/// # drop((0..3).map(|number| writer.append(number.to_string())).collect::<Vec<_>>());
/// let mut replay = orders.replay(Offset::ZERO);
/// let mut count = 0;
/// while count < 3 {
///     orders.wait_beyond(Offset::new(count)).wait()?;
///     for record in replay.by_ref() {
///         println!("{:?}", record?);
///         count += 1;
///     }
/// }
/// # drop((orders, writer, replay, log));
/// # std::fs::remove_dir_all(&path)?;
/// # Ok(())
/// # }
/// ```
pub struct Replay {
    partition: Partition,
    next_offset: Offset,
    /// Where the chunk under way begins.
    ahead: Option<Pending<Chunk>>,
    records: VecDeque<LogRecord>,
}

impl Replay {
    pub(super) fn new(partition: Partition, offset: Offset) -> Self {
        Self { partition, next_offset: offset, ahead: None, records: VecDeque::new() }
    }

    /// The next record, without blocking the thread; `None` at the present end of the log.
    ///
    /// # Errors
    /// What [`Partition::read`] answers; the replay can be asked again.
    pub async fn next_record(&mut self) -> Result<Option<LogRecord>> {
        while self.records.is_empty() {
            let chunk = self.take_ahead().await?;
            if !self.accept(chunk)? {
                return Ok(None);
            }
        }
        Ok(self.records.pop_front())
    }

    fn take_ahead(&mut self) -> Pending<Chunk> {
        self.ahead.take().unwrap_or_else(|| self.partition.read(self.next_offset, CHUNK_BYTES))
    }

    /// Unpacks a chunk and asks for the one behind it; `false` if it is empty.
    fn accept(&mut self, chunk: Chunk) -> Result<bool> {
        if chunk.batches.is_empty() {
            return Ok(false);
        }
        for batches in &chunk.batches {
            self.records.extend(records(batches, self.next_offset)?);
        }
        self.next_offset = chunk.next_offset;
        self.ahead = Some(self.partition.read(self.next_offset, CHUNK_BYTES));
        Ok(true)
    }
}

impl Iterator for Replay {
    type Item = Result<LogRecord>;

    /// Blocks the thread while the next chunk is read.
    fn next(&mut self) -> Option<Result<LogRecord>> {
        while self.records.is_empty() {
            match self.take_ahead().wait().and_then(|chunk| self.accept(chunk)) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        self.records.pop_front().map(Ok)
    }
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("next_offset", &self.next_offset).finish()
    }
}
