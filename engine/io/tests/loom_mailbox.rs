//! The mailbox and the sleep of a shard under the orders in which two threads may see each other,
//! all with up to three preemptions: no message is lost, doubled or swapped, no wake-up is missed.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p millstream-io --release --test loom_mailbox`

#![cfg(loom)]

#[path = "loom_mailbox/bell.rs"]
mod bell;
#[path = "../src/remote.rs"]
mod remote;
#[path = "loom_mailbox/sync.rs"]
mod sync;

use loom::future::block_on;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use millstream_io::mailbox::{self, Inlet};
use std::collections::VecDeque;

/// Tries all orders with at most three preemptions, which find nearly all bugs of this kind
/// (Musuvathi and Qadeer 2007, "Iterative context bounding"); without the bound it takes hours.
fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(body);
}

fn receive_all(mut inlet: Inlet<usize>) -> Vec<usize> {
    let mut messages = VecDeque::new();
    while block_on(inlet.receive(&mut messages)) {}
    messages.into()
}

#[test]
fn a_reader_gets_each_message_once_and_in_order_and_never_sleeps_on_one() {
    model(|| {
        let (mut outlet, inlet) = mailbox::pair(2);
        let reader = thread::spawn(move || receive_all(inlet));
        outlet.try_send(1).expect("room");
        outlet.try_send(2).expect("room");
        drop(outlet);
        assert_eq!(reader.join().expect("no panic"), [1, 2]);
    });
}

#[test]
fn a_writer_that_waits_for_room_is_woken() {
    model(|| {
        let (mut outlet, inlet) = mailbox::pair(1);
        let reader = thread::spawn(move || receive_all(inlet));
        block_on(outlet.send(1)).expect("the reader reads");
        block_on(outlet.send(2)).expect("the reader reads");
        drop(outlet);
        assert_eq!(reader.join().expect("no panic"), [1, 2]);
    });
}

#[test]
fn a_writer_that_waits_is_woken_by_the_inlets_end() {
    model(|| {
        let (mut outlet, inlet) = mailbox::pair(1);
        outlet.try_send(1).expect("room");
        let reader = thread::spawn(move || drop(inlet));
        // Refused, or taken and dropped unread; in any case it comes to an end.
        drop(block_on(outlet.send(2)));
        reader.join().expect("no panic");
    });
}

/// Counts its own end.
struct Token(Arc<AtomicUsize>);

impl Drop for Token {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_message_sent_while_the_inlet_goes_is_dropped_at_once() {
    model(|| {
        let dropped_count = Arc::new(AtomicUsize::new(0));
        let (mut outlet, inlet) = mailbox::pair(2);
        let reader = thread::spawn(move || drop(inlet));
        drop(outlet.try_send(Token(Arc::clone(&dropped_count))));
        reader.join().expect("no panic");
        // While the outlet is still there: whoever waits for an answer to the message must not
        // wait for the outlet's end.
        assert_eq!(dropped_count.load(Ordering::Relaxed), 1);
        drop(outlet);
    });
}

#[test]
fn a_message_read_while_the_outlet_goes_is_read_once() {
    model(|| {
        let dropped_count = Arc::new(AtomicUsize::new(0));
        let (mut outlet, mut inlet) = mailbox::pair(1);
        let token = Token(Arc::clone(&dropped_count));
        let writer = thread::spawn(move || drop(outlet.try_send(token)));
        let mut messages = VecDeque::new();
        let is_open = block_on(inlet.receive(&mut messages));
        assert_eq!((is_open, messages.len()), (true, 1));
        assert_eq!(dropped_count.load(Ordering::Relaxed), 0);
        drop(messages);
        writer.join().expect("no panic");
        drop(inlet);
        assert_eq!(dropped_count.load(Ordering::Relaxed), 1);
    });
}

/// The shard's side: as the reactor does it, until `count` tasks were woken.
fn sleep_until_woken(remote: &remote::Remote, count: usize) -> Vec<usize> {
    let mut woken = Vec::new();
    while woken.len() < count {
        remote.take_wakes(|id| woken.push(id));
        if woken.len() == count {
            break;
        }
        if !remote.has_wakes() && remote.fall_asleep() {
            remote.bell().wait();
            remote.wake_up();
        }
    }
    woken
}

#[test]
fn a_shard_that_falls_asleep_misses_no_wake() {
    model(|| {
        let remote = std::sync::Arc::new(remote::Remote::new(bell::Bell::new()));
        let waker = std::sync::Arc::clone(&remote);
        let waking = thread::spawn(move || {
            for id in 0..2 {
                if waker.wake_task(id) {
                    waker.bell().ring();
                }
            }
        });
        assert_eq!(sleep_until_woken(&remote, 2), [0, 1]);
        waking.join().expect("no panic");
    });
}

#[test]
fn two_who_wake_one_shard_are_both_heard() {
    model(|| {
        let remote = std::sync::Arc::new(remote::Remote::new(bell::Bell::new()));
        let waking = [0, 1].map(|id| {
            let waker = std::sync::Arc::clone(&remote);
            thread::spawn(move || {
                if waker.wake_task(id) {
                    waker.bell().ring();
                }
            })
        });
        let mut woken = sleep_until_woken(&remote, 2);
        woken.sort_unstable();
        assert_eq!(woken, [0, 1]);
        waking.into_iter().for_each(|thread| thread.join().expect("no panic"));
    });
}
