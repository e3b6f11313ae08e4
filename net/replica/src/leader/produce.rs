//! Produce: from bytes of a request to a place in the log.

use super::Leader;
use super::rebuild::{needs_rebuild, rebuild};
use super::rules::check_records;
use crate::error::ProduceError;
use crate::producer::{BatchMemory, ProducerBatch, Verdict};
use millstream_base::{Instant, Offset, Timestamp};
use millstream_batch::{CheckOptions, CheckedBatch, Compression, Origin, TimestampType, check};
use millstream_log::{AppendOptions, Engine, Flush, Ticket};

/// What a producer waits for (`acks`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acks {
    /// 0: nothing, not even an answer.
    None,
    /// 1: that the leader's media are stable.
    Leader,
    /// −1: that those of all replicas in sync are.
    All,
}

/// What a request says of its batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProduceRequest {
    /// What the producer waits for.
    pub acks: Acks,
    /// Whether the version of the request knows zstd (7 and later do).
    pub allows_zstd: bool,
}

/// The two clocks, as the shard reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The wall's, for records.
    pub wall: Timestamp,
    /// The machine's, for how long somebody was silent.
    pub machine: Instant,
}

/// A batch that has its place in the log, by this request or by an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a producer is answered only when what it waits for has happened"]
pub struct Produced {
    /// The offset of the first record.
    pub base_offset: Offset,
    /// The offset behind the last record.
    pub next_offset: Offset,
    /// The time of the append, where that is the records' time; else the wire says −1.
    pub append_time: Option<Timestamp>,
    /// The first offset that the log still has.
    pub log_start: Offset,
    /// Whether an earlier request appended it.
    pub is_duplicate: bool,
    /// What to wait for before the producer is answered.
    pub ack: Ack,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// [`Engine::stable`] with this ticket.
    Stable(Ticket),
    /// That the high watermark gets here: [`Engine::readable_beyond`] the offset before.
    Readable(Offset),
    /// Nothing.
    Now,
}

impl Acks {
    /// Reads the wire's number; `None` (`INVALID_REQUIRED_ACKS`) for all but −1, 0 and 1.
    #[must_use]
    pub const fn from_wire(acks: i16) -> Option<Self> {
        match acks {
            -1 => Some(Self::All),
            0 => Some(Self::None),
            1 => Some(Self::Leader),
            _ => None,
        }
    }
}

impl Leader {
    /// Appends what a request has for this partition: exactly one batch. Never waits.
    ///
    /// What is refused changes nothing. A batch that was appended before is not appended again, and
    /// is answered as it was then, once it is stable.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn produce(
        &mut self,
        engine: &Engine,
        records: &[u8],
        request: ProduceRequest,
        clock: Clock,
    ) -> Result<Produced, ProduceError> {
        self.check_replicas(request.acks)?;
        let batch = self.check_batch(records, request)?;
        let producer = ProducerBatch::of(&batch);
        match producer.map_or(Verdict::Append, |producer| self.producers.check(&producer)) {
            Verdict::Append => {}
            Verdict::Duplicate(known) => return Ok(self.duplicate(&known)),
            Verdict::Refuse(fault) => return Err(ProduceError::Producer(fault)),
        }
        check_records(&batch, &self.options, clock.wall)?;
        if !needs_rebuild(&batch, &self.options) {
            return self.append(engine, &batch, clock);
        }
        let rebuilt = rebuild(&batch, &self.options)?;
        let batch_bytes_max = self.options.batch_bytes_max;
        let options = CheckOptions { batch_bytes_max, origin: Origin::Producer };
        self.append(engine, &check(&rebuilt, options)?, clock)
    }

    /// Appends a batch of the broker's own: committed offsets, the state of groups, markers.
    /// Nothing is asked of it that is asked of a client's.
    ///
    /// # Errors
    /// The engine's.
    pub fn append_own(
        &mut self,
        engine: &Engine,
        batch: &CheckedBatch<'_>,
        clock: Clock,
    ) -> Result<Produced, ProduceError> {
        self.append(engine, batch, clock)
    }

    fn check_replicas(&self, acks: Acks) -> Result<(), ProduceError> {
        let (expected_min, got) = (self.options.in_sync_min, self.in_sync_count);
        if acks == Acks::All && got < expected_min {
            return Err(ProduceError::NotEnoughReplicas { expected_min, got });
        }
        Ok(())
    }

    /// What the header and the CRC say: everything that needs no look at a record.
    fn check_batch<'a>(
        &self,
        records: &'a [u8],
        request: ProduceRequest,
    ) -> Result<CheckedBatch<'a>, ProduceError> {
        if records.is_empty() {
            return Err(ProduceError::Empty);
        }
        let batch_bytes_max = self.options.batch_bytes_max;
        let batch = check(records, CheckOptions { batch_bytes_max, origin: Origin::Producer })?;
        if batch.base_offset() != Offset::ZERO {
            return Err(ProduceError::BaseOffset { got: batch.base_offset() });
        }
        if batch.is_transactional() {
            return Err(ProduceError::Transactional);
        }
        if batch.compression() == Compression::Zstd && !request.allows_zstd {
            return Err(ProduceError::Compression(Compression::Zstd));
        }
        Ok(batch)
    }

    /// The answer that was given, or is about to be, to the request that appended it.
    fn duplicate(&self, known: &BatchMemory) -> Produced {
        let next_offset = known.next_offset();
        // Where nobody waits for the disk, a repetition does not either.
        let is_relaxed = self.options.flush == Flush::Relaxed;
        let is_answered = is_relaxed || next_offset <= self.high_watermark;
        Produced {
            base_offset: known.base_offset,
            next_offset,
            append_time: self.append_time(known.timestamp),
            log_start: self.log_start,
            is_duplicate: true,
            ack: if is_answered { Ack::Now } else { Ack::Readable(next_offset) },
        }
    }

    fn append(
        &mut self,
        engine: &Engine,
        batch: &CheckedBatch<'_>,
        clock: Clock,
    ) -> Result<Produced, ProduceError> {
        let append_time = self.append_time(clock.wall);
        let mut options = AppendOptions::default().leader_epoch(self.epoch);
        options.append_time = append_time;
        let appended = engine.append(self.partition, batch, options)?;
        assert_eq!(appended.first_offset, self.log_end, "nobody else appends here");
        self.log_end = appended.next_offset;
        let bytes = batch.bytes().len() as u64;
        self.appended_bytes += bytes;
        if let Some(producer) = ProducerBatch::of(batch) {
            let timestamp = append_time.unwrap_or(batch.max_timestamp());
            let first_offset = appended.first_offset;
            self.producers.update(&producer, first_offset, timestamp, clock.machine);
        }
        Ok(Produced {
            base_offset: appended.first_offset,
            next_offset: appended.next_offset,
            append_time,
            log_start: self.log_start,
            is_duplicate: false,
            ack: Ack::Stable(appended.ticket),
        })
    }

    /// `time`, where records have the time of their append.
    fn append_time(&self, time: Timestamp) -> Option<Timestamp> {
        (self.options.timestamp_type == TimestampType::LogAppend).then_some(time)
    }
}
