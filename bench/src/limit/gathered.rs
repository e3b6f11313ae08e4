//! What came in on a connection and was not yet taken.

use millstream_io::Slice;
use std::collections::VecDeque;

/// Receive buffers that one connection holds at most; what is beyond them is copied.
const HELD_COUNT_MAX: usize = 8;

/// Received bytes, in the buffers that they were received into: a request is copied once, to where
/// it is written from.
#[derive(Default)]
pub(super) struct Gathered {
    chunks: VecDeque<Chunk>,
    length_bytes: usize,
    held_count: usize,
}

struct Chunk {
    bytes: Slice,
    /// Whether it keeps one of the shard's receive buffers from others.
    is_held: bool,
}

impl Gathered {
    pub(super) fn push(&mut self, bytes: Slice) {
        self.length_bytes += bytes.len();
        self.held_count += 1;
        self.chunks.push_back(Chunk { bytes, is_held: true });
        if self.held_count > HELD_COUNT_MAX {
            self.let_go();
        }
    }

    /// Gives all receive buffers back, by copying what is in them.
    pub(super) fn let_go(&mut self) {
        for chunk in self.chunks.iter_mut().filter(|chunk| chunk.is_held) {
            *chunk = Chunk { bytes: Slice::from(&*chunk.bytes), is_held: false };
        }
        self.held_count = 0;
    }

    pub(super) fn length_bytes(&self) -> usize {
        self.length_bytes
    }

    /// The first bytes, which stay; `None` if fewer are there.
    pub(super) fn peek<const COUNT: usize>(&self) -> Option<[u8; COUNT]> {
        let mut bytes = [0; COUNT];
        if self.length_bytes < COUNT {
            return None;
        }
        let mut filled = 0;
        for chunk in &self.chunks {
            let count = chunk.bytes.len().min(COUNT - filled);
            bytes[filled..filled + count].copy_from_slice(&chunk.bytes[..count]);
            filled += count;
            if filled == COUNT {
                break;
            }
        }
        Some(bytes)
    }

    /// Moves as many bytes into `place` as it takes, all of which must be there.
    pub(super) fn take_into(&mut self, place: &mut [u8]) {
        assert!(place.len() <= self.length_bytes, "what is taken has come in");
        let mut filled = 0;
        while filled < place.len() {
            let chunk = self.chunks.pop_front().expect("the chunks hold the length");
            let count = chunk.bytes.len().min(place.len() - filled);
            place[filled..filled + count].copy_from_slice(&chunk.bytes[..count]);
            filled += count;
            self.put_back(chunk, count);
        }
        self.length_bytes -= filled;
    }

    fn put_back(&mut self, chunk: Chunk, used_bytes: usize) {
        let Chunk { bytes, is_held } = chunk;
        if used_bytes < bytes.len() {
            let bytes = bytes.slice(used_bytes..bytes.len());
            self.chunks.push_front(Chunk { bytes, is_held });
        } else {
            self.held_count -= usize::from(is_held);
        }
    }
}

#[cfg(test)]
mod gathered_test {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in_however_they_are_cut() {
        let all: Vec<u8> = (0..=255).collect();
        let mut gathered = Gathered::default();
        for chunk in all.chunks(7) {
            gathered.push(Slice::from(chunk));
        }
        assert_eq!(gathered.peek(), Some([0, 1, 2, 3, 4, 5, 6, 7, 8]));
        let mut taken = Vec::new();
        for count in [1, 9, 30, 200, 16] {
            let mut place = vec![0; count];
            gathered.take_into(&mut place);
            taken.extend(place);
            gathered.let_go();
        }
        assert_eq!(taken, all);
        assert_eq!((gathered.length_bytes(), gathered.peek::<1>()), (0, None));
        assert_eq!(gathered.held_count, 0);
    }

    #[test]
    fn no_connection_holds_many_receive_buffers() {
        let mut gathered = Gathered::default();
        for _ in 0..100 {
            gathered.push(Slice::from(&[1][..]));
            assert!(gathered.held_count <= HELD_COUNT_MAX);
        }
    }
}
