//! ListOffsets.

use crate::toolbox::{Sent, Test, plain, with_leader};
use millstream_base::{LeaderEpoch, Offset, Timestamp};
use millstream_replica::{Isolation, ListedOffset, OffsetQuery, OffsetSpec, ReplicaOptions};

async fn list(test: &Test, spec: OffsetSpec) -> (i64, i64, i32) {
    let isolation = Isolation::ReadUncommitted;
    let listed = match test.leader.list_offset(spec, isolation) {
        OffsetQuery::Known(listed) => listed,
        OffsetQuery::Lookup(lookup) => {
            let found = lookup.run(&test.engine).await.expect("reads");
            test.leader.listed(found, isolation)
        }
    };
    (listed.offset.get(), listed.timestamp.get(), listed.epoch.get())
}

const NONE: (i64, i64, i32) = (-1, -1, -1);

#[test]
fn point_73_the_wires_numbers_have_their_meanings() {
    let read = [-1, -2, -3, -4, -5, -6, -7, i64::MIN, 0, 9].map(OffsetSpec::from_wire);
    let expected = [
        Some(OffsetSpec::Latest),
        Some(OffsetSpec::Earliest),
        Some(OffsetSpec::MaxTimestamp),
        Some(OffsetSpec::EarliestLocal),
        Some(OffsetSpec::LatestTiered),
        Some(OffsetSpec::EarliestPendingUpload),
        None,
        None,
        Some(OffsetSpec::At(Timestamp::new(0))),
        Some(OffsetSpec::At(Timestamp::new(9))),
    ];
    assert_eq!(read, expected);
}

#[test]
fn point_73_an_empty_log_has_ends_and_no_times() {
    with_leader(ReplicaOptions::default(), |test: Test| async move {
        assert_eq!(list(&test, OffsetSpec::Latest).await, (0, -1, 3));
        assert_eq!(list(&test, OffsetSpec::Earliest).await, (0, -1, 3));
        assert_eq!(list(&test, OffsetSpec::MaxTimestamp).await, NONE);
        assert_eq!(list(&test, OffsetSpec::At(Timestamp::new(0))).await, NONE);
    });
}

#[test]
fn point_73_offsets_by_meaning_and_by_time() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        for times in [vec![100, 300, 200], vec![400], vec![250, 400]] {
            let _ = test.produce(&Sent { times, ..Sent::default() }.bytes()).await;
        }
        test.leader.begin_epoch(LeaderEpoch::new(4));
        let _ = test.produce(&Sent { times: vec![350], ..Sent::default() }.bytes()).await;
        let _ = test.send(&Sent { times: vec![999], ..Sent::default() }.bytes()).expect("fits");
        assert_eq!(list(&test, OffsetSpec::Latest).await, (7, -1, 4), "the high watermark");
        assert_eq!(list(&test, OffsetSpec::Earliest).await, (0, -1, 3));
        assert_eq!(list(&test, OffsetSpec::EarliestLocal).await, (0, -1, 3));
        assert_eq!(list(&test, OffsetSpec::LatestTiered).await, NONE);
        assert_eq!(list(&test, OffsetSpec::EarliestPendingUpload).await, NONE);
        assert_eq!(list(&test, OffsetSpec::MaxTimestamp).await, (3, 400, 3), "the first of them");
        for (time, expected) in [
            (0, (0, 100, 3)),
            (101, (1, 300, 3)),
            (300, (1, 300, 3)),
            (301, (3, 400, 3)),
            (400, (3, 400, 3)),
            (401, NONE),
        ] {
            let spec = OffsetSpec::At(Timestamp::new(time));
            assert_eq!(list(&test, spec).await, expected, "{time}");
        }
    });
}

#[test]
fn point_73_what_is_trimmed_is_not_found() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        let _ = test.produce(&plain(2)).await;
        let _ = test.produce(&Sent { times: vec![50], ..Sent::default() }.bytes()).await;
        test.engine.trim(test.leader.partition(), Offset::new(2)).await.expect("trims");
        test.advance();
        assert_eq!(list(&test, OffsetSpec::Earliest).await, (2, -1, 3));
        assert_eq!(list(&test, OffsetSpec::At(Timestamp::new(0))).await, (2, 50, 3));
        assert_eq!(list(&test, OffsetSpec::At(Timestamp::new(51))).await, NONE);
    });
}

#[test]
fn what_a_reader_does_not_see_is_not_listed() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        let _ = test.produce(&plain(1)).await;
        let beyond = Some((Offset::new(1), Timestamp::new(5)));
        let listed = test.leader.listed(beyond, Isolation::ReadCommitted);
        assert_eq!(listed, ListedOffset::NONE);
    });
}
