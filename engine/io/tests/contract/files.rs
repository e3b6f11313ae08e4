//! Reading and writing.

use super::toolbox::{PLAIN, errno, filled, make, open, read, write};
use millstream_base::Position;
use millstream_io::{Durability, Io, OpenOptions, Slice};
use std::path::PathBuf;

pub(crate) async fn a_read_stops_at_the_end_of_the_file(io: Io, directory: PathBuf) {
    let file = make(&io, &directory.join("file"), &[7; 5000]).await;
    assert_eq!(read(&file, 0, 8192).await, [7; 5000]);
    assert_eq!(read(&file, 4990, 8192).await, [7; 10]);
    assert_eq!(read(&file, 5000, 8192).await, []);
    assert_eq!(read(&file, 1 << 40, 8192).await, []);
    assert_eq!(file.length_bytes().await, Ok(5000));
}

pub(crate) async fn a_gathered_write_lies_in_one_piece(io: Io, directory: PathBuf) {
    let file = open(&io, &directory.join("file")).await;
    let long = filled(3, 10_000);
    let slices =
        vec![filled(1, 3), filled(2, 0), filled(2, 700), long.slice(5..9000), long.slice(0..1)];
    file.write_at(slices, Position::new(11), Durability::Written).await.expect("writes");
    let expected = [vec![0; 11], vec![1; 3], vec![2; 700], vec![3; 8996]].concat();
    assert_eq!(read(&file, 0, 1 << 16).await, expected);
}

pub(crate) async fn a_write_beyond_the_end_leaves_zeros(io: Io, directory: PathBuf) {
    let file = make(&io, &directory.join("file"), &[1; 10]).await;
    write(&file, 10_000, &[2; 10]).await;
    let expected = [vec![1; 10], vec![0; 9990], vec![2; 10]].concat();
    assert_eq!(read(&file, 0, 1 << 16).await, expected);
}

pub(crate) async fn an_empty_transfer_succeeds(io: Io, directory: PathBuf) {
    let file = make(&io, &directory.join("file"), &[1; 10]).await;
    for slices in [vec![], vec![filled(1, 0)]] {
        let written = file.write_at(slices, Position::new(100), Durability::Written);
        assert_eq!(written.await, Ok(()));
    }
    assert_eq!(read(&file, 0, 0).await, []);
    assert_eq!(file.length_bytes().await, Ok(10));
}

pub(crate) async fn many_writes_in_flight_all_arrive(io: Io, directory: PathBuf) {
    const COUNT: u8 = 200;
    let file = open(&io, &directory.join("file")).await;
    let writes: Vec<_> = (0..COUNT)
        .map(|index| {
            let durability = if index % 16 == 0 { Durability::Stable } else { Durability::Written };
            let position = Position::new(u64::from(index) * 1000);
            file.write_at(vec![filled(index, 1000)], position, durability)
        })
        .collect();
    for write in writes {
        write.await.expect("writes");
    }
    let reads: Vec<_> = (0..COUNT)
        .map(|index| {
            let buffer = io.buffers().buffer(1000).expect("a buffer");
            file.read_at(buffer, Position::new(u64::from(index) * 1000))
        })
        .collect();
    for (index, read) in (0..COUNT).zip(reads) {
        let (count, buffer) = read.await;
        assert_eq!(count, Ok(1000));
        assert!(buffer.iter().all(|byte| *byte == index), "block {index}");
    }
}

pub(crate) async fn a_file_open_for_reading_refuses_writes(io: Io, directory: PathBuf) {
    let path = directory.join("file");
    drop(make(&io, &path, &[1; 10]).await);
    let file = io.open(&path, OpenOptions::default()).await.expect("opens");
    let slices = vec![Slice::from([2; 10].as_slice())];
    let written = file.write_at(slices, Position::ZERO, Durability::Written).await;
    assert_eq!(errno(written), Some(libc::EBADF));
    assert_eq!(errno(file.set_length(0).await), Some(libc::EINVAL));
    assert_eq!(errno(file.allocate(Position::ZERO, 100).await), Some(libc::EBADF));
    assert_eq!(read(&file, 0, 100).await, [1; 10]);
}

pub(crate) async fn syncs_succeed(io: Io, directory: PathBuf) {
    let path = directory.join("file");
    let file = make(&io, &path, &[1; 10]).await;
    assert_eq!(file.sync_data().await, Ok(()));
    assert_eq!(file.sync_all().await, Ok(()));
    assert_eq!(io.sync_directory(&directory).await, Ok(()));
    let slices = vec![filled(2, 10)];
    let written = file.write_at(slices, Position::new(5), Durability::Stable);
    assert_eq!(written.await, Ok(()));
    assert_eq!(errno(io.sync_directory(&path).await), Some(libc::ENOTDIR));
}

pub(crate) async fn positions_beyond_any_file_are_refused(io: Io, directory: PathBuf) {
    let file = io.open(&directory.join("file"), PLAIN).await.expect("opens");
    for position in [1 << 62, u64::MAX >> 1] {
        let slices = vec![filled(1, 10)];
        let written = file.write_at(slices, Position::new(position), Durability::Written).await;
        let errno = errno(written);
        assert!(matches!(errno, Some(libc::EFBIG | libc::EINVAL)), "{errno:?}");
    }
    assert_eq!(file.length_bytes().await, Ok(0));
}
