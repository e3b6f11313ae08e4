//! The handle through which the code on a shard reaches everything outside of it.

use crate::buffer::Pool;
use crate::driver::Driver;
use crate::executor::{Executor, Priority};
use crate::op::{Completion, Op, OpKey};
use crate::remote::Remote;
use crate::timer::{Sleep, Timers};
use millstream_base::random::Random;
use millstream_base::{Instant, ShardId, Timestamp};
use slab::Slab;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A shard's access to files, sockets, time, chance and its own executor. Cheap to clone; it never
/// leaves its shard.
#[derive(Clone)]
pub struct Io {
    pub(crate) shared: Rc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) shard: ShardId,
    pub(crate) executor: Executor,
    pub(crate) timers: RefCell<Timers>,
    pub(crate) driver: RefCell<Driver>,
    pub(crate) remote: Arc<Remote>,
    pub(crate) stopping: Cell<bool>,
    slots: RefCell<Slab<Slot>>,
    random: RefCell<Random>,
    pool: Pool,
}

/// The shard's side of an operation in flight.
enum Slot {
    /// No answer yet. The waker is that of the future, if it was polled.
    Waiting(Option<Waker>),
    /// The last answer, not yet taken.
    Answered(Answer),
    /// The future is gone; the last answer frees the slot, and a handle in it is closed.
    Orphaned,
}

/// The last answer with everything that the operation owned.
pub(crate) type Answer = (std::result::Result<u64, i32>, Op);

impl Io {
    pub(crate) fn new(
        shard: ShardId,
        driver: Driver,
        remote: Arc<Remote>,
        random: Random,
        pool: Pool,
    ) -> Self {
        let shared = Shared {
            shard,
            executor: Executor::new(Arc::clone(&remote)),
            timers: RefCell::new(Timers::default()),
            driver: RefCell::new(driver),
            remote,
            stopping: Cell::new(false),
            slots: RefCell::new(Slab::new()),
            random: RefCell::new(random),
            pool,
        };
        Self { shared: Rc::new(shared) }
    }

    /// The shard that this handle belongs to.
    #[must_use]
    pub fn shard(&self) -> ShardId {
        self.shared.shard
    }

    /// Monotonic time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.shared.driver.borrow().now()
    }

    /// Wall-clock time; it may jump, also backwards.
    #[must_use]
    pub fn wall_time(&self) -> Timestamp {
        self.shared.driver.borrow().wall_time()
    }

    /// A random number: from the seed in a simulation, seeded by the kernel otherwise.
    #[must_use]
    pub fn random_u64(&self) -> u64 {
        self.shared.random.borrow_mut().next_u64()
    }

    /// The shard's buffers.
    #[must_use]
    pub fn buffers(&self) -> &Pool {
        &self.shared.pool
    }

    /// Runs a future on this shard, beside its spawner. Dropping the [`Task`] lets it run on.
    pub fn spawn<T: 'static>(
        &self,
        priority: Priority,
        future: impl Future<Output = T> + 'static,
    ) -> Task<T> {
        let outcome = Rc::new(RefCell::new(Outcome { value: None, waiter: None }));
        let filled = Rc::clone(&outcome);
        let id = self.shared.executor.spawn(
            priority,
            Box::pin(async move {
                let value = future.await;
                let mut outcome = filled.borrow_mut();
                outcome.value = Some(value);
                if let Some(waiter) = outcome.waiter.take() {
                    waiter.wake();
                }
            }),
        );
        Task { io: self.clone(), id, outcome }
    }

    /// Resolves after a time.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.sleep_until(self.now() + duration)
    }

    /// Resolves at a time, or at once if it has passed.
    pub fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep::new(self.clone(), deadline)
    }

    /// Resolves when the foreground of this shard has nothing else to run in this tick: the place
    /// to do once, in a batch, what many tasks asked for.
    pub fn tick_end(&self) -> impl Future<Output = ()> + use<> {
        let io = self.clone();
        let mut registered = false;
        std::future::poll_fn(move |context| {
            if registered {
                return Poll::Ready(());
            }
            registered = true;
            io.shared.executor.wait_tick_end(context.waker());
            Poll::Pending
        })
    }

    /// Lets the other tasks that are ready run first.
    pub fn yield_now(&self) -> impl Future<Output = ()> + use<> {
        let mut yielded = false;
        std::future::poll_fn(move |context| {
            if yielded {
                return Poll::Ready(());
            }
            yielded = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
    }

    /// Asks the shard to end: its loop stops after the current tick and drops all tasks.
    pub fn stop(&self) {
        self.shared.stopping.set(true);
    }

    /// Hands an operation to the driver at once and resolves with its last answer. A dropped
    /// future orphans the operation and asks the driver to cancel it.
    pub(crate) fn submit(&self, op: Op) -> Pending {
        let key = OpKey(self.shared.slots.borrow_mut().insert(Slot::Waiting(None)));
        self.shared.driver.borrow_mut().submit(key, op);
        Pending { io: self.clone(), key, taken: false }
    }

    /// Brings an answer of the driver to whom it belongs.
    pub(crate) fn complete(&self, completion: Completion) {
        let Completion { key, result, op } = completion;
        let Some(op) = op else { return };
        let mut slots = self.shared.slots.borrow_mut();
        let slot = std::mem::replace(&mut slots[key.0], Slot::Answered((result, op)));
        match slot {
            Slot::Waiting(waker) => {
                drop(slots);
                waker.into_iter().for_each(Waker::wake);
            }
            Slot::Orphaned => {
                let slot = slots.remove(key.0);
                drop(slots);
                self.bury(slot);
            }
            Slot::Answered(_) => unreachable!("an operation has one last answer"),
        }
    }

    /// Closes what an orphaned operation opened, so that no descriptor is lost.
    fn bury(&self, slot: Slot) {
        let Slot::Answered((Ok(handle), op)) = slot else { return };
        if matches!(
            op,
            Op::Open { .. } | Op::Accept { .. } | Op::Connect { .. } | Op::Listen { .. }
        ) {
            let handle = crate::op::Handle(i32::try_from(handle).expect("descriptors are small"));
            drop(self.submit(Op::Close { handle }));
        }
    }
}

/// An operation that was submitted.
pub(crate) struct Pending {
    io: Io,
    key: OpKey,
    taken: bool,
}

impl Future for Pending {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        let io = self.io.clone();
        let mut slots = io.shared.slots.borrow_mut();
        if let Slot::Waiting(waker) = &mut slots[self.key.0] {
            match waker {
                Some(waker) => waker.clone_from(context.waker()),
                None => *waker = Some(context.waker().clone()),
            }
            return Poll::Pending;
        }
        let Slot::Answered(answer) = slots.remove(self.key.0) else {
            unreachable!("a slot with a future is not orphaned");
        };
        self.taken = true;
        Poll::Ready(answer)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let mut slots = self.io.shared.slots.borrow_mut();
        if matches!(slots[self.key.0], Slot::Waiting(_)) {
            slots[self.key.0] = Slot::Orphaned;
            drop(slots);
            self.io.shared.driver.borrow_mut().cancel(self.key);
            return;
        }
        let slot = slots.remove(self.key.0);
        drop(slots);
        self.io.bury(slot);
    }
}

/// A task that was spawned: await it for its value.
pub struct Task<T> {
    io: Io,
    id: usize,
    outcome: Rc<RefCell<Outcome<T>>>,
}

struct Outcome<T> {
    value: Option<T>,
    waiter: Option<Waker>,
}

impl<T> Task<T> {
    /// Ends the task where it waits; its operations are orphaned.
    pub fn cancel(self) {
        // A finished task has left its id to others.
        if Rc::strong_count(&self.outcome) > 1 {
            self.io.shared.executor.cancel(self.id);
        }
    }
}

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut outcome = self.outcome.borrow_mut();
        if let Some(value) = outcome.value.take() {
            return Poll::Ready(value);
        }
        outcome.waiter = Some(context.waker().clone());
        Poll::Pending
    }
}
