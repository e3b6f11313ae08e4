//! A plain thread and a future in any executor get the same.

use crate::scratch::{Scratch, texts};
use crate::tiny_executor::{run, run_all};
use millstream_log::{Log, LogError, NewRecord, Offset, Partition, Timestamp};

async fn read_all(partition: &Partition) -> Vec<(i64, String)> {
    let mut replay = partition.replay(Offset::ZERO);
    let mut found = Vec::new();
    while let Some(record) = replay.next_record().await.expect("is read") {
        let value = record.value.expect("has a value");
        found.push((record.offset.get(), String::from_utf8(value).expect("is text")));
    }
    found
}

#[test]
fn futures_and_blocked_threads_append_to_one_log_and_read_the_same() {
    let scratch = Scratch::new("agreement");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("both").expect("is made");
    let mut expected = Vec::new();
    for round in 0..20 {
        let text = |number| format!("{round}-{number}");
        let offsets = run_all((0..10).map(|number| partition.append(text(number))));
        let offsets = offsets.into_iter().map(|offset| offset.expect("is appended").get());
        expected.extend(offsets.zip((0..10).map(text)));
        let offset = partition.append(text(10)).wait().expect("is appended");
        expected.push((offset.get(), text(10)));
    }
    assert!(expected.iter().map(|(offset, _)| *offset).eq(0..220));
    assert_eq!(texts(&partition, Offset::ZERO), expected);
    assert_eq!(run(read_all(&partition)), expected);
}

#[test]
fn an_error_is_the_same_either_way() {
    let scratch = Scratch::new("agreement-errors");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("errors").expect("is made");
    let beyond = Offset::new(5);
    for result in [partition.read(beyond, 1).wait(), run(partition.read(beyond, 1))] {
        let Err(LogError::OutOfRange { offset, start_offset, end_offset }) = result else {
            panic!("there is nothing at 5: {result:?}")
        };
        assert_eq!((offset, start_offset, end_offset), (beyond, Offset::ZERO, Offset::ZERO));
    }
}

#[test]
fn every_part_of_a_record_comes_back() {
    let scratch = Scratch::new("agreement-records");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("records").expect("is made");
    let odd_name = (b"\xff\xfe".to_vec(), None);
    let mut full = NewRecord::keyed("key", "value").header("a", "1").header("a", "2");
    full.headers.push(odd_name);
    let records = [
        full.at(Timestamp::new(1_000)),
        NewRecord::default().at(Timestamp::new(2_000)),
        NewRecord::keyed("", "").at(Timestamp::new(1_500)),
    ];
    let first = partition.append_all(records.to_vec()).wait().expect("is appended");
    assert_eq!(first, Offset::ZERO);
    let found: Vec<_> = partition.replay(first).map(|record| record.expect("is read")).collect();
    assert_eq!(found.len(), records.len());
    for (number, (found, record)) in found.into_iter().zip(records).enumerate() {
        assert_eq!(found.offset, Offset::new(number as i64));
        let again = NewRecord {
            key: found.key,
            value: found.value,
            headers: found.headers,
            timestamp: Some(found.timestamp),
        };
        assert_eq!(again, record);
    }
}
