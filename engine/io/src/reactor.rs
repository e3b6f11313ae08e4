//! The loop of a shard that has a thread of its own: tasks, then the kernel, then tasks again.

use crate::driver::Driver;
use crate::executor::Priority;
use crate::io::Io;
use crate::uring;
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

/// Runs the future that `main` makes, and all that it spawns, until it resolves, panics, or asks
/// to stop. `spin`: see [`crate::ShardOptions::spin`].
pub(crate) fn run<F>(io: &Io, spin: Duration, main: impl FnOnce(Io) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let entered = io.shared.executor.enter();
    io.shared.executor.defer_wakes();
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        let body = main(io.clone());
        let stopping = io.clone();
        drop(io.spawn(Priority::Foreground, async move {
            body.await;
            stopping.stop();
        }));
        turn_until_stopped(io, spin);
    }));
    // Futures first, also after a panic: whoever waits for one of them elsewhere learns of its end,
    // their operations are orphaned, and the driver's drop waits for the kernel.
    io.shared.executor.clear();
    // Whom the last tick and the drops have woken: by the bell, since no submission follows.
    while let Some(poke) = io.shared.executor.next_poke() {
        drop(poke);
    }
    io.shared.executor.wake_crowds();
    drop(entered);
    if let Err(panic) = outcome {
        panic::resume_unwind(panic);
    }
}

fn turn_until_stopped(io: &Io, spin: Duration) {
    while !io.shared.stopping.get() {
        io.count(|activity| activity.tick_count += 1);
        io.run_tick();
        if io.shared.stopping.get() {
            break;
        }
        wait(io, spin);
        deliver(io);
    }
}

/// Waits until something may have happened: an answer, a timer, another thread.
fn wait(io: &Io, spin: Duration) {
    let shared = &io.shared;
    let deadline = shared.timers.borrow().next_deadline();
    let Driver::Uring(driver) = &mut *shared.driver.borrow_mut() else {
        unreachable!("a shard with a thread of its own has a ring")
    };
    while let Some(poke) = shared.executor.next_poke() {
        driver.poke(poke);
    }
    if shared.executor.owes_wakes() {
        // The disk first: it works while this thread wakes others, one after the other.
        driver.poll();
        shared.executor.wake_crowds();
    }
    if shared.executor.has_ready() {
        driver.look(shared.executor.awaits_tick());
        return;
    }
    if !spin.is_zero() && look_for_work(io, driver, spin) {
        return;
    }
    if !shared.remote.fall_asleep() {
        driver.look(false);
        return;
    }
    io.count(|activity| activity.sleep_count += 1);
    driver.wait(deadline.map(|deadline| deadline - driver.now()));
    shared.remote.wake_up();
}

/// Polls for a while; `true` if there is something to do.
fn look_for_work(io: &Io, driver: &mut uring::Driver, spin: Duration) -> bool {
    let mut now = driver.now();
    let end = now + spin;
    let deadline = io.shared.timers.borrow().next_deadline();
    let mut look_count = 0;
    let found = loop {
        driver.poll();
        look_count += 1;
        let is_timer_due = deadline.is_some_and(|deadline| deadline <= now);
        if is_timer_due || driver.has_answers() || io.shared.remote.has_wakes() {
            break true;
        }
        // Whoever polls yields: a durable write, or the one who would wake this shard, may need
        // this very core (DESIGN §7).
        std::thread::yield_now();
        now = driver.now();
        if now >= end {
            break false;
        }
    };
    io.count(|activity| activity.spin_count += look_count);
    found
}

/// Hands answers and due timers to the tasks that wait for them.
fn deliver(io: &Io) {
    loop {
        let completion = io.shared.driver.borrow_mut().next_completion();
        let Some(completion) = completion else { break };
        io.complete(completion);
    }
    let now = io.now();
    io.shared.timers.borrow_mut().fire(now);
}
