//! Who runs when: told in the order of the polls.

use super::*;
use crate::bell::Bell;
use std::task::Poll;

type Order = Rc<RefCell<Vec<&'static str>>>;

fn executor() -> Rc<Executor> {
    Rc::new(Executor::new(Arc::new(Remote::new(Bell::silent()))))
}

fn spawn(
    executor: &Executor,
    priority: Priority,
    future: impl Future<Output = ()> + 'static,
) -> usize {
    executor.spawn(priority, Box::pin(future))
}

/// Says its name at each poll, and wakes itself until it has said it `count` times.
fn say(order: &Order, name: &'static str, count: usize) -> impl Future<Output = ()> + use<> {
    let order = Rc::clone(order);
    let mut said_count = 0;
    std::future::poll_fn(move |context| {
        order.borrow_mut().push(name);
        said_count += 1;
        if said_count == count {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

/// Hands its waker out and never ends.
fn wait_for_ever(
    place: &Rc<RefCell<Option<Waker>>>,
    order: &Order,
) -> impl Future<Output = ()> + use<> {
    let (place, order) = (Rc::clone(place), Rc::clone(order));
    std::future::poll_fn(move |context| {
        order.borrow_mut().push("polled");
        *place.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    })
}

#[test]
fn the_foreground_runs_dry_before_the_background_starts() {
    let (executor, order) = (executor(), Order::default());
    let _entered = executor.enter();
    spawn(&executor, Priority::Background, say(&order, "back", 1));
    spawn(&executor, Priority::Foreground, say(&order, "one", 2));
    spawn(&executor, Priority::Foreground, say(&order, "two", 1));
    executor.run_tick();
    assert_eq!(*order.borrow(), ["one", "two", "one", "back"]);
    assert!(!executor.has_ready());
}

#[test]
fn a_tick_bounds_both_kinds_so_that_the_kernel_has_its_turn() {
    let (executor, order) = (executor(), Order::default());
    let _entered = executor.enter();
    for _ in 0..2 * BACKGROUND_POLLS_PER_TICK_MAX {
        spawn(&executor, Priority::Background, say(&order, "back", 1));
    }
    executor.run_tick();
    assert_eq!(order.borrow().len(), BACKGROUND_POLLS_PER_TICK_MAX);
    spawn(&executor, Priority::Foreground, say(&order, "busy", usize::MAX));
    order.borrow_mut().clear();
    executor.run_tick();
    assert_eq!(
        order.borrow().iter().filter(|name| **name == "busy").count(),
        FOREGROUND_POLLS_PER_TICK_MAX
    );
    // However busy the foreground is, the background gets its share.
    assert_eq!(
        order.borrow().iter().filter(|name| **name == "back").count(),
        BACKGROUND_POLLS_PER_TICK_MAX
    );
}

#[test]
fn those_who_wait_for_the_end_of_the_tick_run_once_the_foreground_is_dry() {
    let (executor, order) = (executor(), Order::default());
    let _entered = executor.enter();
    let (waiting, said) = (Rc::clone(&executor), Rc::clone(&order));
    let mut is_registered = false;
    spawn(
        &executor,
        Priority::Foreground,
        std::future::poll_fn(move |context| {
            if is_registered {
                said.borrow_mut().push("end");
                return Poll::Ready(());
            }
            is_registered = true;
            waiting.wait_tick_end(context.waker());
            Poll::Pending
        }),
    );
    spawn(&executor, Priority::Background, say(&order, "back", 1));
    spawn(&executor, Priority::Foreground, say(&order, "one", 3));
    executor.run_tick();
    assert_eq!(*order.borrow(), ["one", "one", "one", "end", "back"]);
}

#[test]
fn a_task_that_is_woken_many_times_is_polled_once() {
    let (executor, order) = (executor(), Order::default());
    let _entered = executor.enter();
    let place = Rc::default();
    for priority in [Priority::Foreground, Priority::Background] {
        let id = spawn(&executor, priority, wait_for_ever(&place, &order));
        executor.run_tick();
        order.borrow_mut().clear();
        let waker = place.borrow_mut().take().expect("polled");
        (0..100).for_each(|_| waker.wake_by_ref());
        executor.run_tick();
        assert_eq!(*order.borrow(), ["polled"]);
        executor.cancel(id);
    }
}

#[test]
fn a_wake_of_another_thread_is_heard() {
    let (executor, order) = (executor(), Order::default());
    let _entered = executor.enter();
    let place = Rc::default();
    spawn(&executor, Priority::Foreground, wait_for_ever(&place, &order));
    executor.run_tick();
    let waker = place.borrow_mut().take().expect("polled");
    let thread = std::thread::Builder::new().spawn(move || waker.wake());
    thread.expect("a thread").join().expect("no panic");
    assert!(executor.queues.remote.has_wakes());
    executor.run_tick();
    assert_eq!(*order.borrow(), ["polled", "polled"]);
}

#[test]
fn a_waker_that_outlives_its_task_wakes_nobody_who_minds() {
    let (executor, order) = (executor(), Order::default());
    let _entered = executor.enter();
    let place = Rc::default();
    let id = spawn(&executor, Priority::Foreground, wait_for_ever(&place, &order));
    executor.run_tick();
    let waker = place.borrow_mut().take().expect("polled");
    executor.cancel(id);
    waker.wake_by_ref();
    executor.run_tick();
    assert_eq!(order.borrow().len(), 1);
    let next = spawn(&executor, Priority::Foreground, say(&order, "heir of the id", 1));
    assert_eq!(next, id);
    waker.wake();
    executor.run_tick();
    assert_eq!(*order.borrow(), ["polled", "heir of the id"]);
}

/// Spawns another task when it is dropped.
struct Heir(Rc<Executor>, Order);

impl Drop for Heir {
    fn drop(&mut self) {
        self.1.borrow_mut().push("dropped");
        let order = Rc::clone(&self.1);
        spawn(&self.0, Priority::Foreground, say(&order, "never", 1));
    }
}

#[test]
fn clearing_drops_also_what_the_drops_spawn() {
    let (executor, order) = (executor(), Order::default());
    let _entered = executor.enter();
    let heir = Heir(Rc::clone(&executor), Rc::clone(&order));
    spawn(&executor, Priority::Foreground, async move {
        let _heir = heir;
        std::future::pending::<()>().await;
    });
    executor.run_tick();
    executor.clear();
    assert!(!executor.has_ready());
    executor.run_tick();
    assert_eq!(*order.borrow(), ["dropped"]);
}

#[test]
fn a_task_that_cancels_itself_goes_when_it_next_waits() {
    let (executor, order) = (executor(), Order::default());
    let _entered = executor.enter();
    let (own, said) = (Rc::clone(&executor), Rc::clone(&order));
    let id = Rc::new(Cell::new(usize::MAX));
    let own_id = Rc::clone(&id);
    id.set(spawn(&executor, Priority::Foreground, async move {
        own.cancel(own_id.get());
        said.borrow_mut().push("still here");
        std::future::pending::<()>().await;
    }));
    let holders = Rc::strong_count(&order);
    executor.run_tick();
    assert_eq!(*order.borrow(), ["still here"]);
    assert_eq!(Rc::strong_count(&order), holders - 1, "the future is gone");
}

#[test]
fn who_waits_for_the_next_tick_runs_once_in_each() {
    let (executor, order) = (executor(), Order::default());
    let _entered = executor.enter();
    let (waiting, said) = (Rc::clone(&executor), Rc::clone(&order));
    let task = std::future::poll_fn(move |context| {
        said.borrow_mut().push("polled");
        waiting.wait_tick_begin(context.waker());
        Poll::Pending
    });
    spawn(&executor, Priority::Foreground, task);
    for tick_count in 1..4 {
        executor.run_tick();
        assert_eq!(order.borrow().len(), tick_count);
        assert!(executor.has_ready(), "no sleep before the next tick");
    }
    executor.clear();
    assert!(!executor.has_ready());
}

#[test]
fn what_is_begun_runs_within_its_spawner_until_it_waits() {
    let (executor, order) = (executor(), Order::default());
    let _entered = executor.enter();
    let (inner, told) = (Rc::clone(&executor), Rc::clone(&order));
    let outer = async move {
        told.borrow_mut().push("before");
        inner.begin(Priority::Foreground, Box::pin(say(&told, "at once", 1)));
        inner.begin(Priority::Foreground, Box::pin(say(&told, "twice", 2)));
        told.borrow_mut().push("after");
    };
    spawn(&executor, Priority::Foreground, outer);
    executor.run_tick();
    assert_eq!(*order.borrow(), ["before", "at once", "twice", "after", "twice"]);
    assert!(executor.tasks.borrow().is_empty());
}

#[test]
fn a_task_that_is_cancelled_by_what_it_began_ends_when_it_yields() {
    let (executor, order) = (executor(), Order::default());
    let _entered = executor.enter();
    let (inner, told) = (Rc::clone(&executor), Rc::clone(&order));
    let outer = async move {
        let (canceller, id) = (Rc::clone(&inner), 0);
        inner.begin(Priority::Foreground, Box::pin(async move { canceller.cancel(id) }));
        told.borrow_mut().push("goes on");
        std::future::pending::<()>().await;
    };
    assert_eq!(spawn(&executor, Priority::Foreground, outer), 0);
    executor.run_tick();
    assert_eq!(*order.borrow(), ["goes on"]);
    assert!(executor.tasks.borrow().is_empty());
}
