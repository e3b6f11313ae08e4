//! Kafka's record batch v2 as the engine's one record format: a borrowed view, the checker, an
//! iterator, a builder, the codecs.
//!
//! ```
//! use millstream_base::Timestamp;
//! use millstream_batch::{
//!     BatchBuilder, BuilderOptions, CheckOptions, DecompressLimit, Origin, Scratch, check,
//! };
//!
//! # fn main() -> Result<(), millstream_batch::BatchError> {
//! let mut builder = BatchBuilder::new(BuilderOptions::default());
//! builder.append(Timestamp::new(1_000), Some(b"key"), Some(b"value"), &[])?;
//! builder.append(Timestamp::new(1_001), Some(b"key"), None, &[])?;
//! let bytes = builder.finish()?;
//!
//! let options = CheckOptions { batch_bytes_max: 1 << 20, origin: Origin::Producer };
//! let batch = check(bytes, options)?;
//! assert_eq!(batch.record_count(), 2);
//!
//! let mut scratch = Scratch::new();
//! let records = batch.records(DecompressLimit::DEFAULT, &mut scratch)?;
//! let values = records.map(|record| Ok(record?.value())).collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(values, [Some(b"value".as_slice()), None]);
//! # Ok(())
//! # }
//! ```
//!
//! From bytes to records lead two steps, and each has its type: [`HeaderView`] reads the fields of
//! bytes that may be anything; [`CheckedBatch`] is what [`check()`] let through, on the header and
//! the CRC, without reading a record. [`Records`] then checks each record as it comes to it.
//!
//! # Invariants worth naming
//!
//! - A [`CheckedBatch`] comes only out of the checker, a [`Record`] only out of [`Records`].
//! - The batch stays byte for byte what the producer sent. Only base offset, leader epoch (both
//!   outside the CRC) and the time of the append are ever changed ([`patch`]).
//! - No panic and no overflow on any input; no memory taken by a declared size; a codec never
//!   takes more than twice its cap.
//! - Null and empty, the order and doubles of headers, and header keys that are not text come
//!   through unchanged.
//! - Payload bytes reach neither a `Debug` nor an error.
//! - Nothing here does I/O, knows the log, or suspends.

#![forbid(unsafe_code)]

pub mod attributes;
pub mod builder;
pub mod check;
pub mod checked;
pub mod checksum;
pub mod codec;
pub mod deep;
pub mod error;
#[doc(hidden)]
pub mod fuzzing;
pub mod header;
pub mod lookup;
pub mod patch;
pub mod record;
pub mod record_header;
pub mod records;
mod varint;
pub mod walk;

pub use attributes::{Attributes, TimestampType};
pub use builder::{BatchBuilder, BuilderOptions, Producer};
pub use check::{CheckOptions, Origin, check};
pub use checked::CheckedBatch;
pub use codec::{Compression, DecompressLimit, Scratch};
pub use deep::{Content, check_deep};
pub use error::{BatchError, CodecFault, RecordFault};
pub use header::{HEADER_BYTES, HeaderView};
pub use lookup::{Found, find_timestamp};
pub use record::Record;
pub use record_header::{RecordHeader, RecordHeaders};
pub use records::Records;
pub use walk::{Batches, split_first};
