//! What the cases share.

use millstream_base::Position;
use millstream_io::{Buffer, Durability, File, Io, IoError, OpenOptions, Slice};
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// Through the page cache, made if need be.
pub(crate) const PLAIN: OpenOptions = OpenOptions {
    write: true,
    create: true,
    create_new: false,
    truncate: false,
    direct: false,
    directory: false,
};

/// A stretch of one byte.
pub(crate) fn filled(byte: u8, length_bytes: usize) -> Slice {
    let mut buffer = Buffer::unpooled(length_bytes);
    buffer.fill(byte);
    buffer.freeze()
}

pub(crate) async fn open(io: &Io, path: &Path) -> File {
    io.open(path, PLAIN).await.expect("opens")
}

/// Makes a file with some content.
pub(crate) async fn make(io: &Io, path: &Path, bytes: &[u8]) -> File {
    let file = open(io, path).await;
    write(&file, 0, bytes).await;
    file
}

pub(crate) async fn write(file: &File, position: u64, bytes: &[u8]) {
    let slices = vec![Slice::from(bytes)];
    file.write_at(slices, Position::new(position), Durability::Written).await.expect("writes");
}

/// What a read of at most `length_bytes` gives.
pub(crate) async fn read(file: &File, position: u64, length_bytes: usize) -> Vec<u8> {
    let buffer = Buffer::unpooled(length_bytes);
    let (count, buffer) = file.read_at(buffer, Position::new(position)).await;
    buffer[..count.expect("reads")].to_vec()
}

/// The whole content of a short file.
pub(crate) async fn content(io: &Io, path: &Path) -> Vec<u8> {
    let file = io.open(path, OpenOptions::default()).await.expect("opens");
    read(&file, 0, 1 << 16).await
}

/// The error number of a result that must be an error.
pub(crate) fn errno<T>(result: Result<T, IoError>) -> Option<i32> {
    result.err().expect("an error").errno()
}

/// Repeats `attempt` until it gives something. What it waits for happens in the background.
pub(crate) async fn eventually<T>(io: &Io, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..10_000 {
        if let Some(value) = attempt().await {
            return value;
        }
        io.sleep(Duration::from_millis(1)).await;
    }
    panic!("it never happened");
}

/// Polls a future once and drops it, as whoever waits for the first of several does.
pub(crate) async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
