//! What is there, held against what was acknowledged.
//!
//! A record is *lost* if it was acknowledged and is not at its offset; *doubled* if it is there
//! twice, though no lost answer excuses that; *reordered* if it comes behind one that was sent
//! later; *corrupt* if its batch or its bytes are not those that were sent.

use super::journal::{Batch, Entry, Kept, Run};
use super::record::Identity;
use std::collections::BTreeMap;

/// Findings that are told one by one.
const TOLD_COUNT_MAX: usize = 10;

/// Judges as the records come, in the order of their offsets within each partition.
pub(super) struct Judge {
    run: Run,
    streams: Vec<Stream>,
    expected: Vec<u8>,
    verdict: Verdict,
}

/// What is known of one stream.
#[derive(Default)]
struct Stream {
    /// By their first sequence.
    acknowledged: BTreeMap<u64, Acknowledged>,
    /// Batches whose answer was lost: their first sequence and count.
    unanswered: BTreeMap<u64, u32>,
    /// Every sequence before it was seen, but for those that are missing.
    next: u64,
    /// Sequences that were passed over: begin and end.
    missing: BTreeMap<u64, u64>,
}

struct Acknowledged {
    count: u32,
    offset: i64,
    is_repeated: bool,
    /// How many of its records are where it was said.
    found_count: u32,
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) acknowledged: u64,
    pub(super) unanswered: u64,
    pub(super) read: u64,
    pub(super) lost: u64,
    pub(super) doubled: u64,
    pub(super) reordered: u64,
    pub(super) corrupt: u64,
    /// There twice since it was sent again after a lost answer, as it may where producers are not
    /// idempotent.
    pub(super) repeated: u64,
    /// The first findings, in words.
    pub(super) told: Vec<String>,
}

impl Verdict {
    pub(super) fn is_sound(&self) -> bool {
        self.lost + self.doubled + self.reordered + self.corrupt == 0
    }

    fn count_lost(&mut self, producer: usize, first: u64, batch: &Acknowledged) {
        let Acknowledged { count, offset, found_count, .. } = batch;
        let lost = count.saturating_sub(*found_count);
        if lost == 0 {
            return;
        }
        self.lost += u64::from(lost);
        self.tell(|| {
            format!(
                "lost: {lost} of {count} records of producer {producer} from {first} on, \
                 acknowledged at offset {offset}"
            )
        });
    }

    fn tell(&mut self, finding: impl FnOnce() -> String) {
        if self.told.len() < TOLD_COUNT_MAX {
            self.told.push(finding());
        }
    }
}

impl Judge {
    pub(super) fn new(kept: Kept) -> Self {
        let mut streams: Vec<Stream> = Vec::new();
        streams.resize_with(kept.run.stream_count as usize, Stream::default);
        let mut verdict = Verdict::default();
        for entry in kept.entries {
            let Batch { stream, first, count } = entry.batch();
            let stream = &mut streams[stream as usize];
            match entry {
                Entry::Acknowledged { offset, is_repeated, .. } => {
                    verdict.acknowledged += u64::from(count);
                    let found = Acknowledged { count, offset, is_repeated, found_count: 0 };
                    stream.acknowledged.insert(first, found);
                }
                Entry::Unanswered { .. } => {
                    verdict.unanswered += u64::from(count);
                    stream.unanswered.insert(first, count);
                }
            }
        }
        let expected = vec![0; kept.run.value_bytes];
        Self { run: kept.run, streams, expected, verdict }
    }

    /// A record is there.
    pub(super) fn record(&mut self, partition: i32, offset: i64, value: &[u8]) {
        self.verdict.read += 1;
        let identity = Identity::read(value)
            .filter(|identity| (identity.stream as usize) < self.streams.len());
        let Some(identity) = identity else {
            return self.corrupt(partition, offset, "is not one that was sent");
        };
        identity.write(self.run.seed, &mut self.expected);
        if self.expected != value {
            return self.corrupt(partition, offset, "has other bytes than were sent");
        }
        let Identity { stream: number, sequence } = identity;
        let stream = &mut self.streams[number as usize];
        let verdict = &mut self.verdict;
        let place = || format!("record {sequence} of producer {number} at {partition}/{offset}");
        match stream.see(sequence) {
            Seen::InOrder => {}
            Seen::Late => {
                verdict.reordered += 1;
                verdict.tell(|| format!("{}: reordered, behind a later one", place()));
            }
            Seen::Again if stream.may_repeat(sequence) && !self.run.is_idempotent => {
                verdict.repeated += 1;
            }
            Seen::Again => {
                verdict.doubled += 1;
                verdict.tell(|| format!("{}: doubled", place()));
            }
        }
        stream.find(sequence, offset);
    }

    /// A batch is there whose bytes are not sound.
    pub(super) fn corrupt(&mut self, partition: i32, offset: i64, why: &str) {
        self.verdict.corrupt += 1;
        self.verdict.tell(|| format!("{partition}/{offset}: corrupt: {why}"));
    }

    /// All was read; or, if it could not be, nothing is said of what is missing.
    pub(super) fn finish(mut self, is_whole: bool) -> Verdict {
        if !is_whole {
            return self.verdict;
        }
        for (number, stream) in self.streams.iter().enumerate() {
            for (first, batch) in &stream.acknowledged {
                self.verdict.count_lost(number, *first, batch);
            }
        }
        self.verdict
    }
}

/// Where a record stands among those of its stream that were seen before.
enum Seen {
    InOrder,
    Late,
    Again,
}

impl Stream {
    fn see(&mut self, sequence: u64) -> Seen {
        if sequence >= self.next {
            if sequence > self.next {
                self.missing.insert(self.next, sequence);
            }
            self.next = sequence + 1;
            return Seen::InOrder;
        }
        let gap = self.missing.range(..=sequence).next_back().map(|(begin, end)| (*begin, *end));
        let Some((begin, end)) = gap.filter(|(_, end)| sequence < *end) else {
            return Seen::Again;
        };
        self.missing.remove(&begin);
        if begin < sequence {
            self.missing.insert(begin, sequence);
        }
        if sequence + 1 < end {
            self.missing.insert(sequence + 1, end);
        }
        Seen::Late
    }

    fn may_repeat(&self, sequence: u64) -> bool {
        let unanswered = self.unanswered.range(..=sequence).next_back();
        let is_unanswered =
            unanswered.is_some_and(|(first, count)| sequence - first < u64::from(*count));
        let acknowledged = self.acknowledged.range(..=sequence).next_back();
        is_unanswered
            || acknowledged.is_some_and(|(first, batch)| {
                batch.is_repeated && sequence - first < u64::from(batch.count)
            })
    }

    /// Counts a record that is where its acknowledgement said.
    fn find(&mut self, sequence: u64, offset: i64) {
        let Some((first, batch)) = self.acknowledged.range_mut(..=sequence).next_back() else {
            return;
        };
        let within = i64::try_from(sequence - first).unwrap_or(i64::MAX);
        let is_of_it = within < i64::from(batch.count);
        if is_of_it && batch.offset.checked_add(within) == Some(offset) {
            batch.found_count += 1;
        }
    }
}

#[cfg(test)]
#[path = "judge_test.rs"]
mod judge_test;
