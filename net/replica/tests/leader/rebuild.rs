//! Batches that are not stored as they came.

use crate::toolbox::{Sent, Test, with_leader};
use millstream_base::{Offset, Timestamp, crc};
use millstream_batch::{
    BatchBuilder, BuilderOptions, CheckOptions, Compression, DecompressLimit, Origin, Producer,
    RecordHeader, Scratch, check,
};
use millstream_log::ReadLimit;
use millstream_replica::{ProduceError, ReplicaOptions};

const CHECK: CheckOptions = CheckOptions { batch_bytes_max: 64 << 20, origin: Origin::Log };

async fn stored(test: &Test) -> Vec<u8> {
    let (mut slices, limit) = (Vec::new(), ReadLimit { bytes_max: 1 });
    let read = test.engine.read(test.leader.partition(), Offset::ZERO, limit, &mut slices).await;
    assert!(read.expect("reads").bytes > 0);
    slices[0].to_vec()
}

/// All that a consumer sees of a batch.
fn shown(bytes: &[u8]) -> Vec<String> {
    let batch = check(bytes, CHECK).expect("right");
    let mut scratch = Scratch::new();
    let records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("unpacks");
    let mut shown = vec![format!(
        "{} {} {}",
        batch.producer_id(),
        batch.producer_epoch(),
        batch.base_sequence()
    )];
    for record in records {
        let record = record.expect("whole");
        let headers: Vec<_> =
            record.headers().into_iter().map(|header| (header.key, header.value)).collect();
        let (key, value) = (record.key(), record.value());
        shown.push(format!("{} {key:?} {value:?} {headers:?}", record.timestamp()));
    }
    shown
}

fn odd_batch(compression: Compression) -> Vec<u8> {
    let producer = Some(Producer {
        id: millstream_base::ProducerId::new(4),
        epoch: millstream_base::ProducerEpoch::new(1),
        base_sequence: millstream_base::Sequence::new(0),
    });
    let options = BuilderOptions { compression, producer, ..BuilderOptions::default() };
    let mut builder = BatchBuilder::new(options);
    let long = vec![b'x'; 5000];
    let headers = [
        RecordHeader { key: b"", value: None },
        RecordHeader { key: b"h", value: Some(b"") },
        RecordHeader { key: b"h", value: Some(b"2") },
    ];
    for (time, key, value) in [
        (900, None, Some(long.as_slice())),
        (-1, Some(b"".as_slice()), None),
        (800, Some(b"k".as_slice()), Some(b"".as_slice())),
    ] {
        builder.append(Timestamp::new(time), key, value, &headers).expect("fits");
    }
    builder.finish().expect("has records").to_vec()
}

#[test]
fn point_36_another_codec_changes_nothing_that_a_consumer_sees() {
    for wanted in [
        Compression::None,
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ] {
        let options = ReplicaOptions { compression: Some(wanted), ..ReplicaOptions::default() };
        with_leader(options, move |mut test: Test| async move {
            let sent = odd_batch(Compression::Lz4);
            let _ = test.produce(&sent).await;
            let stored = stored(&test).await;
            assert_eq!(check(&stored, CHECK).expect("right").compression(), wanted);
            assert_eq!(shown(&stored), shown(&sent));
            let again = test.send(&sent).expect("known");
            assert!(again.is_duplicate, "what is stored is the same batch to its producer");
        });
    }
}

#[test]
fn the_limit_holds_for_what_is_stored() {
    let sent = Sent { value_bytes: 100_000, compression: Compression::Zstd, ..Sent::default() };
    let options = ReplicaOptions {
        compression: Some(Compression::None),
        batch_bytes_max: 50_000,
        ..ReplicaOptions::default()
    };
    with_leader(options, move |mut test: Test| async move {
        let error = test.send(&sent.bytes()).expect_err("unpacked it is too large");
        assert!(matches!(error, ProduceError::TooLarge { bytes_max: 50_000, .. }), "{error}");
        assert_eq!(test.leader.log_end(), Offset::ZERO);
    });
}

#[test]
fn point_34_a_latest_time_that_the_writer_left_out_is_put_in() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        let mut sent = Sent { times: vec![500, 900, 700], ..Sent::default() }.bytes();
        sent[35..43].copy_from_slice(&0_i64.to_be_bytes());
        let sealed = crc::crc32c(&sent[21..]).to_be_bytes();
        sent[17..21].copy_from_slice(&sealed);
        let _ = test.produce(&sent).await;
        let stored = stored(&test).await;
        assert_eq!(check(&stored, CHECK).expect("right").max_timestamp(), Timestamp::new(900));
        let found = test.engine.find_timestamp(test.leader.partition(), Timestamp::new(800)).await;
        assert_eq!(found.expect("reads"), Some((Offset::new(1), Timestamp::new(900))));
    });
}

#[test]
fn a_payload_that_does_not_unpack_is_corrupt() {
    let options =
        ReplicaOptions { compression: Some(Compression::Gzip), ..ReplicaOptions::default() };
    with_leader(options, |mut test: Test| async move {
        let mut sent = odd_batch(Compression::Zstd);
        let end = sent.len();
        sent[61..end].fill(0);
        let sealed = crc::crc32c(&sent[21..]).to_be_bytes();
        sent[17..21].copy_from_slice(&sealed);
        let error = test.send(&sent).expect_err("zeros are no zstd");
        assert!(matches!(error, ProduceError::Corrupt(_)), "{error}");
    });
}
