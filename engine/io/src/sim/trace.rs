//! The fingerprint of a run.

use millstream_base::hash::State;
use std::hash::{BuildHasher, Hasher};

/// Folds every event into one number: two runs that did the same have the same.
#[derive(Default)]
pub(super) struct Trace {
    hash: u64,
    event_count: u64,
}

impl Trace {
    /// Adds an event: its kind and what tells it from others of the kind.
    pub(super) fn fold(&mut self, kind: &'static str, numbers: &[u64]) {
        self.event_count += 1;
        let mut hasher = State::with_seed(self.hash).build_hasher();
        hasher.write(kind.as_bytes());
        numbers.iter().for_each(|number| hasher.write_u64(*number));
        self.hash = hasher.finish();
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) fn event_count(&self) -> u64 {
        self.event_count
    }
}
