//! What the fuzz targets call, here so that their corpora are replayed by the ordinary tests.
//!
//! Not part of the API.

use millstream_base::{Offset, Timestamp};

use crate::builder::{BatchBuilder, BuilderOptions};
use crate::check::{CheckOptions, Origin, check};
use crate::checked::CheckedBatch;
use crate::codec::{Compression, DecompressLimit, Scratch, compress, decompress};
use crate::deep::check_deep;
use crate::header::{HeaderView, seal};
use crate::lookup::{Found, find_timestamp};
use crate::record::Record;
use crate::record_header::RecordHeader;
use crate::walk::Batches;

const BYTES_MAX: usize = 1 << 20;
const LIMIT: DecompressLimit = DecompressLimit::new(BYTES_MAX);
const ORIGINS: [Origin; 2] = [Origin::Producer, Origin::Log];

/// View, checker, walker and iterator: `data` as it is, and as a batch whose length, magic and CRC
/// are set right, since no fuzzer finds a CRC by itself.
pub fn batch_check(data: &[u8]) {
    let mut scratch = Scratch::new();
    let mut sealed = data.to_vec();
    if HeaderView::new(data).is_ok() {
        seal(&mut sealed);
    }
    for origin in ORIGINS {
        let options = CheckOptions { batch_bytes_max: BYTES_MAX, origin };
        for batch in Batches::new(data, options).flatten() {
            explore(&batch, &mut scratch);
        }
        if let Ok(batch) = check(&sealed, options) {
            explore(&batch, &mut scratch);
        }
    }
}

/// Each codec on noise, within a cap that `data` chooses, and there and back.
pub fn codecs(data: &[u8]) {
    let Some(([selector, cap], input)) = data.split_first_chunk() else { return };
    let index = usize::from(*selector) % Compression::ALL.len();
    let compression = Compression::ALL[index];
    let bytes_max = usize::from(*cap) << (selector >> 4);
    let limit = DecompressLimit::new(bytes_max);
    let mut scratch = Scratch::new();
    if let Ok(unpacked) = decompress(compression, input, limit, &mut scratch) {
        assert!(unpacked.len() <= bytes_max, "the cap");
    }
    // The least that an allocator hands out is 8 bytes.
    assert!(scratch.capacity_bytes() <= bytes_max.max(8), "never more than the cap is held");
    let mut packed = Vec::new();
    compress(compression, input, &mut scratch, &mut packed).expect("memory is all it needs");
    let limit = DecompressLimit::new(input.len());
    let unpacked = decompress(compression, &packed, limit, &mut scratch);
    assert_eq!(unpacked, Ok(input), "there and back");
}

/// Everything that can be asked of a checked batch, against a plain loop over its records.
fn explore(batch: &CheckedBatch<'_>, scratch: &mut Scratch) {
    assert!(!format!("{batch:?}").is_empty());
    assert_eq!(batch.next_offset().checked_sub(batch.last_offset()), Some(1));
    let content = check_deep(batch, LIMIT, scratch);
    let mut lookup_scratch = Scratch::new();
    let Ok(records) = batch.records(LIMIT, scratch) else {
        assert!(content.is_err(), "what does not unpack is not sound");
        return;
    };
    let records = match records.collect::<Result<Vec<_>, _>>() {
        Ok(records) => records,
        Err(error) => {
            assert_eq!(content.map(|_| ()), Err(error), "both stop at the same place");
            return;
        }
    };
    let content = content.expect("iterated without an error");
    assert_eq!(content.record_count as usize, records.len());
    assert!(records.is_sorted_by(|earlier, later| earlier.offset() < later.offset()));
    assert!(records.iter().all(|record| record.offset() <= batch.last_offset()));
    let latest = records.iter().map(Record::timestamp).max();
    assert_eq!(content.latest.map(|(timestamp, _)| timestamp), latest);
    explore_lookup(batch, &records, &mut lookup_scratch);
    rebuild(batch, &records);
}

fn explore_lookup(batch: &CheckedBatch<'_>, records: &[Record<'_>], scratch: &mut Scratch) {
    for wanted in [Timestamp::new(i64::MIN), batch.base_timestamp(), batch.max_timestamp()] {
        let found = find_timestamp(batch, wanted, LIMIT, scratch).expect("sound");
        let expected = records.iter().find(|record| record.timestamp() >= wanted);
        let expected = expected
            .filter(|_| wanted <= batch.max_timestamp())
            .map(|record| Found { offset: record.offset(), timestamp: record.timestamp() });
        assert_eq!(found, expected);
    }
}

/// The same records through the builder are the same records, offsets made dense.
fn rebuild(batch: &CheckedBatch<'_>, records: &[Record<'_>]) {
    let options = BuilderOptions {
        batch_bytes_max: 4 * BYTES_MAX,
        compression: batch.compression(),
        ..BuilderOptions::default()
    };
    let mut builder = BatchBuilder::new(options);
    for record in records {
        let headers = record.headers().collect::<Vec<RecordHeader<'_>>>();
        let added = builder.append(record.timestamp(), record.key(), record.value(), &headers);
        // Times that no base can span come only from a log; the fuzzer makes them easily.
        if added.is_err() {
            return;
        }
    }
    let Ok(bytes) = builder.finish() else { return };
    let options = CheckOptions { batch_bytes_max: 4 * BYTES_MAX, origin: Origin::Producer };
    let rebuilt = check(bytes, options).expect("built");
    let mut scratch = Scratch::new();
    let limit = DecompressLimit::new(4 * BYTES_MAX);
    let reread = rebuilt.records(limit, &mut scratch).expect("built");
    let reread = reread.collect::<Result<Vec<_>, _>>().expect("built");
    assert_eq!(reread.len(), records.len());
    for ((delta, new), old) in (0..).zip(&reread).zip(records) {
        assert_eq!(new.offset(), Offset::new(delta));
        assert!(new.timestamp() == old.timestamp() && new.headers() == old.headers());
        assert!(new.key() == old.key() && new.value() == old.value());
        assert!(new.headers().eq(old.headers()));
    }
}
