//! The handle through which the code on a shard reaches everything outside of it.

use crate::activity::Activity;
use crate::buffer::Pool;
use crate::driver::Driver;
use crate::executor::{Executor, Priority};
use crate::pending::Slots;
use crate::remote::Remote;
use crate::timer::{Sleep, Timers};
use crate::uring::Capabilities;
use millstream_base::random::Random;
use millstream_base::{Instant, ShardId, Timestamp};
use std::cell::{Cell, OnceCell, RefCell};
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
    pub(crate) slots: RefCell<Slots>,
    random: RefCell<Random>,
    pool: Pool,
    capabilities: OnceCell<Capabilities>,
    activity: Cell<Activity>,
    /// See [`Io::tick_time`]; `None` until somebody asks in this tick.
    tick_time: Cell<Option<Instant>>,
}

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
            slots: RefCell::new(Slots::new()),
            random: RefCell::new(random),
            pool,
            capabilities: OnceCell::new(),
            activity: Cell::new(Activity::default()),
            tick_time: Cell::new(None),
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

    /// Monotonic time as somebody first asked for it in this tick: for measuring what is longer
    /// than a tick, of many things, with one look at the clock. Not later than [`Io::now`].
    #[must_use]
    pub fn tick_time(&self) -> Instant {
        let time = self.shared.tick_time.get().unwrap_or_else(|| self.now());
        self.shared.tick_time.set(Some(time));
        time
    }

    /// Runs one tick of the executor.
    pub(crate) fn run_tick(&self) {
        self.shared.tick_time.set(None);
        self.shared.executor.run_tick();
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

    /// What the shard found its kernel to have.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        self.shared.capabilities.get_or_init(Capabilities::simulated)
    }

    /// Says what the shard's driver found, once, before anybody asks.
    pub(crate) fn set_capabilities(&self, capabilities: Capabilities) {
        let set = self.shared.capabilities.set(capabilities);
        assert!(set.is_ok(), "capabilities are found once");
    }

    /// What the shard has done so far.
    #[must_use]
    pub fn activity(&self) -> Activity {
        let mut activity = self.shared.activity.get();
        match &*self.shared.driver.borrow() {
            Driver::Uring(driver) => driver.report(&mut activity),
            Driver::Sim(driver) => driver.report(&mut activity),
        }
        activity
    }

    /// Counts something that the shard did.
    pub(crate) fn count(&self, count: impl FnOnce(&mut Activity)) {
        let mut activity = self.shared.activity.get();
        count(&mut activity);
        self.shared.activity.set(activity);
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

    /// Begins a future on this shard, within the caller until it first waits, and beside it from
    /// then on: what need not wait costs no turn of its own.
    pub fn begin(&self, priority: Priority, future: impl Future<Output = ()> + 'static) {
        self.shared.executor.begin(priority, Box::pin(future));
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

    /// Resolves in the next tick, when the shard has looked at what came in meanwhile and, where it
    /// has a thread of its own, has let the other threads of its core run.
    pub fn next_tick(&self) -> impl Future<Output = ()> + use<> {
        let io = self.clone();
        let mut registered = false;
        std::future::poll_fn(move |context| {
            if registered {
                return Poll::Ready(());
            }
            registered = true;
            io.shared.executor.wait_tick_begin(context.waker());
            Poll::Pending
        })
    }

    /// Wakes the threads of a [`crate::Crowd`] that were answered in this tick, at once. For when
    /// the shard has nothing to submit that would go first.
    pub fn wake_answered(&self) {
        self.shared.executor.wake_crowds();
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
