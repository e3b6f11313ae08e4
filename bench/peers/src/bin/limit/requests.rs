//! Requests out of the bytes of a connection, and what becomes of them.

use std::rc::Rc;

use millstream_bench::protocol::{Control, ProduceAnswers};
use millstream_wire::frame::{LENGTH_BYTES, frame_bytes};
use millstream_wire::{ApiKey, decode_request};

use crate::outgoing::Outgoing;
use crate::staging::{Memory, REQUEST_BYTES_MAX, Staging};

/// Bytes that are received at once, or more where a request is larger.
const BUFFER_BYTES: usize = 64 << 10;

/// What the connections of a server share.
pub(crate) struct Server<M> {
    pub(crate) staging: Staging<M>,
    pub(crate) control: Control,
}

/// Something that is not served here.
pub(crate) struct Refused;

/// What came in on a connection and was not yet taken.
pub(crate) struct Requests<M> {
    server: Rc<Server<M>>,
    outgoing: Rc<Outgoing>,
    produced: ProduceAnswers,
    buffer: Vec<u8>,
    filled_bytes: usize,
}

impl<M: Memory> Requests<M> {
    pub(crate) fn new(server: &Rc<Server<M>>, outgoing: &Rc<Outgoing>) -> Self {
        Self {
            server: Rc::clone(server),
            outgoing: Rc::clone(outgoing),
            produced: ProduceAnswers::default(),
            buffer: vec![0; BUFFER_BYTES],
            filled_bytes: 0,
        }
    }

    /// Where to receive into; never empty.
    pub(crate) fn free(&mut self) -> &mut [u8] {
        &mut self.buffer[self.filled_bytes..]
    }

    /// Takes all requests that are there wholly, after so many bytes were received.
    pub(crate) async fn take(&mut self, received_bytes: usize) -> Result<(), Refused> {
        self.filled_bytes += received_bytes;
        let mut begin = 0;
        let mut needed_bytes = 0;
        while let Some(length) = self.buffer[begin..self.filled_bytes].first_chunk() {
            let bytes = frame_bytes(*length, REQUEST_BYTES_MAX).map_err(|_| Refused)?;
            let end = begin + LENGTH_BYTES + bytes;
            if end > self.filled_bytes {
                needed_bytes = LENGTH_BYTES + bytes;
                break;
            }
            self.answer(begin + LENGTH_BYTES..end).await?;
            begin = end;
        }
        self.buffer.copy_within(begin..self.filled_bytes, 0);
        self.filled_bytes -= begin;
        if self.buffer.len() < needed_bytes {
            self.buffer.resize(needed_bytes, 0);
        }
        Ok(())
    }

    async fn answer(&mut self, place: std::ops::Range<usize>) -> Result<(), Refused> {
        let request = &self.buffer[place];
        let Self { server, outgoing, produced, .. } = self;
        if request.starts_with(&ApiKey::Produce.code().to_be_bytes()) {
            server.staging.room(request.len()).await;
            let answered = server.staging.append(request, outgoing, |sequence| {
                outgoing.owe(sequence, |bytes| produced.answer(request, bytes))
            });
            return answered.map_err(|_| Refused);
        }
        let (header, decoded) = decode_request(request).map_err(|_| Refused)?;
        let answered = outgoing.owe(0, |bytes| server.control.answer(&header, &decoded, bytes));
        outgoing.notify();
        answered.map_err(|_| Refused)
    }
}
