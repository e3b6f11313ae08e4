//! What a shard is made of: the mailbox to another one, and timers.

use crate::stopwatch::time;
use millstream_base::ShardId;
use millstream_io::mailbox;
use millstream_io::sim::{World, WorldOptions};
use std::collections::VecDeque;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Timers that wait meanwhile, as of connections that are idle.
const WAITING_COUNT: u64 = 1000;
/// Messages that are sent before they are received.
const BURST_COUNT: u64 = 8;

pub(crate) fn mailbox(times: u64) -> Duration {
    let (mut outlet, mut inlet) = mailbox::pair(64);
    let mut messages = VecDeque::new();
    let mut context = Context::from_waker(Waker::noop());
    time(|| {
        for message in 0..times {
            outlet.try_send(message).expect("there is room");
            if message % BURST_COUNT == BURST_COUNT - 1 {
                let received = pin!(inlet.receive(&mut messages)).poll(&mut context);
                assert_eq!(received, Poll::Ready(true));
                messages.clear();
            }
        }
    })
}

pub(crate) fn timer(times: u64) -> Duration {
    let mut world = World::new(1, WorldOptions::default());
    let node = world.node("a");
    let running = world.start(node, ShardId::new(0), async move |io| {
        let mut context = Context::from_waker(Waker::noop());
        let mut waiting: Vec<_> = (0..WAITING_COUNT)
            .map(|index| Box::pin(io.sleep(Duration::from_secs(index + 1))))
            .collect();
        for sleep in &mut waiting {
            assert_eq!(sleep.as_mut().poll(&mut context), Poll::Pending);
        }
        time(|| {
            for index in 0..times {
                let mut sleep = pin!(io.sleep(Duration::from_millis(index % 977 + 1)));
                assert_eq!(sleep.as_mut().poll(&mut context), Poll::Pending);
            }
        })
    });
    world.run(&running).expect("nothing ends it before")
}
