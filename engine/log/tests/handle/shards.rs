//! A log of several shards.

use crate::scratch::{Scratch, texts};
use millstream_log::{Log, LogError, LogOptions, Offset};

fn open(scratch: &Scratch, shard_count: u16) -> Result<Log, LogError> {
    Log::open_with(scratch.path(), LogOptions::default().shard_count(shard_count))
}

#[test]
fn partitions_are_spread_over_shards_and_found_again() {
    let scratch = Scratch::new("spread");
    let names: Vec<_> = (0..24).map(|number| format!("partition {number:02}")).collect();
    for round in 0..2 {
        let log = open(&scratch, 3).expect("opens");
        let partitions: Vec<_> =
            names.iter().map(|name| log.partition(name).expect("is there or made")).collect();
        let pending: Vec<_> =
            partitions.iter().zip(&names).map(|(p, name)| p.append(name.as_str())).collect();
        for pending in pending {
            assert_eq!(pending.wait().expect("is appended"), Offset::new(round));
        }
        let listed = log.partitions().expect("lists");
        assert!(listed.iter().map(|info| info.name.as_str()).eq(names.iter()), "all, by name");
        let counters = log.counters().expect("counts");
        assert_eq!(counters.len(), 3);
        assert!(counters.iter().all(|counters| counters.batches.get() > 0), "each has some");
        for (partition, name) in partitions.iter().zip(&names) {
            assert_eq!(texts(partition, Offset::new(round)), [(round, name.clone())]);
        }
    }
}

#[test]
fn another_number_of_shards_is_refused_with_the_right_one() {
    let scratch = Scratch::new("count");
    drop(open(&scratch, 2).expect("is made"));
    for wrong in [1, 3] {
        let refused = open(&scratch, wrong);
        let Err(LogError::ShardCount { expected, got }) = refused else {
            panic!("made with 2: {refused:?}")
        };
        assert_eq!((expected, got), (2, wrong));
    }
    open(&scratch, 2).expect("opens");
    let refused = open(&Scratch::new("too-many"), 257);
    assert!(matches!(refused, Err(LogError::Option { name: "shard_count", .. })), "{refused:?}");
}
