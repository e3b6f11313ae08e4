//! More is asked than a shard takes at once.

use crate::scratch::Scratch;
use millstream_log::{EngineOptions, Log, LogOptions, Offset, PartitionOptions};

#[test]
fn a_full_inbox_blocks_and_loses_nothing() {
    // Several times what the inbox holds, and nobody waits before all is asked.
    const RECORDS: i64 = 6000;
    let scratch = Scratch::new("inbox");
    let log = Log::open(scratch.path()).expect("opens");
    let partition = log.partition("flood").expect("is made");
    let mut kept = Vec::new();
    for number in 0..RECORDS {
        let pending = partition.append(number.to_string());
        // Those that nobody waits for are appended too.
        if number % 3 == 0 {
            kept.push((number, pending));
        }
    }
    for (number, pending) in kept {
        assert_eq!(pending.wait().expect("is appended"), Offset::new(number), "in order");
    }
    log.flush().expect("is stable");
    let records = partition.replay(Offset::ZERO).map(|record| record.expect("is read"));
    let found = records.map(|record| record.value.expect("has a value"));
    assert!(found.eq((0..RECORDS).map(|number| number.to_string().into_bytes())));
}

#[test]
fn more_than_the_memory_holds_waits_and_loses_nothing() {
    const RECORDS: usize = 200;
    const THREADS: usize = 4;
    const RECORD_BYTES: usize = 100 << 10;
    let scratch = Scratch::new("memory");
    let mut engine = EngineOptions::default();
    engine.tail_bytes_max = 8 << 20;
    engine.journal_bytes_max = 64 << 20;
    let log = Log::open_with(scratch.path(), LogOptions::default().engine(engine)).expect("opens");
    let options = PartitionOptions::default().segment_bytes(16 << 20);
    let partition = log.partition_with("large", options).expect("is made");
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let partition = &partition;
            scope.spawn(move || {
                let value = vec![u8::try_from(thread).expect("few"); RECORD_BYTES];
                let append = |_| partition.append(value.clone());
                let pending: Vec<_> = (0..RECORDS).map(append).collect();
                pending.into_iter().for_each(|pending| assert!(pending.wait().is_ok()));
            });
        }
    });
    let mut counts = [0; THREADS];
    for record in partition.replay(Offset::ZERO) {
        let value = record.expect("is read").value.expect("has a value");
        assert_eq!(value.len(), RECORD_BYTES);
        assert!(value.iter().all(|byte| *byte == value[0]));
        counts[usize::from(value[0])] += 1;
    }
    assert_eq!(counts, [RECORDS; THREADS]);
}
