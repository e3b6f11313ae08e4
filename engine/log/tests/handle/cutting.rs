//! A log is cut at either end, and searched by time.

use crate::scratch::{Scratch, texts};
use millstream_log::{Log, LogError, NewRecord, Offset, Partition, PartitionOptions, Timestamp};

/// Ten batches of ten records; the time of each is ten times its offset.
fn fill(partition: &Partition) {
    for batch in 0..10 {
        let record = |number: i64| {
            let offset: i64 = batch * 10 + number;
            NewRecord::from(offset.to_string()).at(Timestamp::new(offset * 10))
        };
        partition.append_all((0..10).map(record).collect()).wait().expect("is appended");
    }
}

fn numbers(range: std::ops::Range<i64>) -> Vec<(i64, String)> {
    range.map(|number| (number, number.to_string())).collect()
}

#[test]
fn a_trim_takes_what_comes_before_and_nothing_else() {
    let scratch = Scratch::new("trim");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("trimmed").expect("is made");
    fill(&partition);
    partition.trim(Offset::new(35)).wait().expect("is trimmed");
    let gone = partition.read(Offset::new(34), 1).wait();
    let Err(LogError::OutOfRange { start_offset, .. }) = gone else {
        panic!("what is trimmed is out of range");
    };
    assert_eq!(start_offset, Offset::new(35));
    assert_eq!(texts(&partition, Offset::new(35)), numbers(35..100));
    partition.trim(Offset::new(20)).wait().expect("going back changes nothing");
    assert_eq!(partition.info().expect("answers").watermarks.start, Offset::new(35));
    let beyond = partition.trim(Offset::new(101)).wait();
    assert!(matches!(beyond, Err(LogError::OutOfRange { .. })), "{beyond:?}");
    partition.trim(Offset::new(100)).wait().expect("all may go");
    assert_eq!(partition.append("100").wait().expect("is appended"), Offset::new(100));
    drop((partition, log));
    let log = Log::open(scratch.path()).expect("opens again");
    let partition = log.find("trimmed").expect("answers").expect("is there");
    assert_eq!(texts(&partition, Offset::new(100)), numbers(100..101));
}

#[test]
fn a_truncation_takes_whole_batches_from_the_end() {
    let scratch = Scratch::new("truncate");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("cut").expect("is made");
    fill(&partition);
    let end = partition.truncate(Offset::new(64)).wait().expect("is cut");
    assert_eq!(end, Offset::new(60), "the batch that holds 64 goes wholly");
    assert_eq!(texts(&partition, Offset::ZERO), numbers(0..60));
    assert_eq!(partition.append("anew").wait().expect("is appended"), Offset::new(60));
    assert_eq!(partition.truncate(Offset::new(500)).wait().expect("ends before"), Offset::new(61));
    drop((partition, log));
    let log = Log::open(scratch.path()).expect("opens again");
    let partition = log.find("cut").expect("answers").expect("is there");
    let mut expected = numbers(0..60);
    expected.push((60, "anew".to_owned()));
    assert_eq!(texts(&partition, Offset::ZERO), expected);
    assert_eq!(partition.truncate(Offset::ZERO).wait().expect("all may go"), Offset::ZERO);
    assert_eq!(partition.append("first").wait().expect("is appended"), Offset::ZERO);
}

#[test]
fn appends_under_way_while_a_log_is_cut_come_before_or_behind_the_cut() {
    let scratch = Scratch::new("truncate-busy");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("busy").expect("is made");
    let other = log.partition("other").expect("is made");
    for round in 0..5 {
        let before: Vec<_> = (0..50).map(|_| partition.append(format!("before {round}"))).collect();
        let cut = partition.truncate(Offset::new(round * 10));
        let behind: Vec<_> = (0..50).map(|_| partition.append(format!("behind {round}"))).collect();
        let elsewhere = other.append("elsewhere");
        before.into_iter().for_each(|pending| assert!(pending.wait().is_ok()));
        assert_eq!(cut.wait().expect("is cut"), Offset::new(round * 10));
        behind.into_iter().for_each(|pending| assert!(pending.wait().is_ok()));
        elsewhere.wait().expect("is appended");
        let found = texts(&partition, Offset::new(round * 10));
        assert_eq!(found.len(), 50);
        assert!(found.iter().all(|(_, text)| *text == format!("behind {round}")));
    }
}

#[test]
fn a_log_is_cut_while_another_thread_goes_on_appending() {
    let scratch = Scratch::new("truncate-race");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("raced").expect("is made");
    let cuts: Vec<i64> = std::thread::scope(|scope| {
        let cutter = scope.spawn(|| {
            let cut = |_| {
                let end = partition.info().expect("answers").watermarks.stable;
                let half = Offset::new(end.get() / 2);
                partition.truncate(half).wait().expect("is cut").get()
            };
            (0..20).map(cut).collect()
        });
        while !cutter.is_finished() {
            partition.append("more").wait().expect("is appended");
        }
        cutter.join().expect("cuts")
    });
    let last = partition.append("last").wait().expect("is appended").get();
    assert!(last >= *cuts.last().expect("some"));
    let found = texts(&partition, Offset::ZERO);
    assert!(found.iter().map(|(offset, _)| *offset).eq(0..=last), "no gap and nothing twice");
}

#[test]
fn a_record_is_found_by_its_time_in_segments_and_in_the_tail() {
    let scratch = Scratch::new("timestamp");
    let options = PartitionOptions::default().segment_bytes(4096);
    for round in 0..2 {
        let log = Log::open(scratch.path()).expect("opens");
        let partition = log.partition_with("timed", options).expect("is there or made");
        if round == 0 {
            fill(&partition);
        }
        let find = |time| partition.find_timestamp(Timestamp::new(time)).wait().expect("searches");
        for (time, offset) in [(i64::MIN, 0), (0, 0), (1, 1), (455, 46), (460, 46), (990, 99)] {
            let found = (Offset::new(offset), Timestamp::new(offset * 10));
            assert_eq!(find(time), Some(found), "at {time} in round {round}");
        }
        assert_eq!(find(991), None);
    }
}
