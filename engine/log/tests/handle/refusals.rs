//! Appends that cannot be: each is refused with its reason, and takes no offset.

use crate::scratch::{Scratch, texts};
use millstream_batch::{BatchBuilder, BatchError, BuilderOptions};
use millstream_log::{Log, LogError, NewRecord, Offset, PartitionOptions, Timestamp};

fn batch() -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    for value in ["one", "two"] {
        builder.append(Timestamp::new(1), None, Some(value.as_bytes()), &[]).expect("fits");
    }
    builder.finish().expect("has records").to_vec()
}

/// A batch with some bytes changed and the checksum made right again.
fn resealed(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut bytes = batch();
    change(&mut bytes);
    let sum = millstream_base::crc::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&sum.to_be_bytes());
    bytes
}

#[test]
fn a_batch_that_breaks_the_format_is_refused_and_takes_no_offset() {
    let scratch = Scratch::new("refusals");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("strict").expect("is made");
    partition.append("before").wait().expect("is appended");
    let mut flipped = batch();
    *flipped.last_mut().expect("has bytes") ^= 1;
    let refused = |bytes: Vec<u8>| match partition.append_batch(bytes).wait() {
        Err(LogError::Batch(error)) => error,
        other => panic!("not a batch: {other:?}"),
    };
    assert!(matches!(refused(flipped), BatchError::Checksum { .. }));
    let more = resealed(|bytes| bytes[57..61].copy_from_slice(&3_i32.to_be_bytes()));
    let fault = refused(more);
    assert!(
        matches!(fault, BatchError::LastOffsetDelta { .. } | BatchError::RecordCount { .. }),
        "{fault:?}"
    );
    let lying = resealed(|bytes| bytes[23..27].copy_from_slice(&7_i32.to_be_bytes()));
    assert!(matches!(refused(lying), BatchError::LastOffsetDelta { got: 7, record_count: 2 }));
    let old = resealed(|bytes| bytes[16] = 1);
    assert!(matches!(refused(old), BatchError::Magic { got: 1 }));
    let control = resealed(|bytes| bytes[22] |= 1 << 5);
    assert!(matches!(refused(control), BatchError::ControlFromProducer));
    assert!(matches!(refused(batch()[..70].to_vec()), BatchError::Truncated { .. }));
    assert!(matches!(refused(Vec::new()), BatchError::Truncated { .. }));
    let doubled = [batch(), batch()].concat();
    assert!(matches!(refused(doubled), BatchError::TrailingBytes { .. }));
    let empty = partition.append_all(Vec::new()).wait();
    assert!(matches!(empty, Err(LogError::Batch(BatchError::Empty))), "{empty:?}");
    assert_eq!(partition.append("after").wait().expect("is appended"), Offset::new(1));
    let expected = [(0, "before".to_owned()), (1, "after".to_owned())];
    assert_eq!(texts(&partition, Offset::ZERO), expected);
}

#[test]
fn a_batch_larger_than_the_partition_takes_is_refused() {
    let scratch = Scratch::new("too-large");
    let log = Log::open(scratch.path()).expect("opens");
    let options = PartitionOptions::default().batch_bytes_max(1000);
    let partition = log.partition_with("small", options).expect("is made");
    for pending in [
        partition.append(vec![0; 1000]),
        partition.append_all(vec![NewRecord::from(vec![0; 500]); 2]),
    ] {
        let refused = pending.wait();
        let Err(LogError::BatchTooLarge { bytes_max: 1000, got_bytes }) = refused else {
            panic!("too large: {refused:?}")
        };
        assert!(got_bytes > 1000);
    }
    assert_eq!(partition.append(vec![0; 900]).wait().expect("fits"), Offset::ZERO);
    // Beyond what any partition can be told to take: the builder refuses.
    let refused = partition.append(vec![0; 65 << 20]).wait();
    assert!(matches!(refused, Err(LogError::Batch(BatchError::Full { .. }))), "{refused:?}");
}

#[test]
fn the_largest_batch_there_may_be_is_taken_and_read() {
    let scratch = Scratch::new("largest");
    let log = Log::open(scratch.path()).expect("opens");
    let options = PartitionOptions::default().batch_bytes_max(64 << 20);
    let partition = log.partition_with("large", options).expect("is made");
    let value = vec![7; (64 << 20) - 100];
    partition.append("before").wait().expect("is appended");
    assert_eq!(partition.append(value.clone()).wait().expect("fits"), Offset::new(1));
    partition.append("after").wait().expect("is appended");
    drop((partition, log));
    let log = Log::open(scratch.path()).expect("opens again");
    let partition = log.find("large").expect("answers").expect("is there");
    let values: Vec<_> = partition
        .replay(Offset::ZERO)
        .map(|record| record.expect("is read").value.expect("has a value"))
        .collect();
    assert!(values == [b"before".to_vec(), value, b"after".to_vec()], "byte for byte");
}
