//! A caller goes on when its batch is durable, not before, and every batch before it too.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

#[test]
fn every_record_is_written_once_and_answered() {
    let gather = Gather::default();
    let written_bytes = AtomicUsize::new(0);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            while let Some(batch) = gather.take_blocking() {
                written_bytes.fetch_add(batch.bytes.len(), Ordering::Relaxed);
                gather.complete(batch, Ok(()));
            }
        });
        let append = || (0..100).try_for_each(|_| gather.append(b"record"));
        let callers: Vec<_> = (0..4).map(|_| scope.spawn(append)).collect();
        for caller in callers {
            assert!(caller.join().expect("no caller panics").is_ok());
        }
        gather.close();
        assert!(writer.join().is_ok());
    });
    assert_eq!(written_bytes.into_inner(), 400 * (HEADER_BYTES + 6));
}

#[test]
fn a_batch_waits_for_the_one_before_it() {
    let gather = Gather::default();
    let take = || gather.lock().take().expect("something was gathered");
    gather.lock().gathered.push(1);
    let first = take();
    gather.lock().gathered.push(2);
    let second = take();
    gather.complete(second, Ok(()));
    assert_eq!(gather.lock().durable_below, 0);
    gather.complete(first, Ok(()));
    assert_eq!(gather.lock().durable_below, 2);
}

#[test]
fn a_failed_batch_fails_its_callers() {
    let gather = Gather::default();
    thread::scope(|scope| {
        let caller = scope.spawn(|| gather.append(b"record"));
        let batch = gather.take_blocking().expect("the caller has appended");
        gather.complete(batch, Err("no disk".into()));
        assert!(caller.join().expect("the caller does not panic").is_err());
    });
}

#[test]
fn a_batch_that_overtakes_many_waits_for_a_bell() {
    let gather = Gather::default();
    let take = || {
        gather.lock().gathered.push(1);
        gather.lock().take()
    };
    let first = take().expect("nothing is in flight");
    for _ in 0..BATCHES_MAX - 2 {
        let next = take().expect("there are bells left");
        gather.complete(next, Ok(()));
    }
    assert!(take().is_none());
    gather.complete(first, Ok(()));
    assert!(take().is_some());
}

#[test]
fn callers_do_not_wait_for_a_writer_that_is_gone() {
    let gather = Arc::new(Gather::default());
    let writer = Writer::new(&gather);
    thread::scope(|scope| {
        let caller = scope.spawn(|| gather.append(b"record"));
        drop(writer.take_blocking());
        drop(writer);
        assert!(caller.join().expect("the caller does not panic").is_err());
    });
}
