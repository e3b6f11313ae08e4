//! What a broker sets on append, and nothing else changes.

use millstream_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};
use millstream_batch::{
    BatchBuilder, BuilderOptions, Compression, DecompressLimit, Producer, Scratch, TimestampType,
    check, patch,
};

use crate::common::{PRODUCER, sample};

#[test]
fn assigning_an_offset_leaves_crc_and_records_alone() {
    let sent = sample(Compression::Lz4, 10);
    let mut appended = sent.clone();
    patch::assign(&mut appended, Offset::new(1 << 40), LeaderEpoch::new(77));
    assert_eq!(appended[8..12], sent[8..12]);
    assert_eq!(appended[16..], sent[16..]);
    let batch = check(&appended, PRODUCER).expect("still sound");
    assert_eq!(batch.base_offset(), Offset::new(1 << 40));
    assert_eq!(batch.last_offset(), Offset::new((1 << 40) + 9));
    assert_eq!(batch.leader_epoch(), LeaderEpoch::new(77));
    let mut scratch = Scratch::new();
    let records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("unpacks");
    let offsets = records.map(|record| record.expect("sound").offset().get() - (1 << 40));
    assert!(offsets.eq(0..10));
}

#[test]
fn a_producer_is_put_into_a_batch_that_had_none() {
    let sent = sample(Compression::None, 10);
    let mut changed = sent.clone();
    let producer = Producer {
        id: ProducerId::new(1 << 40),
        epoch: ProducerEpoch::new(3),
        base_sequence: Sequence::new(i32::MAX),
    };
    patch::assign_producer(&mut changed, producer);
    assert!(check(&changed, PRODUCER).is_err(), "not sealed yet");
    patch::reseal(&mut changed);
    let batch = check(&changed, PRODUCER).expect("sealed anew");
    assert_eq!(batch.producer_id(), producer.id);
    assert_eq!(batch.producer_epoch(), producer.epoch);
    assert_eq!(batch.base_sequence(), producer.base_sequence);
    assert_eq!(changed[57..], sent[57..], "nothing else has changed");
}

#[test]
fn append_time_is_the_time_of_every_record() {
    for compression in [Compression::None, Compression::Gzip] {
        let sent = sample(compression, 10);
        let mut appended = sent.clone();
        let append_time = Timestamp::new(42);
        patch::assign_append_time(&mut appended, append_time);
        let batch = check(&appended, PRODUCER).expect("sealed anew");
        assert_eq!(batch.timestamp_type(), TimestampType::LogAppend);
        assert_eq!(batch.compression(), compression);
        assert_eq!(batch.max_timestamp(), append_time);
        assert_eq!(batch.payload(), &sent[61..]);
        let mut scratch = Scratch::new();
        let mut records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("unpacks");
        assert!(records.all(|record| record.expect("sound").timestamp() == append_time));
    }
}

#[test]
fn a_builder_can_set_the_append_time_itself() {
    let append_time = Some(Timestamp::new(99));
    let mut builder = BatchBuilder::new(BuilderOptions { append_time, ..Default::default() });
    builder.append(Timestamp::new(5), None, None, &[]).expect("fits");
    let bytes = builder.finish().expect("not empty");
    let batch = check(bytes, PRODUCER).expect("built");
    assert_eq!(batch.timestamp_type(), TimestampType::LogAppend);
    assert_eq!(batch.max_timestamp(), Timestamp::new(99));
    assert_eq!(batch.base_timestamp(), Timestamp::new(5));
}
