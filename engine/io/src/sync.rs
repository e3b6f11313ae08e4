//! What threads share, in two editions: the standard library's, and loom's, which tries every
//! order in which threads may see each other's writes.
//!
//! Orders are told by fences rather than by `SeqCst` accesses: loom takes the former at their
//! word and weakens the latter.

#[cfg(loom)]
pub(crate) use loom::{
    cell::UnsafeCell,
    sync::Mutex,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence},
};
#[cfg(not(loom))]
pub(crate) use std::{
    sync::Mutex,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence},
};

/// A place that a proof, and not the compiler, keeps from being used twice at once.
#[cfg(not(loom))]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// Hands the place to `body`, which may write it under its own proof.
    pub(crate) fn with_mut<R>(&self, body: impl FnOnce(*mut T) -> R) -> R {
        body(self.0.get())
    }
}
