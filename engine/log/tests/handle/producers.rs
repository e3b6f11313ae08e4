//! Many threads append at once.

use crate::scratch::{Scratch, texts};
use millstream_log::{Log, Offset, Partition};
use std::collections::BTreeMap;

const THREADS: usize = 8;
const RECORDS: usize = 150;

/// Appends as one producer does; gives the offset of each record. Even producers wait for each
/// record, odd ones for all at the end.
fn produce(partition: &Partition, producer: usize) -> Vec<(i64, String)> {
    let text = |number| format!("{producer}:{number}");
    let offsets: Vec<Offset> = if producer.is_multiple_of(2) {
        let append = |number| partition.append(text(number)).wait().expect("is appended");
        (0..RECORDS).map(append).collect()
    } else {
        let pending: Vec<_> = (0..RECORDS).map(|number| partition.append(text(number))).collect();
        pending.into_iter().map(|pending| pending.wait().expect("is appended")).collect()
    };
    offsets.iter().map(|offset| offset.get()).zip((0..RECORDS).map(text)).collect()
}

fn produce_all(partition: &Partition) -> BTreeMap<i64, String> {
    std::thread::scope(|scope| {
        let begin = |producer| scope.spawn(move || produce(partition, producer));
        let threads: Vec<_> = (0..THREADS).map(begin).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("does not panic")).collect()
    })
}

#[test]
fn appends_of_many_threads_are_all_there_and_in_order_for_each_thread() {
    let scratch = Scratch::new("producers");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("many").expect("is made");
    let appended = produce_all(&partition);
    assert_eq!(appended.len(), THREADS * RECORDS, "no offset was given twice");
    for producer in 0..THREADS {
        let prefix = format!("{producer}:");
        let own = appended.values().filter(|text| text.starts_with(&prefix));
        let expected: Vec<_> = (0..RECORDS).map(|number| format!("{producer}:{number}")).collect();
        assert!(own.eq(&expected), "producer {producer} finds its records in order");
    }
    let expected: Vec<_> = appended.into_iter().collect();
    assert_eq!(texts(&partition, Offset::ZERO), expected);
    drop((log, partition));
    let log = Log::open(scratch.path()).expect("opens again");
    let partition = log.find("many").expect("answers").expect("is there");
    assert_eq!(texts(&partition, Offset::ZERO), expected);
    assert_eq!(texts(&partition, Offset::new(700)), expected[700..]);
}

#[test]
fn threads_that_make_the_same_partition_get_the_same_one() {
    let scratch = Scratch::new("same-partition");
    let log = Log::open(scratch.path()).expect("opens");
    let ids: Vec<_> = std::thread::scope(|scope| {
        let make = || scope.spawn(|| log.partition("one").expect("is made or found").id());
        let threads: Vec<_> = (0..THREADS).map(|_| make()).collect();
        threads.into_iter().map(|thread| thread.join().expect("does not panic")).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(log.partitions().expect("lists").len(), 1);
}
