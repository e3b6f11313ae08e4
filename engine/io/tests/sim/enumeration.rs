//! Going through all crashes, all outcomes, all failures.

use crate::toolbox::{durable_file, filled, open, run, sectors, world_after, write};
use millstream_base::ShardId;
use millstream_io::sim::{Crash, EIO, NodeId, PowerCut, World, WorldOptions};
use millstream_io::{Durability, Io, Result};
use std::collections::BTreeSet;
use std::path::Path;

const PATH: &str = "/file";

/// Replaces the content of the file safely, step by step.
async fn replace(io: Io) -> Result<()> {
    let options = millstream_io::OpenOptions::write_direct();
    let file = io.open(Path::new("/new"), options).await?;
    let position = millstream_base::Position::ZERO;
    file.write_at(vec![filled(2, 8192)], position, Durability::Written).await?;
    file.sync_data().await?;
    io.rename(Path::new("/new"), Path::new(PATH)).await?;
    io.sync_directory(Path::new("/")).await
}

/// A world in which the file is there, before it is replaced.
fn prepared(seed: u64) -> (World, NodeId) {
    world_after(seed, |io| async move { drop(durable_file(&io).await) })
}

fn content(world: &World, node: NodeId) -> Vec<u8> {
    sectors(&world.disk(node).read_file(Path::new(PATH)).expect("it is never missing"))
}

#[test]
fn a_crash_before_each_event_in_turn() {
    let seed = 5;
    let (mut world, node) = prepared(seed);
    let first = world.event_count(node);
    run(&mut world, node, replace).expect("nothing goes wrong");
    let last = world.event_count(node);
    let mut seen = BTreeSet::new();
    let mut cut_short_count = 0;
    for event in first..=last {
        for cut in [Crash::Kill, Crash::Power(PowerCut::Random)] {
            let (mut world, node) = prepared(seed);
            world.crash_at(node, event, cut);
            let running = world.start(node, ShardId::new(0), replace);
            cut_short_count += u64::from(world.run(&running).is_none());
            seen.insert(content(&world, node));
        }
    }
    assert_eq!(seen, BTreeSet::from([vec![1; 16], vec![2; 16]]), "old or new, nothing between");
    assert!(last - first >= 12 && cut_short_count >= last - first, "{cut_short_count}");
}

#[test]
fn all_outcomes_of_a_power_cut_in_turn() {
    let (mut world, node) = world_after(3, |io| async move {
        let file = durable_file(&io).await;
        write(&file, 0, filled(2, 1024), Durability::Written).await;
        write(&file, 0, filled(3, 512), Durability::Written).await;
        write(&file, 8192, filled(4, 512), Durability::Written).await;
    });
    world.cut_power(node, PowerCut::Undecided);
    let disk = world.disk(node);
    let before = disk.snapshot();
    // Sector 0: durable, 2 or 3; sector 1: durable or 2; sector 16: nothing or 4; and the length.
    let outcome_count = disk.outcome_count().expect("few");
    assert_eq!(outcome_count, 3 * 2 * 2 * 2);
    let mut seen = BTreeSet::new();
    for index in 0..outcome_count {
        disk.restore(&before);
        disk.decide(PowerCut::Numbered(index));
        seen.insert(content(&world, node));
    }
    let short = |first, second| [vec![first, second], vec![1; 14]].concat();
    let mut expected = BTreeSet::new();
    for first in [1, 2, 3] {
        for second in [1, 2] {
            let short = short(first, second);
            for last in [0, 4] {
                expected.insert([short.clone(), vec![last]].concat());
            }
            expected.insert(short);
        }
    }
    assert_eq!(seen, expected);
}

#[test]
fn operations_in_flight_take_part_in_the_choice() {
    let (mut world, node) = prepared(3);
    let running = world.start(node, ShardId::new(0), |io| async move {
        let file = open(&io, PATH).await;
        write(&file, 0, filled(2, 512), Durability::Stable).await;
    });
    // The open and its answer, then the submission of the write.
    world.crash_at(node, world.event_count(node) + 3, Crash::Power(PowerCut::Undecided));
    assert_eq!(world.run(&running), None);
    let disk = world.disk(node);
    let before = disk.snapshot();
    assert_eq!(disk.outcome_count(), Some(2));
    disk.decide(PowerCut::Numbered(0));
    assert_eq!(content(&world, node)[0], 1);
    disk.restore(&before);
    disk.decide(PowerCut::Numbered(1));
    assert_eq!(content(&world, node)[0], 2);
}

#[test]
fn each_operation_fails_in_turn() {
    let (mut world, node) = prepared(7);
    let first = world.operation_count(node);
    run(&mut world, node, replace).expect("nothing goes wrong");
    let last = world.operation_count(node);
    let mut failed_count = 0;
    for operation in first..last {
        let (mut world, node) = prepared(7);
        world.fail_operation(node, operation, EIO);
        let outcome = run(&mut world, node, replace);
        if let Err(error) = &outcome {
            assert_eq!(error.errno(), Some(EIO));
            failed_count += 1;
        }
        world.cut_power(node, PowerCut::Random);
        let content = content(&world, node);
        assert!(content == [1; 16] || content == [2; 16], "operation {operation}: {content:?}");
        assert!(outcome.is_err() || content == [2; 16]);
    }
    // Open, write, sync, rename, open and sync of the directory; failed closes tell nobody.
    assert_eq!(failed_count, 6);
}

#[test]
fn a_snapshot_brings_back_what_a_shard_and_a_power_cut_changed() {
    let (mut world, node) = prepared(9);
    let before = world.disk(node).snapshot();
    run(&mut world, node, replace).expect("nothing goes wrong");
    world.cut_power(node, PowerCut::Random);
    assert_eq!(content(&world, node), [2; 16]);
    world.disk(node).restore(&before);
    assert_eq!(content(&world, node), [1; 16]);
    run(&mut world, node, replace).expect("nothing goes wrong");
    assert_eq!(content(&world, node), [2; 16]);
}

#[test]
fn a_snapshot_can_end_in_many_ways() {
    let (mut world, node) = world_after(3, |io| async move {
        let file = durable_file(&io).await;
        write(&file, 0, filled(2, 8192), Durability::Written).await;
    });
    world.cut_power(node, PowerCut::Undecided);
    let disk = world.disk(node);
    let before = disk.snapshot();
    let mut seen = BTreeSet::new();
    for _ in 0..32 {
        disk.restore(&before);
        disk.decide(PowerCut::Random);
        seen.insert(content(&world, node));
    }
    assert!(seen.len() > 8, "{} of 32", seen.len());
}

#[test]
fn a_wiped_disk_is_empty() {
    let (mut world, node) = prepared(9);
    world.disk(node).wipe();
    assert_eq!(world.disk(node).files(), [] as [&Path; 0]);
    assert_eq!(world.disk(node).used_bytes(), 0);
    run(&mut world, node, |io| async move { drop(durable_file(&io).await) });
    assert_eq!(content(&world, node), [1; 16]);
}

#[test]
fn an_empty_world_has_one_outcome() {
    let mut world = World::new(1, WorldOptions::default());
    let node = world.node("a");
    assert_eq!(world.disk(node).outcome_count(), Some(1));
    world.cut_power(node, PowerCut::Numbered(0));
    assert_eq!(world.disk(node).pending_count(), 0);
}
