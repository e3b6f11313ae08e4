//! The store of snapshots: the last one counts, and the log of them does not grow for ever.

use crate::toolbox::{Machine, Test, create, of_producer, open};
use millstream_base::{Offset, PartitionId};
use millstream_log::{Engine, PartitionName};
use millstream_replica::{ReplicaOptions, STATE_PARTITION, Snapshot, SnapshotStore};
use std::cell::RefCell;

async fn store(engine: &Engine) -> RefCell<SnapshotStore> {
    RefCell::new(SnapshotStore::open(engine).await.expect("opens"))
}

async fn load(
    store: &RefCell<SnapshotStore>,
    engine: &Engine,
    partition: PartitionId,
) -> Option<Snapshot> {
    SnapshotStore::load(store, engine, partition).await.expect("loads")
}

/// Appends one more batch of a producer, and saves.
async fn grow(test: &mut Test, store: &RefCell<SnapshotStore>, sequence: i32) {
    let _ = test.produce(&of_producer(7, 0, sequence, 1)).await;
    let state = test.leader.snapshot();
    let partition = test.leader.partition();
    store.borrow_mut().save(&test.engine, partition, &state).expect("saves");
    test.leader.saved(&state);
}

#[test]
fn the_last_snapshot_of_each_partition_counts() {
    let mut machine = Machine::new(1);
    machine.run(|io| async move {
        let engine = open(&io).await;
        let store = store(&engine).await;
        for name in ["a", "b", "c"] {
            let partition = create(&engine, name).await;
            assert_eq!(load(&store, &engine, partition).await, None);
            let options = ReplicaOptions::default();
            let mut test = Test::open(engine.clone(), partition, options, 0, None).await;
            for sequence in 0..3 {
                grow(&mut test, &store, sequence).await;
            }
        }
        let c = engine.find(&PartitionName::new("c").expect("a name")).expect("made");
        store.borrow_mut().forget(&engine, c).expect("forgets");
        engine.flush().await.expect("flushes");
        assert_eq!(load(&store, &engine, c).await, None);
    });
    machine.run(|io| async move {
        let engine = open(&io).await;
        let store = store(&engine).await;
        for (name, expected) in [("a", Some(3)), ("b", Some(3)), ("c", None)] {
            let partition = engine.find(&PartitionName::new(name).expect("a name"));
            let snapshot = load(&store, &engine, partition.expect("made")).await;
            let upto = snapshot.map(|snapshot| snapshot.upto.get());
            assert_eq!(upto, expected, "{name}");
        }
    });
}

#[test]
fn the_snapshot_of_a_partition_that_is_gone_does_not_count() {
    let mut machine = Machine::new(2);
    let partition = machine.run(|io| async move {
        let engine = open(&io).await;
        let store = store(&engine).await;
        let partition = create(&engine, "a").await;
        let options = ReplicaOptions::default();
        let mut test = Test::open(engine.clone(), partition, options, 0, None).await;
        grow(&mut test, &store, 0).await;
        engine.delete(partition).await.expect("deletes");
        partition
    });
    machine.run(|io| async move {
        let engine = open(&io).await;
        let store = store(&engine).await;
        assert_eq!(load(&store, &engine, partition).await, None);
    });
}

#[test]
fn a_rewritten_log_is_small_and_says_the_same() {
    let mut machine = Machine::new(3);
    machine.run(|io| async move {
        let engine = open(&io).await;
        let store = store(&engine).await;
        let mut tests = Vec::new();
        for name in ["a", "b"] {
            let partition = create(&engine, name).await;
            let options = ReplicaOptions::default();
            tests.push(Test::open(engine.clone(), partition, options, 0, None).await);
        }
        grow(&mut tests[1], &store, 0).await;
        for id in 0..300 {
            let _ = tests[0].produce(&of_producer(id, 0, 0, 1)).await;
        }
        let mut sequence = 1;
        while !store.borrow().wants_rewrite() {
            let _ = tests[0].send(&of_producer(0, 0, sequence, 1)).expect("takes its place");
            engine.flush().await.expect("flushes");
            tests[0].advance();
            let state = tests[0].leader.snapshot();
            let partition = tests[0].leader.partition();
            store.borrow_mut().save(&engine, partition, &state).expect("saves");
            sequence += 1;
        }
        let log = engine.find(&PartitionName::new(STATE_PARTITION).expect("a name"));
        let log = log.expect("made");
        let before = engine.watermarks(log).expect("there");
        SnapshotStore::rewrite(&store, &engine).await.expect("rewrites");
        let after = engine.watermarks(log).expect("there");
        assert_eq!(after.start, before.next, "everything before is gone");
        assert_eq!(after.next.get() - after.start.get(), 2, "one for each partition");
        assert!(!store.borrow().wants_rewrite());
        let expected = [Offset::new(299 + i64::from(sequence)), Offset::new(1)];
        for (test, expected) in tests.iter().zip(expected) {
            let snapshot = load(&store, &engine, test.leader.partition()).await;
            assert_eq!(snapshot.expect("moved").upto, expected);
        }
    });
    machine.run(|io| async move {
        let engine = open(&io).await;
        let store = store(&engine).await;
        for name in ["a", "b"] {
            let partition = engine.find(&PartitionName::new(name).expect("a name"));
            let snapshot = load(&store, &engine, partition.expect("made")).await;
            assert!(snapshot.is_some_and(|snapshot| !snapshot.producers.is_empty()));
        }
    });
}
