//! What a leader knew is known after a restart: from snapshots, from headers, from both.

use crate::toolbox::{Machine, Sent, Test, create, of_producer, open, plain};
use millstream_base::{LeaderEpoch, Offset, PartitionId};
use millstream_io::Io;
use millstream_log::{Engine, PartitionName};
use millstream_replica::{
    LeaderEpochs, ProduceError, ProducerFault, ReplicaOptions, Snapshot, SnapshotStore,
};
use std::cell::RefCell;

fn partition(engine: &Engine) -> PartitionId {
    engine.find(&PartitionName::new("p").expect("a name")).expect("made before")
}

/// The leader after a restart, with the snapshot that the store has.
async fn restart(io: &Io, epoch: i32) -> (Test, RefCell<SnapshotStore>) {
    let engine = open(io).await;
    let store = RefCell::new(SnapshotStore::open(&engine).await.expect("opens"));
    let partition = partition(&engine);
    let snapshot = SnapshotStore::load(&store, &engine, partition).await.expect("loads");
    let options = ReplicaOptions::default();
    (Test::open(engine, partition, options, epoch, snapshot).await, store)
}

/// Saves as the broker does in the background.
async fn save(test: &mut Test, store: &RefCell<SnapshotStore>) {
    let state = test.leader.snapshot();
    test.engine.flush().await.expect("flushes");
    let partition = test.leader.partition();
    store.borrow_mut().save(&test.engine, partition, &state).expect("saves");
    test.leader.saved(&state);
}

/// A first life: two epochs, three producers, one of them over a window of five.
async fn live(io: Io, saves_after: usize) {
    let engine = open(&io).await;
    let _ = create(&engine, "p").await;
    engine.close().await.expect("closes");
    drop(engine);
    let (mut test, store) = restart(&io, 1).await;
    for step in 0..9 {
        let sequence = i32::try_from(step).expect("small");
        let _ = test.produce(&of_producer(7, 0, sequence, 1)).await;
        if step == 4 {
            test.leader.begin_epoch(LeaderEpoch::new(2));
            let _ = test.produce(&of_producer(8, 5, 100, 10)).await;
            let _ = test.produce(&plain(3)).await;
        }
        if step == saves_after {
            save(&mut test, &store).await;
        }
    }
    let _ = test.produce(&of_producer(9, 1, 0, 2)).await;
}

fn assert_known(test: &mut Test) {
    let end = test.leader.log_end();
    for sequence in 4..9 {
        let again = test.send(&of_producer(7, 0, sequence, 1)).expect("known");
        assert!(again.is_duplicate, "{sequence}");
    }
    let forgotten = test.send(&of_producer(7, 0, 3, 1)).expect_err("not within five");
    let is_out_of_order =
        matches!(forgotten, ProduceError::Producer(ProducerFault::OutOfOrder { .. }));
    assert!(is_out_of_order, "{forgotten}");
    let again = test.send(&of_producer(8, 5, 100, 10)).expect("known");
    assert_eq!((again.is_duplicate, again.base_offset.get()), (true, 5));
    let fenced = test.send(&of_producer(9, 0, 0, 2)).expect_err("fenced");
    assert!(matches!(fenced, ProduceError::Producer(ProducerFault::Fenced { .. })), "{fenced}");
    assert_eq!(test.leader.log_end(), end, "nothing was appended");
}

fn starts(epochs: &LeaderEpochs) -> Vec<(i32, i64)> {
    epochs.starts().iter().map(|known| (known.epoch.get(), known.start.get())).collect()
}

#[test]
fn point_45_the_window_survives_with_and_without_snapshots() {
    for saves_after in [0, 4, 6, 8, 99] {
        let mut machine = Machine::new(saves_after as u64);
        machine.run(|io| live(io, saves_after));
        machine.run(|io| async move {
            let (mut test, _) = restart(&io, 3).await;
            assert_known(&mut test);
            let expected = [(1, 0), (2, 5), (3, 24)];
            assert_eq!(starts(test.leader.epochs()), expected, "saved after {saves_after}");
            let next = test.produce(&of_producer(7, 0, 9, 1)).await;
            assert_eq!(next, 24, "and the producer goes on");
        });
        machine.run(|io| async move {
            let (mut test, _) = restart(&io, 4).await;
            assert!(test.send(&of_producer(7, 0, 9, 1)).expect("known").is_duplicate);
        });
    }
}

#[test]
fn snapshot_and_headers_give_what_all_headers_give() {
    let mut machine = Machine::new(5);
    machine.run(|io| live(io, 6));
    machine.run(|io| async move {
        let (with, _) = restart(&io, 3).await;
        let options = ReplicaOptions::default();
        let partition = with.leader.partition();
        let without = Test::open(with.engine.clone(), partition, options, 3, None).await;
        assert!(with.leader.saved_upto() > without.leader.saved_upto());
        let state = |test: &Test| test.leader.snapshot().bytes().to_vec();
        assert_eq!(state(&with), state(&without));
    });
}

#[test]
fn a_clean_end_leaves_nothing_to_be_read() {
    let mut machine = Machine::new(5);
    machine.run(|io| live(io, 2));
    machine.run(|io| async move {
        let (mut test, store) = restart(&io, 3).await;
        assert!(test.leader.is_unsaved());
        save(&mut test, &store).await;
        assert!(!test.leader.is_unsaved() && !test.leader.wants_save());
        test.engine.close().await.expect("closes");
    });
    machine.run(|io| async move {
        let (mut test, _) = restart(&io, 4).await;
        assert_eq!(test.leader.saved_upto(), test.leader.log_end());
        assert_known(&mut test);
    });
}

#[test]
fn a_state_is_saved_after_so_many_bytes_and_less_often_where_it_is_large() {
    let mut machine = Machine::new(6);
    machine.run(|io| async move {
        let engine = open(&io).await;
        let partition = create(&engine, "p").await;
        let options = ReplicaOptions { batch_bytes_max: 8 << 20, ..ReplicaOptions::default() };
        let store = RefCell::new(SnapshotStore::open(&engine).await.expect("opens"));
        let mut test = Test::open(engine, partition, options, 0, None).await;
        let large = Sent { value_bytes: 4 << 20, ..Sent::default() }.bytes();
        for step in 1..=4 {
            assert!(!test.leader.wants_save(), "{step}");
            let _ = test.produce(&large).await;
        }
        assert!(test.leader.wants_save(), "16 MiB and more");
        save(&mut test, &store).await;
        assert!(!test.leader.wants_save());
        for id in 0..20_000 {
            let _ = test.send(&of_producer(id, 0, 0, 1)).expect("takes its place");
        }
        test.engine.flush().await.expect("flushes");
        test.advance();
        for _ in 0..4 {
            let _ = test.produce(&large).await;
        }
        assert!(!test.leader.wants_save(), "20 000 producers are worth 20 MiB");
        let _ = test.produce(&large).await;
        assert!(test.leader.wants_save());
    });
}

#[test]
fn point_45_a_power_cut_loses_no_producer_of_what_was_answered() {
    for seed in 0..20 {
        let mut machine = Machine::new(100 + seed);
        machine.run_to_power_cut(|io| live(io, usize::try_from(seed % 9).expect("small")));
        machine.run(|io| async move {
            let (mut test, _) = restart(&io, 3).await;
            assert_known(&mut test);
        });
    }
}

#[test]
fn what_was_not_answered_may_be_sent_again_after_a_power_cut() {
    for seed in 0..20 {
        let mut machine = Machine::new(200 + seed);
        machine.run_to_power_cut(|io| async move {
            let engine = open(&io).await;
            let _ = create(&engine, "p").await;
            engine.close().await.expect("closes");
            drop(engine);
            let (mut test, _) = restart(&io, 1).await;
            let _ = test.produce(&of_producer(7, 0, 0, 1)).await;
            let _ = test.send(&of_producer(7, 0, 1, 1)).expect("takes its place");
        });
        machine.run(|io| async move {
            let (mut test, _) = restart(&io, 2).await;
            // Whether or not it got to the disk, the client sends it again, and it is there once.
            let offset = test.produce(&of_producer(7, 0, 1, 1)).await;
            assert_eq!((offset, test.leader.log_end()), (1, Offset::new(2)));
        });
    }
}

#[test]
fn a_snapshot_beyond_the_logs_end_does_not_count() {
    let mut machine = Machine::new(9);
    machine.run(|io| live(io, 99));
    machine.run(|io| async move {
        let engine = open(&io).await;
        let partition = partition(&engine);
        let foreign = Snapshot { upto: Offset::new(1000), ..Snapshot::default() };
        let options = ReplicaOptions::default();
        let mut test = Test::open(engine, partition, options, 3, Some(foreign)).await;
        assert_known(&mut test);
    });
}

#[test]
fn point_44_producers_whose_records_are_gone_are_as_good_as_new() {
    let mut machine = Machine::new(9);
    machine.run(|io| live(io, 99));
    machine.run(|io| async move {
        let (mut test, _) = restart(&io, 3).await;
        let end = test.leader.log_end();
        test.engine.trim(test.leader.partition(), end).await.expect("trims");
        test.advance();
        assert_known(&mut test);
    });
    machine.run(|io| async move {
        let (mut test, _) = restart(&io, 4).await;
        assert!(test.leader.producers().is_empty());
        let sent = Sent { producer: Some((7, 0, 42)), ..Sent::default() };
        assert_eq!(test.produce(&sent.bytes()).await, 24, "any sequence is the first");
    });
}
