//! Each fault does what it says, and only where it should.

use crate::toolbox::{durable_file, filled, open, run, sectors, world_after, write};
use millstream_base::Position;
use millstream_io::sim::{
    EIO, ENOSPC, Fault, FaultEffect, FaultMoment, NodeId, OperationClass, PowerCut, World,
};
use millstream_io::{Buffer, Durability, IoError, OpenOptions};
use std::path::Path;
use std::time::Duration;

const PATH: &str = "/file";

/// A world with a durable file and a fault.
fn faulty(seed: u64, class: OperationClass, effect: FaultEffect) -> (World, NodeId) {
    let (world, node) = world_after(seed, |io| async move { drop(durable_file(&io).await) });
    let fault = Fault { class, path: None, moment: FaultMoment::Once(0), effect };
    world.disk(node).add_fault(fault);
    (world, node)
}

/// Writes 8 KiB of twos over the file, and says how it went.
fn overwrite(world: &mut World, node: NodeId) -> Result<(), IoError> {
    run(world, node, |io| async move {
        let file = open(&io, PATH).await;
        file.write_at(vec![filled(2, 8192)], Position::ZERO, Durability::Written).await
    })
}

fn seen(world: &World, node: NodeId) -> Vec<u8> {
    world.disk(node).read_file(Path::new(PATH)).expect("the file is there")
}

/// How many bits differ.
fn distance(left: &[u8], right: &[u8]) -> u32 {
    left.iter().zip(right).map(|(left, right)| (left ^ right).count_ones()).sum()
}

#[test]
fn a_failed_write_leaves_any_mixture() {
    let mut mixed_count = 0;
    for seed in 0..16 {
        let (mut world, node) = faulty(seed, OperationClass::Write, FaultEffect::Errno(EIO));
        let error = overwrite(&mut world, node).expect_err("fails");
        assert_eq!(error.errno(), Some(EIO));
        let sectors = sectors(&seen(&world, node));
        mixed_count += u32::from(sectors.contains(&1) && sectors.contains(&2));
        assert_eq!(overwrite(&mut world, node), Ok(()), "only one was to fail");
    }
    assert!(mixed_count > 8, "{mixed_count} of 16");
}

#[test]
fn a_full_device_takes_nothing() {
    let (mut world, node) = faulty(1, OperationClass::Write, FaultEffect::Errno(ENOSPC));
    assert!(overwrite(&mut world, node).expect_err("fails").is_no_space());
    assert_eq!(seen(&world, node), [1; 8192]);
}

#[test]
fn a_short_write_is_an_error_that_says_how_short() {
    let (mut world, node) = faulty(1, OperationClass::Write, FaultEffect::Short { bytes: 512 });
    let expected = IoError::Short { operation: "write", expected_bytes: 8192, got_bytes: 512 };
    assert_eq!(overwrite(&mut world, node), Err(expected));
    assert_eq!(seen(&world, node), [vec![2; 512], vec![1; 7680]].concat());
}

#[test]
fn a_lost_write_reports_success() {
    let (mut world, node) = faulty(1, OperationClass::Write, FaultEffect::Lost);
    assert_eq!(overwrite(&mut world, node), Ok(()));
    assert_eq!(seen(&world, node), [1; 8192]);
}

#[test]
fn a_misdirected_write_lands_elsewhere() {
    let effect = FaultEffect::Misdirected { by_bytes: 4096 };
    let (mut world, node) = faulty(1, OperationClass::Write, effect);
    assert_eq!(overwrite(&mut world, node), Ok(()));
    assert_eq!(seen(&world, node), [vec![1; 4096], vec![2; 8192]].concat());
}

#[test]
fn rot_flips_one_bit_of_a_write_or_of_a_read() {
    let (mut world, node) = faulty(1, OperationClass::Write, FaultEffect::Rot);
    assert_eq!(overwrite(&mut world, node), Ok(()));
    assert_eq!(distance(&seen(&world, node), &[2; 8192]), 1);
    world.cut_power(node, PowerCut::Random);

    let (mut world, node) = faulty(1, OperationClass::Read, FaultEffect::Rot);
    let reads = run(&mut world, node, |io| async move {
        let file = open(&io, PATH).await;
        let (_, first) = file.read_at(Buffer::unpooled(8192), Position::ZERO).await;
        let (_, second) = file.read_at(Buffer::unpooled(8192), Position::ZERO).await;
        (distance(&first, &[1; 8192]), distance(&second, &[1; 8192]))
    });
    assert_eq!(reads, (1, 0));
}

#[test]
fn a_stale_read_sees_what_was_durable() {
    let (mut world, node) = faulty(1, OperationClass::Read, FaultEffect::Stale);
    let first_bytes = run(&mut world, node, |io| async move {
        let file = open(&io, PATH).await;
        write(&file, 0, filled(2, 8192), Durability::Written).await;
        let (_, first) = file.read_at(Buffer::unpooled(8192), Position::ZERO).await;
        let (_, second) = file.read_at(Buffer::unpooled(8192), Position::ZERO).await;
        (first[0], second[0])
    });
    assert_eq!(first_bytes, (1, 2));
}

#[test]
fn a_failed_sync_is_not_mended_by_another_one() {
    let mut lost_count = 0;
    for seed in 0..32 {
        let (mut world, node) = faulty(seed, OperationClass::Sync, FaultEffect::Errno(EIO));
        run(&mut world, node, |io| async move {
            let file = open(&io, PATH).await;
            write(&file, 0, filled(2, 8192), Durability::Written).await;
            assert_eq!(file.sync_data().await.expect_err("fails").errno(), Some(EIO));
            file.sync_data().await.expect("only one was to fail");
        });
        assert_eq!(sectors(&seen(&world, node)), [2; 16], "programs go on reading it");
        world.cut_power(node, PowerCut::Random);
        lost_count += u32::from(sectors(&seen(&world, node)).contains(&1));
    }
    assert!(lost_count > 8, "{lost_count} of 32");
}

#[test]
fn a_lost_sync_promises_nothing() {
    let mut lost_count = 0;
    for seed in 0..32 {
        let (mut world, node) = faulty(seed, OperationClass::Sync, FaultEffect::Lost);
        run(&mut world, node, |io| async move {
            let file = open(&io, PATH).await;
            write(&file, 0, filled(2, 8192), Durability::Written).await;
            file.sync_data().await.expect("says so");
        });
        world.cut_power(node, PowerCut::Random);
        lost_count += u32::from(sectors(&seen(&world, node)).contains(&1));
    }
    assert!(lost_count > 8, "{lost_count} of 32");
}

#[test]
fn a_stall_takes_virtual_time_only() {
    let effect = FaultEffect::Delay(Duration::from_secs(30));
    let (mut world, node) = faulty(1, OperationClass::Write, effect);
    let before = world.now();
    assert_eq!(overwrite(&mut world, node), Ok(()));
    assert!(world.now() - before >= Duration::from_secs(30));
}

#[test]
fn rot_on_the_media_shows_in_reads_and_after_a_power_cut() {
    let (mut world, node) = world_after(1, |io| async move { drop(durable_file(&io).await) });
    world.disk(node).flip_bit(Path::new(PATH), Position::new(4000), 3);
    assert_eq!(seen(&world, node)[4000], 1 ^ (1 << 3));
    world.cut_power(node, PowerCut::Random);
    assert_eq!(distance(&seen(&world, node), &[1; 8192]), 1);
}

#[test]
fn a_fault_hits_only_its_class_path_and_moment() {
    let (mut world, node) = world_after(1, |io| async move { drop(durable_file(&io).await) });
    let disk = world.disk(node);
    disk.create_directory(Path::new("/bad/deep"));
    disk.add_fault(Fault {
        class: OperationClass::Open,
        path: Some("/bad".into()),
        moment: FaultMoment::Once(1),
        effect: FaultEffect::Errno(EIO),
    });
    let opened = run(&mut world, node, |io| async move {
        let mut opened = Vec::new();
        for path in ["/file", "/bad/a", "/badly", "/bad/deep/b", "/bad/c"] {
            let result = io.open(Path::new(path), OpenOptions::write_direct()).await;
            opened.push(result.is_ok());
        }
        opened
    });
    assert_eq!(opened, [true, true, true, false, true]);
    disk.add_fault(Fault {
        class: OperationClass::Any,
        path: None,
        moment: FaultMoment::Chance { numerator: 1, denominator: 4 },
        effect: FaultEffect::Errno(EIO),
    });
    let failed_count = run(&mut world, node, |io| async move {
        let mut failed_count = 0;
        for _ in 0..200 {
            failed_count += u32::from(io.list_directory(Path::new("/")).await.is_err());
        }
        failed_count
    });
    assert!((25..75).contains(&failed_count), "{failed_count} of 200");
    disk.clear_faults();
    assert_eq!(overwrite(&mut world, node), Ok(()));
}
