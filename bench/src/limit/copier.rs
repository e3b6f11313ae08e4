//! The second write: what is stable is written again, as settling writes it to segment files.

use super::journal::Journal;
use super::signal::Signal;
use crate::recycled::Recycled;
use millstream_io::{Durability, Io, Priority, Result, Slice, Task};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// How much is written at once.
const COPY_BYTES: usize = 1 << 20;
/// Copies in flight at once.
const IN_FLIGHT_MAX: usize = 4;
/// What may wait to be copied, as the engine's tail: beyond it nothing more is taken in.
const BEHIND_BYTES_MAX: usize = 96 << 20;

/// Gathers stable frames and writes them to a file of their own.
pub(super) struct Copier {
    file: Recycled,
    waiting: RefCell<VecDeque<Slice>>,
    /// Bytes that wait or are being written.
    behind_bytes: Cell<usize>,
    work: Signal,
}

impl Copier {
    pub(super) fn new(file: Recycled) -> Self {
        Self {
            file,
            waiting: RefCell::default(),
            behind_bytes: Cell::new(0),
            work: Signal::default(),
        }
    }

    pub(super) fn push(&self, frame: Slice) {
        self.behind_bytes.set(self.behind_bytes.get() + frame.len());
        self.waiting.borrow_mut().push_back(frame);
        self.work.notify();
    }

    pub(super) fn is_behind(&self) -> bool {
        self.behind_bytes.get() > BEHIND_BYTES_MAX
    }

    /// Copies until the disk fails.
    pub(super) async fn run(self: Rc<Self>, io: Io, journal: Rc<Journal>, sync_bytes: u64) {
        let outcome = self.copy(&io, &journal, sync_bytes).await;
        if let Err(error) = outcome {
            eprintln!("millstream-bench: the copy: {error}");
        }
    }

    async fn copy(self: &Rc<Self>, io: &Io, journal: &Rc<Journal>, sync_bytes: u64) -> Result<()> {
        let mut in_flight: VecDeque<Task<Result<()>>> = VecDeque::new();
        let mut syncing: Option<Task<Result<()>>> = None;
        let (mut position, mut unsynced_bytes) = (0, 0);
        loop {
            let (slices, bytes) = self.work.until(|| self.take()).await;
            if in_flight.len() >= IN_FLIGHT_MAX
                && let Some(oldest) = in_flight.pop_front()
            {
                oldest.await?;
            }
            // No write crosses the end of the file.
            let length_bytes = self.file.length_bytes();
            if position % length_bytes + bytes as u64 > length_bytes {
                position = (position / length_bytes + 1) * length_bytes;
            }
            let write = self.file.write(slices, position, Durability::Written);
            let (copier, journal) = (Rc::clone(self), Rc::clone(journal));
            in_flight.push_back(io.spawn(Priority::Background, async move {
                write.await?;
                copier.behind_bytes.set(copier.behind_bytes.get() - bytes);
                journal.look_for_room();
                Ok(())
            }));
            position += bytes as u64;
            unsynced_bytes += bytes as u64;
            if unsynced_bytes >= sync_bytes {
                unsynced_bytes = 0;
                for copied in in_flight.drain(..) {
                    copied.await?;
                }
                if let Some(before) = syncing.take() {
                    before.await?;
                }
                syncing = Some(io.spawn(Priority::Background, self.file.sync()));
            }
        }
    }

    /// The next frames to be written, when enough of them wait.
    fn take(&self) -> Option<(Vec<Slice>, usize)> {
        let mut waiting = self.waiting.borrow_mut();
        let (mut bytes, mut count) = (0, 0);
        for frame in waiting.iter() {
            bytes += frame.len();
            count += 1;
            if bytes >= COPY_BYTES {
                return Some((waiting.drain(..count).collect(), bytes));
            }
        }
        None
    }
}
