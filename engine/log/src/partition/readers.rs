//! Those who wait for more of a partition.

use std::task::Waker;

/// Wakers of tasks that wait, each under a number until it is woken or gives up.
#[derive(Default)]
pub(crate) struct Readers {
    next: u64,
    waiting: Vec<(u64, Waker)>,
}

impl Readers {
    /// Waits under the number in `place`, or under a new one if it is not waiting there any more.
    pub(crate) fn wait(&mut self, place: &mut Option<u64>, waker: &Waker) {
        let waiting =
            place.and_then(|place| self.waiting.iter_mut().find(|(number, _)| *number == place));
        match waiting {
            Some((_, known)) => known.clone_from(waker),
            None => {
                *place = Some(self.next);
                self.waiting.push((self.next, waker.clone()));
                self.next += 1;
            }
        }
    }

    /// Waits no more.
    pub(crate) fn leave(&mut self, place: u64) {
        self.waiting.retain(|(number, _)| *number != place);
    }

    /// All who wait, to be woken.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Waker> + '_ {
        self.waiting.drain(..).map(|(_, waker)| waker)
    }
}
