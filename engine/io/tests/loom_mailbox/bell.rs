//! The bell as the model needs it: a ring that comes before the sleep ends the sleep at once, as
//! the counter of an eventfd does.

use loom::sync::{Condvar, Mutex};

pub(crate) struct Bell {
    rings: Mutex<bool>,
    heard: Condvar,
}

impl Bell {
    pub(crate) fn new() -> Self {
        Self { rings: Mutex::new(false), heard: Condvar::new() }
    }

    pub(crate) fn ring(&self) {
        *self.rings.lock().expect("no panic") = true;
        self.heard.notify_one();
    }

    /// Sleeps until it rings. A wake that nobody rings for is a deadlock, which the model reports.
    pub(crate) fn wait(&self) {
        let mut rings = self.rings.lock().expect("no panic");
        while !*rings {
            rings = self.heard.wait(rings).expect("no panic");
        }
        *rings = false;
    }
}
