//! What a partition and a log are told.

use crate::scratch::Scratch;
use millstream_log::{EngineOptions, Flush, Log, LogError, LogOptions, PartitionOptions};
use std::time::Duration;

#[test]
fn options_are_kept_and_changed_durably() {
    let scratch = Scratch::new("options");
    let first = PartitionOptions::default()
        .segment_bytes(1 << 20)
        .retention_bytes(1 << 22)
        .retention(Duration::from_secs(3600))
        .batch_bytes_max(5000);
    let second = PartitionOptions::default().flush(Flush::Relaxed);
    {
        let log = Log::open(scratch.path()).expect("opens");
        let partition = log.partition_with("told", first).expect("is made");
        assert_eq!(partition.info().expect("answers").options, first);
        let same = log.partition("told").expect("is found");
        assert_eq!(same.info().expect("answers").options, first, "it keeps its own");
        assert!(matches!(
            partition.append(vec![0; 6000]).wait(),
            Err(LogError::BatchTooLarge { .. })
        ));
        partition.configure(second).wait().expect("is told");
        partition.append(vec![0; 6000]).wait().expect("fits now");
    }
    let log = Log::open(scratch.path()).expect("opens again");
    let partition = log.find("told").expect("answers").expect("is there");
    assert_eq!(partition.info().expect("answers").options, second);
}

#[test]
fn options_beyond_their_limits_are_refused_by_name() {
    let scratch = Scratch::new("option-limits");
    let mut engine = EngineOptions::default();
    engine.tail_bytes_max = 1 << 20;
    let refused = Log::open_with(scratch.path(), LogOptions::default().engine(engine));
    assert!(matches!(refused, Err(LogError::Option { name: "tail_bytes_max", .. })), "{refused:?}");
    let log = Log::open(scratch.path()).expect("the refusal holds nothing");
    for (options, expected) in [
        (PartitionOptions::default().segment_bytes(100), "segment_bytes"),
        (PartitionOptions::default().batch_bytes_max(0), "batch_bytes_max"),
        (PartitionOptions::default().batch_bytes_max((64 << 20) + 1), "batch_bytes_max"),
    ] {
        let refused = log.partition_with("limits", options);
        assert!(matches!(refused, Err(LogError::Option { name, .. }) if name == expected));
    }
    assert_eq!(log.partitions().expect("lists").len(), 0);
}
