//! Fetch, epochs and DeleteRecords.

use crate::toolbox::{Test, plain, with_leader};
use millstream_base::{LeaderEpoch, Offset};
use millstream_replica::{
    EpochEnd, FetchError, FetchPoint, FetchRequest, Isolation, Leader, ReplicaOptions,
};

fn at(offset: i64) -> FetchRequest {
    FetchRequest {
        offset: Offset::new(offset),
        current_epoch: LeaderEpoch::NONE,
        last_epoch: LeaderEpoch::NONE,
        isolation: Isolation::ReadUncommitted,
    }
}

fn read(end: i64) -> Result<FetchPoint, FetchError> {
    Ok(FetchPoint::Read { end: Offset::new(end) })
}

#[test]
fn point_66_readers_see_up_to_the_high_watermark_and_wait_there() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        assert_eq!(test.leader.fetch(at(0)), Ok(FetchPoint::Wait), "an empty log");
        let _ = test.produce(&plain(3)).await;
        let under_way = test.send(&plain(2)).expect("takes its place");
        assert_eq!(test.leader.high_watermark(), Offset::new(3));
        assert_eq!(test.leader.fetch(at(0)), read(3));
        assert_eq!(test.leader.fetch(at(2)), read(3));
        for offset in 3..=5 {
            assert_eq!(test.leader.fetch(at(offset)), Ok(FetchPoint::Wait), "{offset}");
        }
        let out = FetchError::OutOfRange {
            offset: Offset::new(6),
            log_start: Offset::ZERO,
            log_end: Offset::new(5),
        };
        assert_eq!(test.leader.fetch(at(6)), Err(out));
        assert!(matches!(test.leader.fetch(at(-1)), Err(FetchError::OutOfRange { .. })));
        test.wait(under_way).await;
        assert_eq!(test.leader.fetch(at(3)), read(5));
        let committed = FetchRequest { isolation: Isolation::ReadCommitted, ..at(3) };
        assert_eq!(test.leader.fetch(committed), read(5), "everything is decided");
    });
}

#[test]
fn point_71_other_epochs_are_fenced_or_unknown() {
    with_leader(ReplicaOptions::default(), |test: Test| async move {
        let with = |epoch| {
            let current_epoch = LeaderEpoch::new(epoch);
            test.leader.fetch(FetchRequest { current_epoch, ..at(0) })
        };
        let (expected, old, new) = (LeaderEpoch::new(3), LeaderEpoch::new(2), LeaderEpoch::new(4));
        assert_eq!(with(-1), Ok(FetchPoint::Wait));
        assert_eq!(with(3), Ok(FetchPoint::Wait));
        assert_eq!(with(2), Err(FetchError::Fenced { expected, got: old }));
        assert_eq!(with(4), Err(FetchError::Unknown { expected, got: new }));
        assert_eq!(test.leader.check_current(old), Err(FetchError::Fenced { expected, got: old }));
    });
}

/// Three records of epoch 3, none of 4, two of 5.
async fn grow(test: &mut Test) {
    let _ = test.produce(&plain(3)).await;
    test.leader.begin_epoch(LeaderEpoch::new(4));
    test.leader.begin_epoch(LeaderEpoch::new(5));
    test.leader.begin_epoch(LeaderEpoch::new(2));
    let _ = test.produce(&plain(2)).await;
}

fn end_of(leader: &Leader, asked: i32) -> (i32, i64) {
    let asked = LeaderEpoch::new(asked);
    let EpochEnd { epoch, end } = leader.epoch_end(LeaderEpoch::NONE, asked).expect("not fenced");
    (epoch.get(), end.get())
}

#[test]
fn point_72_epochs_end_where_the_next_began() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        grow(&mut test).await;
        let ends = [2, 3, 4, 5, 6].map(|asked| end_of(&test.leader, asked));
        assert_eq!(ends, [(2, 0), (3, 3), (3, 3), (5, 5), (-1, -1)]);
        let fenced = test.leader.epoch_end(LeaderEpoch::new(3), LeaderEpoch::new(3));
        assert!(matches!(fenced, Err(FetchError::Fenced { .. })));
    });
}

#[test]
fn point_71_a_log_that_parted_is_told_where() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        grow(&mut test).await;
        let with = |last, offset| {
            let last_epoch = LeaderEpoch::new(last);
            test.leader.fetch(FetchRequest { last_epoch, ..at(offset) }).expect("in range")
        };
        let diverging = |epoch, end| {
            let (epoch, end) = (LeaderEpoch::new(epoch), Offset::new(end));
            FetchPoint::Diverging(EpochEnd { epoch, end })
        };
        assert_eq!(with(3, 3), FetchPoint::Read { end: Offset::new(5) });
        assert_eq!(with(3, 4), diverging(3, 3), "it has more of epoch 3 than there is");
        assert_eq!(with(4, 4), diverging(3, 3), "nothing was appended in epoch 4");
        assert_eq!(with(5, 5), FetchPoint::Wait);
    });
}

#[test]
fn point_75_records_are_deleted_up_to_the_high_watermark() {
    with_leader(ReplicaOptions::default(), |mut test: Test| async move {
        let _ = test.produce(&plain(5)).await;
        let _ = test.send(&plain(5)).expect("takes its place");
        let deletion = |leader: &Leader, before| leader.deletion(Offset::new(before));
        for beyond in [6, 10, 11, -2] {
            let refused = deletion(&test.leader, beyond);
            assert!(matches!(refused, Err(FetchError::OutOfRange { .. })), "{beyond}");
        }
        assert_eq!(deletion(&test.leader, -1), Ok(Offset::new(5)));
        let start = deletion(&test.leader, 3).expect("in range");
        let partition = test.leader.partition();
        test.engine.trim(partition, start).await.expect("trims");
        let watermarks = test.engine.watermarks(partition).expect("there");
        test.leader.advance(&watermarks);
        assert_eq!(test.leader.log_start(), Offset::new(3));
        assert!(matches!(test.leader.fetch(at(2)), Err(FetchError::OutOfRange { .. })));
        assert_eq!(deletion(&test.leader, 1), Ok(Offset::new(3)), "the start never goes back");
        assert_eq!(end_of(&test.leader, 3), (3, 10));
    });
}
