//! Cutting, extending, reserving.

use super::toolbox::{PLAIN, errno, make, read, write};
use millstream_base::Position;
use millstream_io::{Io, OpenOptions};
use std::path::PathBuf;

pub(crate) async fn a_cut_file_does_not_remember(io: Io, directory: PathBuf) {
    let file = make(&io, &directory.join("file"), &[1; 10_000]).await;
    file.set_length(5000).await.expect("cuts");
    assert_eq!(read(&file, 0, 1 << 16).await, [1; 5000]);
    file.set_length(10_000).await.expect("extends");
    assert_eq!(read(&file, 0, 1 << 16).await, [vec![1; 5000], vec![0; 5000]].concat());
    file.set_length(0).await.expect("cuts");
    write(&file, 4096, &[2; 10]).await;
    assert_eq!(read(&file, 0, 1 << 16).await, [vec![0; 4096], vec![2; 10]].concat());
}

pub(crate) async fn an_allocated_range_reads_as_zeros_and_keeps_what_was_there(
    io: Io,
    directory: PathBuf,
) {
    let file = make(&io, &directory.join("file"), &[1; 10]).await;
    file.allocate(Position::ZERO, 100_000).await.expect("allocates");
    assert_eq!(file.length_bytes().await, Ok(100_000));
    file.allocate(Position::new(50), 100).await.expect("allocates");
    assert_eq!(file.length_bytes().await, Ok(100_000));
    let bytes = read(&file, 0, 1 << 20).await;
    assert_eq!(bytes, [vec![1; 10], vec![0; 99_990]].concat());
    assert_eq!(errno(file.allocate(Position::ZERO, 0).await), Some(libc::EINVAL));
}

pub(crate) async fn opening_with_truncate_empties_the_file(io: Io, directory: PathBuf) {
    let path = directory.join("file");
    let before = make(&io, &path, &[1; 10]).await;
    let options = OpenOptions { truncate: true, ..PLAIN };
    let file = io.open(&path, options).await.expect("opens");
    assert_eq!(file.length_bytes().await, Ok(0));
    assert_eq!(before.length_bytes().await, Ok(0));
}

pub(crate) async fn a_length_beyond_any_file_is_refused(io: Io, directory: PathBuf) {
    let file = make(&io, &directory.join("file"), &[1; 10]).await;
    assert!(file.set_length(1 << 62).await.expect_err("refused").is_no_space());
    assert!(file.allocate(Position::new(1 << 62), 10).await.expect_err("refused").is_no_space());
    assert_eq!(file.length_bytes().await, Ok(10));
}
