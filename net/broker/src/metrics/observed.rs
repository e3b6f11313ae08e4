//! What a shard counts while it works.

use crate::metrics::report::ApiReport;
use millstream_base::Histogram;
use millstream_wire::ApiKey;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// Counts of one shard, which alone touches them.
#[derive(Default)]
pub(crate) struct Observed {
    open: Cell<u64>,
    accepted: Cell<u64>,
    refused: Cell<u64>,
    /// Made for an API when it is first asked for: most never are.
    requests: RefCell<BTreeMap<ApiKey, Requests>>,
}

struct Requests {
    latency: Histogram,
    total: Duration,
}

/// Stands for a connection as long as that is open.
pub(crate) struct Opened(Rc<Observed>);

impl Observed {
    /// Counts a connection in, until what it gives is dropped.
    pub(crate) fn open(self: &Rc<Self>) -> Opened {
        self.accepted.set(self.accepted.get() + 1);
        self.open.set(self.open.get() + 1);
        Opened(Rc::clone(self))
    }

    /// Counts a request that was answered, and how long that took from the whole frame on.
    pub(crate) fn answered(&self, key: ApiKey, latency: Duration) {
        let mut requests = self.requests.borrow_mut();
        let new = || Requests { latency: Histogram::new(), total: Duration::ZERO };
        let counted = requests.entry(key).or_insert_with(new);
        counted.latency.record(latency);
        counted.total += latency;
    }

    /// Counts a request that ended its connection.
    pub(crate) fn refused(&self) {
        self.refused.set(self.refused.get() + 1);
    }

    pub(crate) fn open_count(&self) -> u64 {
        self.open.get()
    }

    pub(crate) fn accepted_count(&self) -> u64 {
        self.accepted.get()
    }

    pub(crate) fn refused_count(&self) -> u64 {
        self.refused.get()
    }

    pub(crate) fn apis(&self) -> Vec<ApiReport> {
        let requests = self.requests.borrow();
        requests.iter().map(|(key, it)| ApiReport::new(*key, &it.latency, it.total)).collect()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get() - 1);
    }
}
