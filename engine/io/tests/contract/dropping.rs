//! Futures that are dropped before their operation is done.

use super::toolbox::{eventually, filled, make, open, read};
use millstream_base::Position;
use millstream_io::{Durability, Io, Priority};
use std::path::PathBuf;

pub(crate) async fn a_dropped_write_happens_all_the_same(io: Io, directory: PathBuf) {
    let file = open(&io, &directory.join("file")).await;
    for index in 0..32_u64 {
        let position = Position::new(index * 4096);
        drop(file.write_at(vec![filled(9, 4096)], position, Durability::Written));
    }
    let expected = vec![9; 32 * 4096];
    eventually(&io, async || (read(&file, 0, 1 << 20).await == expected).then_some(())).await;
}

pub(crate) async fn a_dropped_read_gives_its_buffer_back_in_the_end(io: Io, directory: PathBuf) {
    let file = make(&io, &directory.join("file"), &[1; 8192]).await;
    io.buffers().shrink();
    let before = io.buffers().usage().lent_bytes;
    for _ in 0..4 {
        let region = io.buffers().region().expect("a region");
        drop(file.read_at(region, Position::ZERO));
    }
    eventually(&io, async || (io.buffers().usage().lent_bytes == before).then_some(())).await;
}

pub(crate) async fn a_dropped_open_leaves_no_file_locked(io: Io, directory: PathBuf) {
    let path = directory.join("file");
    for _ in 0..8 {
        let (inner, named) = (io.clone(), path.clone());
        let opening = io.spawn(Priority::Foreground, async move { open(&inner, &named).await });
        io.yield_now().await;
        opening.cancel();
        drop(open(&io, &path).await.lock());
    }
    let file = open(&io, &path).await;
    eventually(&io, async || file.lock().await.ok()).await;
}
