//! Tells a coordinator the time when it wants to be told.

use super::hosted::Hosted;
use crate::race::race;
use crate::shard::Shard;
use millstream_base::Instant;
use millstream_io::Priority;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};

/// What the task that waits has set its eyes on.
#[derive(Default)]
pub(super) struct Alarm {
    /// `None` where no task waits.
    set_for: Cell<Option<Instant>>,
    waker: RefCell<Option<Waker>>,
}

impl Alarm {
    /// Has the task look at the time again.
    pub(super) fn ring(&self) {
        self.waker.borrow_mut().take().into_iter().for_each(Waker::wake);
    }
}

/// To be called when the coordinator may want to be told earlier than before. A coordinator that
/// nobody has ever asked anything has no alarm, and costs nothing.
pub(super) fn keep(hosted: &Rc<Hosted>, shard: &Rc<Shard>) {
    let Some(deadline) = hosted.deadline() else { return };
    match hosted.alarm.set_for.get() {
        Some(set_for) if set_for <= deadline => {}
        Some(_) => hosted.alarm.ring(),
        None => {
            hosted.alarm.set_for.set(Some(deadline));
            let waiting = wait(Rc::clone(hosted), Rc::clone(shard));
            drop(shard.io.spawn(Priority::Foreground, waiting));
        }
    }
}

async fn wait(hosted: Rc<Hosted>, shard: Rc<Shard>) {
    while let Some(deadline) = hosted.deadline() {
        hosted.alarm.set_for.set(Some(deadline));
        race(moved(&hosted, deadline), shard.io.sleep_until(deadline)).await;
        if shard.io.now() >= deadline {
            hosted.tick(&shard);
        }
    }
    hosted.alarm.set_for.set(None);
}

/// Resolves when the coordinator wants to be told earlier, or never again.
async fn moved(hosted: &Hosted, deadline: Instant) {
    std::future::poll_fn(|context| {
        if hosted.deadline().is_none_or(|now| now < deadline) {
            return Poll::Ready(());
        }
        *hosted.alarm.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    })
    .await;
}
