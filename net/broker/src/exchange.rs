//! One request and its answer.

use crate::budget::{Account, Lease};
use crate::fetch_session::FetchSession;
use crate::metrics::Journey;
use crate::shard::{LISTENER, Shard};
use bytes::Bytes;
use millstream_io::Slice;
use millstream_wire::{Encoder, RequestHeader, ResponseMessage, encode_response};
use std::cell::{OnceCell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;

/// Room for an answer at first: most are smaller, and few without records much larger.
const ANSWER_BYTES: usize = 256;
/// What an answer begins with, and what is not the same each time: its length, and the number of
/// its request.
const ANSWER_HEAD_BYTES: usize = 8;

/// What a connection knows of its peer.
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    /// What it holds of the shard's memory.
    pub(crate) account: Rc<Account>,
    /// What it follows, if it has said so.
    pub(crate) session: RefCell<Option<FetchSession>>,
}

/// What becomes of a request.
pub(crate) enum Outcome {
    /// Its answer.
    Answer(Answer),
    /// No answer is owed.
    Silent,
    /// Nothing that is sent on this connection could be understood any more.
    Close,
}

/// An answer as it will be sent.
#[derive(Default)]
pub(crate) struct Answer {
    /// One behind the other; empty where none is owed.
    pub(crate) slices: Vec<Slice>,
    /// Memory that it has already, if any.
    pub(crate) lease: Option<Lease>,
}

impl Answer {
    pub(crate) fn bytes(&self) -> usize {
        self.slices.iter().map(|slice| slice.len()).sum()
    }

    /// What it takes beyond the memory that it has.
    pub(crate) fn more_bytes(&self) -> usize {
        self.bytes().saturating_sub(self.lease.as_ref().map_or(0, Lease::bytes))
    }
}

/// A request on its way through a handler, without its body.
pub(crate) struct Exchange<'a> {
    pub(crate) shard: &'a Rc<Shard>,
    pub(crate) client: &'a Client,
    pub(crate) header: RequestHeader<'a>,
    /// The whole frame, of which the request is a view.
    pub(crate) frame: &'a Bytes,
    /// Where its stages are told.
    pub(crate) journey: &'a Journey,
}

/// All of a request that its answer needs.
#[derive(Clone, Copy)]
pub(crate) struct Addressee {
    correlation_id: i32,
    version: i16,
}

/// Where a node's clients reach it.
pub(crate) struct Endpoint<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: i32,
}

impl<'a> Exchange<'a> {
    pub(crate) fn version(&self) -> i16 {
        self.header.request_api_version
    }

    /// The bytes of a part of the request, shared with the frame.
    pub(crate) fn share(&self, part: &[u8]) -> Bytes {
        self.frame.slice_ref(part)
    }

    pub(crate) fn addressee(&self) -> Addressee {
        Addressee { correlation_id: self.header.correlation_id, version: self.version() }
    }

    /// Answers with a response that holds no records.
    pub(crate) fn answer<'r, R: ResponseMessage<'r>>(&self, response: &R) -> Outcome {
        self.addressee().answer(response)
    }

    /// Answers with what is the same each time: encoded once, and kept in `kept`.
    pub(crate) fn answer_constant<'r, R: ResponseMessage<'r>>(
        &self,
        kept: &OnceCell<Slice>,
        response: impl FnOnce() -> R,
    ) -> Outcome {
        let Some(body) = kept.get() else {
            let outcome = self.answer(&response());
            if let Outcome::Answer(Answer { slices, .. }) = &outcome
                && let [whole] = &slices[..]
            {
                drop(kept.set(whole.slice(ANSWER_HEAD_BYTES..whole.len())));
            }
            return outcome;
        };
        let id = self.header.correlation_id.to_be_bytes();
        let length = u32::try_from(body.len() + id.len()).expect("was encoded before");
        let head = Slice::from([length.to_be_bytes(), id].concat());
        Outcome::Answer(Answer { slices: vec![head, body.clone()], lease: None })
    }

    /// As [`Addressee::answer_gathered`].
    pub(crate) fn answer_gathered<'r, R: ResponseMessage<'r>>(
        &self,
        response: &R,
        records: Vec<Vec<Slice>>,
        lease: Option<Lease>,
    ) -> Outcome {
        self.addressee().answer_gathered(response, records, lease)
    }
}

impl Addressee {
    /// Answers with a response that holds no records.
    pub(crate) fn answer<'r, R: ResponseMessage<'r>>(self, response: &R) -> Outcome {
        self.answer_gathered(response, Vec::new(), None)
    }

    /// Answers with a response whose records lie in these slices: a list for each field that says
    /// [`millstream_wire::Records::Elsewhere`], in their order. `lease`: memory that was granted
    /// for them.
    pub(crate) fn answer_gathered<'r, R: ResponseMessage<'r>>(
        self,
        response: &R,
        records: Vec<Vec<Slice>>,
        lease: Option<Lease>,
    ) -> Outcome {
        let mut encoder = Encoder::onto(Vec::with_capacity(ANSWER_BYTES));
        let Self { correlation_id, version } = self;
        if encode_response(&mut encoder, correlation_id, version, response).is_err() {
            // A response too large for its own length: nothing else can be said in its place.
            return Outcome::Close;
        }
        let (encoded, gaps) = encoder.into_parts();
        let encoded = Slice::from(encoded);
        if gaps.is_empty() {
            return Outcome::Answer(Answer { slices: vec![encoded], lease });
        }
        let mut slices = Vec::new();
        let mut begin = 0;
        let mut records = records.into_iter();
        for gap in gaps {
            let batches = records.next().expect("a list of slices for each gap");
            let got: usize = batches.iter().map(|slice| slice.len()).sum();
            assert_eq!(got, gap.bytes, "a gap is as large as what fills it");
            slices.push(encoded.slice(begin..gap.position));
            slices.extend(batches);
            begin = gap.position;
        }
        slices.push(encoded.slice(begin..encoded.len()));
        slices.retain(|slice| !slice.is_empty());
        Outcome::Answer(Answer { slices, lease })
    }
}

/// The endpoint of a broker for those who came in on our listener.
pub(crate) fn endpoint(broker: &millstream_controller::image::Broker) -> Endpoint<'_> {
    broker.listener(LISTENER).map_or(Endpoint { host: "", port: -1 }, |listener| Endpoint {
        host: &listener.host,
        port: i32::from(listener.port),
    })
}
