//! What follows each completion, told to a flight as the kernel would.

use super::*;
use crate::buffer::Slice;
use crate::file::OpenOptions;
use crate::op::{Durability, SyncScope};

const HANDLE: Handle = Handle(-1);

fn flight(op: Op) -> Flight {
    Flight::new(OpKey(0), op)
}

fn slices(lengths: &[usize]) -> Vec<Slice> {
    lengths.iter().map(|length| Slice::from(&vec![0; *length][..])).collect()
}

fn write(lengths: &[usize]) -> Flight {
    let (slices, durability) = (slices(lengths), Durability::Stable);
    flight(Op::Write { handle: HANDLE, position: 0, slices, durability })
}

fn send(lengths: &[usize]) -> Flight {
    flight(Op::Send { handle: HANDLE, slices: slices(lengths) })
}

fn left(flight: &Flight) -> Vec<usize> {
    flight.vectors[flight.vectors_done_count..].iter().map(|vector| vector.iov_len).collect()
}

#[test]
fn a_short_write_goes_on_where_it_stopped() {
    let mut flight = write(&[100, 200, 300]);
    let start = flight.vectors[1].iov_base as usize;
    assert_eq!(flight.step(150), Step::Again);
    assert_eq!((left(&flight), flight.left_bytes()), (vec![150, 300], 450));
    assert_eq!(flight.vectors[1].iov_base as usize, start + 50);
    assert_eq!(flight.step(150), Step::Again);
    assert_eq!(left(&flight), [300]);
    assert_eq!(flight.step(300), Step::Done(Ok(600)));
}

#[test]
fn a_write_that_gets_no_further_says_how_far_it_came() {
    let mut flight = write(&[100, 200]);
    assert_eq!(flight.step(120), Step::Again);
    assert_eq!(flight.step(0), Step::Done(Ok(120)));
    let mut flight = write(&[100]);
    assert_eq!(flight.step(50), Step::Again);
    assert_eq!(flight.step(-libc::ENOSPC), Step::Done(Err(libc::ENOSPC)));
}

#[test]
fn nothing_to_write_is_done_at_once() {
    assert_eq!(write(&[]).step(0), Step::Done(Ok(0)));
    assert_eq!(send(&[0, 0]).step(0), Step::Done(Ok(0)));
}

#[test]
fn a_short_send_goes_on_unless_it_was_given_up() {
    let mut flight = send(&[10, 10]);
    assert_eq!(flight.step(15), Step::Again);
    assert_eq!(flight.step(0), Step::Done(Err(libc::EPIPE)));
    let mut flight = send(&[10, 10]);
    flight.cancel();
    assert_eq!(flight.step(15), Step::Done(Err(libc::ECANCELED)));
    let mut flight = send(&[10, 10]);
    flight.cancel();
    assert_eq!(flight.step(20), Step::Done(Ok(20)), "too late to give up");
}

#[test]
fn what_a_signal_ended_is_tried_again_a_bounded_number_of_times() {
    for errno in [libc::EINTR, libc::EAGAIN] {
        let mut flight = write(&[10]);
        for _ in 0..RETRY_COUNT_MAX {
            assert_eq!(flight.step(-errno), Step::Again);
        }
        assert_eq!(flight.step(-errno), Step::Done(Err(errno)));
    }
    // Progress starts the count again.
    let mut flight = write(&[3]);
    for _ in 0..2 {
        (0..RETRY_COUNT_MAX).for_each(|_| assert_eq!(flight.step(-libc::EINTR), Step::Again));
        assert_eq!(flight.step(1), Step::Again);
    }
}

#[test]
fn a_failed_sync_and_a_close_are_final() {
    for errno in [libc::EINTR, libc::EAGAIN, libc::EIO] {
        for scope in [SyncScope::Data, SyncScope::All] {
            let mut flight = flight(Op::Sync { handle: HANDLE, scope });
            assert_eq!(flight.step(-errno), Step::Done(Err(errno)));
        }
        let mut flight = flight(Op::Close { handle: HANDLE });
        assert_eq!(flight.step(-errno), Step::Done(Err(errno)));
    }
}

#[test]
fn a_connection_that_was_aborted_before_it_was_accepted_is_nobodys_error() {
    let mut flight = flight(Op::Accept { handle: HANDLE });
    assert_eq!(flight.step(-libc::ECONNABORTED), Step::Again);
    assert_eq!(flight.step(-libc::EMFILE), Step::Done(Err(libc::EMFILE)));
    assert_eq!(flight.step(5), Step::Done(Ok(5)));
    flight.cancel();
    assert_eq!(flight.step(-libc::EINTR), Step::Done(Err(libc::EINTR)));
}

#[test]
fn direct_access_is_dropped_where_the_file_system_has_none() {
    let options = OpenOptions { create_new: true, ..OpenOptions::write_direct() };
    let mut flight = flight(Op::Open { path: "file".into(), options });
    assert_eq!(flight.step(-libc::EINVAL), Step::Again);
    assert!(matches!(flight.op(), Op::Open { options, .. } if !options.direct));
    assert!(matches!(flight.op(), Op::Open { options, .. } if !options.create_new));
    assert_eq!(flight.step(-libc::EINVAL), Step::Done(Err(libc::EINVAL)), "for another reason");
}

#[test]
fn what_waits_for_others_is_cancelled_and_what_writes_is_not() {
    assert!(flight(Op::Accept { handle: HANDLE }).waits_for_others());
    assert!(send(&[1]).waits_for_others());
    assert!(!write(&[1]).waits_for_others());
    assert!(!flight(Op::Close { handle: HANDLE }).waits_for_others());
}
