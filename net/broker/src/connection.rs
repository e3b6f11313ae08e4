//! One connection: frames in, answers out, in order.

use crate::dispatch::dispatch;
use crate::exchange::{Client, Outcome};
use crate::frames::{FrameFault, Frames};
use crate::metrics::{Journey, Stage};
use crate::race::{First, race};
use crate::replies::{Replies, Slot};
use crate::shard::Shard;
use bytes::Bytes;
use millstream_io::{Priority, SendHalf, Stream};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// How long a shard whose receive buffers are all held waits for one.
const BUFFERS_RETRY: Duration = Duration::from_millis(1);

/// Serves a connection until its peer ends it, it is idle for too long, or what comes in on it
/// cannot be understood.
pub(crate) async fn serve(shard: Rc<Shard>, stream: Stream) {
    let _counted = shard.observed.open();
    let Ok(address) = stream.peer_address().await else { return };
    let client = Rc::new(Client { address, session: RefCell::default() });
    let (receiving, sending) = stream.split();
    let replies = Rc::new(Replies::default());
    let writing = write(Rc::clone(&shard), sending, Rc::clone(&replies));
    let writer = shard.io.spawn(Priority::Foreground, writing);
    let frame_bytes_max = shard.facts.settings.network.request_bytes_max;
    let frame_bytes_max = usize::try_from(frame_bytes_max).unwrap_or(usize::MAX);
    let mut frames = Frames::new(receiving, frame_bytes_max);
    while let Some(frame) = next_frame(&shard, &mut frames, &replies).await {
        let slot = replies.push(frame.len());
        let answering = answer(Rc::clone(&shard), Rc::clone(&client), frame, slot);
        drop(shard.io.spawn(Priority::Foreground, answering));
    }
    // What was asked before the end is still answered.
    replies.is_empty_or_over().await;
    replies.end();
    writer.await;
}

/// The next request, when there is room for it; `None` when there will be none.
async fn next_frame(shard: &Shard, frames: &mut Frames, replies: &Replies) -> Option<Bytes> {
    loop {
        replies.room().await;
        let idle = shard.facts.settings.network.idle;
        let idle = async {
            match idle {
                Some(idle) => shard.io.sleep(idle).await,
                None => std::future::pending().await,
            }
        };
        let over = race(replies.is_over(), idle);
        match race(frames.next(), over).await {
            First::Left(Ok(frame)) => return Some(frame),
            First::Left(Err(FrameFault::NoBuffers)) => shard.io.sleep(BUFFERS_RETRY).await,
            First::Left(Err(FrameFault::End)) => return None,
            First::Left(Err(FrameFault::Broken | FrameFault::Length)) | First::Right(_) => {
                replies.end();
                return None;
            }
        }
    }
}

async fn answer(shard: Rc<Shard>, client: Rc<Client>, frame: Bytes, slot: Slot) {
    let journey = Journey::begin(&shard, &frame);
    let outcome = dispatch(Rc::clone(&shard), Rc::clone(&client), frame, &journey).await;
    if matches!(outcome, Outcome::Close) {
        shard.observed.refused();
    } else {
        journey.end(Stage::Answer, shard.io.now());
        shard.observed.answered(&shard.io, &journey, client.address);
    }
    match outcome {
        Outcome::Answer(slices) => slot.fill(slices),
        Outcome::Silent => slot.fill(Vec::new()),
        Outcome::Close => drop(slot),
    }
}

async fn write(shard: Rc<Shard>, mut sending: SendHalf, replies: Rc<Replies>) {
    while let Some(slices) = replies.next().await {
        let begun = shard.io.tick_time();
        if sending.send(slices).await.is_err() {
            break;
        }
        shard.observed.sent(shard.io.tick_time() - begun);
    }
    replies.end();
    // The peer may be gone already.
    drop(sending.shutdown().await);
}
