//! Names after a power cut.

use crate::toolbox::{filled, open, world_after, write};
use millstream_io::sim::PowerCut;
use millstream_io::{Durability, Io, OpenOptions};
use std::path::Path;

const ROOT: &str = "/";

/// The files that are left after a random power cut, with their first byte.
fn left_after<F>(seed: u64, main: impl FnOnce(Io) -> F) -> Vec<(String, Option<u8>)>
where
    F: Future<Output = ()> + 'static,
{
    let (mut world, node) = world_after(seed, main);
    world.cut_power(node, PowerCut::Random);
    let disk = world.disk(node);
    let files = disk.files().into_iter();
    files
        .map(|path| {
            let first = disk.read_file(&path).expect("it is listed").first().copied();
            (path.display().to_string(), first)
        })
        .collect()
}

async fn make(io: &Io, path: &str, byte: u8) {
    let file = open(io, path).await;
    write(&file, 0, filled(byte, 512), Durability::Stable).await;
}

async fn sync(io: &Io, path: &str) {
    io.sync_directory(Path::new(path)).await.expect("syncs");
}

#[test]
fn a_name_is_durable_only_with_its_directory() {
    let left = (0..64).map(|seed| {
        left_after(seed, |io| async move {
            make(&io, "/file", 1).await;
        })
    });
    let kept_count = left.filter(|files| !files.is_empty()).count();
    assert!((10..60).contains(&kept_count), "{kept_count} of 64");
    for seed in 0..64 {
        let left = left_after(seed, |io| async move {
            make(&io, "/file", 1).await;
            sync(&io, ROOT).await;
        });
        assert_eq!(left, [("/file".to_owned(), Some(1))]);
    }
}

#[test]
fn a_rename_happens_wholly_or_not() {
    let mut renamed_count = 0;
    for seed in 0..64 {
        let left = left_after(seed, |io| async move {
            make(&io, "/new", 2).await;
            make(&io, "/file", 1).await;
            sync(&io, ROOT).await;
            io.rename(Path::new("/new"), Path::new("/file")).await.expect("renames");
        });
        let before = [("/file".to_owned(), Some(1)), ("/new".to_owned(), Some(2))];
        let after = [("/file".to_owned(), Some(2))];
        assert!(left == before || left == after, "seed {seed}: {left:?}");
        renamed_count += u32::from(left == after);
    }
    assert!((10..60).contains(&renamed_count), "{renamed_count} of 64");
}

async fn make_and_remove(io: &Io) {
    make(io, "/file", 1).await;
    sync(io, ROOT).await;
    io.remove_file(Path::new("/file")).await.expect("removes");
}

#[test]
fn a_removed_file_may_come_back_until_the_directory_is_synced() {
    let mut back_count = 0;
    for seed in 0..64 {
        let left = left_after(seed, |io| async move { make_and_remove(&io).await });
        assert!(left.is_empty() || left == [("/file".to_owned(), Some(1))]);
        back_count += u32::from(!left.is_empty());
        let left = left_after(seed, |io| async move {
            make_and_remove(&io).await;
            sync(&io, ROOT).await;
        });
        assert_eq!(left, []);
    }
    assert!(back_count > 10, "{back_count} of 64");
}

#[test]
fn changes_of_names_survive_in_their_order() {
    let mut lengths = [0; 4];
    for seed in 0..64 {
        let left = left_after(seed, |io| async move {
            for path in ["/a", "/b", "/c"] {
                // Without content, so that no write brings the names to the media by chance.
                drop(open(&io, path).await);
            }
        });
        let names: Vec<_> = left.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["/a", "/b", "/c"][..names.len()]);
        lengths[names.len()] += 1;
    }
    assert!(lengths.iter().all(|count| *count > 0), "{lengths:?}");
}

#[test]
fn the_sync_of_one_directory_does_not_promise_another() {
    let mut lost_count = 0;
    for seed in 0..64 {
        let left = left_after(seed, |io| async move {
            for path in ["/x", "/y"] {
                io.create_directory(Path::new(path)).await.expect("makes");
            }
            sync(&io, ROOT).await;
            drop(open(&io, "/x/file").await);
            drop(open(&io, "/y/file").await);
            sync(&io, "/y").await;
        });
        let names: Vec<_> = left.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.contains(&"/y/file"), "seed {seed}: {names:?}");
        lost_count += u32::from(!names.contains(&"/x/file"));
    }
    assert!(lost_count > 10, "{lost_count} of 64");
}

#[test]
fn a_file_in_a_directory_that_was_lost_is_lost() {
    let mut lost_count = 0;
    for seed in 0..64 {
        let left = left_after(seed, |io| async move {
            io.create_directory(Path::new("/x")).await.expect("makes");
            drop(open(&io, "/x/file").await);
            sync(&io, "/x").await;
        });
        lost_count += u32::from(left.is_empty());
    }
    assert!(lost_count > 10, "{lost_count} of 64");
}

#[test]
fn a_replaced_file_keeps_its_bytes_for_those_who_have_it_open() {
    let (mut world, node) = world_after(1, |io| async move {
        make(&io, "/file", 1).await;
        let old = open(&io, "/file").await;
        make(&io, "/new", 2).await;
        io.rename(Path::new("/new"), Path::new("/file")).await.expect("renames");
        sync(&io, ROOT).await;
        let buffer = io.buffers().buffer(512).expect("a buffer");
        let (count, buffer) = old.read_at(buffer, millstream_base::Position::ZERO).await;
        assert_eq!((count, buffer[0]), (Ok(512), 1));
        let options = OpenOptions::read_direct();
        io.open(Path::new("/file"), options).await.expect("is there");
    });
    assert_eq!(world.disk(node).used_bytes(), 4096, "the old file is freed with its last handle");
    world.cut_power(node, PowerCut::Random);
    assert_eq!(world.disk(node).files(), [Path::new("/file")]);
}
