//! The two queues that are shared with the kernel, and how they are kept from clogging.

use super::subject::Subject;
use io_uring::{EnterFlags, IoUring, cqueue, squeue, types};
use std::collections::VecDeque;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// One completion, copied out of the shared queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) subject: Subject,
    pub(super) result: i32,
    flags: u32,
}

impl Event {
    /// Whether the same submission completes again.
    pub(super) fn has_more(&self) -> bool {
        cqueue::more(self.flags)
    }

    /// Whether the kernel only says that it has let go of the memory of a zero-copy send.
    pub(super) fn is_notification(&self) -> bool {
        cqueue::notif(self.flags)
    }

    /// Whether such a notification reports that the kernel copied after all
    /// (`IORING_NOTIF_USAGE_ZC_COPIED`, the topmost bit).
    pub(super) fn says_copied(&self) -> bool {
        self.result < 0
    }

    /// The provided buffer that was filled.
    pub(super) fn buffer_id(&self) -> Option<u16> {
        cqueue::buffer_select(self.flags)
    }
}

/// An io_uring of one thread.
pub(super) struct Ring {
    inner: IoUring,
    /// Taken out of the kernel's queue as soon as they are seen, so that it cannot stay full.
    events: VecDeque<Event>,
    enter_count: u64,
}

impl Ring {
    pub(super) fn new(inner: IoUring) -> Self {
        Self { inner, events: VecDeque::new(), enter_count: 0 }
    }

    pub(super) fn inner(&self) -> &IoUring {
        &self.inner
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        // SAFETY: the ring's descriptor stays open while `self` is borrowed.
        unsafe { BorrowedFd::borrow_raw(self.inner.as_raw_fd()) }
    }

    /// How often the kernel was entered.
    pub(super) fn enter_count(&self) -> u64 {
        self.enter_count
    }

    /// The next completion that was collected.
    pub(super) fn next_event(&mut self) -> Option<Event> {
        if self.events.is_empty() {
            self.collect();
        }
        self.events.pop_front()
    }

    /// Whether a completion is there, or would be after a [`Ring::poll`].
    pub(super) fn has_events(&mut self) -> bool {
        !self.events.is_empty() || !self.inner.completion().is_empty()
    }

    /// Queues a submission; the kernel sees it at the next [`Ring::poll`] or [`Ring::wait`], or
    /// at once where the queue is full.
    ///
    /// # Safety
    /// Every address in `entry` stays valid, and what is behind it untouched by others, until the
    /// last completion of the entry has been taken from [`Ring::next_event`] or the ring is gone.
    pub(super) unsafe fn push(&mut self, entry: &squeue::Entry) {
        loop {
            // SAFETY: the caller keeps the addresses valid until the last completion.
            let pushed = unsafe { self.inner.submission().push(entry) };
            if pushed.is_ok() {
                return;
            }
            self.enter(0, None);
        }
    }

    /// Shows the kernel what is queued and collects what is complete, without waiting. Costs no
    /// system call when there is neither.
    pub(super) fn poll(&mut self) {
        let queue = self.inner.submission();
        // The kernel sets these flags where it needs a call of ours to deliver completions.
        let is_call_due = !queue.is_empty() || queue.taskrun() || queue.cq_overflow();
        drop(queue);
        if is_call_due {
            self.enter(0, None);
        }
        self.collect();
    }

    /// As [`Ring::poll`], and waits for a completion or the end of `timeout`; `None`: for ever.
    /// May return early with neither.
    pub(super) fn wait(&mut self, timeout: Option<Duration>) {
        self.collect();
        let want = u32::from(self.events.is_empty());
        self.enter(want, timeout);
    }

    fn enter(&mut self, want: u32, timeout: Option<Duration>) {
        self.enter_count += 1;
        let timespec = timeout.map(types::Timespec::from);
        let arguments = types::SubmitArgs::new();
        let arguments =
            timespec.as_ref().map_or(arguments, |timespec| arguments.timespec(timespec));
        let length = u32::try_from(self.inner.submission().len()).expect("a queue has u32 entries");
        // Without GETEVENTS a ring that defers its task work would run none of it.
        let flags = EnterFlags::GETEVENTS | EnterFlags::EXT_ARG;
        // SAFETY: `arguments` is the structure that EXT_ARG announces, and lives through the call;
        // so does the timespec that it points to. What is submitted was pushed under its contract.
        let outcome =
            unsafe { self.inner.submitter().enter(length, want, flags.bits(), Some(&arguments)) };
        self.collect();
        match outcome.as_ref().map_err(std::io::Error::raw_os_error) {
            Ok(_) | Err(Some(libc::ETIME | libc::EINTR)) => {}
            // The kernel wants completions taken (EBUSY, done above) or has no memory for a
            // request now (EAGAIN): what is queued stays queued for the next call.
            Err(Some(libc::EBUSY | libc::EAGAIN)) => std::thread::yield_now(),
            Err(_) => panic!("io_uring_enter failed in a way that no caller can mend: {outcome:?}"),
        }
    }

    fn collect(&mut self) {
        let completions = self.inner.completion();
        self.events.extend(completions.map(|entry| Event {
            subject: Subject::from_bits(entry.user_data()),
            result: entry.result(),
            flags: entry.flags(),
        }));
    }
}
