//! Batches as Kafka's clients send them.

use crate::scratch::Scratch;
use millstream_base::LeaderEpoch;
use millstream_batch::{BatchBuilder, BuilderOptions, Compression, HeaderView, patch};
use millstream_log::{Log, Offset, Timestamp, records};

const CODECS: [Compression; 5] = [
    Compression::None,
    Compression::Gzip,
    Compression::Snappy,
    Compression::Lz4,
    Compression::Zstd,
];

fn batch(compression: Compression, count: usize) -> Vec<u8> {
    let options = BuilderOptions { compression, ..BuilderOptions::default() };
    let mut builder = BatchBuilder::new(options);
    for number in 0..count {
        let value = format!("{compression} record {number} ").repeat(20);
        let time = Timestamp::new(1_000 + number as i64);
        builder.append(time, Some(b"key"), Some(value.as_bytes()), &[]).expect("fits");
    }
    builder.finish().expect("has records").to_vec()
}

#[test]
fn batches_of_every_codec_are_kept_byte_for_byte_and_read_record_by_record() {
    const COUNT: usize = 30;
    let scratch = Scratch::new("codecs");
    let mut sent = Vec::new();
    {
        let log = Log::open(scratch.path()).expect("opens");
        let partition = log.partition("codecs").expect("is made");
        for (number, compression) in CODECS.into_iter().enumerate() {
            let mut bytes = batch(compression, COUNT);
            let header = HeaderView::new(&bytes).expect("is a batch");
            assert_eq!(header.attributes().compression().expect("is known"), compression);
            let offset = partition.append_batch(bytes.clone()).wait().expect("is appended");
            assert_eq!(offset, Offset::new((number * COUNT) as i64));
            patch::assign(&mut bytes, offset, LeaderEpoch::default());
            sent.extend(bytes);
        }
    }
    let log = Log::open(scratch.path()).expect("opens again");
    let partition = log.find("codecs").expect("answers").expect("is there");
    let chunk = partition.read(Offset::ZERO, 1 << 20).wait().expect("is read");
    let found: Vec<u8> = chunk.batches.iter().flat_map(|slice| slice.iter().copied()).collect();
    assert_eq!(found, sent, "only base offset and leader epoch are the log's");
    assert_eq!(chunk.next_offset, Offset::new((CODECS.len() * COUNT) as i64));
    let read = records(&found, Offset::new(45)).expect("unpacks");
    assert_eq!(read.len(), CODECS.len() * COUNT - 45);
    for (record, number) in partition.replay(Offset::ZERO).zip(0..) {
        let record = record.expect("is read");
        assert_eq!(record.offset, Offset::new(number as i64));
        assert_eq!(record.timestamp, Timestamp::new(1_000 + (number % COUNT) as i64));
        let expected = format!("{} record {} ", CODECS[number / COUNT], number % COUNT).repeat(20);
        assert_eq!(record.value, Some(expected.into_bytes()));
    }
}
