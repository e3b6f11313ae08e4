//! Transfers past the page cache.

use super::toolbox::{errno, filled, read};
use millstream_base::Position;
use millstream_io::{Durability, Io, OpenOptions};
use std::path::PathBuf;

pub(crate) async fn direct_transfers_are_read_back(io: Io, directory: PathBuf) {
    let path = directory.join("file");
    let file = io.open(&path, OpenOptions::write_direct()).await.expect("opens");
    for (position, byte, durability) in
        [(0, 1, Durability::Stable), (65536, 2, Durability::Written), (512, 3, Durability::Stable)]
    {
        let slices = vec![filled(byte, 4096), filled(byte, 512)];
        file.write_at(slices, Position::new(position), durability).await.expect("writes");
    }
    let again = io.open(&path, OpenOptions::read_direct()).await.expect("opens");
    let bytes = read(&again, 0, 1 << 20).await;
    assert_eq!(bytes.len(), 65536 + 4608);
    assert_eq!(bytes[..512], [1; 512]);
    assert_eq!(bytes[512..5120], [3; 4608]);
    assert!(bytes[5120..65536].iter().all(|byte| *byte == 0));
    assert!(bytes[65536..].iter().all(|byte| *byte == 2));
}

/// A file system without direct transfers takes them all the same, and wholly.
pub(crate) async fn direct_transfers_out_of_line_are_refused_or_whole(io: Io, directory: PathBuf) {
    for (position, slice) in [
        (1, filled(1, 4096)),
        (100, filled(1, 4096)),
        (0, filled(1, 4095)),
        (512, filled(1, 100)),
        (0, filled(1, 8192).slice(10..4106)),
    ] {
        let path = directory.join("file");
        let options = OpenOptions { truncate: true, ..OpenOptions::write_direct() };
        let file = io.open(&path, options).await.expect("opens");
        let end = position + slice.len() as u64;
        let written = file.write_at(vec![slice], Position::new(position), Durability::Written);
        let length_bytes = match written.await {
            Ok(()) => end,
            refused => {
                assert_eq!(errno(refused), Some(libc::EINVAL), "at {position}");
                0
            }
        };
        assert_eq!(file.length_bytes().await, Ok(length_bytes));
    }
}

pub(crate) async fn a_direct_read_stops_at_an_unaligned_end(io: Io, directory: PathBuf) {
    let path = directory.join("file");
    drop(super::toolbox::make(&io, &path, &[5; 5000]).await);
    let file = io.open(&path, OpenOptions::read_direct()).await.expect("opens");
    assert_eq!(read(&file, 0, 8192).await, [5; 5000]);
    assert_eq!(read(&file, 4096, 8192).await, [5; 904]);
    assert_eq!(read(&file, 8192, 8192).await, []);
}
