//! Partitions that acknowledge before the disk does.

use crate::scratch::{Scratch, texts};
use millstream_log::{Flush, Log, Offset, PartitionOptions};

#[test]
fn a_relaxed_append_is_answered_before_it_can_be_read_and_a_flush_makes_it_stable() {
    let scratch = Scratch::new("relaxed");
    let log = Log::open(scratch.path()).expect("opens");
    let options = PartitionOptions::default().flush(Flush::Relaxed);
    let partition = log.partition_with("relaxed", options).expect("is made");
    for number in 0..300 {
        let offset = partition.append(number.to_string()).wait().expect("is appended");
        assert_eq!(offset, Offset::new(number));
        let watermarks = partition.info().expect("answers").watermarks;
        assert_eq!(watermarks.next, Offset::new(number + 1));
        assert!(watermarks.stable <= watermarks.next);
    }
    log.flush().expect("is stable");
    assert_eq!(partition.info().expect("answers").watermarks.stable, Offset::new(300));
    drop(partition.append("closing makes it stable too"));
    drop((partition, log));
    let log = Log::open(scratch.path()).expect("opens again");
    let partition = log.find("relaxed").expect("answers").expect("is there");
    assert_eq!(partition.info().expect("answers").options.flush, Flush::Relaxed);
    assert_eq!(texts(&partition, Offset::ZERO).len(), 301);
}
