//! Questions to many partitions, each answered on the shard that owns it.

use crate::race::{Boxed, join};
use crate::shard::{Key, Shard};
use std::rc::Rc;

/// Partitions of one request that a shard works on at the same time: enough for their waits for the
/// disk to be one, and few enough that looking after all of them costs little.
const AT_ONCE: usize = 64;

/// Asks each partition on its shard, and gives the answers in the order of the questions. A
/// question that came with its answer keeps it; one whose shard is gone is answered by `lost`.
pub(crate) async fn ask_each<Q, A, F>(
    shard: &Rc<Shard>,
    questions: Vec<Result<(Key, Q), A>>,
    ask: impl Fn(Rc<Shard>, Key, Q) -> F + Copy + Send + 'static,
    lost: impl Fn() -> A,
) -> Vec<A>
where
    Q: Send + 'static,
    A: Send + 'static,
    F: Future<Output = A> + 'static,
{
    let mut answers: Vec<Option<A>> = Vec::with_capacity(questions.len());
    let mut asked = Vec::new();
    for (place, question) in questions.into_iter().enumerate() {
        answers.push(match question {
            Ok((key, question)) => {
                asked.push((place, key, question));
                None
            }
            Err(answer) => Some(answer),
        });
    }
    let owners = shard.by_owner(asked, |(_, key, _)| *key);
    let asking = owners.into_iter().map(|(owner, questions)| {
        let answer = async move |shard: Rc<Shard>| ask_here(&shard, questions, ask).await;
        let answering = shard.on(owner, answer);
        Box::pin(async { answering.await.unwrap_or_default() }) as Boxed<'_, Vec<(usize, A)>>
    });
    for (place, answer) in join(asking.collect()).await.into_iter().flatten() {
        answers[place] = Some(answer);
    }
    answers.into_iter().map(|answer| answer.unwrap_or_else(&lost)).collect()
}

/// Runs on the owner.
async fn ask_here<Q, A, F>(
    shard: &Rc<Shard>,
    questions: Vec<(usize, Key, Q)>,
    ask: impl Fn(Rc<Shard>, Key, Q) -> F,
) -> Vec<(usize, A)>
where
    F: Future<Output = A> + 'static,
    A: 'static,
{
    let mut answers = Vec::with_capacity(questions.len());
    let mut questions = questions.into_iter();
    loop {
        let some = questions.by_ref().take(AT_ONCE).map(|(place, key, question)| {
            let asking = ask(Rc::clone(shard), key, question);
            Box::pin(async move { (place, asking.await) }) as Boxed<'_, (usize, A)>
        });
        let some: Vec<_> = some.collect();
        if some.is_empty() {
            return answers;
        }
        answers.extend(join(some).await);
        // A long list leaves room for others.
        shard.io.yield_now().await;
    }
}
