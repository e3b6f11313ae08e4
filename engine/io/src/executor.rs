//! A single-threaded executor: tasks, two queues, and wakers that also work from other threads.
//!
//! Foreground tasks run before background tasks; what waits for the end of the tick runs when the
//! foreground has nothing left. A task is polled only by the shard that spawned it.

use crate::crowd::Crowd;
use crate::poke::Poke;
use crate::remote::Remote;
use slab::Slab;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// Which queue a task waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Serves somebody who waits.
    Foreground,
    /// House-keeping: runs when the foreground has nothing to do, a few tasks per tick.
    Background,
}

/// How many background tasks run before the shard looks at its completions again.
const BACKGROUND_POLLS_PER_TICK_MAX: usize = 8;

/// How many foreground polls one tick may hold before completions are looked at, so that a task
/// that wakes itself for ever cannot starve the disk and the network.
const FOREGROUND_POLLS_PER_TICK_MAX: usize = 4096;

thread_local! {
    /// The queues of the shard that runs on this thread now, so that its own wakes stay local.
    static CURRENT: RefCell<Option<Rc<Queues>>> = const { RefCell::new(None) };
}

/// The tasks of one shard.
pub(crate) struct Executor {
    tasks: RefCell<Slab<Task>>,
    /// By task id, for one task after the other: a wake may meet another task under the same id.
    wakers: RefCell<Vec<Waker>>,
    queues: Rc<Queues>,
    tick_end_waiters: RefCell<Vec<Waker>>,
    tick_begin_waiters: RefCell<Vec<Waker>>,
}

struct Task {
    /// Absent while it is being polled.
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    priority: Priority,
    cancelled: bool,
}

/// What is ready to run; shared with the wakers of this thread.
struct Queues {
    remote: Arc<Remote>,
    ready: RefCell<Ready>,
    /// Sleeping shards that tasks of this one have woken since [`Executor::next_poke`].
    pokes: RefCell<Vec<Poke>>,
    /// Threads that were answered since [`Executor::wake_crowds`], by their place in a crowd.
    crowds: RefCell<Vec<(Crowd, usize)>>,
    /// Whether somebody takes both.
    defers_wakes: Cell<bool>,
}

/// Leaves it to the shard of this thread to wake a place of a crowd. `false` if there is no shard
/// that would.
pub(crate) fn owe(crowd: &Crowd, index: usize) -> bool {
    let is_owed = CURRENT.try_with(|current| {
        let current = current.borrow();
        current.as_ref().is_some_and(|queues| queues.owe(crowd, index))
    });
    is_owed == Ok(true)
}

/// Tasks in the order in which they were woken, each at most once: one that waits for a hundred
/// answers is polled once when all of them have come in one tick.
#[derive(Default)]
struct Ready {
    ids: VecDeque<usize>,
    /// By task id: woken, and not polled since.
    is_woken: Vec<bool>,
}

impl Ready {
    fn push(&mut self, id: usize) {
        if self.is_woken.len() <= id {
            self.is_woken.resize(id + 1, false);
        }
        if !std::mem::replace(&mut self.is_woken[id], true) {
            self.ids.push_back(id);
        }
    }

    /// What follows wakes the task anew.
    fn is_polled(&mut self, id: usize) {
        if let Some(is_woken) = self.is_woken.get_mut(id) {
            *is_woken = false;
        }
    }

    fn clear(&mut self) {
        self.ids.clear();
        self.is_woken.clear();
    }
}

struct TaskWaker {
    id: usize,
    remote: Arc<Remote>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let is_done = CURRENT.try_with(|current| {
            let current = current.borrow();
            current.as_ref().is_some_and(|queues| queues.wake(self))
        });
        if is_done != Ok(true) && self.remote.wake_task(self.id) {
            self.remote.bell().ring();
        }
    }
}

impl Queues {
    /// Wakes a task from the shard of this thread. `false` if that is up to the caller.
    fn wake(&self, waker: &TaskWaker) -> bool {
        if Arc::ptr_eq(&self.remote, &waker.remote) {
            self.ready.borrow_mut().push(waker.id);
            return true;
        }
        if !self.defers_wakes.get() || waker.remote.bell().ring_descriptor().is_none() {
            return false;
        }
        if waker.remote.wake_task(waker.id) {
            self.pokes.borrow_mut().push(Poke::new(Arc::clone(&waker.remote)));
        }
        true
    }

    fn owe(&self, crowd: &Crowd, index: usize) -> bool {
        if !self.defers_wakes.get() {
            return false;
        }
        let mut crowds = self.crowds.borrow_mut();
        // Newest first: nearly always it is the one before.
        let is_known =
            |(known, known_index): &(Crowd, usize)| *known_index == index && known.is_same(crowd);
        if !crowds.iter().rev().any(is_known) {
            crowds.push((crowd.clone(), index));
        }
        true
    }
}

/// Marks this thread as the shard's while it lives.
pub(crate) struct Entered {
    previous: Option<Rc<Queues>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let previous = self.previous.take();
        CURRENT.with(|current| *current.borrow_mut() = previous);
    }
}

impl Executor {
    pub(crate) fn new(remote: Arc<Remote>) -> Self {
        Self {
            tasks: RefCell::new(Slab::new()),
            wakers: RefCell::new(Vec::new()),
            queues: Rc::new(Queues {
                remote,
                ready: RefCell::new(Ready::default()),
                pokes: RefCell::new(Vec::new()),
                crowds: RefCell::new(Vec::new()),
                defers_wakes: Cell::new(false),
            }),
            tick_end_waiters: RefCell::new(Vec::new()),
            tick_begin_waiters: RefCell::new(Vec::new()),
        }
    }

    /// Makes this thread the shard's own until the result is dropped.
    pub(crate) fn enter(&self) -> Entered {
        let queues = Some(Rc::clone(&self.queues));
        Entered { previous: CURRENT.with(|current| current.replace(queues)) }
    }

    /// From now on, wakes of other shards wait for [`Executor::next_poke`], and those of threads
    /// for [`Executor::wake_crowds`], to be sent together.
    pub(crate) fn defer_wakes(&self) {
        self.queues.defers_wakes.set(true);
    }

    /// Whether threads are to be woken.
    pub(crate) fn owes_wakes(&self) -> bool {
        !self.queues.crowds.borrow().is_empty()
    }

    /// Wakes the threads that were answered.
    pub(crate) fn wake_crowds(&self) {
        let mut crowds = self.queues.crowds.borrow_mut();
        crowds.drain(..).for_each(|(crowd, index)| crowd.wake(index));
    }

    /// The next sleeping shard to be woken.
    pub(crate) fn next_poke(&self) -> Option<Poke> {
        self.queues.pokes.borrow_mut().pop()
    }

    /// Takes a task over; it runs for the first time at the next opportunity, in order.
    pub(crate) fn spawn(
        &self,
        priority: Priority,
        future: Pin<Box<dyn Future<Output = ()>>>,
    ) -> usize {
        let id = self.take(priority, future);
        self.queues.ready.borrow_mut().push(id);
        id
    }

    /// Takes a task over and runs it at once, within the caller, until it first waits.
    pub(crate) fn begin(&self, priority: Priority, future: Pin<Box<dyn Future<Output = ()>>>) {
        let id = self.take(priority, future);
        self.poll(id);
    }

    fn take(&self, priority: Priority, future: Pin<Box<dyn Future<Output = ()>>>) -> usize {
        let id = self.tasks.borrow_mut().insert(Task {
            future: Some(future),
            priority,
            cancelled: false,
        });
        let mut wakers = self.wakers.borrow_mut();
        while wakers.len() <= id {
            let waker = TaskWaker { id: wakers.len(), remote: Arc::clone(&self.queues.remote) };
            wakers.push(Arc::new(waker).into());
        }
        id
    }

    /// Drops a task's future now, or, if it runs, when it next yields.
    pub(crate) fn cancel(&self, id: usize) {
        let mut tasks = self.tasks.borrow_mut();
        match tasks.get_mut(id) {
            Some(task) if task.future.is_none() => task.cancelled = true,
            _ => {
                let task = tasks.try_remove(id);
                drop(tasks);
                drop(task);
            }
        }
    }

    /// Registers for the moment when the foreground has nothing left to run in this tick.
    pub(crate) fn wait_tick_end(&self, waker: &Waker) {
        self.tick_end_waiters.borrow_mut().push(waker.clone());
    }

    /// Registers for the beginning of the next tick.
    pub(crate) fn wait_tick_begin(&self, waker: &Waker) {
        self.tick_begin_waiters.borrow_mut().push(waker.clone());
    }

    /// Whether somebody waits for the next tick only, to see what others have done by then.
    pub(crate) fn awaits_tick(&self) -> bool {
        !self.tick_begin_waiters.borrow().is_empty()
    }

    /// Whether something could run without any further event.
    pub(crate) fn has_ready(&self) -> bool {
        !self.queues.ready.borrow().ids.is_empty()
            || !self.tick_end_waiters.borrow().is_empty()
            || self.awaits_tick()
    }

    /// Runs one tick: the foreground until it is dry, then those who wait for the tick's end and
    /// what they wake, then some of the background.
    pub(crate) fn run_tick(&self) {
        let waiters = std::mem::take(&mut *self.tick_begin_waiters.borrow_mut());
        waiters.into_iter().for_each(Waker::wake);
        let mut background = VecDeque::new();
        let mut polls_left = FOREGROUND_POLLS_PER_TICK_MAX;
        while polls_left > 0 {
            self.collect_remote_wakes();
            let next = self.queues.ready.borrow_mut().ids.pop_front();
            match next {
                Some(id) if self.priority(id) == Some(Priority::Background) => {
                    background.push_back(id);
                }
                Some(id) => {
                    self.poll(id);
                    polls_left -= 1;
                }
                None if !self.end_tick() => break,
                None => {}
            }
        }
        for _ in 0..BACKGROUND_POLLS_PER_TICK_MAX {
            let Some(id) = background.pop_front() else { break };
            self.poll(id);
        }
        self.queues.ready.borrow_mut().ids.extend(background);
    }

    /// Drops every task. What the drops wake or spawn is dropped too.
    pub(crate) fn clear(&self) {
        loop {
            let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
            if tasks.is_empty() {
                break;
            }
            drop(tasks);
        }
        self.queues.ready.borrow_mut().clear();
        self.tick_end_waiters.borrow_mut().clear();
        self.tick_begin_waiters.borrow_mut().clear();
    }

    fn collect_remote_wakes(&self) {
        let mut ready = self.queues.ready.borrow_mut();
        self.queues.remote.take_wakes(|id| ready.push(id));
    }

    fn end_tick(&self) -> bool {
        let waiters = std::mem::take(&mut *self.tick_end_waiters.borrow_mut());
        let any = !waiters.is_empty();
        waiters.into_iter().for_each(Waker::wake);
        any
    }

    fn priority(&self, id: usize) -> Option<Priority> {
        self.tasks.borrow().get(id).map(|task| task.priority)
    }

    fn poll(&self, id: usize) {
        self.queues.ready.borrow_mut().is_polled(id);
        let taken = self.tasks.borrow_mut().get_mut(id).and_then(|task| {
            let future = task.future.take()?;
            Some((future, self.wakers.borrow()[id].clone()))
        });
        // A wake may outlive its task, or meet another task under the same id: harmless.
        let Some((mut future, waker)) = taken else { return };
        let poll = future.as_mut().poll(&mut Context::from_waker(&waker));
        let mut tasks = self.tasks.borrow_mut();
        let task = &mut tasks[id];
        if poll == Poll::Pending && !task.cancelled {
            task.future = Some(future);
            return;
        }
        let task = tasks.remove(id);
        drop(tasks);
        drop(future);
        drop(task);
    }
}

#[cfg(test)]
#[path = "executor_test.rs"]
mod executor_test;
