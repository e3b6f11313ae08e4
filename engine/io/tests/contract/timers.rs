//! Time.

use millstream_base::Instant;
use millstream_io::{Io, Priority, Task};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

type Fired = Rc<RefCell<Vec<usize>>>;

pub(crate) async fn timers_fire_in_order_of_their_deadlines(io: Io, _: PathBuf) {
    let fired = Fired::default();
    let delays = [30, 10, 20, 0, 25];
    let tasks: Vec<_> = (0..delays.len())
        .map(|index| {
            let deadline = io.now() + Duration::from_millis(delays[index]);
            note(&io, deadline, &fired, index)
        })
        .collect();
    for task in tasks {
        task.await;
    }
    assert_eq!(*fired.borrow(), [3, 1, 2, 4, 0]);
}

pub(crate) async fn timers_of_one_deadline_fire_in_order_of_creation(io: Io, _: PathBuf) {
    let fired = Fired::default();
    let deadline = io.now() + Duration::from_millis(5);
    let tasks: Vec<_> = (0..10).map(|index| note(&io, deadline, &fired, index)).collect();
    for task in tasks {
        task.await;
    }
    assert_eq!(*fired.borrow(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

pub(crate) async fn a_dropped_timer_never_fires(io: Io, _: PathBuf) {
    let fired = Fired::default();
    let deadline = io.now() + Duration::from_millis(1);
    note(&io, deadline, &fired, 1).cancel();
    let kept = note(&io, deadline + Duration::from_millis(1), &fired, 2);
    kept.await;
    assert_eq!(*fired.borrow(), [2]);
}

pub(crate) async fn time_passes_at_least_as_far_as_the_deadline(io: Io, _: PathBuf) {
    let wall_before = io.wall_time();
    let mut before = io.now();
    for delay_ms in [0, 1, 3, 0, 2] {
        let delay = Duration::from_millis(delay_ms);
        io.sleep(delay).await;
        let now = io.now();
        assert!(now - before >= delay, "{now} after {before}");
        before = now;
    }
    let wall_ms = io.wall_time().checked_sub_ms(wall_before).expect("fits");
    assert!((5..86_400_000).contains(&wall_ms), "{wall_ms} ms");
}

pub(crate) async fn a_deadline_in_the_past_has_come(io: Io, _: PathBuf) {
    io.sleep_until(Instant::ZERO).await;
    io.sleep(Duration::ZERO).await;
}

fn note(io: &Io, deadline: Instant, fired: &Fired, index: usize) -> Task<()> {
    let (sleep, fired) = (io.sleep_until(deadline), Rc::clone(fired));
    io.spawn(Priority::Foreground, async move {
        sleep.await;
        fired.borrow_mut().push(index);
    })
}
