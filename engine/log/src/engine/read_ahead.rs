//! Reading a long stretch of a log: the next reads are under way while one is used.

use super::disk_read::DiskRead;
use super::{Engine, Fetched, ReadLimit};
use crate::error::{LogError, Result};
use crate::segment::span::cut_to_size;
use millstream_base::{Offset, PartitionId};
use millstream_batch::HeaderView;
use millstream_io::Slice;
use std::collections::VecDeque;

/// Bytes of one read from a segment.
const READ_BYTES: usize = 1 << 20;

/// A reader of one partition that goes forward, with direct reads ahead of it.
///
/// Near the log's end it is served by reference from the tail, as [`Engine::read`] is.
pub struct Reader {
    engine: Engine,
    partition: PartitionId,
    next_offset: Offset,
    depth_max: usize,
    /// Reads under way, each of which begins where the one before ends.
    ahead: VecDeque<DiskRead>,
    /// Where the reads under way end.
    ahead_offset: Offset,
    /// What [`Reader::read`] has taken and not yet given; it ends at `next_offset`.
    rest: VecDeque<Slice>,
}

impl Engine {
    /// A reader from `offset` on that keeps up to `depth_max` reads of 1 MiB under way.
    #[must_use]
    pub fn reader(&self, partition: PartitionId, offset: Offset, depth_max: usize) -> Reader {
        Reader {
            engine: self.clone(),
            partition,
            next_offset: offset,
            depth_max: depth_max.max(1),
            ahead: VecDeque::new(),
            ahead_offset: offset,
            rest: VecDeque::new(),
        }
    }
}

impl Reader {
    /// The offset that the next batch is read from.
    #[must_use]
    pub fn next_offset(&self) -> Offset {
        self.rest.front().map_or(self.next_offset, first_offset)
    }

    /// Keeps up to so many reads under way from now on.
    pub fn set_depth(&mut self, depth_max: usize) {
        self.depth_max = depth_max.max(1);
    }

    /// Reads whole batches as [`Engine::read`] does, from where the last read ended; nothing at the
    /// log's end. The reads behind are under way when it returns.
    ///
    /// # Errors
    /// As [`Engine::read`]; what was read before the fault has been given.
    pub async fn read(&mut self, limit: ReadLimit, into: &mut Vec<Slice>) -> Result<Fetched> {
        let begin = self.next_offset();
        let mut fetched = Fetched { next_offset: begin, bytes: 0, is_tail: false };
        while fetched.bytes == 0 || fetched.bytes < limit.bytes_max {
            if self.rest.is_empty() {
                match self.refill().await {
                    Ok(is_tail) => fetched.is_tail = is_tail,
                    Err(error) if fetched.bytes == 0 => return Err(error),
                    Err(_) => break,
                }
            }
            let Some(slice) = self.rest.pop_front() else { break };
            let left_bytes = limit.bytes_max.saturating_sub(fetched.bytes);
            if slice.len() > left_bytes {
                let cut = cut_to_size(&slice, left_bytes, fetched.bytes == 0);
                let given_bytes = cut.as_ref().map_or(0, |(given, _)| given.len());
                if given_bytes < slice.len() {
                    self.rest.push_front(slice.slice(given_bytes..slice.len()));
                }
                if let Some((given, _)) = cut {
                    fetched.bytes += given.len();
                    into.push(given);
                }
                break;
            }
            fetched.bytes += slice.len();
            into.push(slice);
        }
        // What fails ahead of its need is told to whoever gets there.
        drop(self.fill(true).await);
        fetched.next_offset = self.next_offset();
        Ok(fetched)
    }

    /// Takes what is next; whether it came from memory.
    async fn refill(&mut self) -> Result<bool> {
        let mut slices = Vec::new();
        let fetched = self.next(&mut slices).await?;
        self.rest.extend(slices);
        Ok(fetched.is_tail)
    }

    /// Adds the next batches, about 1 MiB of them, to `into`; nothing at the log's end.
    ///
    /// # Errors
    /// As [`Engine::read`]. The reader stands where it stood, and may be asked again.
    pub async fn next(&mut self, into: &mut Vec<Slice>) -> Result<Fetched> {
        let limit = ReadLimit { bytes_max: READ_BYTES };
        if self.ahead.is_empty() {
            let tail = self.engine.read_tail(self.partition, self.next_offset, limit, into)?;
            if let Some(fetched) = tail {
                self.next_offset = fetched.next_offset;
                return Ok(fetched);
            }
        }
        self.fill(false).await?;
        let Some(read) = self.ahead.pop_front() else {
            let fetched = self.engine.read(self.partition, self.next_offset, limit, into).await?;
            self.next_offset = fetched.next_offset;
            return Ok(fetched);
        };
        let expected = read.next_offset();
        let whole = ReadLimit { bytes_max: usize::MAX };
        let result = self.engine.inner.finish_disk(read, whole, into).await;
        match &result {
            Ok(fetched) => self.next_offset = fetched.next_offset,
            Err(_) => self.ahead.clear(),
        }
        if self.next_offset != expected {
            // A damaged stretch ended the read early: those ahead belong behind it.
            self.ahead.clear();
        }
        result
    }

    async fn fill(&mut self, is_all_ahead: bool) -> Result<()> {
        if self.ahead.is_empty() {
            self.ahead_offset = self.next_offset;
        }
        while self.ahead.len() < self.depth_max {
            let inner = &self.engine.inner;
            let is_in_segments = {
                let state = inner.state.borrow();
                let partition = state.partition(self.partition)?;
                let tail = partition.tail_start();
                self.ahead_offset < partition.settled() && self.ahead_offset < tail
            };
            if !is_in_segments {
                break;
            }
            let is_ahead = is_all_ahead || !self.ahead.is_empty();
            let plan = inner.plan_disk(self.partition, self.ahead_offset, READ_BYTES).await;
            let read = plan.and_then(|plan| {
                let next_offset = plan.next_offset();
                plan.submit(inner, is_ahead).map(|read| (read, next_offset))
            });
            match read {
                Ok((read, next_offset)) => {
                    self.ahead.push_back(read);
                    self.ahead_offset = next_offset;
                }
                // What was asked for ahead of time may well fail; the caller is told if it gets
                // there.
                Err(_) if !self.ahead.is_empty() => break,
                Err(LogError::Busy) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn first_offset(batches: &Slice) -> Offset {
    HeaderView::new(batches).expect("a reader holds whole batches").base_offset()
}
