//! What becomes of a shard's main future.

use std::cell::RefCell;
use std::rc::Rc;

/// A shard that was started, and the value of its main future once it is there. A shard that is
/// killed before leaves none.
pub struct Running<T> {
    pub(super) value: Rc<RefCell<Option<T>>>,
}

impl<T> Running<T> {
    pub(super) fn new() -> Self {
        Self { value: Rc::new(RefCell::new(None)) }
    }

    /// Whether the value is there and was not taken yet.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.value.borrow().is_some()
    }

    /// The value, once.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.value.borrow_mut().take()
    }
}
