//! Tasks and the order in which they run.

use millstream_io::{Io, Priority};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

type Journal = Rc<RefCell<Vec<&'static str>>>;

pub(crate) async fn a_task_gives_its_value(io: Io, _: PathBuf) {
    let timer = io.clone();
    let slow = io.spawn(Priority::Foreground, async move {
        timer.sleep(Duration::from_millis(2)).await;
        7
    });
    let quick = io.spawn(Priority::Background, async { 8 });
    assert_eq!((slow.await, quick.await), (7, 8));
}

pub(crate) async fn a_cancelled_task_is_dropped_where_it_waits(io: Io, _: PathBuf) {
    let held = Rc::new(());
    let (timer, inside) = (io.clone(), Rc::clone(&held));
    let task = io.spawn(Priority::Foreground, async move {
        timer.sleep(Duration::from_secs(3600)).await;
        drop(inside);
    });
    io.yield_now().await;
    assert_eq!(Rc::strong_count(&held), 2);
    task.cancel();
    assert_eq!(Rc::strong_count(&held), 1);
}

pub(crate) async fn a_dropped_handle_lets_its_task_run(io: Io, _: PathBuf) {
    let (done, wait) = millstream_io::reply();
    let timer = io.clone();
    drop(io.spawn(Priority::Background, async move {
        timer.sleep(Duration::from_millis(1)).await;
        done.send(5);
    }));
    assert_eq!(wait.await, Ok(5));
}

pub(crate) async fn the_foreground_runs_before_the_background(io: Io, _: PathBuf) {
    let journal = Journal::default();
    let background = note(&io, Priority::Background, &journal, "background");
    let foreground = note(&io, Priority::Foreground, &journal, "foreground");
    let second = note(&io, Priority::Foreground, &journal, "second");
    background.await;
    foreground.await;
    second.await;
    assert_eq!(*journal.borrow(), ["foreground", "second", "background"]);
}

pub(crate) async fn the_tick_ends_when_the_foreground_is_dry(io: Io, _: PathBuf) {
    let journal = Journal::default();
    let (end, noted) = (io.tick_end(), Rc::clone(&journal));
    let ender = io.spawn(Priority::Foreground, async move {
        end.await;
        noted.borrow_mut().push("end");
    });
    let background = note(&io, Priority::Background, &journal, "background");
    let (inner, noted) = (io.clone(), Rc::clone(&journal));
    let chain = io.spawn(Priority::Foreground, async move {
        for _ in 0..3 {
            inner.yield_now().await;
            noted.borrow_mut().push("link");
        }
    });
    chain.await;
    ender.await;
    background.await;
    assert_eq!(*journal.borrow(), ["link", "link", "link", "end", "background"]);
}

pub(crate) async fn the_next_tick_comes_behind_this_one(io: Io, _: PathBuf) {
    let journal = Journal::default();
    let (next, noted) = (io.next_tick(), Rc::clone(&journal));
    let waiting = io.spawn(Priority::Foreground, async move {
        next.await;
        noted.borrow_mut().push("next");
    });
    let (end, noted) = (io.tick_end(), Rc::clone(&journal));
    let ender = io.spawn(Priority::Foreground, async move {
        end.await;
        noted.borrow_mut().push("end");
    });
    let background = note(&io, Priority::Background, &journal, "background");
    waiting.await;
    ender.await;
    background.await;
    assert_eq!(*journal.borrow(), ["end", "background", "next"]);
}

pub(crate) async fn yielding_lets_the_others_run(io: Io, _: PathBuf) {
    let journal = Journal::default();
    let other = note(&io, Priority::Foreground, &journal, "other");
    assert!(journal.borrow().is_empty());
    io.yield_now().await;
    assert_eq!(*journal.borrow(), ["other"]);
    other.await;
}

fn note(
    io: &Io,
    priority: Priority,
    journal: &Journal,
    text: &'static str,
) -> millstream_io::Task<()> {
    let journal = Rc::clone(journal);
    io.spawn(priority, async move { journal.borrow_mut().push(text) })
}
