//! The contract of the back ends, held by io_uring on a real file system.

mod contract;

use contract::Case;
use millstream_io::{IoError, Priority, Reply, Sender, Shard, ShardOptions, channel, reply};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Runs a case on a shard with a thread of its own.
fn run(name: &str, case: Case) {
    let directory: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(std::fs::remove_dir_all(&directory));
    std::fs::create_dir_all(&directory).expect("a scratch directory");
    let place = directory.clone();
    let shard = Shard::start(ShardOptions::default(), move |io| case(io, place));
    let outcome = shard.expect("a ring").join();
    assert_eq!(outcome, Ok(()), "{name}: the shard panicked");
    std::fs::remove_dir_all(&directory).expect("removed");
}

#[test]
fn plain_threads_send_to_a_shard_and_wait_for_its_answers() {
    const THREAD_COUNT: u64 = 4;
    const MESSAGE_COUNT: u64 = 2_000;
    let (sender, mut inbox) = channel::<(u64, Reply<u64>)>(16);
    let shard = Shard::start(ShardOptions::default(), move |_| async move {
        let mut messages = VecDeque::new();
        while inbox.receive(&mut messages).await {
            for (number, question) in messages.drain(..) {
                question.send(number * 2);
            }
        }
    });
    let shard = shard.expect("a ring");
    std::thread::scope(|scope| {
        for thread in 0..THREAD_COUNT {
            let sender = sender.clone();
            scope.spawn(move || {
                for number in thread..thread + MESSAGE_COUNT {
                    assert_eq!(ask(&sender, number), number * 2);
                }
            });
        }
    });
    drop(sender);
    assert_eq!(shard.join(), Ok(()), "the shard ends with its senders");
}

/// Asks until there is room, from a thread without an executor.
fn ask(sender: &Sender<(u64, Reply<u64>)>, number: u64) -> u64 {
    loop {
        let (question, answer) = reply();
        match sender.try_send((number, question)) {
            Ok(()) => return answer.wait().expect("the shard answers"),
            Err(_) => std::thread::yield_now(),
        }
    }
}

#[test]
fn a_shard_that_ends_leaves_no_thread_waiting() {
    let (question, answer) = reply::<()>();
    let shard = Shard::start(ShardOptions::default(), move |io| async move {
        drop(io.spawn(Priority::Background, async move {
            std::future::pending::<()>().await;
            question.send(());
        }));
        io.yield_now().await;
    });
    assert_eq!(answer.wait(), Err(IoError::Closed));
    assert_eq!(shard.expect("a ring").join(), Ok(()));
}
