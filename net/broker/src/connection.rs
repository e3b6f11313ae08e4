//! One connection: frames in, answers out, in order.

use crate::admission::admit;
use crate::budget::{Account, Seat};
use crate::dispatch::dispatch;
use crate::exchange::{Answer, Client, Outcome};
use crate::frames::{Frame, FrameFault, Frames};
use crate::metrics::{Journey, Stage};
use crate::patience::{self, Look, Patience};
use crate::race::{First, race};
use crate::replies::{Replies, Slot};
use crate::shard::Shard;
use bytes::Bytes;
use millstream_io::{Priority, ReceiveHalf, SendHalf, Stream};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// How long a shard whose receive buffers are all held waits for one.
const BUFFERS_RETRY: Duration = Duration::from_millis(1);
/// Requests that are begun one after the other before others may run, and among them those that
/// answer these: a chunk of bytes can hold hundreds, whose answers are only counted when they are
/// there.
const BEGUN_AT_ONCE_MAX: u32 = 16;

/// Serves a connection until its peer ends it, it is idle or slow for too long, or what comes in
/// on it cannot be understood.
pub(crate) async fn serve(shard: Rc<Shard>, stream: Stream, seat: Seat) {
    let Ok(address) = stream.peer_address().await else { return };
    let Some(_admitted) = admit(&shard, seat, address.ip()).await else {
        shard.observed.turned_away();
        return;
    };
    let _counted = shard.observed.open();
    let account = Account::new(&shard.budget);
    let client = Client { address, account: Rc::clone(&account), session: RefCell::default() };
    let client = Rc::new(client);
    let (receiving, sending) = stream.split();
    let replies = Replies::new(Rc::clone(&account));
    let writing = write(Rc::clone(&shard), sending, Rc::clone(&replies));
    let writer = shard.io.spawn(Priority::Foreground, writing);
    let mut reader = Reader::new(&shard, receiving, account, Rc::clone(&replies));
    while let Some(Frame { bytes, lease, first_byte }) = reader.next().await {
        let journey = Journey::begin(&shard, &bytes, first_byte);
        let slot = replies.push(lease);
        let answering = answer(Rc::clone(&shard), Rc::clone(&client), bytes, journey, slot);
        shard.io.begin(Priority::Foreground, answering);
    }
    // A frame that has begun is given up, and its memory with it.
    drop(reader);
    // What was asked before the end is still answered, if that does not take for ever: most peers
    // that end one direction have ended both.
    let long = shard.io.sleep(patience::silence_max(shard.facts.settings.network.idle));
    race(replies.is_sent_or_over(), long).await;
    replies.end();
    writer.await;
}

/// What reads the requests of a connection.
struct Reader {
    shard: Rc<Shard>,
    frames: Frames,
    replies: Rc<Replies>,
    patience: Patience,
    /// Since others could run.
    begun_count: u32,
}

impl Reader {
    fn new(
        shard: &Rc<Shard>,
        receiving: ReceiveHalf,
        account: Rc<Account>,
        replies: Rc<Replies>,
    ) -> Self {
        let network = &shard.facts.settings.network;
        let frame_bytes_max = usize::try_from(network.request_bytes_max).unwrap_or(usize::MAX);
        Self {
            frames: Frames::new(&shard.io, receiving, account, frame_bytes_max),
            patience: Patience::new(&shard.io, network.idle),
            shard: Rc::clone(shard),
            replies,
            begun_count: 0,
        }
    }

    /// The next request, when there is room for it; `None` when there will be none.
    async fn next(&mut self) -> Option<Frame> {
        self.begun_count += 1;
        if self.begun_count == BEGUN_AT_ONCE_MAX {
            self.begun_count = 0;
            self.shard.io.yield_now().await;
        }
        loop {
            if !self.replies.has_room() {
                self.shard.observed.held_up();
                self.frames.pause().await;
                self.replies.room().await;
            }
            // What has come already needs neither timer nor waker.
            let next = match self.frames.next_whole() {
                Ok(Some(frame)) => return Some(frame),
                Ok(None) => {
                    let over = race(self.replies.is_over(), self.patience.wears());
                    race(self.frames.next(), over).await
                }
                Err(fault) => First::Left(Err(fault)),
            };
            match next {
                First::Left(Ok(frame)) => return Some(frame),
                First::Left(Err(FrameFault::NoBuffers)) => {
                    self.shard.io.sleep(BUFFERS_RETRY).await;
                }
                First::Left(Err(FrameFault::End)) => return None,
                First::Right(First::Right(())) if self.is_well() => {}
                First::Left(Err(FrameFault::Broken | FrameFault::Length)) | First::Right(_) => {
                    self.replies.end();
                    return None;
                }
            }
        }
    }

    fn is_well(&mut self) -> bool {
        let look = self.patience.look(self.frames.progress(), self.replies.is_busy());
        if look == Look::Slow {
            self.shard.observed.given_up();
        }
        look == Look::Well
    }
}

async fn answer(shard: Rc<Shard>, client: Rc<Client>, frame: Bytes, journey: Journey, slot: Slot) {
    let outcome = dispatch(Rc::clone(&shard), Rc::clone(&client), frame, &journey).await;
    if matches!(outcome, Outcome::Close) {
        shard.observed.refused();
    } else {
        journey.end(Stage::Answer, shard.io.now());
        shard.observed.answered(&shard.io, &journey, client.address);
    }
    match outcome {
        Outcome::Answer(answer) => {
            if client.account.is_overdrawn_by(answer.more_bytes()) {
                // Without its place the answers behind it could not be told apart: the connection
                // goes, and its memory with it.
                shard.observed.shed();
                return drop(slot);
            }
            slot.fill(answer);
        }
        Outcome::Silent => slot.fill(Answer::default()),
        Outcome::Close => drop(slot),
    }
}

async fn write(shard: Rc<Shard>, mut sending: SendHalf, replies: Rc<Replies>) {
    while let Some(ready) = replies.next().await {
        let begun = shard.io.tick_time();
        // A connection that was ended does not wait for a peer that takes nothing.
        let sent = race(sending.send(ready.slices), replies.was_ended()).await;
        drop(ready.lease);
        if !matches!(sent, First::Left(Ok(()))) {
            break;
        }
        shard.observed.sent(shard.io.tick_time() - begun);
    }
    replies.end();
    // The peer may be gone already.
    drop(sending.shutdown().await);
}
