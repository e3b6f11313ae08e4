//! Group commit: callers lay their records on one heap, a writer takes the heap and makes it
//! durable, and all whose record was in it go on.
//!
//! Shared by the peers that are only a recipe (a thread with a file, an executor with a ring), so
//! that they differ in how they write and in nothing else.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::ops::Deref;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use millstream_base::crc;

use crate::error::Result;

/// Batches that are known at once: those being written, and the one being gathered.
const BATCHES_MAX: usize = 4;

/// Length and checksum before each record: a log that cannot tell where a record ends, or whether
/// it is whole, is not one.
const HEADER_BYTES: usize = 8;

/// The heap.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    state: Mutex<State>,
    work: Condvar,
    /// One bell per batch that may be waited for, so that nobody wakes for another's batch.
    durable: [Condvar; BATCHES_MAX],
}

#[derive(Debug, Default)]
struct State {
    gathered: Vec<u8>,
    /// Number of the batch being gathered.
    batch: u64,
    /// All batches below are durable.
    durable_below: u64,
    /// Batches that became durable before one that was taken earlier.
    durable_early: BTreeSet<u64>,
    writers: VecDeque<Waker>,
    spare: Vec<Vec<u8>>,
    failure: Option<String>,
    closed: bool,
}

/// A heap that was taken.
#[derive(Debug)]
pub(crate) struct Batch {
    number: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Gather {
    /// Adds a record and waits until a writer has made it durable.
    pub(crate) fn append(&self, record: &[u8]) -> Result<()> {
        let header = header(record);
        let mut state = self.lock();
        state.gathered.extend_from_slice(&header);
        state.gathered.extend_from_slice(record);
        let batch = state.batch;
        let writer = state.writers.pop_front();
        self.work.notify_one();
        if let Some(writer) = writer {
            // Outside the lock: a waker may well want to run something at once.
            drop(state);
            writer.wake();
            state = self.lock();
        }
        let durable = &self.durable[slot(batch)];
        while state.durable_below <= batch && state.failure.is_none() {
            state = durable.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        match &state.failure {
            Some(failure) if state.durable_below <= batch => Err(failure.clone().into()),
            _ => Ok(()),
        }
    }

    /// Takes what was gathered; waits on this thread while it is nothing. `None` after the end.
    pub(crate) fn take_blocking(&self) -> Option<Batch> {
        let mut state = self.lock();
        loop {
            if let Some(batch) = state.take() {
                return Some(batch);
            }
            if state.closed {
                return None;
            }
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// As [`Self::take_blocking`], in any executor.
    pub(crate) async fn take(&self) -> Option<Batch> {
        poll_fn(|context| {
            let mut state = self.lock();
            if let Some(batch) = state.take() {
                return Poll::Ready(Some(batch));
            }
            if state.closed {
                return Poll::Ready(None);
            }
            if !state.writers.iter().any(|writer| writer.will_wake(context.waker())) {
                state.writers.push_back(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    /// Tells the callers of `batch` that it is durable, or all callers that nothing more will be.
    pub(crate) fn complete(&self, batch: Batch, outcome: Result<()>) {
        let mut state = self.lock();
        if let Err(error) = outcome {
            drop(state);
            return self.fail(&error.to_string());
        }
        state.durable_early.insert(batch.number);
        let mut below = state.durable_below;
        while state.durable_early.remove(&below) {
            self.durable[slot(below)].notify_all();
            below += 1;
        }
        state.durable_below = below;
        let mut bytes = batch.bytes;
        bytes.clear();
        state.spare.push(bytes);
    }

    /// Tells all callers that nothing more will be durable, and lets the writers end.
    fn fail(&self, failure: &str) {
        let mut state = self.lock();
        state.failure.get_or_insert(failure.to_owned());
        state.closed = true;
        self.durable.iter().for_each(Condvar::notify_all);
    }

    /// Lets the writers end when they have taken all.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        self.work.notify_all();
        let writers = std::mem::take(&mut state.writers);
        drop(state);
        writers.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held by whoever writes: when it goes, for whatever reason, callers no longer wait for it.
#[derive(Debug)]
pub(crate) struct Writer {
    gather: Arc<Gather>,
}

impl Writer {
    pub(crate) fn new(gather: &Arc<Gather>) -> Self {
        Self { gather: Arc::clone(gather) }
    }
}

impl Deref for Writer {
    type Target = Gather;

    fn deref(&self) -> &Gather {
        &self.gather
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.gather.fail("the writer is gone");
    }
}

impl State {
    fn take(&mut self) -> Option<Batch> {
        // After a failure nothing more is written: a sync that failed once proves nothing later.
        if self.gathered.is_empty() || self.failure.is_some() {
            return None;
        }
        // The next batch needs a bell of its own: with one batch slow and others overtaking it, the
        // oldest caller would else share the bell of the newest.
        if self.batch + 1 - self.durable_below >= BATCHES_MAX as u64 {
            return None;
        }
        let bytes = std::mem::replace(&mut self.gathered, self.spare.pop().unwrap_or_default());
        let number = self.batch;
        self.batch += 1;
        Some(Batch { number, bytes })
    }
}

/// The header of a record: its length and its checksum.
pub(crate) fn header(record: &[u8]) -> [u8; HEADER_BYTES] {
    let length = u32::try_from(record.len()).expect("records of a benchmark are small");
    let mut header = [0; HEADER_BYTES];
    header[..4].copy_from_slice(&length.to_le_bytes());
    header[4..].copy_from_slice(&crc::crc32c(record).to_le_bytes());
    header
}

fn slot(batch: u64) -> usize {
    usize::try_from(batch % BATCHES_MAX as u64).expect("smaller than BATCHES_MAX")
}

#[cfg(test)]
#[path = "gather_test.rs"]
mod gather_test;
