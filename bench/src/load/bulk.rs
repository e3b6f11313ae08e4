//! Large frames, received where they are read: no byte is copied in user space.

use crate::client::FRAME_BYTES_MAX;
use crate::failure::Failure;
use millstream_io::{Buffer, ReceiveHalf};
use millstream_wire::frame::LENGTH_BYTES;
use millstream_wire::frame_bytes;

/// Room for a frame at first; it grows as frames need it.
const ROOM_BYTES: usize = 1 << 20;
/// What a frame that is larger than expected is given room for at once: what it declares is only
/// believed as far as it has come.
const GROWTH: usize = 2;

/// Why no more frames come, in a sentence.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The connection is lost; another may be better.
    Lost(String),
    /// What came is wrong, and would be again.
    Wrong(String),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Wrong(failure.to_string())
    }
}

/// The frames of one connection, one after the other in the same memory.
pub(crate) struct Bulk {
    receive: ReceiveHalf,
    /// What has come of the frame.
    filled: Buffer,
    /// The room behind it.
    rest: Buffer,
}

impl Bulk {
    pub(crate) fn new(receive: ReceiveHalf) -> Self {
        let mut rest = Buffer::unpooled(ROOM_BYTES);
        Self { receive, filled: rest.split_to(0), rest }
    }

    /// The next frame, without its length. Nothing may have been asked for but this one frame.
    pub(crate) async fn next(&mut self) -> Result<&[u8], Broken> {
        self.restart();
        self.fill(LENGTH_BYTES).await?;
        let length = self.filled.first_chunk().expect("filled");
        let bytes = frame_bytes(*length, FRAME_BYTES_MAX)
            .map_err(|error| Broken::Wrong(format!("not Kafka's protocol: {error}")))?;
        self.fill(LENGTH_BYTES + bytes).await?;
        if self.filled.len() > LENGTH_BYTES + bytes {
            return Err(Broken::Wrong(String::from("the broker answers what it was not asked")));
        }
        Ok(&self.filled[LENGTH_BYTES..])
    }

    fn restart(&mut self) {
        let mut whole = std::mem::replace(&mut self.filled, Buffer::unpooled(0));
        whole.rejoin(std::mem::replace(&mut self.rest, Buffer::unpooled(0)));
        self.filled = whole.split_to(0);
        self.rest = whole;
    }

    /// Receives until so many bytes are there, and what comes with them.
    async fn fill(&mut self, bytes: usize) -> Result<(), Broken> {
        while self.filled.len() < bytes {
            if self.rest.is_empty() {
                self.grow();
            }
            let rest = std::mem::replace(&mut self.rest, Buffer::unpooled(0));
            let (received, mut rest) = self.receive.receive(rest).await;
            let got = match received {
                Ok(0) => {
                    return Err(Broken::Lost(String::from("the broker has closed a connection")));
                }
                Ok(got) => got,
                Err(error) => {
                    return Err(Broken::Lost(format!("a connection is lost: {error}")));
                }
            };
            self.filled.rejoin(rest.split_to(got));
            self.rest = rest;
        }
        Ok(())
    }

    fn grow(&mut self) {
        let mut larger = Buffer::unpooled(GROWTH * self.filled.len().max(ROOM_BYTES));
        larger[..self.filled.len()].copy_from_slice(&self.filled);
        self.filled = larger.split_to(self.filled.len());
        self.rest = larger;
    }
}
