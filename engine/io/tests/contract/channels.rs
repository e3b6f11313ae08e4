//! Messages and answers between tasks.

use millstream_io::{Io, IoError, Priority, channel, reply};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

pub(crate) async fn a_channel_keeps_order_and_ends_with_its_senders(io: Io, _: PathBuf) {
    let (sender, mut inbox) = channel(8);
    let second = sender.clone();
    let timer = io.clone();
    drop(io.spawn(Priority::Foreground, async move {
        for number in 0..100 {
            sender.send(number).await.expect("the reader is there");
        }
        drop(sender);
        timer.sleep(Duration::from_millis(1)).await;
        second.send(100).await.expect("the reader is there");
    }));
    let mut received = VecDeque::new();
    while inbox.receive(&mut received).await {}
    assert!(received.iter().copied().eq(0..=100), "{received:?}");
}

pub(crate) async fn a_full_channel_refuses_or_waits(io: Io, _: PathBuf) {
    let (sender, mut inbox) = channel(2);
    assert_eq!(
        (sender.try_send(1), sender.try_send(2), sender.try_send(3)),
        (Ok(()), Ok(()), Err(3))
    );
    let waiting = sender.clone();
    let task = io.spawn(Priority::Foreground, async move { waiting.send(4).await });
    io.yield_now().await;
    let mut received = VecDeque::new();
    assert!(inbox.receive(&mut received).await);
    assert_eq!(received, [1, 2]);
    assert_eq!(task.await, Ok(()));
    assert!(inbox.receive(&mut received).await);
    assert_eq!(received, [1, 2, 4]);
}

pub(crate) async fn a_sender_learns_that_the_reader_is_gone(io: Io, _: PathBuf) {
    let (sender, inbox) = channel(1);
    sender.try_send(1).expect("there is room");
    let waiting = sender.clone();
    let task = io.spawn(Priority::Foreground, async move { waiting.send(2).await });
    io.yield_now().await;
    drop(inbox);
    assert_eq!(task.await, Err(IoError::Closed));
    assert_eq!(sender.try_send(3), Err(3));
}

pub(crate) async fn a_reply_arrives_or_says_that_nobody_answers(io: Io, _: PathBuf) {
    let (question, answer) = reply();
    let timer = io.clone();
    drop(io.spawn(Priority::Foreground, async move {
        timer.sleep(Duration::from_millis(1)).await;
        question.send("yes");
    }));
    assert_eq!(answer.await, Ok("yes"));
    let (question, answer) = reply::<()>();
    let task = io.spawn(Priority::Foreground, answer);
    io.yield_now().await;
    drop(question);
    assert_eq!(task.await, Err(IoError::Closed));
}
