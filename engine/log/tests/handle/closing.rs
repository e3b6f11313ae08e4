//! A log is closed: by name, by the last handle, or by a panic of its owner.

use crate::scratch::{Scratch, texts};
use millstream_log::{Log, LogError, LogOptions, Offset};

#[test]
fn a_dropped_log_can_be_opened_again_at_once() {
    let scratch = Scratch::new("reopen");
    for round in 0..12 {
        let log = Log::open(scratch.path()).expect("nobody holds it any more");
        let partition = log.partition("rounds").expect("is there or made");
        let offset = partition.append(format!("round {round}")).wait().expect("is appended");
        assert_eq!(offset, Offset::new(round));
        if round % 2 == 0 {
            log.close().expect("closes");
        }
    }
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.find("rounds").expect("answers").expect("is there");
    let expected: Vec<_> = (0..12).map(|round| (round, format!("round {round}"))).collect();
    assert_eq!(texts(&partition, Offset::ZERO), expected);
}

#[test]
fn a_log_of_many_shards_can_be_opened_again_at_once() {
    let scratch = Scratch::new("reopen-shards");
    for _ in 0..4 {
        let options = LogOptions::default().shard_count(4);
        let log = Log::open_with(scratch.path(), options).expect("nobody holds it any more");
        for name in ["a", "b", "c", "d", "e", "f"] {
            let partition = log.partition(name).expect("is there or made");
            drop(partition.append("never waited for"));
        }
    }
}

#[test]
fn after_a_close_every_call_is_refused() {
    let scratch = Scratch::new("refused");
    let log = Log::open(scratch.path()).expect("opens");
    let clone = log.clone();
    let partition = log.partition("shut").expect("is made");
    partition.append("in time").wait().expect("is appended");
    let follower = partition.wait_beyond(Offset::new(1));
    log.close().expect("closes");
    assert!(matches!(partition.append("late").wait(), Err(LogError::Closed)));
    assert!(matches!(partition.read(Offset::ZERO, 1).wait(), Err(LogError::Closed)));
    assert!(matches!(partition.info(), Err(LogError::Closed)));
    assert!(matches!(clone.partition("other"), Err(LogError::Closed)));
    assert!(matches!(clone.flush(), Err(LogError::Closed)));
    assert!(matches!(follower.wait(), Err(LogError::Closed)), "who follows learns of the end");
    let mut replay = partition.replay(Offset::ZERO);
    assert!(matches!(replay.next(), Some(Err(LogError::Closed))));
    clone.close().expect("closing twice is no error");
    let log = Log::open(scratch.path()).expect("the refused handles hold nothing");
    let partition = log.find("shut").expect("answers").expect("is there");
    assert_eq!(texts(&partition, Offset::ZERO), [(0, "in time".to_owned())]);
}

#[test]
fn a_partition_keeps_its_log_open() {
    let scratch = Scratch::new("kept");
    let partition = Log::open(scratch.path()).expect("opens").partition("kept").expect("is made");
    partition.append("still open").wait().expect("is appended");
    assert!(matches!(Log::open(scratch.path()), Err(LogError::InUse { .. })));
    drop(partition);
    Log::open(scratch.path()).expect("the last handle is gone");
}

#[test]
fn a_panic_of_the_owner_closes_the_log() {
    let scratch = Scratch::new("panic");
    std::thread::scope(|scope| {
        let owner = scope.spawn(|| {
            let log = Log::open(scratch.path()).expect("opens");
            let partition = log.partition("panic").expect("is made");
            partition.append("before").wait().expect("is appended");
            // Quietly: a panic with a message would be reported as if the test had failed.
            std::panic::resume_unwind(Box::new("the owner gives up"));
        });
        assert!(owner.join().is_err());
    });
    let log = Log::open(scratch.path()).expect("the unwinding closed it");
    let partition = log.find("panic").expect("answers").expect("is there");
    assert_eq!(texts(&partition, Offset::ZERO), [(0, "before".to_owned())]);
}

#[test]
fn what_was_appended_before_a_close_is_answered() {
    let scratch = Scratch::new("answered");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("answered").expect("is made");
    let pending: Vec<_> = (0..500).map(|number| partition.append(number.to_string())).collect();
    log.close().expect("closes");
    for (number, pending) in (0..).zip(pending) {
        assert_eq!(pending.wait().expect("was asked before the close"), Offset::new(number));
    }
}
