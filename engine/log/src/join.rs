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
            if running.is_empty() {
                return Poll::Ready(());
            }
            if running.len() == before_count {
                return Poll::Pending;
            }
        }
    })
    .await;
    failure.map_or(Ok(()), Err)
}
