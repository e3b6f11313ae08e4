//! What `remote.rs` shares between threads, in loom's edition.

pub(crate) use loom::sync::Mutex;
pub(crate) use loom::sync::atomic::{AtomicBool, Ordering, fence};
