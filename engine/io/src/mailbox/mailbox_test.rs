//! A mailbox on one thread: order, bounds, and what becomes of unread messages.

use super::*;
use std::pin::pin;
use std::sync::atomic::AtomicUsize as Count;
use std::task::{Wake, Waker};

#[derive(Default)]
struct Wakes(Count);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn poll<F: Future>(future: F, wakes: &Arc<Wakes>) -> Poll<F::Output> {
    let waker = Waker::from(Arc::clone(wakes));
    pin!(future).poll(&mut Context::from_waker(&waker))
}

fn count(wakes: &Wakes) -> usize {
    wakes.0.load(Ordering::Relaxed)
}

#[test]
fn messages_come_in_order_through_many_rounds() {
    let (mut outlet, mut inlet) = pair(3);
    let wakes = Arc::default();
    let mut got = VecDeque::new();
    for round in 0..100_u32 {
        for index in 0..3 {
            assert_eq!(outlet.try_send(3 * round + index), Ok(()));
        }
        assert_eq!(outlet.try_send(u32::MAX), Err(u32::MAX), "a capacity that is no power of two");
        assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Ready(true));
    }
    assert!(got.into_iter().eq(0..300));
}

#[test]
fn only_a_reader_that_waits_is_woken_and_once() {
    let (mut outlet, mut inlet) = pair(8);
    let (wakes, mut got) = (Arc::default(), VecDeque::new());
    assert_eq!(outlet.try_send(1), Ok(()));
    assert_eq!(count(&wakes), 0);
    assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Ready(true));
    assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Pending);
    assert_eq!(outlet.try_send(2), Ok(()));
    assert_eq!(outlet.try_send(3), Ok(()));
    assert_eq!(count(&wakes), 1);
    assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Ready(true));
    assert_eq!(got, [1, 2, 3]);
}

#[test]
fn a_writer_waits_for_room_and_is_woken_by_it() {
    let (mut outlet, mut inlet) = pair(1);
    let (wakes, mut got) = (Arc::default(), VecDeque::new());
    assert_eq!(poll(outlet.send(1), &wakes), Poll::Ready(Ok(())));
    let mut sending = Box::pin(outlet.send(2));
    assert_eq!(poll(sending.as_mut(), &wakes), Poll::Pending);
    assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Ready(true));
    assert_eq!(count(&wakes), 1);
    assert_eq!(poll(sending.as_mut(), &wakes), Poll::Ready(Ok(())));
    drop(sending);
    assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Ready(true));
    assert_eq!(got, [1, 2]);
}

#[test]
fn what_was_sent_before_the_outlet_went_is_read() {
    let (mut outlet, mut inlet) = pair(2);
    let (wakes, mut got) = (Arc::default(), VecDeque::new());
    assert_eq!(outlet.try_send(1), Ok(()));
    drop(outlet);
    assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Ready(true));
    assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Ready(false));
    assert_eq!(got, [1]);
}

#[test]
fn a_reader_that_waits_is_woken_by_the_outlets_end() {
    let (outlet, mut inlet) = pair::<u8>(2);
    let (wakes, mut got) = (Arc::default(), VecDeque::new());
    assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Pending);
    drop(outlet);
    assert_eq!(count(&wakes), 1);
    assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Ready(false));
}

#[test]
fn the_inlets_end_drops_the_unread_and_wakes_the_writer() {
    let token = Arc::new(());
    let (mut outlet, inlet) = pair(2);
    let wakes = Arc::default();
    assert_eq!(outlet.try_send(Arc::clone(&token)), Ok(()));
    assert_eq!(outlet.try_send(Arc::clone(&token)), Ok(()));
    let mut sending = Box::pin(outlet.send(Arc::clone(&token)));
    assert_eq!(poll(sending.as_mut(), &wakes), Poll::Pending);
    drop(inlet);
    assert_eq!(count(&wakes), 1);
    assert_eq!(Arc::strong_count(&token), 2, "ours, and the one that waits for room");
    assert_eq!(poll(sending.as_mut(), &wakes), Poll::Ready(Err(IoError::Closed)));
    drop(sending);
    assert_eq!(outlet.try_send(Arc::clone(&token)), Err(Arc::clone(&token)));
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_send_that_was_dropped_has_not_sent() {
    let (mut outlet, mut inlet) = pair(1);
    let (wakes, mut got) = (Arc::default(), VecDeque::new());
    assert_eq!(outlet.try_send(1), Ok(()));
    assert_eq!(poll(outlet.send(2), &wakes), Poll::Pending);
    assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Ready(true));
    assert_eq!(outlet.try_send(3), Ok(()));
    assert_eq!(poll(inlet.receive(&mut got), &wakes), Poll::Ready(true));
    assert_eq!(got, [1, 3]);
}
