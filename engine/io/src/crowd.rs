//! Threads that wait for answers of one shard, and are woken many at a time.
//!
//! Waking a thread costs its waker a system call and, where a core sleeps, an interrupt to it:
//! several microseconds. A shard that makes the appends of fifty threads durable with one write
//! would then be busier with waking them than with everything else. So threads that ask at about
//! the same time sleep on the same word, and one call wakes them all.

use crate::executor;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Words, one after the other in turn: more than a shard has durable writes under way, so that
/// who sleeps on a word has asked for about the same as its neighbours. A thread that is woken too
/// early looks, and sleeps again.
const WORD_COUNT: u32 = 32;

/// The places where threads sleep that wait for one shard. Clones share them.
#[derive(Clone, Default)]
pub struct Crowd {
    words: Arc<Words>,
}

#[derive(Default)]
struct Words {
    /// Counts the parts; whoever asks now will sleep on this one's word.
    part: AtomicU32,
    /// Each counts how often its sleepers were woken.
    words: [AtomicU32; WORD_COUNT as usize],
}

/// One place of a crowd, for who asks now and may have to sleep.
pub(crate) struct Place {
    crowd: Crowd,
    index: usize,
}

impl Crowd {
    /// A crowd of nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on those who ask are woken apart from those who have asked. For the shard: what
    /// comes from here on is answered by a later write.
    pub fn part(&self) {
        self.words.part.fetch_add(1, Ordering::Relaxed);
    }

    /// Where to sleep with those who ask at the same time.
    pub(crate) fn place(&self) -> Place {
        let index = self.words.part.load(Ordering::Relaxed) % WORD_COUNT;
        Place { crowd: self.clone(), index: index as usize }
    }

    /// Wakes all who sleep on a word.
    pub(crate) fn wake(&self, index: usize) {
        let word = &self.words.words[index];
        // Behind the answers, which whoever sees the new count must see.
        word.fetch_add(1, Ordering::Release);
        futex::wake_all(word);
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.words, &other.words)
    }
}

impl Place {
    fn word(&self) -> &AtomicU32 {
        &self.crowd.words.words[self.index]
    }

    /// To be given to [`Place::sleep`]; what is looked at in between cannot be slept through.
    pub(crate) fn look(&self) -> u32 {
        self.word().load(Ordering::Acquire)
    }

    /// Sleeps until the place is woken, or was since it was looked at; may end early.
    pub(crate) fn sleep(&self, seen: u32) {
        futex::wait(self.word(), seen);
    }

    /// Wakes all who sleep here. On a shard's thread: soon, when the shard has handed over to the
    /// kernel what it has to submit, since the disk should not wait for it.
    pub(crate) fn wake(&self) {
        if !executor::owe(&self.crowd, self.index) {
            self.crowd.wake(self.index);
        }
    }
}

impl std::fmt::Debug for Crowd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Crowd")
    }
}

/// futex(2), private to the process.
mod futex {
    use super::AtomicU32;

    /// Sleeps while `word` holds `value`; also ends by signals, and now and then for no reason.
    pub(super) fn wait(word: &AtomicU32, value: u32) {
        let operation = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
        let for_ever = std::ptr::null::<libc::timespec>();
        // SAFETY: the word is a valid, aligned u32 as long as the borrow; without a timeout no
        // other memory is read. Whatever the call answers, the caller looks again.
        unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, value, for_ever) };
    }

    /// Ends the sleep of everybody on `word`.
    pub(super) fn wake_all(word: &AtomicU32) {
        let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
        // SAFETY: the address is only a name to this operation; nothing is read or written.
        unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, i32::MAX) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{Answer, reply_in};

    #[test]
    fn one_call_wakes_all_who_wait_in_it() {
        let crowd = Crowd::new();
        let (replies, answers): (Vec<_>, Vec<_>) = (0..8).map(|_| reply_in(&crowd)).unzip();
        let wait = |answer: Answer<u8>| {
            std::thread::Builder::new().spawn(move || answer.wait()).expect("a thread")
        };
        let threads: Vec<_> = answers.into_iter().map(wait).collect();
        for (number, reply) in (0..).zip(replies) {
            crowd.part();
            reply.send(number);
        }
        for (number, thread) in (0..).zip(threads) {
            assert_eq!(thread.join().expect("no panic"), Ok(number));
        }
    }

    #[test]
    fn who_looks_before_the_wake_does_not_sleep_through_it() {
        let place = Crowd::new().place();
        let seen = place.look();
        place.wake();
        place.sleep(seen);
    }

    #[test]
    fn those_who_ask_later_sleep_apart() {
        let crowd = Crowd::new();
        let first = crowd.place();
        crowd.part();
        let second = crowd.place();
        let seen = (first.look(), second.look());
        first.wake();
        assert_ne!(first.look(), seen.0);
        assert_eq!(second.look(), seen.1, "not woken with the first");
    }
}
