//! The exclusive advisory lock.

use super::toolbox::{eventually, open};
use millstream_io::Io;
use std::path::PathBuf;

pub(crate) async fn a_second_open_file_cannot_take_the_lock(io: Io, directory: PathBuf) {
    let path = directory.join("lock");
    let first = open(&io, &path).await;
    let second = open(&io, &path).await;
    assert_eq!(first.lock().await, Ok(()));
    assert_eq!(first.clone().lock().await, Ok(()));
    let error = second.lock().await.expect_err("the lock is taken");
    assert!(error.is_locked(), "{error}");
}

pub(crate) async fn a_lock_goes_with_the_last_clone(io: Io, directory: PathBuf) {
    let path = directory.join("lock");
    let first = open(&io, &path).await;
    let second = open(&io, &path).await;
    first.lock().await.expect("locks");
    let clone = first.clone();
    drop(first);
    assert!(second.lock().await.expect_err("a clone is left").is_locked());
    drop(clone);
    // The file is closed in the background.
    eventually(&io, async || second.lock().await.ok()).await;
}
