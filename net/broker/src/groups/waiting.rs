//! Requests whose answer a coordinator owes.

use millstream_coordinator::{Answer, RequestId};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::task::{Poll, Waker};

/// The requests of one coordinator that wait for an answer.
#[derive(Default)]
pub(super) struct Waiting {
    last: Cell<u64>,
    places: RefCell<BTreeMap<RequestId, Place>>,
}

enum Place {
    Empty(Option<Waker>),
    Filled(Answer),
}

/// A request that waits. Dropped, it waits no more, and its answer has nobody to go to.
pub(super) struct Ticket<'a> {
    waiting: &'a Waiting,
    request: RequestId,
}

impl Waiting {
    /// A place for an answer, under a token that no other request has.
    pub(super) fn take_place(&self) -> Ticket<'_> {
        let number = self.last.get() + 1;
        self.last.set(number);
        let request = RequestId::new(number);
        self.places.borrow_mut().insert(request, Place::Empty(None));
        Ticket { waiting: self, request }
    }

    /// Gives the answer to whoever waits for it.
    pub(super) fn answer(&self, request: RequestId, answer: Answer) {
        let mut places = self.places.borrow_mut();
        let Some(place) = places.get_mut(&request) else { return };
        match std::mem::replace(place, Place::Filled(answer)) {
            Place::Empty(waker) => {
                drop(places);
                waker.into_iter().for_each(Waker::wake);
            }
            Place::Filled(_) => panic!("each request is answered once"),
        }
    }
}

impl Ticket<'_> {
    pub(super) fn request(&self) -> RequestId {
        self.request
    }

    pub(super) async fn answer(&self) -> Answer {
        std::future::poll_fn(|context| {
            let mut places = self.waiting.places.borrow_mut();
            let place = places.get_mut(&self.request).expect("kept until this is dropped");
            let empty = Place::Empty(Some(context.waker().clone()));
            match std::mem::replace(place, empty) {
                Place::Filled(answer) => Poll::Ready(answer),
                Place::Empty(_) => Poll::Pending,
            }
        })
        .await
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.waiting.places.borrow_mut().remove(&self.request);
    }
}
