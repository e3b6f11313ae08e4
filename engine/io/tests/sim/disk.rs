//! What the simulated disk may lose and what it must keep.

use crate::toolbox::{durable_file, filled, sectors, world_after, write};
use millstream_base::{Position, ShardId};
use millstream_io::sim::{Crash, PowerCut};
use millstream_io::{Buffer, Durability, OpenOptions};
use std::path::Path;

fn content_after_cut(seed: u64) -> Vec<u8> {
    let (mut world, node) = world_after(seed, |io| async move {
        let file = durable_file(&io).await;
        write(&file, 0, filled(2, 8192), Durability::Written).await;
    });
    world.cut_power(node, PowerCut::Random);
    world.disk(node).read_file(Path::new("/file")).expect("its name was synced")
}

#[test]
fn an_unsynced_write_is_lost_kept_or_torn() {
    let outcomes: Vec<_> = (0..64).map(|seed| sectors(&content_after_cut(seed))).collect();
    assert!(outcomes.iter().any(|sectors| sectors.iter().all(|byte| *byte == 1)), "lost");
    assert!(outcomes.iter().any(|sectors| sectors.iter().all(|byte| *byte == 2)), "kept");
    let torn = outcomes.iter().filter(|sectors| sectors.contains(&1) && sectors.contains(&2));
    assert!(torn.count() > 10, "torn");
}

#[test]
fn a_synced_write_is_never_lost() {
    for seed in 0..64 {
        let (mut world, node) = world_after(seed, |io| async move {
            let file = durable_file(&io).await;
            write(&file, 0, filled(2, 4096), Durability::Written).await;
            file.sync_data().await.expect("syncs");
            write(&file, 4096, filled(3, 4096), Durability::Stable).await;
        });
        world.cut_power(node, PowerCut::Random);
        let bytes = world.disk(node).read_file(Path::new("/file")).expect("its name was synced");
        assert_eq!(sectors(&bytes), [[2; 8], [3; 8]].concat());
    }
}

#[test]
fn a_stable_write_covers_only_itself() {
    let mut lost_count = 0;
    for seed in 0..64 {
        let (mut world, node) = world_after(seed, |io| async move {
            let file = durable_file(&io).await;
            write(&file, 0, filled(2, 4096), Durability::Written).await;
            write(&file, 4096, filled(3, 4096), Durability::Stable).await;
        });
        world.cut_power(node, PowerCut::Random);
        let bytes = world.disk(node).read_file(Path::new("/file")).expect("its name was synced");
        let sectors = sectors(&bytes);
        assert_eq!(sectors[8..], [3; 8]);
        lost_count += u32::from(sectors.contains(&1));
    }
    assert!(lost_count > 10, "{lost_count} of 64");
}

#[test]
fn a_sync_does_not_cover_a_write_that_was_in_flight_at_its_submission() {
    let mut lost_count = 0;
    for seed in 0..64 {
        let (mut world, node) = world_after(seed, |io| async move {
            let file = durable_file(&io).await;
            let slices = vec![filled(2, 8192)];
            let write = file.write_at(slices, Position::ZERO, Durability::Written);
            let sync = file.sync_data();
            write.await.expect("writes");
            sync.await.expect("syncs");
        });
        world.cut_power(node, PowerCut::Random);
        let bytes = world.disk(node).read_file(Path::new("/file")).expect("its name was synced");
        lost_count += u32::from(sectors(&bytes).contains(&1));
    }
    assert!(lost_count > 10, "{lost_count} of 64");
}

#[test]
fn an_older_write_may_survive_a_newer_one() {
    let mut older_count = 0;
    for seed in 0..64 {
        let (mut world, node) = world_after(seed, |io| async move {
            let file = durable_file(&io).await;
            write(&file, 0, filled(2, 8192), Durability::Written).await;
            write(&file, 0, filled(3, 8192), Durability::Written).await;
        });
        world.cut_power(node, PowerCut::Random);
        let bytes = world.disk(node).read_file(Path::new("/file")).expect("its name was synced");
        older_count += u32::from(sectors(&bytes).contains(&2));
    }
    assert!(older_count > 10, "{older_count} of 64");
}

#[test]
fn a_killed_process_loses_no_completed_write() {
    for seed in 0..16 {
        let (mut world, node) = world_after(seed, |io| async move {
            let file = durable_file(&io).await;
            write(&file, 0, filled(2, 8192), Durability::Written).await;
        });
        world.kill(node);
        let bytes = world.disk(node).read_file(Path::new("/file")).expect("it was made");
        assert_eq!(sectors(&bytes), [2; 16]);
    }
}

#[test]
fn a_kill_makes_nothing_durable() {
    let mut lost_count = 0;
    for seed in 0..32 {
        let (mut world, node) = world_after(seed, |io| async move {
            let file = durable_file(&io).await;
            write(&file, 0, filled(2, 8192), Durability::Written).await;
        });
        world.kill(node);
        world.cut_power(node, PowerCut::Random);
        let bytes = world.disk(node).read_file(Path::new("/file")).expect("its name was synced");
        lost_count += u32::from(sectors(&bytes).contains(&1));
    }
    assert!(lost_count > 8, "{lost_count} of 32");
}

#[test]
fn a_killed_process_leaves_its_write_in_flight_whole_torn_or_undone() {
    let (mut whole_count, mut torn_count, mut undone_count) = (0, 0, 0);
    for seed in 0..64 {
        let (mut world, node) = world_after(seed, |io| async move {
            drop(durable_file(&io).await);
        });
        let running = world.start(node, ShardId::new(0), |io| async move {
            let path = Path::new("/file");
            let file = io.open(path, OpenOptions::write_direct()).await.expect("opens");
            write(&file, 0, filled(2, 8192), Durability::Stable).await;
        });
        // The open, then the submission of the write.
        let write_submitted = world.event_count(node) + 3;
        world.crash_at(node, write_submitted, Crash::Kill);
        assert_eq!(world.run(&running), None);
        let bytes = world.disk(node).read_file(Path::new("/file")).expect("its name was synced");
        let sectors = sectors(&bytes);
        whole_count += u32::from(!sectors.contains(&1));
        undone_count += u32::from(!sectors.contains(&2));
        torn_count += u32::from(sectors.contains(&1) && sectors.contains(&2));
    }
    assert!(whole_count > 5 && torn_count > 5 && undone_count > 5);
}

#[test]
fn direct_transfers_out_of_line_are_refused() {
    world_after(1, |io| async move {
        let file = durable_file(&io).await;
        for (position, slice) in
            [(1, filled(2, 4096)), (0, filled(2, 100)), (0, filled(2, 8192).slice(10..4106))]
        {
            let position = Position::new(position);
            let error = file.write_at(vec![slice], position, Durability::Written).await;
            assert_eq!(error.expect_err("out of line").errno(), Some(libc::EINVAL));
        }
        let (result, _) = file.read_at(Buffer::unpooled(100), Position::ZERO).await;
        assert_eq!(result.expect_err("out of line").errno(), Some(libc::EINVAL));
    });
}
