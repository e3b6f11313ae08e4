//! Opening, renaming, removing, listing.

use super::toolbox::{PLAIN, content, errno, make, read, write};
use millstream_io::{Io, OpenOptions};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

pub(crate) async fn a_missing_file_is_not_found(io: Io, directory: PathBuf) {
    let path = directory.join("missing");
    let error = io.open(&path, OpenOptions::default()).await.expect_err("is missing");
    assert!(error.is_not_found());
    assert!(error.to_string().contains("missing"), "{error}");
    assert!(io.open(&path.join("below"), PLAIN).await.expect_err("is missing").is_not_found());
    assert!(io.remove_file(&path).await.expect_err("is missing").is_not_found());
    assert!(io.remove_directory(&path).await.expect_err("is missing").is_not_found());
    assert!(io.list_directory(&path).await.expect_err("is missing").is_not_found());
    assert!(io.sync_directory(&path).await.expect_err("is missing").is_not_found());
    assert!(io.create_directory(&path.join("below")).await.expect_err("missing").is_not_found());
    let renamed = io.rename(&path, &directory.join("other")).await;
    assert!(renamed.expect_err("is missing").is_not_found());
}

pub(crate) async fn create_new_refuses_what_is_there(io: Io, directory: PathBuf) {
    let path = directory.join("file");
    let options = OpenOptions { write: true, create_new: true, ..OpenOptions::default() };
    io.open(&path, options).await.expect("is new");
    assert!(io.open(&path, options).await.expect_err("is there").is_already_there());
    assert!(io.open(&path, PLAIN).await.is_ok());
}

pub(crate) async fn files_and_directories_are_told_apart(io: Io, directory: PathBuf) {
    let path = directory.join("file");
    drop(make(&io, &path, &[1]).await);
    assert_eq!(errno(io.open(&directory, PLAIN).await), Some(libc::EISDIR));
    let options = OpenOptions { directory: true, ..OpenOptions::default() };
    assert_eq!(errno(io.open(&path, options).await), Some(libc::ENOTDIR));
    assert_eq!(errno(io.open(&path.join("below"), PLAIN).await), Some(libc::ENOTDIR));
    assert_eq!(errno(io.list_directory(&path).await), Some(libc::ENOTDIR));
    assert_eq!(errno(io.remove_file(&directory).await), Some(libc::EISDIR));
    assert_eq!(errno(io.remove_directory(&path).await), Some(libc::ENOTDIR));
    let opened = io.open(&directory, options).await.expect("is a directory");
    let buffer = millstream_io::Buffer::unpooled(10);
    let (result, _) = opened.read_at(buffer, millstream_base::Position::ZERO).await;
    assert_eq!(errno(result), Some(libc::EISDIR));
}

pub(crate) async fn a_rename_replaces_and_open_files_follow_their_content(
    io: Io,
    directory: PathBuf,
) {
    let (left, right) = (directory.join("left"), directory.join("right"));
    let left_file = make(&io, &left, b"left").await;
    let right_file = make(&io, &right, b"right").await;
    io.rename(&left, &right).await.expect("renames");
    assert_eq!(content(&io, &right).await, b"left");
    assert!(io.open(&left, OpenOptions::default()).await.expect_err("moved").is_not_found());
    assert_eq!(read(&left_file, 0, 100).await, b"left");
    assert_eq!(read(&right_file, 0, 100).await, b"right");
    write(&left_file, 4, b"!").await;
    assert_eq!(content(&io, &right).await, b"left!");
    io.rename(&right, &right).await.expect("a rename to itself changes nothing");
    assert_eq!(content(&io, &right).await, b"left!");
}

pub(crate) async fn renames_that_make_no_sense_are_refused(io: Io, directory: PathBuf) {
    let (file, empty, full) =
        (directory.join("file"), directory.join("empty"), directory.join("full"));
    drop(make(&io, &file, &[1]).await);
    io.create_directory(&empty).await.expect("makes");
    io.create_directory(&full).await.expect("makes");
    drop(make(&io, &full.join("inner"), &[2]).await);
    assert_eq!(errno(io.rename(&file, &empty).await), Some(libc::EISDIR));
    assert_eq!(errno(io.rename(&empty, &file).await), Some(libc::ENOTDIR));
    assert_eq!(errno(io.rename(&empty, &full).await), Some(libc::ENOTEMPTY));
    assert_eq!(errno(io.rename(&full, &full.join("below")).await), Some(libc::EINVAL));
    io.rename(&full, &empty).await.expect("an empty directory may be replaced");
    assert_eq!(content(&io, &empty.join("inner")).await, [2]);
}

pub(crate) async fn a_removed_file_lives_on_while_it_is_open(io: Io, directory: PathBuf) {
    let path = directory.join("file");
    let file = make(&io, &path, b"old").await;
    io.remove_file(&path).await.expect("removes");
    drop(make(&io, &path, b"new!").await);
    write(&file, 3, b"er").await;
    assert_eq!(read(&file, 0, 100).await, b"older");
    assert_eq!(content(&io, &path).await, b"new!");
}

pub(crate) async fn a_directory_lists_what_is_in_it(io: Io, directory: PathBuf) {
    assert_eq!(io.list_directory(&directory).await, Ok(vec![]));
    drop(make(&io, &directory.join("b"), &[1; 10]).await);
    drop(make(&io, &directory.join("a10"), &[]).await);
    io.create_directory(&directory.join("a")).await.expect("makes");
    drop(make(&io, &directory.join("a").join("inner"), &[1]).await);
    let listed = io.list_directory(&directory).await.expect("lists");
    let plain: Vec<_> = listed
        .iter()
        .map(|entry| {
            let name = entry.name.to_str().expect("a plain name");
            (name, entry.is_directory, entry.length_bytes)
        })
        .collect();
    assert_eq!(plain, [("a", true, 0), ("a10", false, 0), ("b", false, 10)]);
}

pub(crate) async fn directories_are_made_once_and_removed_empty(io: Io, directory: PathBuf) {
    let path = directory.join("directory");
    assert_eq!(io.create_directory(&path).await, Ok(()));
    assert_eq!(io.create_directory(&path).await, Ok(()));
    drop(make(&io, &path.join("file"), &[1]).await);
    assert_eq!(errno(io.remove_directory(&path).await), Some(libc::ENOTEMPTY));
    io.remove_file(&path.join("file")).await.expect("removes");
    assert_eq!(io.remove_directory(&path).await, Ok(()));
    assert_eq!(io.list_directory(&directory).await, Ok(vec![]));
}

pub(crate) async fn strange_names_are_names(io: Io, directory: PathBuf) {
    let long = [b'x'; 255];
    let names: [&[u8]; 5] = [b" ", b"\xff\xfe", "\u{96ea}".as_bytes(), b"...", &long];
    for name in names {
        let path = directory.join(OsStr::from_bytes(name));
        drop(make(&io, &path, name).await);
        assert_eq!(content(&io, &path).await, name);
    }
    assert_eq!(io.list_directory(&directory).await.expect("lists").len(), names.len());
    let roundabout = directory.join("...").join("..").join(".").join(" ");
    let beyond_a_file = io.open(&roundabout, OpenOptions::default()).await;
    assert_eq!(errno(beyond_a_file), Some(libc::ENOTDIR));
    let roundabout = directory.join(".").join("..").join(directory.file_name().expect("named"));
    assert_eq!(content(&io, &roundabout.join(" ")).await, b" ");
}

pub(crate) async fn names_that_no_file_can_have_are_refused(io: Io, directory: PathBuf) {
    let too_long = directory.join("x".repeat(256));
    assert_eq!(errno(io.open(&too_long, PLAIN).await), Some(libc::ENAMETOOLONG));
    assert_eq!(errno(io.create_directory(&too_long).await), Some(libc::ENAMETOOLONG));
    let with_nul = directory.join("a\0b");
    assert_eq!(errno(io.open(&with_nul, PLAIN).await), Some(libc::ENOENT));
    let mut deep = directory;
    while deep.as_os_str().len() < 5000 {
        deep.push("x".repeat(200));
    }
    assert_eq!(errno(io.open(&deep, PLAIN).await), Some(libc::ENAMETOOLONG));
}
