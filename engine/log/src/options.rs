//! What can be chosen: for an engine, and for each partition.

use crate::error::{LogError, Result};
use millstream_base::limits::{
    BATCH_BYTES_MAX, BATCH_BYTES_MAX_DEFAULT, JOURNAL_CHUNK_BYTES, REGION_BYTES,
};
use std::time::Duration;

/// How one shard's engine uses memory and disk. Every field has a sensible default.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EngineOptions {
    /// Bytes of journal on disk at most. A larger journal means fewer checkpoints and a longer
    /// recovery (it is read once). It starts with two chunks of 16 MiB and grows under load.
    pub journal_bytes_max: u64,
    /// Bytes of the tail kept in memory at most: what is not yet in segments, and what readers at
    /// the tail are served from.
    pub tail_bytes_max: u64,
    /// Bytes of tail memory that slow readers may pin beyond `tail_bytes_max`; whoever reads
    /// beyond it is served from disk.
    pub pinned_bytes_max: u64,
    /// Bytes of segments that were read lately and are kept in memory at most, for the next reader
    /// of the same; 0 for none.
    pub read_cache_bytes_max: u64,
    /// Journal writes in flight at once. More of them means smaller ones.
    pub flush_depth_max: usize,
    /// Journal writes in flight at once where half a mebibyte waits: there more of them keep the
    /// disk busy while the next are filled.
    pub flush_depth_full_max: usize,
    /// A run of one partition of at least this many bytes within one tick is written straight to
    /// its segment, and only its place to the journal.
    pub run_bytes_min: usize,
    /// Segment files that are kept for reuse when retention removes them, in bytes: rewriting
    /// blocks that were written before is about twice as fast as writing new ones.
    pub spare_bytes_max: u64,
    /// What is not in a segment after this time without appends is moved there, and its memory
    /// given back.
    pub settle_idle: Duration,
    /// How often retention by time looks at the partitions.
    pub retention_check: Duration,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            journal_bytes_max: 512 << 20,
            tail_bytes_max: 128 << 20,
            pinned_bytes_max: 64 << 20,
            read_cache_bytes_max: 128 << 20,
            flush_depth_max: 2,
            flush_depth_full_max: 4,
            run_bytes_min: 128 << 10,
            spare_bytes_max: 1 << 30,
            settle_idle: Duration::from_secs(5),
            retention_check: Duration::from_secs(10),
        }
    }
}

impl EngineOptions {
    /// Bytes of buffers that an engine with these options needs at most.
    #[must_use]
    pub fn buffers_bytes_max(&self) -> usize {
        let readers_and_settling = 64 << 20;
        let sum = self.tail_bytes_max
            + self.pinned_bytes_max
            + self.read_cache_bytes_max
            + readers_and_settling;
        usize::try_from(sum).unwrap_or(usize::MAX)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let rules = [
            (
                self.journal_bytes_max >= 4 * JOURNAL_CHUNK_BYTES as u64,
                "journal_bytes_max",
                "at least 64 MiB",
            ),
            (
                self.tail_bytes_max >= 4 * REGION_BYTES as u64
                    && self.tail_bytes_max <= self.journal_bytes_max / 2,
                "tail_bytes_max",
                "at least 8 MiB and at most half of journal_bytes_max",
            ),
            ((1..=16).contains(&self.flush_depth_max), "flush_depth_max", "from 1 to 16"),
            ((1..=16).contains(&self.flush_depth_full_max), "flush_depth_full_max", "from 1 to 16"),
            (self.run_bytes_min >= 4096, "run_bytes_min", "at least 4096"),
        ];
        for (holds, name, expected) in rules {
            if !holds {
                return Err(LogError::Option { name, expected });
            }
        }
        Ok(())
    }
}

/// When an append is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flush {
    /// When it is on stable media.
    #[default]
    Durable,
    /// When it has its place in the log. A power cut may lose the last moments.
    Relaxed,
}

/// How one partition behaves. Stored with it, and changed by [`crate::Engine::configure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartitionOptions {
    /// When an append is acknowledged.
    pub flush: Flush,
    /// A segment file is closed at about this size. Retention removes whole segments.
    pub segment_bytes: u64,
    /// The oldest segments go when the partition is larger than this. `None`: never.
    pub retention_bytes: Option<u64>,
    /// A segment goes when its newest record is older than this. `None`: never.
    pub retention: Option<Duration>,
    /// The largest batch, in bytes as stored.
    pub batch_bytes_max: usize,
}

impl Default for PartitionOptions {
    fn default() -> Self {
        Self {
            flush: Flush::Durable,
            segment_bytes: 1 << 30,
            retention_bytes: None,
            retention: None,
            batch_bytes_max: BATCH_BYTES_MAX_DEFAULT,
        }
    }
}

impl PartitionOptions {
    /// Sets the flush policy.
    #[must_use]
    pub fn flush(self, flush: Flush) -> Self {
        Self { flush, ..self }
    }

    /// Sets the size of a segment file in bytes.
    #[must_use]
    pub fn segment_bytes(self, segment_bytes: u64) -> Self {
        Self { segment_bytes, ..self }
    }

    /// Keeps about this many bytes of the newest records.
    #[must_use]
    pub fn retention_bytes(self, bytes: u64) -> Self {
        Self { retention_bytes: Some(bytes), ..self }
    }

    /// Keeps records about this long.
    #[must_use]
    pub fn retention(self, retention: Duration) -> Self {
        Self { retention: Some(retention), ..self }
    }

    /// Sets the largest batch in bytes.
    #[must_use]
    pub fn batch_bytes_max(self, batch_bytes_max: usize) -> Self {
        Self { batch_bytes_max, ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let rules = [
            ((4096..=1 << 40).contains(&self.segment_bytes), "segment_bytes", "4 KiB to 1 TiB"),
            (
                (1..=BATCH_BYTES_MAX).contains(&self.batch_bytes_max),
                "batch_bytes_max",
                "1 byte to 64 MiB",
            ),
        ];
        for (holds, name, expected) in rules {
            if !holds {
                return Err(LogError::Option { name, expected });
            }
        }
        Ok(())
    }
}
