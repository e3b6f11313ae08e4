//! Produce: what is appended, what is refused, and how it is answered.

use crate::toolbox::{REQUEST, Sent, Test, of_producer, plain, with_leader};
use millstream_base::{LeaderEpoch, Offset, Timestamp, crc};
use millstream_batch::{BatchError, Compression, HeaderView, TimestampType};
use millstream_log::{Flush, LogError, PartitionOptions, ReadLimit};
use millstream_replica::{
    Ack, Acks, Clock, ProduceError, ProduceRequest, ProducerFault, ReplicaOptions,
};

#[test]
fn point_29_acks_are_minus_one_zero_and_one() {
    let read = [-2, -1, 0, 1, 2, i16::MAX].map(Acks::from_wire);
    let expected = [None, Some(Acks::All), Some(Acks::None), Some(Acks::Leader), None, None];
    assert_eq!(read, expected);
}

#[test]
fn point_29_too_few_replicas_refuse_before_the_append() {
    let options = ReplicaOptions { in_sync_min: 2, ..ReplicaOptions::default() };
    with_leader(options, |mut test: Test| async move {
        let error = test.send(&plain(1)).expect_err("one replica");
        assert!(matches!(error, ProduceError::NotEnoughReplicas { expected_min: 2, got: 1 }));
        let (request, clock) = (ProduceRequest { acks: Acks::Leader, ..REQUEST }, test.clock());
        let produced = test.leader.produce(&test.engine, &plain(1), request, clock);
        assert_eq!(produced.expect("the leader's is enough").base_offset, Offset::ZERO);
    });
}

#[test]
fn point_30_exactly_one_batch_of_magic_2() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        let mut old = plain(1);
        for magic in [0, 1, 3] {
            old[16] = magic;
            let error = test.send(&old).expect_err("another format");
            assert!(matches!(error, ProduceError::Invalid(BatchError::Magic { .. })), "{error}");
        }
        let two = [plain(1), plain(1)].concat();
        let error = test.send(&two).expect_err("two batches");
        assert!(matches!(error, ProduceError::Invalid(BatchError::TrailingBytes { .. })));
        assert!(matches!(test.send(&[]).expect_err("none"), ProduceError::Empty));
        assert_eq!(test.leader.log_end(), Offset::ZERO, "nothing was appended");
    });
}

#[test]
fn point_30_lies_in_the_header_are_invalid() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        // Last offset delta, base timestamp and so on lie behind the CRC: seal each lie.
        let mut more = plain(2);
        more[23..27].copy_from_slice(&7_i32.to_be_bytes());
        let mut control = plain(1);
        control[22] |= 1 << 5;
        let mut fewer = plain(2);
        fewer[57..61].copy_from_slice(&1_i32.to_be_bytes());
        for batch in [&mut more, &mut control, &mut fewer] {
            let sealed = crc::crc32c(&batch[21..]).to_be_bytes();
            batch[17..21].copy_from_slice(&sealed);
            let error = test.send(batch).expect_err("a lie");
            assert!(matches!(error, ProduceError::Invalid(_)), "{error}");
        }
        let mut behind = plain(1);
        behind[..8].copy_from_slice(&1_i64.to_be_bytes());
        let error = test.send(&behind).expect_err("begins at 1");
        assert!(matches!(error, ProduceError::BaseOffset { got } if got == Offset::new(1)));
    });
}

#[test]
fn a_transactional_batch_is_refused_as_long_as_there_are_no_transactions() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        let sent = Sent { producer: Some((1, 0, 0)), ..Sent::default() };
        let error = test.send(&sent.build(true)).expect_err("transactional");
        assert!(matches!(error, ProduceError::Transactional));
        assert!(test.leader.producers().is_empty(), "nothing is remembered of it");
    });
}

#[test]
fn point_31_a_wrong_checksum_is_corrupt_and_never_stored() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        let good = plain(3);
        for at in 21..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let error = test.send(&bad).expect_err("a flipped bit");
            assert!(matches!(error, ProduceError::Corrupt(_)), "{at}: {error}");
        }
        for end in 1..good.len() {
            let error = test.send(&good[..end]).expect_err("cut");
            assert!(matches!(error, ProduceError::Corrupt(_)), "{end}: {error}");
        }
        assert_eq!(test.leader.log_end(), Offset::ZERO);
    });
}

#[test]
fn point_32_the_limit_holds_for_the_batch_as_it_is_stored() {
    let sent =
        |value_bytes, compression| Sent { value_bytes, compression, ..Sent::default() }.bytes();
    let exact = sent(1000, Compression::None);
    let options = ReplicaOptions { batch_bytes_max: exact.len(), ..ReplicaOptions::default() };
    with_leader(options, move |mut test: Test| async move {
        assert_eq!(test.produce(&exact).await, 0);
        let error = test.send(&sent(1001, Compression::None)).expect_err("a byte too large");
        let got_bytes = exact.len() + 1;
        let bytes_max = exact.len();
        assert!(matches!(error, ProduceError::TooLarge { got_bytes: got, bytes_max: max }
            if got == got_bytes && max == bytes_max));
        let packed = sent(100_000, Compression::Zstd);
        assert!(packed.len() < exact.len());
        assert_eq!(test.produce(&packed).await, 1, "compressed it fits");
    });
}

#[test]
fn point_33_zstd_needs_a_version_that_knows_it() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        for compression in [
            Compression::None,
            Compression::Gzip,
            Compression::Snappy,
            Compression::Lz4,
            Compression::Zstd,
        ] {
            let sent = Sent { value_bytes: 4096, compression, ..Sent::default() }.bytes();
            let (request, clock) = (ProduceRequest { allows_zstd: false, ..REQUEST }, test.clock());
            let old = test.leader.produce(&test.engine, &sent, request, clock);
            let is_refused = matches!(old, Err(ProduceError::Compression(Compression::Zstd)));
            assert_eq!(is_refused, compression == Compression::Zstd);
            test.produce(&sent).await;
        }
    });
}

#[test]
fn point_34_create_time_is_answered_without_a_time_and_kept() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        let _ = test.produce(&plain(2)).await;
        let produced = test.send(&plain(3)).expect("takes its place");
        assert_eq!((produced.base_offset.get(), produced.next_offset.get()), (2, 5));
        assert_eq!(produced.append_time, None);
        assert_eq!(produced.log_start, Offset::ZERO);
        assert!(matches!(produced.ack, Ack::Stable(_)) && !produced.is_duplicate);
        test.wait(produced).await;
        let header = stored(&test, 2).await;
        assert_eq!(HeaderView::new(&header).expect("a header").max_timestamp().get(), 1_000);
        let epoch = HeaderView::new(&header).expect("a header").leader_epoch();
        assert_eq!(epoch, LeaderEpoch::new(3));
    });
}

#[test]
fn point_34_append_time_is_the_brokers_and_answered() {
    let timestamp_type = TimestampType::LogAppend;
    let options = ReplicaOptions { timestamp_type, ..ReplicaOptions::default() };
    with_leader(options, |mut test: Test| async move {
        let clock = Clock { wall: Timestamp::new(77_000), ..test.clock() };
        let sent = Sent { times: vec![i64::MAX, 5], ..Sent::default() };
        let produced = test.leader.produce(&test.engine, &plain(1), REQUEST, clock);
        let produced = produced.expect("takes its place");
        assert_eq!(produced.append_time, Some(Timestamp::new(77_000)));
        test.wait(produced).await;
        let header = stored(&test, 0).await;
        let view = HeaderView::new(&header).expect("a header");
        assert_eq!(view.max_timestamp(), Timestamp::new(77_000));
        assert_eq!(view.attributes().timestamp_type(), TimestampType::LogAppend);
        assert!(test.send(&sent.bytes()).is_ok(), "no time of the producer's is out of bounds");
    });
}

#[test]
fn point_34_times_out_of_bounds_name_their_records() {
    let (timestamp_before_max_ms, timestamp_after_max_ms) = (1_000, 500);
    let options = ReplicaOptions {
        timestamp_before_max_ms,
        timestamp_after_max_ms,
        ..ReplicaOptions::default()
    };
    with_leader(options, |mut test: Test| async move {
        let clock = Clock { wall: Timestamp::new(10_000), ..test.clock() };
        for (times, expected) in [
            (vec![9_000, 10_500], None),
            (vec![9_000, 10_501], Some(vec![])),
            (vec![9_500, 8_999, 9_000, 8_000], Some(vec![1, 3])),
            (vec![i64::MAX], Some(vec![])),
            (vec![-1], None),
        ] {
            let sent = Sent { times: times.clone(), ..Sent::default() }.bytes();
            match test.leader.produce(&test.engine, &sent, REQUEST, clock) {
                Ok(_) => assert_eq!(expected, None, "{times:?}"),
                Err(error) => {
                    assert!(matches!(error, ProduceError::Timestamp { .. }), "{error}");
                    assert_eq!(Some(error.records().to_vec()), expected, "{times:?}");
                }
            }
        }
    });
}

#[test]
fn a_producer_does_not_speak_for_the_brokers_clock() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        let mut sent = plain(1);
        sent[22] |= 1 << 3;
        let sealed = crc::crc32c(&sent[21..]).to_be_bytes();
        sent[17..21].copy_from_slice(&sealed);
        let error = test.send(&sent).expect_err("says it is append time");
        assert!(matches!(error, ProduceError::AppendTime));
    });
}

#[test]
fn point_35_records_of_a_compacted_topic_have_keys() {
    let options = ReplicaOptions { is_compacted: true, ..ReplicaOptions::default() };
    with_leader(options, |mut test: Test| async move {
        let error = test.send(&plain(3)).expect_err("no keys");
        assert!(matches!(error, ProduceError::Keyless { .. }));
        assert_eq!(error.records(), [0, 1, 2]);
        let many = test.send(&plain(5_000)).expect_err("no keys");
        assert_eq!(many.records().len(), 1000, "as many as are worth naming");
        let keyed = Sent { key: Some(b""), ..Sent::default() };
        assert_eq!(test.produce(&keyed.bytes()).await, 0, "an empty key is one");
    });
}

#[test]
fn point_41_a_duplicate_is_answered_as_the_first_was_and_not_before_it() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        assert_eq!(test.produce(&plain(4)).await, 0);
        let first = test.send(&of_producer(9, 0, 0, 3)).expect("takes its place");
        let again = test.send(&of_producer(9, 0, 0, 3)).expect("known");
        assert!(again.is_duplicate);
        assert_eq!(again.base_offset, first.base_offset);
        assert_eq!(again.ack, Ack::Readable(Offset::new(7)), "the first is not stable yet");
        assert_eq!(test.leader.log_end(), Offset::new(7), "nothing was appended");
        test.wait(again).await;
        let later = test.send(&of_producer(9, 0, 0, 3)).expect("known");
        assert_eq!((later.base_offset, later.ack), (first.base_offset, Ack::Now));
    });
}

#[test]
fn point_41_a_duplicate_has_the_time_of_the_first_append() {
    let timestamp_type = TimestampType::LogAppend;
    let options = ReplicaOptions { timestamp_type, ..ReplicaOptions::default() };
    with_leader(options, |mut test: Test| async move {
        let mut send = |wall| {
            let clock = Clock { wall: Timestamp::new(wall), ..test.clock() };
            let sent = of_producer(9, 0, 0, 1);
            test.leader.produce(&test.engine, &sent, REQUEST, clock).expect("takes its place")
        };
        assert_eq!(send(5_000).append_time, send(9_000).append_time);
    });
}

#[test]
fn a_relaxed_topic_answers_at_once_and_shows_what_is_stable() {
    let options = ReplicaOptions { flush: Flush::Relaxed, ..ReplicaOptions::default() };
    with_leader(options, |mut test: Test| async move {
        let partition = test.leader.partition();
        let relaxed = PartitionOptions::default().flush(Flush::Relaxed);
        test.engine.configure(partition, relaxed).await.expect("configures");
        let first = test.send(&of_producer(9, 0, 0, 3)).expect("takes its place");
        let Ack::Stable(ticket) = first.ack else { panic!("{first:?}") };
        assert!(test.engine.is_stable(ticket).expect("no fault"), "nobody waits");
        let again = test.send(&of_producer(9, 0, 0, 3)).expect("known");
        assert_eq!((again.is_duplicate, again.ack), (true, Ack::Now));
        test.advance();
        assert_eq!(test.leader.high_watermark(), Offset::ZERO, "readers wait all the same");
        test.engine.readable_beyond(partition, Offset::new(2)).await.expect("readable");
        test.advance();
        assert_eq!(test.leader.high_watermark(), Offset::new(3));
    });
}

#[test]
fn point_42_out_of_order_is_refused_and_changes_nothing() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        let _ = test.produce(&of_producer(9, 0, 0, 3)).await;
        let error = test.send(&of_producer(9, 0, 4, 1)).expect_err("3 comes next");
        let fault = ProduceError::Producer(ProducerFault::OutOfOrder {
            expected: millstream_base::Sequence::new(3),
            got: millstream_base::Sequence::new(4),
        });
        assert_eq!(error.to_string(), fault.to_string());
        assert_eq!(test.produce(&of_producer(9, 0, 3, 1)).await, 3);
    });
}

#[test]
fn nothing_is_remembered_of_a_batch_that_the_engine_refuses() {
    let options = ReplicaOptions { batch_bytes_max: 64 << 20, ..ReplicaOptions::default() };
    with_leader(options, |mut test: Test| async move {
        let mut sequence = 0;
        let large = |sequence| {
            let producer = Some((9, 0, sequence));
            Sent { producer, value_bytes: 1 << 20, ..Sent::default() }.bytes()
        };
        let refused = loop {
            match test.send(&large(sequence)) {
                Ok(_) => sequence += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, ProduceError::Log(LogError::Busy)), "{refused}");
        assert_eq!(test.leader.log_end().get(), i64::from(sequence));
        test.engine.flush().await.expect("flushes");
        test.engine.room().await;
        let produced = test.send(&large(sequence)).expect("sent again");
        assert!(!produced.is_duplicate, "it was not appended before");
    });
}

/// The header of the batch at an offset, as it lies in the log.
async fn stored(test: &Test, offset: i64) -> Vec<u8> {
    let (mut slices, limit) = (Vec::new(), ReadLimit { bytes_max: 1 });
    let partition = test.leader.partition();
    let read = test.engine.read(partition, Offset::new(offset), limit, &mut slices).await;
    assert!(read.expect("reads").bytes > 0);
    slices[0].to_vec()
}
