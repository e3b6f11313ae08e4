//! Waiting for whatever comes first, and for all.

use std::pin::{Pin, pin};
use std::task::Poll;

/// Which of two came first.
pub(crate) enum First<L, R> {
    Left(L),
    Right(R),
}

/// The one that is ready first; the left one if both are. The other is dropped.
pub(crate) async fn race<L, R>(
    left: impl Future<Output = L>,
    right: impl Future<Output = R>,
) -> First<L, R> {
    let mut left = pin!(left);
    let mut right = pin!(right);
    std::future::poll_fn(|context| {
        if let Poll::Ready(value) = left.as_mut().poll(context) {
            return Poll::Ready(First::Left(value));
        }
        right.as_mut().poll(context).map(First::Right)
    })
    .await
}

/// A future whose kind is of no interest.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Runs all side by side, each begun in order, and gives what they gave in the same order.
pub(crate) async fn join<T>(mut futures: Vec<Boxed<'_, T>>) -> Vec<T> {
    let mut values: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut is_done = true;
        for (future, value) in futures.iter_mut().zip(&mut values) {
            if value.is_some() {
                continue;
            }
            match future.as_mut().poll(context) {
                Poll::Ready(ready) => *value = Some(ready),
                Poll::Pending => is_done = false,
            }
        }
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    values.into_iter().map(|value| value.expect("waited for all")).collect()
}

/// The first that is ready; the others are dropped. Never resolves where there are none.
pub(crate) async fn first<T>(mut futures: Vec<Boxed<'_, T>>) -> T {
    std::future::poll_fn(|context| {
        for future in &mut futures {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                return Poll::Ready(value);
            }
        }
        Poll::Pending
    })
    .await
}
