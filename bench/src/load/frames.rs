//! Frames out of the chunks in which they arrive.

use crate::client::FRAME_BYTES_MAX;
use millstream_wire::frame::LENGTH_BYTES;
use millstream_wire::{WireError, frame_bytes};

/// Puts frames together that chunks cut; whole ones are read where they lie.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    begun: Vec<u8>,
}

impl Frames {
    /// Gives each frame that ends in `chunk`, without its length, to `each`.
    ///
    /// # Errors
    /// A length that no answer has, or what `each` answers.
    pub(crate) fn feed<E: From<WireError>>(
        &mut self,
        chunk: &[u8],
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut chunk = chunk;
        while !self.begun.is_empty() && !chunk.is_empty() {
            let missing = missing_bytes(&self.begun)?.min(chunk.len());
            let (taken, rest) = chunk.split_at(missing);
            self.begun.extend_from_slice(taken);
            chunk = rest;
            if self.begun.len() >= LENGTH_BYTES && missing_bytes(&self.begun)? == 0 {
                each(&self.begun[LENGTH_BYTES..])?;
                self.begun.clear();
            }
        }
        while !chunk.is_empty() {
            let missing = missing_bytes(&chunk[..chunk.len().min(LENGTH_BYTES)])?;
            let frame_bytes = LENGTH_BYTES + missing;
            if chunk.len() < LENGTH_BYTES || chunk.len() < frame_bytes {
                self.begun.extend_from_slice(chunk);
                break;
            }
            each(&chunk[LENGTH_BYTES..frame_bytes])?;
            chunk = &chunk[frame_bytes..];
        }
        Ok(())
    }
}

/// What `begun` lacks: of its length, or of the frame that the length declares.
fn missing_bytes(begun: &[u8]) -> Result<usize, WireError> {
    let Some(length) = begun.first_chunk::<LENGTH_BYTES>() else {
        return Ok(LENGTH_BYTES - begun.len());
    };
    let bytes = frame_bytes(*length, FRAME_BYTES_MAX)?;
    Ok(bytes + LENGTH_BYTES - begun.len())
}

#[cfg(test)]
mod frames_test {
    use super::*;

    fn fed(chunks: [&[u8]; 3]) -> Vec<Vec<u8>> {
        let mut frames = Frames::default();
        let mut got: Vec<Vec<u8>> = Vec::new();
        for chunk in chunks {
            let fed: Result<(), WireError> = frames.feed(chunk, |frame| {
                got.push(frame.to_vec());
                Ok(())
            });
            fed.expect("good lengths");
        }
        got
    }

    #[test]
    fn frames_come_whole_however_they_are_cut() {
        let sent = b"\0\0\0\x05hello\0\0\0\0\0\0\0\x01!";
        for first in 0..=sent.len() {
            for second in first..=sent.len() {
                let got = fed([&sent[..first], &sent[first..second], &sent[second..]]);
                assert_eq!(got, [&b"hello"[..], b"", b"!"], "{first} {second}");
            }
        }
    }

    #[test]
    fn a_length_that_no_answer_has_is_an_error() {
        let fed: Result<(), WireError> = Frames::default().feed(&[0xff; 4], |_| Ok(()));
        assert!(fed.is_err());
    }
}
