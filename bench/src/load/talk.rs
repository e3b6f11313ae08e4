//! One connection that asks, and waits for each answer before it asks again.

use super::frames::Frames;
use millstream_io::{Buffer, ConnectOptions, Io, Slice, Stream};
use millstream_wire::WireError;
use std::net::SocketAddr;

/// Room for an answer, most of the time at once.
const ANSWER_BYTES: usize = 4096;

/// Where nothing comes any more, there is no answer: refused, lost, or not Kafka's protocol.
pub(crate) struct Talk {
    stream: Stream,
    frames: Frames,
    buffer: Buffer,
    /// Of all answers so far.
    pub(crate) received_bytes: usize,
}

impl Talk {
    pub(crate) async fn open(io: &Io, address: SocketAddr) -> Option<Self> {
        let stream = io.connect(address, ConnectOptions::default()).await.ok()?;
        let buffer = Buffer::unpooled(ANSWER_BYTES);
        Some(Self { stream, frames: Frames::default(), buffer, received_bytes: 0 })
    }

    /// The frame of the answer to an encoded request, without its length.
    pub(crate) async fn ask(&mut self, request: Slice) -> Option<Vec<u8>> {
        self.stream.send(vec![request]).await.ok()?;
        let mut answer = None;
        while answer.is_none() {
            let buffer = std::mem::replace(&mut self.buffer, Buffer::unpooled(0));
            let (received, filled) = self.stream.receive(buffer).await;
            self.buffer = filled;
            let got = received.ok().filter(|got| *got > 0)?;
            self.received_bytes += got;
            let fed: Result<(), WireError> = self.frames.feed(&self.buffer[..got], |frame| {
                answer = Some(frame.to_vec());
                Ok(())
            });
            fed.ok()?;
        }
        answer
    }
}
