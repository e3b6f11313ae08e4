//! The smallest executor that can run the log's futures: it stands for everybody else's.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs futures side by side on this thread, and gives their values in the order of the futures.
pub(crate) fn run_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut running: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut values: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    while values.iter().any(Option::is_none) {
        for (future, value) in running.iter_mut().zip(&mut values) {
            if value.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(&mut context)
            {
                *value = Some(ready);
            }
        }
        if values.iter().any(Option::is_none) {
            std::thread::park();
        }
    }
    values.into_iter().flatten().collect()
}

/// Runs one future.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    run_all([future]).pop().expect("one future has one value")
}
