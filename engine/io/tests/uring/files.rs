//! Files on a real ring: a durable write and its read, twice over the same shard.

use millstream_base::Position;
use millstream_io::{Durability, OpenOptions, Shard, ShardOptions, reply};

#[test]
fn a_stable_write_is_read_back() {
    let directory = std::env::temp_dir().join(format!("millstream-io-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a scratch directory");
    let path = directory.join("file");
    let (done, answer) = reply();
    let shard = Shard::start(ShardOptions::default(), move |io| async move {
        let file = io.open(&path, OpenOptions::write_direct()).await.expect("opens");
        let mut buffer = io.buffers().buffer(8192).expect("a buffer");
        buffer.fill(7);
        let slice = buffer.freeze();
        file.write_at(vec![slice.clone()], Position::new(0), Durability::Stable)
            .await
            .expect("writes");
        file.write_at(vec![slice.slice(0..4096), slice], Position::new(8192), Durability::Written)
            .await
            .expect("writes");
        file.sync_data().await.expect("syncs");
        let read = io.buffers().buffer(65536).expect("a buffer");
        let (count, read) = file.read_at(read, Position::new(4096)).await;
        let listed = io.list_directory(path.parent().expect("a parent")).await.expect("lists");
        done.send((count, read[..16384].iter().all(|byte| *byte == 7), listed.len()));
    })
    .expect("a ring");
    let (count, same, listed) = answer.wait().expect("the shard answers");
    assert_eq!((count, same, listed), (Ok(16384), true, 1));
    shard.join().expect("ends without a panic");
    std::fs::remove_dir_all(&directory).expect("removed");
}
