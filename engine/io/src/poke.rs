//! A promise to end another shard's sleep.

use crate::remote::Remote;
use std::os::fd::RawFd;
use std::sync::Arc;

/// Given to who found a shard asleep. Whatever happens to it (a ring that is full, a shard that
/// panics before its tick ends), the sleeper is woken: by the bell, unless another way was better.
pub(crate) struct Poke {
    remote: Option<Arc<Remote>>,
}

impl Poke {
    pub(crate) fn new(remote: Arc<Remote>) -> Self {
        Self { remote: Some(remote) }
    }

    /// The ring through which the sleeper can be woken too.
    pub(crate) fn ring_descriptor(&self) -> Option<RawFd> {
        self.remote.as_ref().and_then(|remote| remote.bell().ring_descriptor())
    }

    /// The sleeper was woken.
    pub(crate) fn fulfil(mut self) {
        self.remote = None;
    }
}

impl Drop for Poke {
    fn drop(&mut self) {
        if let Some(remote) = &self.remote {
            remote.bell().ring();
        }
    }
}
