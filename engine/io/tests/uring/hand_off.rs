//! Messages between shards on threads of their own: order, bounds, and who wakes whom.

use crate::common::{options, steps};
use millstream_base::Position;
use millstream_io::mailbox::{self, Inlet, Outlet};
use millstream_io::{Io, IoError, Shard, ShardOptions, channel, reply};
use std::collections::VecDeque;
use std::time::Duration;

/// Sends back what comes in until the other side is gone.
async fn echo(mut inlet: Inlet<u64>, mut outlet: Outlet<u64>) {
    let mut messages = VecDeque::new();
    while inlet.receive(&mut messages).await {
        for message in messages.drain(..) {
            if outlet.send(message).await.is_err() {
                return;
            }
        }
    }
}

async fn ask(count: u64, inlet: &mut Inlet<u64>, outlet: &mut Outlet<u64>) {
    let mut messages = VecDeque::new();
    for number in 0..count {
        outlet.send(number).await.expect("the other side reads");
        assert!(inlet.receive(&mut messages).await);
        assert_eq!(messages.pop_front(), Some(number));
        assert!(messages.is_empty());
    }
}

/// Two shards ask and answer `count` times; the activity of the one that asks.
fn ask_and_answer(options: &ShardOptions, count: u64) -> millstream_io::Activity {
    let (mut to, from_here) = mailbox::pair(4);
    let (to_here, mut from) = mailbox::pair(4);
    let (done, activity) = reply();
    let answering = Shard::start(options.clone(), move |_| echo(from_here, to_here));
    let asking = Shard::start(options.clone(), move |io: Io| async move {
        ask(count, &mut from, &mut to).await;
        done.send(io.activity());
    });
    let activity = activity.wait().expect("an answer to each");
    asking.expect("a ring").join().expect("no panic");
    answering.expect("a ring").join().expect("no panic");
    activity
}

#[test]
fn each_question_is_answered_in_every_way_of_waking() {
    for features in steps() {
        let activity = ask_and_answer(&options(features), 1000);
        assert!(features.ring_messages || activity.ring_message_count == 0);
    }
}

#[test]
fn shards_that_spin_answer_too() {
    let spin = Duration::from_millis(2);
    let activity = ask_and_answer(&ShardOptions { spin, ..ShardOptions::default() }, 1000);
    assert!(activity.spin_count > 0);
}

#[test]
fn a_stream_of_messages_keeps_its_order_through_a_small_mailbox() {
    let (mut outlet, mut inlet) = mailbox::pair(7);
    let writer = Shard::start(ShardOptions::default(), move |_| async move {
        for number in 0..20_000_u64 {
            outlet.send(number).await.expect("the reader reads");
        }
    });
    let reader = Shard::start(ShardOptions::default(), move |_| async move {
        let mut messages = VecDeque::new();
        let mut expected = 0;
        while inlet.receive(&mut messages).await {
            assert!(messages.len() <= 7);
            for message in messages.drain(..) {
                assert_eq!(message, expected);
                expected += 1;
            }
        }
        assert_eq!(expected, 20_000);
    });
    writer.expect("a ring").join().expect("no panic");
    reader.expect("a ring").join().expect("no panic");
}

#[test]
fn a_shard_that_panics_wakes_whom_it_had_to_and_closes_its_ends() {
    for features in steps() {
        let (mut outlet, mut inlet) = mailbox::pair(4);
        let (sender, mut inbox) = channel::<u64>(4);
        let waiting = Shard::start(options(features), move |_| async move {
            let mut messages = VecDeque::new();
            // The message was sent in the tick of the panic.
            assert!(inlet.receive(&mut messages).await);
            assert_eq!(messages.pop_front(), Some(1));
            assert!(!inlet.receive(&mut messages).await);
            assert!(!inbox.receive(&mut messages).await);
        });
        let panicking = Shard::start(options(features), move |io| async move {
            let buffer = io.buffers().buffer(4096).expect("a buffer");
            let path = std::env::temp_dir();
            let open = io.open(&path, millstream_io::OpenOptions::default()).await;
            // In flight while the shard goes down.
            drop(open.map(|file| file.read_at(buffer, Position::new(0))));
            outlet.try_send(1).expect("room");
            let _held = sender;
            panic!("a bug that the test asked for");
        });
        let outcome = panicking.expect("a ring").join();
        assert_eq!(outcome, Err(IoError::Closed));
        waiting.expect("a ring").join().expect("no panic");
    }
}
