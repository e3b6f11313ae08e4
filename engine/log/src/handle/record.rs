//! Records as they go in and come out.

use crate::error::Result;
use crate::segment::span;
use millstream_base::limits::BATCH_UNPACKED_BYTES_MAX;
use millstream_base::{Offset, Timestamp};
use millstream_batch::{BatchBuilder, DecompressLimit, RecordHeader, Scratch};

/// A record that is to be appended. Made from bytes or text, which become its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRecord {
    /// Its key; `None` is not the same as empty.
    pub key: Option<Vec<u8>>,
    /// Its value; `None` is not the same as empty.
    pub value: Option<Vec<u8>>,
    /// Its headers, in order; names may repeat and need not be text.
    pub headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Its time; the wall clock's when it is appended, if `None`.
    pub timestamp: Option<Timestamp>,
}

impl NewRecord {
    /// A record with a key.
    #[must_use]
    pub fn keyed(key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Self { key: Some(key.into()), value: Some(value.into()), ..Self::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), Some(value.into())));
        self
    }

    /// Sets the time.
    #[must_use]
    pub fn at(self, timestamp: Timestamp) -> Self {
        Self { timestamp: Some(timestamp), ..self }
    }

    pub(crate) fn add_to(&self, builder: &mut BatchBuilder, now: Timestamp) -> Result<()> {
        let headers: Vec<RecordHeader<'_>> = self
            .headers
            .iter()
            .map(|(key, value)| RecordHeader { key, value: value.as_deref() })
            .collect();
        let timestamp = self.timestamp.unwrap_or(now);
        builder.append(timestamp, self.key.as_deref(), self.value.as_deref(), &headers)?;
        Ok(())
    }
}

impl From<&[u8]> for NewRecord {
    fn from(value: &[u8]) -> Self {
        Self { value: Some(value.to_vec()), ..Self::default() }
    }
}

impl<const SIZE: usize> From<&[u8; SIZE]> for NewRecord {
    fn from(value: &[u8; SIZE]) -> Self {
        Self::from(&value[..])
    }
}

impl From<Vec<u8>> for NewRecord {
    fn from(value: Vec<u8>) -> Self {
        Self { value: Some(value), ..Self::default() }
    }
}

impl From<&str> for NewRecord {
    fn from(value: &str) -> Self {
        Self::from(value.as_bytes())
    }
}

impl From<String> for NewRecord {
    fn from(value: String) -> Self {
        Self::from(value.into_bytes())
    }
}

/// A record of the log, with bytes of its own.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogRecord {
    /// Its place in the partition.
    pub offset: Offset,
    /// Its time.
    pub timestamp: Timestamp,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl std::fmt::Debug for LogRecord {
    /// Sizes only: payload never reaches a log line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogRecord")
            .field("offset", &self.offset)
            .field("timestamp", &self.timestamp)
            .field("key_bytes", &self.key.as_ref().map(Vec::len))
            .field("value_bytes", &self.value.as_ref().map(Vec::len))
            .field("header_count", &self.headers.len())
            .finish()
    }
}

/// The records of whole batches from `from` on, decompressed where need be. Control records, which
/// coordinators write, are left out.
///
/// # Errors
/// [`crate::LogError::Batch`] if a batch cannot be unpacked.
pub fn records(batches: &[u8], from: Offset) -> Result<Vec<LogRecord>> {
    let mut found = Vec::new();
    let mut scratch = Scratch::new();
    let limit = DecompressLimit::new(BATCH_UNPACKED_BYTES_MAX);
    for batch in span::batches(batches) {
        let batch = batch?;
        if batch.is_control() || batch.next_offset() <= from {
            continue;
        }
        for record in batch.records(limit, &mut scratch)? {
            let record = record?;
            if record.offset() >= from {
                found.push(own(&record));
            }
        }
    }
    Ok(found)
}

fn own(record: &millstream_batch::Record<'_>) -> LogRecord {
    LogRecord {
        offset: record.offset(),
        timestamp: record.timestamp(),
        key: record.key().map(<[u8]>::to_vec),
        value: record.value().map(<[u8]>::to_vec),
        headers: record
            .headers()
            .map(|header| (header.key.to_vec(), header.value.map(<[u8]>::to_vec)))
            .collect(),
    }
}
