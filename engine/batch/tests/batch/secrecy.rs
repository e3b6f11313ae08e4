//! Payload bytes reach neither a `Debug` nor an error's text.

use millstream_base::Timestamp;
use millstream_batch::{
    BatchBuilder, Batches, BuilderOptions, DecompressLimit, HeaderView, RecordHeader, Scratch,
    check,
};

use crate::common::PRODUCER;

#[test]
fn nothing_that_prints_shows_the_payload() {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    let header = RecordHeader { key: b"SECRET", value: Some(b"SECRET") };
    builder.append(Timestamp::new(1), Some(b"SECRET"), Some(b"SECRET"), &[header]).expect("fits");
    let mut printed = format!("{builder:?} {header:?}");
    let bytes = builder.finish().expect("not empty");
    let batch = check(bytes, PRODUCER).expect("built");
    let mut scratch = Scratch::new();
    let mut records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("plain");
    printed += &format!("{batch:?} {records:?} {:?}", Batches::new(bytes, PRODUCER));
    let record = records.next().expect("one record").expect("sound");
    printed += &format!("{record:?} {:?} {records:?}", record.headers());
    let mut flipped = bytes.to_vec();
    flipped[70] ^= 1;
    printed += &format!("{:?}", HeaderView::new(&flipped));
    let error = check(&flipped, PRODUCER).expect_err("flipped");
    printed += &format!("{error} {error:?}");
    printed += &format!("{scratch:?}");
    // As text, and as the list of numbers that a derived `Debug` would print.
    assert!(!printed.contains("SECRET") && !printed.contains("83, 69"), "{printed}");
    assert!(printed.contains("key_bytes: Some(6)"), "{printed}");
}
