//! What a builder refuses, and that it stays as it was.

use millstream_base::limits::RECORD_HEADERS_MAX;
use millstream_base::{ProducerEpoch, ProducerId, Random, Sequence, Timestamp};
use millstream_batch::{
    BatchBuilder, BatchError, BuilderOptions, Compression, Producer, RecordHeader, check,
};

use crate::common::PRODUCER;

#[test]
fn a_full_builder_refuses_and_keeps_what_it_has() {
    let mut builder =
        BatchBuilder::new(BuilderOptions { batch_bytes_max: 100, ..Default::default() });
    let now = Timestamp::new(1);
    builder.append(now, None, Some(&[7; 20]), &[]).expect("88 bytes");
    assert_eq!(builder.estimated_bytes(), 88);
    let refused = builder.append(now, None, Some(&[7; 6]), &[]);
    assert_eq!(refused, Err(BatchError::Full { needed_bytes: 101, bytes_max: 100 }));
    assert_eq!((builder.record_count(), builder.estimated_bytes()), (1, 88));
    builder.append(now, None, Some(&[7; 5]), &[]).expect("exactly 100 bytes");
    assert_eq!(builder.finish().map(<[u8]>::len), Ok(100));
}

#[test]
fn an_empty_batch_is_refused() {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    assert!(builder.is_empty());
    assert_eq!(builder.finish(), Err(BatchError::Empty));
}

#[test]
fn what_cannot_be_encoded_is_refused() {
    let mut builder =
        BatchBuilder::new(BuilderOptions { batch_bytes_max: 1 << 20, ..Default::default() });
    let crowd = vec![RecordHeader { key: b"", value: None }; RECORD_HEADERS_MAX + 1];
    let refused = builder.append(Timestamp::new(0), None, None, &crowd);
    assert_eq!(refused, Err(BatchError::Unencodable { index: 0 }));
    builder.append(Timestamp::new(-2), None, None, &crowd[1..]).expect("as many as permitted");
    let refused = builder.append(Timestamp::new(i64::MAX), None, None, &[]);
    assert_eq!(refused, Err(BatchError::Unencodable { index: 1 }));
    builder.append(Timestamp::new(i64::MAX - 2), None, None, &[]).expect("just fits");
    let bytes = builder.finish().expect("not empty");
    assert!(check(bytes, PRODUCER).is_ok());
}

#[test]
fn what_does_not_shrink_stays_plain() {
    let mut noise = [0; 4000];
    Random::new(5).fill(&mut noise);
    for compression in Compression::ALL {
        let options = BuilderOptions { compression, batch_bytes_max: 4100, ..Default::default() };
        let mut builder = BatchBuilder::new(options);
        builder.append(Timestamp::new(0), None, Some(&noise), &[]).expect("fits");
        let bytes = builder.finish().expect("not empty");
        assert!(bytes.len() <= 4100);
        let batch = check(bytes, PRODUCER).expect("built");
        assert_eq!(batch.compression(), Compression::None);
    }
}

#[test]
fn restarting_forgets_the_last_batch() {
    let plain = BuilderOptions::default();
    let mut reused = BatchBuilder::new(BuilderOptions {
        compression: Compression::Zstd,
        producer: Some(Producer {
            id: ProducerId::new(1),
            epoch: ProducerEpoch::new(2),
            base_sequence: Sequence::new(3),
        }),
        is_transactional: true,
        ..plain
    });
    reused.append(Timestamp::new(900), Some(&[1; 500]), None, &[]).expect("fits");
    let first = reused.finish().expect("not empty").to_vec();
    assert_eq!(reused.finish(), Ok(&*first), "finishing twice is finishing once");
    let mut fresh = BatchBuilder::new(plain);
    reused.restart(plain);
    for builder in [&mut reused, &mut fresh] {
        builder.append(Timestamp::new(8), None, Some(b"x"), &[]).expect("fits");
    }
    assert_eq!(reused.finish(), fresh.finish());
}
