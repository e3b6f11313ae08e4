//! Readers that wait for what is not there yet.

use crate::scratch::{Scratch, texts};
use crate::tiny_executor::run;
use millstream_log::{Log, LogError, Offset};

#[test]
fn a_follower_sees_each_record_once_and_in_order() {
    const RECORDS: i64 = 400;
    let scratch = Scratch::new("follow");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("followed").expect("is made");
    std::thread::scope(|scope| {
        let follower = scope.spawn(|| {
            let mut replay = partition.replay(Offset::ZERO);
            let mut next = 0;
            while next < RECORDS {
                let end = partition.wait_beyond(Offset::new(next)).wait().expect("goes on");
                assert!(end > Offset::new(next));
                for record in replay.by_ref() {
                    let record = record.expect("is read");
                    assert_eq!(record.offset, Offset::new(next));
                    assert_eq!(record.value, Some(next.to_string().into_bytes()));
                    next += 1;
                }
                assert!(next >= end.get(), "what was announced is there");
            }
        });
        for number in 0..RECORDS {
            let pending = partition.append(number.to_string());
            if number % 7 == 0 {
                pending.wait().expect("is appended");
            }
        }
        follower.join().expect("finds everything");
    });
}

#[test]
fn waiting_for_what_is_there_already_is_answered_at_once() {
    let scratch = Scratch::new("follow-old");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("old").expect("is made");
    partition.append("one").wait().expect("is appended");
    assert_eq!(run(partition.wait_beyond(Offset::ZERO)).expect("is there"), Offset::new(1));
}

#[test]
fn who_waits_for_a_partition_that_is_deleted_learns_of_it() {
    let scratch = Scratch::new("follow-deleted");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("gone").expect("is made");
    let waiting = partition.wait_beyond(Offset::ZERO);
    partition.delete().wait().expect("is deleted");
    assert!(matches!(waiting.wait(), Err(LogError::UnknownPartition(id)) if id == partition.id()));
    assert!(matches!(partition.append("late").wait(), Err(LogError::UnknownPartition(_))));
    let again = log.partition("gone").expect("is made anew");
    assert_ne!(again.id(), partition.id(), "ids are never used twice");
    assert_eq!(texts(&again, Offset::ZERO), []);
}
