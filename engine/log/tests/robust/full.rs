//! F11: on a full disk appends are refused, everything else works, and what frees space gets
//! through; then appends are taken again by themselves.

use crate::toolbox::{Machine, SHARD, append, append_staged, create, name, open, read_on, segment};
use millstream_base::Offset;
use millstream_io::Io;
use millstream_io::sim::{Crash, Disk, Fault, FaultEffect, FaultMoment, OperationClass, PowerCut};
use millstream_log::{Engine, LogError, PartitionId, PartitionOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

const RECORD_BYTES: usize = 100_000;
const RESERVE_BYTES: u64 = 24 << 20;

/// A partition with short segments, filled with so many records, in segments and checkpointed.
async fn filled(io: &Io, engine: &Engine, text: &str, count: i64) -> PartitionId {
    let options = PartitionOptions::default().segment_bytes(1 << 20).batch_bytes_max(16 << 20);
    let partition = engine.create(&name(text), options).await.expect("creates");
    for _ in 0..count {
        append(engine, partition, RECORD_BYTES).await.expect("appends");
    }
    io.sleep(Duration::from_secs(1)).await;
    partition
}

fn leave(disk: &Disk, bytes: u64) {
    disk.set_capacity_bytes(disk.used_bytes() + bytes);
}

/// Appends until the disk is full; gives the offset that no append was acknowledged for.
async fn fill_up(io: &Io, engine: &Engine, partition: PartitionId) -> Offset {
    let mut end = engine.watermarks(partition).expect("is there").next;
    loop {
        match append(engine, partition, RECORD_BYTES).await {
            Ok(offset) => end = Offset::new(offset.get() + 1),
            Err(LogError::Busy) => io.sleep(Duration::from_millis(5)).await,
            Err(error) => {
                assert!(matches!(error, LogError::DiskFull) && error.is_retriable(), "{error:?}");
                return end;
            }
        }
    }
}

#[test]
fn all_but_appends_works_on_a_full_disk_and_what_frees_space_ends_that() {
    let mut machine = Machine::new(11);
    let disk = machine.disk();
    machine.run(|io| async move {
        let engine = open(&io).await;
        let big = filled(&io, &engine, "big", 700).await;
        let other = filled(&io, &engine, "other", 20).await;
        leave(&disk, 3 << 20);
        let end = fill_up(&io, &engine, big).await;
        assert!(end > Offset::new(700), "some went before the end");
        // It stays so: the disk is asked again and again, and nobody is let in meanwhile.
        io.sleep(Duration::from_secs(5)).await;
        let refused = append(&engine, other, 10).await;
        assert!(matches!(refused, Err(LogError::DiskFull)), "{refused:?}");
        let refused = engine.create(&name("new"), PartitionOptions::default()).await;
        assert!(matches!(refused, Err(LogError::DiskFull)), "{refused:?}");
        assert_eq!(read_on(&engine, big, Offset::ZERO).await.0, end.get());
        engine.configure(other, PartitionOptions::default()).await.expect("is told");
        assert_eq!(engine.truncate(other, Offset::new(10)).await.expect("cuts").get(), 10);
        engine.delete(other).await.expect("is gone");
        engine.trim(big, Offset::new(650)).await.expect("is cut");
        engine.room().await;
        assert_eq!(append(&engine, big, 10).await.expect("is taken again"), end);
        let kept = end.get() - 650 + 1;
        assert_eq!(read_on(&engine, big, Offset::new(650)).await.0, kept);
        engine.close().await.expect("closes");
    });
    let reserve = machine.files().remove(&PathBuf::from(format!("{SHARD}/reserve")));
    assert_eq!(reserve.expect("is whole again").len() as u64, RESERVE_BYTES);
}

/// Whoever waits for room is told that the disk has become full, and does not wait for that to end.
#[test]
fn who_waits_for_room_hears_of_the_full_disk() {
    let mut machine = Machine::new(15);
    let disk = machine.disk();
    machine.run(|io| async move {
        let engine = open(&io).await;
        let big = filled(&io, &engine, "big", 600).await;
        leave(&disk, 2 << 20);
        let mut waited_count = 0;
        let refused = loop {
            match append_staged(&engine, big, RECORD_BYTES) {
                Ok(_) => {}
                Err(LogError::Busy) => {
                    waited_count += 1;
                    engine.relief().await;
                }
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, LogError::DiskFull), "{refused:?}");
        assert!(waited_count > 0, "appends come faster than the disk takes them");
    });
}

#[test]
fn retention_frees_a_full_disk() {
    let mut machine = Machine::new(12);
    let disk = machine.disk();
    machine.run(|io| async move {
        let engine = open(&io).await;
        let big = filled(&io, &engine, "big", 600).await;
        leave(&disk, 2 << 20);
        let end = fill_up(&io, &engine, big).await;
        let options = PartitionOptions::default().segment_bytes(1 << 20).retention_bytes(4 << 20);
        engine.configure(big, options).await.expect("is told");
        engine.room().await;
        assert_eq!(append(&engine, big, 10).await.expect("is taken again"), end);
        assert!(engine.watermarks(big).expect("is there").start > Offset::new(500));
    });
}

#[test]
fn a_log_opens_on_a_full_disk_and_frees_it() {
    let mut machine = Machine::new(13);
    let disk = machine.disk();
    let end = machine.run(|io| async move {
        let engine = open(&io).await;
        let big = filled(&io, &engine, "big", 600).await;
        leave(&disk, 2 << 20);
        fill_up(&io, &engine, big).await
    });
    for _ in 0..3 {
        machine.world.crash(machine.node, Crash::Power(PowerCut::Random));
        machine.run(move |io| async move {
            let engine = open(&io).await;
            let big = engine.find(&name("big")).expect("is there");
            let (count, error) = read_on(&engine, big, Offset::ZERO).await;
            assert!(count >= end.get(), "{count} of {end}: {error:?}");
        });
    }
    machine.run(move |io| async move {
        let engine = open(&io).await;
        let big = engine.find(&name("big")).expect("is there");
        engine.trim(big, Offset::new(590)).await.expect("is cut");
        engine.room().await;
        while let Err(error) = append(&engine, big, RECORD_BYTES).await {
            assert!(error.is_retriable(), "{error}");
            io.sleep(Duration::from_millis(10)).await;
        }
    });
}

/// Whether the reserve has given up what it had.
fn is_released(disk: &Disk) -> bool {
    disk.read_file(Path::new(&format!("{SHARD}/reserve"))).is_some_and(|bytes| bytes.is_empty())
}

#[test]
fn a_checkpoint_that_grows_draws_on_the_reserve() {
    let mut machine = Machine::new(14);
    let disk = machine.disk();
    machine.run(|io| async move {
        let engine = open(&io).await;
        let first = create(&engine, "first").await;
        io.sleep(Duration::from_secs(1)).await;
        leave(&disk, 0);
        for number in 0..3_000 {
            let text = format!("partition-{number}");
            engine.create_staged(&name(&text), PartitionOptions::default()).expect("is made");
        }
        engine.flush().await.expect("is stable");
        let before = engine.counters().checkpoints.get();
        engine.delete(first).await.expect("is gone");
        while engine.counters().checkpoints.get() == before {
            io.sleep(Duration::from_millis(10)).await;
        }
        assert!(is_released(&disk));
        let refused = engine.create(&name("new"), PartitionOptions::default()).await;
        assert!(matches!(refused, Err(LogError::DiskFull)), "{refused:?}");
        leave(&disk, 1 << 30);
        engine.room().await;
        assert!(!is_released(&disk), "is whole again");
        create(&engine, "new").await;
    });
    machine.run(|io| async move { assert_eq!(open(&io).await.partitions().len(), 3_001) });
}

#[test]
fn runs_that_have_their_places_hold_up_nobody() {
    let mut machine = Machine::new(15);
    let disk = machine.disk();
    machine.run(|io| async move {
        let engine = open(&io).await;
        let big = filled(&io, &engine, "big", 100).await;
        leave(&disk, 0);
        let runs: Vec<_> =
            (0..2).map(|_| append_staged(&engine, big, 3 << 20).expect("has its place")).collect();
        engine.trim(big, Offset::new(50)).await.expect("gets through");
        for run in runs {
            engine.stable(run.ticket).await.expect("is stable");
        }
        let refused = append(&engine, big, 10).await;
        assert!(matches!(refused, Err(LogError::DiskFull)), "{refused:?}");
        assert_eq!(read_on(&engine, big, Offset::new(50)).await.0, 52);
    });
}

#[test]
fn what_a_refused_checkpoint_did_not_make_durable_the_next_one_does() {
    for seed in 0..12 {
        let mut machine = Machine::new(seed);
        let disk = machine.disk();
        machine.run(move |io| async move {
            let engine = open(&io).await;
            let partition = create(&engine, "a").await;
            let other = create(&engine, "b").await;
            append(&engine, partition, 1_000).await.expect("appends");
            for class in [OperationClass::Open, OperationClass::Write, OperationClass::Allocate] {
                for path in [segment(0, 0).with_extension("index"), checkpoint(0), checkpoint(1)] {
                    let path = Some(path);
                    let effect = FaultEffect::Errno(28);
                    disk.add_fault(Fault { class, path, moment: FaultMoment::Always, effect });
                }
            }
            io.sleep(Duration::from_secs(2)).await;
            disk.clear_faults();
            let before = engine.counters().checkpoints.get();
            while engine.counters().checkpoints.get() < before + 2 {
                // To another partition, or the first one's segment would be synced for that.
                while let Err(error) = append(&engine, other, 1_000).await {
                    assert!(error.is_retriable(), "{error}");
                    io.sleep(Duration::from_millis(100)).await;
                }
                io.sleep(Duration::from_millis(200)).await;
            }
        });
        machine.world.crash(machine.node, Crash::Power(PowerCut::Random));
        machine.run(move |io| async move {
            let engine = open(&io).await;
            let partition = engine.find(&name("a")).expect("is there");
            let (count, error) = read_on(&engine, partition, Offset::ZERO).await;
            let end = engine.watermarks(partition).expect("is there").next;
            assert!(error.is_none() && count == end.get() && count == 1, "{seed}: {error:?}");
        });
    }
}

fn checkpoint(number: u64) -> PathBuf {
    PathBuf::from(format!("{SHARD}/checkpoint-{number}"))
}
