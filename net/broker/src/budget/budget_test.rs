//! Who may hold how much, as calls.

use super::process::CHUNK_BYTES;
use super::{Account, Budget, Division, Lease, Process};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

const MIB: usize = 1 << 20;

fn budget(own_bytes: usize, shared_bytes: usize) -> Rc<Budget> {
    Budget::new(own_bytes, MIB / 2, Arc::new(Process::new(shared_bytes, u32::MAX)))
}

fn has_room(account: &Rc<Account>) -> bool {
    account.poll_room(&Context::from_waker(Waker::noop())).is_ready()
}

/// What is granted at once.
fn granted(account: &Rc<Account>, bytes: usize) -> Option<Lease> {
    let mut granting = std::pin::pin!(account.grant(bytes));
    match granting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(lease) => Some(lease),
        Poll::Pending => None,
    }
}

#[test]
fn a_process_is_divided_without_a_rest() {
    for shard_count in [1, 2, 3, 64] {
        for said in [None, Some(0), Some(1), Some(1 << 30), Some(u64::MAX)] {
            let Division { own_bytes, shared_bytes } = Division::new(shard_count, said);
            let all_bytes = own_bytes * usize::from(shard_count) + shared_bytes;
            assert!(said.is_none_or(|said| all_bytes as u64 == said.min(1 << 50)));
            assert!(own_bytes * usize::from(shard_count) <= shared_bytes);
        }
    }
}

#[test]
fn what_is_lent_comes_back() {
    let budget = budget(MIB, 8 * MIB);
    let account = Account::new(&budget);
    let leases: Vec<Lease> = (0..7).map(|_| account.lease(MIB)).collect();
    assert_eq!(budget.held_bytes(), 7 * MIB);
    assert_eq!(budget.free_bytes(), 2 * MIB);
    drop(leases);
    assert_eq!(budget.held_bytes(), 0);
    assert_eq!(budget.free_bytes(), 9 * MIB);
}

#[test]
fn one_shard_takes_what_is_shared_and_leaves_the_others_their_own() {
    let process = Arc::new(Process::new(4 * CHUNK_BYTES, u32::MAX));
    let (greedy, other) =
        (Budget::new(MIB, 0, Arc::clone(&process)), Budget::new(MIB, 0, Arc::clone(&process)));
    let lease = Account::new(&greedy).lease(20 * MIB);
    assert_eq!((greedy.free_bytes(), other.free_bytes()), (0, MIB));
    assert!(granted(&Account::new(&other), MIB / 4).is_some());
    drop(lease);
    assert_eq!(other.free_bytes(), 5 * MIB);
}

#[test]
fn who_takes_all_that_it_can_leaves_as_much_for_the_next() {
    let budget = budget(64 * MIB, 0);
    let mut all = Vec::new();
    for count in 1..=5 {
        let account = Account::new(&budget);
        while let Some(lease) = granted(&account, MIB) {
            all.push(lease);
        }
        assert!(!has_room(&account) || budget.free_bytes() > 0, "{count} of them");
        assert!(granted(&Account::new(&budget), MIB / 8).is_some(), "somebody new has room");
    }
}

#[test]
fn one_grant_leaves_as_much_as_it_takes() {
    let budget = budget(16 * MIB, 48 * MIB);
    let first = granted(&Account::new(&budget), 1 << 30).expect("much is free");
    let second = granted(&Account::new(&budget), 1 << 30).expect("as much is free");
    assert_eq!((first.bytes(), second.bytes()), (32 * MIB, 16 * MIB));
    assert_eq!(budget.free_bytes(), 16 * MIB);
}

#[test]
fn what_is_granted_on_one_shard_is_not_granted_on_another() {
    let process = Arc::new(Process::new(8 * CHUNK_BYTES, u32::MAX));
    let shards: Vec<_> = (0..2).map(|_| Budget::new(0, 0, Arc::clone(&process))).collect();
    // As if both had seen all of it free before either took it.
    assert_eq!(shards[0].secure(6 * MIB), 6 * MIB);
    assert_eq!(shards[1].secure(6 * MIB), 2 * MIB);
    shards.iter().for_each(|shard| shard.give_back());
    // But for the chunk that each keeps.
    assert_eq!(process.left_bytes(), 6 * MIB);
}

#[test]
fn a_lease_that_shrinks_gives_back_the_rest() {
    let budget = budget(16 * MIB, 0);
    let mut lease = granted(&Account::new(&budget), 8 * MIB).expect("is free");
    lease.resize(MIB);
    assert_eq!((lease.bytes(), budget.held_bytes()), (MIB, MIB));
    lease.resize(2 * MIB);
    assert_eq!((lease.bytes(), budget.held_bytes()), (2 * MIB, 2 * MIB));
}

#[test]
fn a_connection_that_holds_nothing_may_begin_whatever_others_hold() {
    let budget = budget(MIB, 0);
    let (hog, other) = (Account::new(&budget), Account::new(&budget));
    let _all = hog.lease(2 * MIB);
    assert!(!has_room(&hog));
    assert!(has_room(&other));
    let small = other.lease(100);
    assert!(!has_room(&other), "one at a time");
    drop(small);
    assert!(has_room(&other));
}

#[test]
fn of_those_that_grow_the_first_goes_on_until_it_is_answered_and_then_the_next() {
    let budget = budget(MIB, 0);
    let mut first = Account::new(&budget).lease(MIB);
    let mut second = Account::new(&budget).lease(MIB);
    let mut small = Account::new(&budget).lease(100);
    let context = Context::from_waker(Waker::noop());
    assert!(first.poll_growth(&context).is_ready());
    assert!(second.poll_growth(&context).is_pending());
    assert!(small.poll_growth(&context).is_ready(), "a small one asks nobody");
    first.add(MIB);
    assert!(first.poll_growth(&context).is_ready());
    assert!(second.poll_growth(&context).is_pending());
    drop(first);
    assert!(second.poll_growth(&context).is_ready());
}

#[test]
fn who_waits_is_woken_when_memory_comes_back() {
    use std::sync::atomic::{AtomicU32, Ordering};
    struct Bell(AtomicU32);
    impl std::task::Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let budget = budget(MIB, 0);
    let (hog, other) = (Account::new(&budget), Account::new(&budget));
    let all = hog.lease(MIB);
    let bell = Arc::new(Bell(AtomicU32::new(0)));
    let waker = Waker::from(Arc::clone(&bell));
    let _small = other.lease(100);
    assert!(other.poll_room(&Context::from_waker(&waker)).is_pending());
    drop(all);
    assert_eq!(bell.0.load(Ordering::Relaxed), 1);
    assert!(other.poll_room(&Context::from_waker(&waker)).is_ready());
}

#[test]
fn what_goes_far_beyond_is_known() {
    let budget = budget(MIB, MIB);
    let account = Account::new(&budget);
    let _held = account.lease(3 * MIB);
    assert!(!account.is_overdrawn_by(MIB + MIB / 2));
    assert!(account.is_overdrawn_by(MIB + MIB / 2 + 1));
}
