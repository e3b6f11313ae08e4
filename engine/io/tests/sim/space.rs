//! A disk that fills up, and what frees it.

use crate::toolbox::{filled, open, run, world_after, write};
use millstream_base::Position;
use millstream_io::{Durability, IoError};
use std::path::Path;

const BLOCK_BYTES: u64 = 4096;

#[test]
fn writes_end_where_the_disk_does() {
    let (mut world, node) = world_after(1, |_| async {});
    world.disk(node).set_capacity_bytes(4 * BLOCK_BYTES);
    run(&mut world, node, |io| async move {
        let file = open(&io, "/file").await;
        let slices = || vec![filled(1, 6 * 4096)];
        let written = file.write_at(slices(), Position::ZERO, Durability::Written).await;
        let expected_bytes = 6 * BLOCK_BYTES;
        let got_bytes = 4 * BLOCK_BYTES;
        assert_eq!(written, Err(IoError::Short { operation: "write", expected_bytes, got_bytes }));
        let beyond = Position::new(got_bytes);
        let written = file.write_at(slices(), beyond, Durability::Written).await;
        assert!(written.expect_err("is full").is_no_space());
        let allocated = file.allocate(beyond, 1).await;
        assert!(allocated.expect_err("is full").is_no_space());
        write(&file, 0, filled(2, 4 * 4096), Durability::Stable).await;
    });
    assert_eq!(world.disk(node).used_bytes(), 4 * BLOCK_BYTES, "writing over takes no space");
}

#[test]
fn cutting_removing_and_replacing_free_space() {
    let (mut world, node) = world_after(1, |_| async {});
    world.disk(node).set_capacity_bytes(4 * BLOCK_BYTES);
    let disk = world.disk(node);
    run(&mut world, node, |io| async move {
        let file = open(&io, "/file").await;
        file.allocate(Position::ZERO, 4 * BLOCK_BYTES).await.expect("fits");
        assert_eq!(disk.used_bytes(), 4 * BLOCK_BYTES);
        file.set_length(BLOCK_BYTES).await.expect("cuts");
        assert_eq!(disk.used_bytes(), BLOCK_BYTES);
        let other = open(&io, "/other").await;
        write(&other, 0, filled(1, 3 * 4096), Durability::Written).await;
        io.rename(Path::new("/file"), Path::new("/other")).await.expect("renames");
        assert_eq!(disk.used_bytes(), 4 * BLOCK_BYTES, "what is open keeps its space");
        drop(other);
        io.yield_now().await;
        assert_eq!(disk.used_bytes(), BLOCK_BYTES);
        drop(file);
        io.remove_file(Path::new("/other")).await.expect("removes");
        assert_eq!(disk.used_bytes(), 0);
    });
}
