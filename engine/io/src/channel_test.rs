//! A channel on one thread and on several: order, bounds, and both ends' end.

use super::*;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

#[derive(Default)]
struct Wakes(AtomicUsize);

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
fn messages_come_in_order_and_all_at_once() {
    let (sender, mut inbox) = channel(3);
    let (wakes, mut got) = (Arc::default(), VecDeque::new());
    assert_eq!(poll(inbox.receive(&mut got), &wakes), Poll::Pending);
    for message in 0..3 {
        assert_eq!(sender.try_send(message), Ok(()));
    }
    assert_eq!(sender.try_send(3), Err(3), "no room");
    assert_eq!(count(&wakes), 1);
    assert_eq!(poll(inbox.receive(&mut got), &wakes), Poll::Ready(true));
    assert_eq!(got, [0, 1, 2]);
}

#[test]
fn those_who_wait_for_room_are_woken_by_it() {
    let (sender, mut inbox) = channel(1);
    let (wakes, mut got) = (Arc::default(), VecDeque::new());
    assert_eq!(poll(sender.send(0), &wakes), Poll::Ready(Ok(())));
    let other = sender.clone();
    let mut first = Box::pin(sender.send(1));
    let mut second = Box::pin(other.send(2));
    assert_eq!(poll(first.as_mut(), &wakes), Poll::Pending);
    assert_eq!(poll(second.as_mut(), &wakes), Poll::Pending);
    assert_eq!(poll(inbox.receive(&mut got), &wakes), Poll::Ready(true));
    assert_eq!(count(&wakes), 2);
    assert_eq!(poll(first.as_mut(), &wakes), Poll::Ready(Ok(())));
    assert_eq!(poll(second.as_mut(), &wakes), Poll::Pending);
    assert_eq!(poll(inbox.receive(&mut got), &wakes), Poll::Ready(true));
    assert_eq!(poll(second.as_mut(), &wakes), Poll::Ready(Ok(())));
}

#[test]
fn the_last_sender_ends_the_channel_after_its_messages() {
    let (sender, mut inbox) = channel(2);
    let (wakes, mut got) = (Arc::default(), VecDeque::new());
    let other = sender.clone();
    drop(sender);
    assert_eq!(poll(inbox.receive(&mut got), &wakes), Poll::Pending);
    assert_eq!(other.try_send(1), Ok(()));
    drop(other);
    assert_eq!(poll(inbox.receive(&mut got), &wakes), Poll::Ready(true));
    assert_eq!(poll(inbox.receive(&mut got), &wakes), Poll::Ready(false));
    assert_eq!(got, [1]);
}

#[test]
fn a_reader_that_goes_drops_the_unread_and_refuses_the_rest() {
    let token = Arc::new(());
    let (sender, inbox) = channel(1);
    let wakes = Arc::default();
    assert_eq!(sender.try_send(Arc::clone(&token)), Ok(()));
    let mut sending = Box::pin(sender.send(Arc::clone(&token)));
    assert_eq!(poll(sending.as_mut(), &wakes), Poll::Pending);
    drop(inbox);
    assert_eq!((count(&wakes), Arc::strong_count(&token)), (1, 2));
    assert_eq!(poll(sending.as_mut(), &wakes), Poll::Ready(Err(IoError::Closed)));
    assert_eq!(Arc::strong_count(&token), 1);
}
