//! One request's way through the broker, and where on it the time went.

use crate::shard::Shard;
use millstream_base::Instant;
use millstream_wire::ApiKey;
use std::cell::Cell;
use std::time::Duration;

/// A part of a request's way; each ends where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// From its first byte to its last. It is no part of the request's own time, which begins when
    /// the request is whole.
    Receive,
    /// From the whole request to its handler: waiting for the shard's thread, and decoding.
    Decode,
    /// Until all of its batches have their places in the log, on whatever shards: the way there,
    /// checks, and waiting for room.
    Append,
    /// Until they are on stable media, and the word of it has come back.
    Stable,
    /// Finding and reading what was asked for, on whatever shards.
    Read,
    /// Waiting for records that are not there yet, as the client wished.
    Park,
    /// All that is left: answering, and for most requests carrying them out.
    Answer,
}

impl Stage {
    pub(crate) const COUNT: usize = 7;
    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::Receive,
        Self::Decode,
        Self::Append,
        Self::Stable,
        Self::Read,
        Self::Park,
        Self::Answer,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Decode => "decode",
            Self::Append => "append",
            Self::Stable => "stable",
            Self::Read => "read",
            Self::Park => "park",
            Self::Answer => "answer",
        }
    }
}

/// How long a request was in each stage, in the order of [`Stage::ALL`]; zero where it was not.
pub(crate) type Spent = [Duration; Stage::COUNT];

/// A request on its way. It costs a look at the clock for each stage that ends within a tick;
/// those that end with one share the shard's.
pub(crate) struct Journey {
    pub(crate) key: Option<ApiKey>,
    begun: Instant,
    last: Cell<Instant>,
    spent: Cell<Spent>,
}

impl Journey {
    /// A request begins by naming its API. `first_byte`: when it began to come.
    pub(crate) fn begin(shard: &Shard, frame: &[u8], first_byte: Instant) -> Self {
        let begun = shard.io.tick_time();
        let mut spent = Spent::default();
        spent[Stage::Receive as usize] = begun - first_byte;
        let code = frame.split_first_chunk().map(|(code, _)| i16::from_be_bytes(*code));
        let key = code.and_then(ApiKey::from_code);
        Self { key, begun, last: Cell::new(begun), spent: Cell::new(spent) }
    }

    /// A stage ends, at a time that any shard has taken.
    pub(crate) fn end(&self, stage: Stage, at: Instant) {
        let mut spent = self.spent.get();
        spent[stage as usize] += at - self.last.get();
        self.spent.set(spent);
        self.last.set(self.last.get().max(at));
    }

    /// When the request was there.
    pub(crate) fn begun(&self) -> Instant {
        self.begun
    }

    /// When the last stage ended.
    pub(crate) fn ended(&self) -> Instant {
        self.last.get()
    }

    pub(crate) fn spent(&self) -> Spent {
        self.spent.get()
    }
}

#[cfg(test)]
mod journey_test {
    use super::*;

    #[test]
    fn stages_add_up_and_time_never_goes_back() {
        let begun = Instant::new(1_000);
        let (last, spent) = (Cell::new(begun), Cell::default());
        let journey = Journey { key: None, begun, last, spent };
        journey.end(Stage::Decode, Instant::new(1_010));
        // Taken by another shard a little earlier.
        journey.end(Stage::Append, Instant::new(1_005));
        journey.end(Stage::Stable, Instant::new(1_100));
        journey.end(Stage::Park, Instant::new(1_200));
        journey.end(Stage::Park, Instant::new(1_300));
        let spent = journey.spent();
        let of = |stage: Stage| spent[stage as usize].as_nanos();
        assert_eq!(Stage::ALL.map(of), [0, 10, 0, 90, 0, 200, 0]);
        assert_eq!(spent.iter().sum::<Duration>(), journey.ended() - journey.begun());
    }
}
