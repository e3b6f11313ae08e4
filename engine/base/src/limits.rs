//! The limits of the engine, and between them the proof that they fit together.
//!
//! Every queue, buffer, loop and retry has its `_max` here. The assertions below run when this
//! file is compiled, so a limit that no longer fits its neighbours does not build.

/// Alignment of direct I/O: each write's place and size is a multiple.
pub const BLOCK_BYTES: usize = 4096;
/// What a disk writes whole or not at all; a power cut may tear a block between its sectors.
pub const SECTOR_BYTES: usize = 512;
/// A registered buffer region: one huge page.
pub const REGION_BYTES: usize = 2 << 20;
/// Journal space is preallocated, written with zeros and recycled in chunks of this size.
pub const JOURNAL_CHUNK_BYTES: usize = 16 << 20;

/// Largest batch a partition takes unless told otherwise: Kafka's default `message.max.bytes`,
/// 1 MiB of records and 12 bytes of base offset and length.
pub const BATCH_BYTES_MAX_DEFAULT: usize = (1 << 20) + 12;
/// Largest batch a partition can be told to take.
pub const BATCH_BYTES_MAX: usize = 64 << 20;
/// Most bytes a compressed batch may expand to, where its content must be read.
pub const BATCH_UNPACKED_BYTES_MAX: usize = 128 << 20;
/// Most headers of one record. Kafka has no limit; the bound on the bytes is the real one, this
/// one keeps a builder from making records that others refuse.
pub const RECORD_HEADERS_MAX: usize = 1 << 16;

/// Most idempotent producers that one partition remembers (Kafka has no limit). Beyond it those go
/// that were silent longest: to them the partition is as it is after their expiry.
pub const PARTITION_PRODUCERS_MAX: usize = 1 << 16;
/// Most leader epochs that one partition remembers; each start of a node is one.
pub const PARTITION_EPOCHS_MAX: usize = 4096;
/// Most records of a batch that are named one by one where they are refused (KIP-467).
pub const REFUSED_RECORDS_MAX: usize = 1000;
/// Appended bytes after which a partition's state is saved: what a restart must read at most.
pub const REPLICA_SAVE_BYTES: u64 = 16 << 20;

/// Longest name of a partition, as of a Kafka topic, so that a file may carry it.
pub const PARTITION_NAME_BYTES_MAX: usize = 249;
/// Most shards of one process: one per core, with room for the largest machines.
pub const SHARDS_MAX: usize = 256;

/// Most tagged fields (KIP-482) in one place of a message; Kafka's messages have up to four.
pub const WIRE_TAGGED_FIELDS_MAX: usize = 64;
/// Longest string of the protocol, in bytes of UTF-8. Compact strings could be longer, but Kafka
/// refuses them, so that each string can be written in each version.
pub const WIRE_STRING_BYTES_MAX: usize = i16::MAX as usize;
/// Memory that decoding one request may take, for each byte of its frame and in any case. With
/// the frame itself it makes 8 times the bytes received and 64 KiB, as the fault table promises.
pub const WIRE_DECODED_BYTES_PER_BYTE_MAX: usize = 7;
/// See [`WIRE_DECODED_BYTES_PER_BYTE_MAX`].
pub const WIRE_DECODED_BYTES_FLOOR: usize = 48 << 10;

const _: () = {
    assert!(usize::BITS >= 64, "positions and sizes are 64 bits");
    assert!(BLOCK_BYTES.is_power_of_two() && SECTOR_BYTES.is_power_of_two());
    assert!(BLOCK_BYTES.is_multiple_of(SECTOR_BYTES));
    assert!(REGION_BYTES.is_multiple_of(BLOCK_BYTES));
    assert!(JOURNAL_CHUNK_BYTES.is_multiple_of(REGION_BYTES));
    assert!(BATCH_BYTES_MAX_DEFAULT <= BATCH_BYTES_MAX);
    assert!(BATCH_BYTES_MAX <= BATCH_UNPACKED_BYTES_MAX);
    // Sizes of batches and records are i32 on the wire.
    assert!(BATCH_UNPACKED_BYTES_MAX <= i32::MAX as usize);
    assert!(RECORD_HEADERS_MAX <= i32::MAX as usize);
    // ext4 and xfs take file names of 255 bytes.
    assert!(PARTITION_NAME_BYTES_MAX < 255);
    assert!(SHARDS_MAX <= u16::MAX as usize);
};
