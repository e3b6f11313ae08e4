//! Doing many things at once, but not all of them.

use std::pin::Pin;
use std::task::Poll;

/// Runs a future for each item, at most `concurrent_max` at a time, and gives the first error after
/// those that had begun are done.
pub(crate) async fn try_for_each<I, F, E>(
    concurrent_max: usize,
    items: impl IntoIterator<Item = I>,
    mut run: impl FnMut(I) -> F,
) -> Result<(), E>
where
    F: Future<Output = Result<(), E>>,
{
    let mut items = items.into_iter();
    let mut running: Vec<Pin<Box<F>>> = Vec::new();
    let mut failure = None;
    std::future::poll_fn(|context| {
        loop {
            while failure.is_none() && running.len() < concurrent_max {
                let Some(item) = items.next() else { break };
                running.push(Box::pin(run(item)));
            }
            let before_count = running.len();
            running.retain_mut(|future| match future.as_mut().poll(context) {
                Poll::Pending => true,
                Poll::Ready(result) => {
                    failure = failure.take().or(result.err());
                    false
                }
            });
            if running.len() < before_count {
                // Others may begin now; perhaps all that ran have ended at once.
                continue;
            }
            return if running.is_empty() { Poll::Ready(()) } else { Poll::Pending };
        }
    })
    .await;
    failure.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::try_for_each;
    use std::cell::Cell;
    use std::future::ready;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn run<E>(future: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let mut context = Context::from_waker(Waker::noop());
        match pin!(future).poll(&mut context) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("nothing here waits"),
        }
    }

    #[test]
    fn all_are_run_where_those_that_run_end_at_once() {
        let sum = Cell::new(0);
        let result: Result<(), ()> = run(try_for_each(2, 1..=7, |item| {
            sum.set(sum.get() + item);
            ready(Ok(()))
        }));
        assert_eq!((result, sum.get()), (Ok(()), 28));
    }

    #[test]
    fn nothing_begins_after_an_error() {
        let begun_count = Cell::new(0);
        let result = run(try_for_each(2, 1..=7, |item| {
            begun_count.set(begun_count.get() + 1);
            ready(if item == 3 { Err(item) } else { Ok(()) })
        }));
        assert_eq!((result, begun_count.get()), (Err(3), 4));
    }

    #[test]
    fn nothing_to_do_is_done() {
        assert_eq!(run(try_for_each(2, [0; 0], |_| ready(Err(())))), Ok(()));
    }
}
