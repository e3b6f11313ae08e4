//! A segment without its index, and with damage: what lies before is served, what lies behind is
//! an error, and the log goes on.

use crate::toolbox::{Machine, append, create, index, open, read_on, segment};
use millstream_base::Offset;
use millstream_log::{LogError, PartitionId};

const PARTITION: PartitionId = PartitionId::new(0);
const RECORDS: i64 = 40;
/// With its padding.
const BATCH_BYTES: usize = 1_003_520;

/// A segment of 40 MB whose index is gone, and whose batch `at` is damaged. Batch 0 was settled
/// into a segment of its own, before the partition wrote runs.
fn machine(at: usize) -> Machine {
    let mut machine = Machine::new(3);
    machine.run(|io| async move {
        let engine = open(&io).await;
        create(&engine, "a").await;
        for _ in 0..RECORDS {
            append(&engine, PARTITION, 1_000_000).await.expect("appends");
        }
        engine.close().await.expect("closes");
    });
    machine.disk().remove_file(&index(0, 1));
    machine.patch(&segment(0, 1), |bytes| bytes[(at - 1) * BATCH_BYTES + 5_000] ^= 1);
    machine
}

#[test]
fn a_walk_ends_where_it_meets_damage() {
    let mut machine = machine(1);
    let before_bytes = machine.disk().usage().read_bytes;
    machine.run(|io| async move {
        let engine = open(&io).await;
        let (count, error) = read_on(&engine, PARTITION, Offset::ZERO).await;
        assert_eq!(count, 1);
        assert!(matches!(error, Some(LogError::Quarantined { .. })), "{error:?}");
    });
    let read_bytes = machine.disk().usage().read_bytes - before_bytes;
    // Recovery reads the journal, some 32 MiB; the walk one piece of 8 MiB.
    assert!(read_bytes < 48 << 20, "{read_bytes} bytes were read");
}

#[test]
fn a_log_goes_on_behind_damage_that_took_the_rest_of_its_last_segment() {
    let mut machine = machine(20);
    machine.run(|io| async move {
        let engine = open(&io).await;
        let (count, error) = read_on(&engine, PARTITION, Offset::ZERO).await;
        assert_eq!(count, 20);
        let Some(LogError::Quarantined { first_offset, next_offset, .. }) = error else {
            panic!("{error:?}")
        };
        assert_eq!((first_offset, next_offset), (Offset::new(20), Offset::new(RECORDS)));
        append(&engine, PARTITION, 100).await.expect("appends");
        engine.close().await.expect("closes");
    });
    machine.run(|io| async move {
        let engine = open(&io).await;
        let behind = read_on(&engine, PARTITION, Offset::new(RECORDS)).await;
        assert_eq!(behind.0, 1, "{behind:?}");
        assert_eq!(read_on(&engine, PARTITION, Offset::ZERO).await.0, 20);
        // A cut inside of what is damaged.
        let end = engine.truncate(PARTITION, Offset::new(30)).await.expect("cuts");
        assert_eq!(end, Offset::new(30));
        assert_eq!(append(&engine, PARTITION, 100).await.expect("appends"), end);
        engine.close().await.expect("closes");
    });
    machine.run(|io| async move {
        let engine = open(&io).await;
        assert_eq!(read_on(&engine, PARTITION, Offset::new(30)).await.0, 1);
        assert_eq!(read_on(&engine, PARTITION, Offset::ZERO).await.0, 20);
    });
}
