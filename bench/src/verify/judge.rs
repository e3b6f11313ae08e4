//! What is there, held against what was acknowledged.
//!
//! A record is *lost* if it was acknowledged and is not at its offset; *doubled* if it is there
//! twice, though nobody was in doubt whether it was stored; *reordered* if it comes behind one that
//! was sent later; *misplaced* if it is in a partition that it was not sent to; *corrupt* if its
//! batch or its bytes are not those that were sent.

use super::journal::{Batch, Entry, Kept, Run};
use super::record::Identity;
use crate::failure::Failure;
use std::collections::BTreeMap;

/// Findings that are told one by one.
const TOLD_COUNT_MAX: usize = 10;

/// Judges as the records come, in the order of their offsets within each partition.
pub(super) struct Judge {
    run: Run,
    /// Those of which something is known.
    streams: BTreeMap<u32, Stream>,
    expected: Vec<u8>,
    verdict: Verdict,
}

/// What is known of one stream.
#[derive(Default)]
struct Stream {
    /// By their first sequence; batches that continue each other are one.
    acknowledged: BTreeMap<u64, Acknowledged>,
    /// Batches whose answer was lost: their first sequence and count.
    unanswered: BTreeMap<u64, u32>,
    /// Every sequence before it was seen, but for those that are missing.
    next: u64,
    /// Sequences that were passed over: begin and end.
    missing: BTreeMap<u64, u64>,
}

struct Acknowledged {
    count: u64,
    offset: i64,
    is_repeated: bool,
    /// How many of its records are where it was said.
    found_count: u64,
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
    pub(super) misplaced: u64,
    pub(super) corrupt: u64,
    /// There twice since it was sent again after a lost answer, as it may where producers are not
    /// idempotent.
    pub(super) repeated: u64,
    /// The first findings, in words.
    pub(super) told: Vec<String>,
}

impl Verdict {
    pub(super) fn is_sound(&self) -> bool {
        self.lost + self.doubled + self.reordered + self.misplaced + self.corrupt == 0
    }

    fn count_lost(&mut self, stream: u32, first: u64, batch: &Acknowledged) {
        let Acknowledged { count, offset, found_count, .. } = batch;
        let lost = count.saturating_sub(*found_count);
        if lost == 0 {
            return;
        }
        self.lost += lost;
        self.tell(|| {
            format!(
                "lost: {lost} of {count} records of stream {stream} from {first} on, \
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
    /// Before anything was acknowledged.
    pub(super) fn new(run: Run) -> Self {
        let expected = vec![0; run.value_bytes];
        Self { run, streams: BTreeMap::new(), expected, verdict: Verdict::default() }
    }

    /// Knows all that a journal says.
    pub(super) fn read(kept: &mut Kept) -> Result<Self, Failure> {
        let mut judge = Self::new(kept.run.clone());
        while let Some(entry) = kept.next()? {
            judge.note(entry);
        }
        Ok(judge)
    }

    /// Knows one line of a journal.
    pub(super) fn note(&mut self, entry: Entry) {
        let Batch { stream, first, count } = entry.batch();
        let stream = self.streams.entry(stream).or_default();
        match entry {
            Entry::Acknowledged { offset, is_repeated, .. } => {
                self.verdict.acknowledged += u64::from(count);
                stream.acknowledge(first, u64::from(count), offset, is_repeated);
            }
            Entry::Unanswered { .. } => {
                self.verdict.unanswered += u64::from(count);
                stream.unanswered.insert(first, count);
            }
        }
    }

    /// A record is there.
    pub(super) fn record(&mut self, partition: i32, offset: i64, value: &[u8]) {
        self.verdict.read += 1;
        let identity = Identity::read(value).filter(|identity| {
            identity.stream < self.run.stream_count && identity.sequence < u64::MAX
        });
        let Some(identity) = identity else {
            return self.corrupt(partition, offset, "is not one that was sent");
        };
        identity.write(self.run.seed, &mut self.expected);
        if self.expected != value {
            return self.corrupt(partition, offset, "has other bytes than were sent");
        }
        let Identity { stream: number, sequence } = identity;
        let verdict = &mut self.verdict;
        let place = || format!("record {sequence} of stream {number} at {partition}/{offset}");
        let sent_to = self.run.partition(number);
        if u32::try_from(partition) != Ok(sent_to) {
            verdict.misplaced += 1;
            return verdict.tell(|| format!("{}: misplaced, sent to {sent_to}", place()));
        }
        let stream = self.streams.entry(number).or_default();
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

    /// The streams of which something is known.
    #[cfg(test)]
    pub(super) fn stream_count(&self) -> usize {
        self.streams.len()
    }

    /// All was read; or, if it could not be, nothing is said of what is missing.
    pub(super) fn finish(mut self, is_whole: bool) -> Verdict {
        if !is_whole {
            return self.verdict;
        }
        for (number, stream) in &self.streams {
            for (first, batch) in &stream.acknowledged {
                self.verdict.count_lost(*number, *first, batch);
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
    fn acknowledge(&mut self, first: u64, count: u64, offset: i64, is_repeated: bool) {
        let last = self.acknowledged.range_mut(..=first).next_back();
        if let Some((begin, last)) = last
            && begin.checked_add(last.count) == Some(first)
            && last.offset.checked_add_unsigned(last.count) == Some(offset)
            && last.is_repeated == is_repeated
        {
            last.count += count;
            return;
        }
        let batch = Acknowledged { count, offset, is_repeated, found_count: 0 };
        self.acknowledged.insert(first, batch);
    }

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
            || acknowledged
                .is_some_and(|(first, batch)| batch.is_repeated && sequence - first < batch.count)
    }

    /// Counts a record that is where its acknowledgement said.
    fn find(&mut self, sequence: u64, offset: i64) {
        let Some((first, batch)) = self.acknowledged.range_mut(..=sequence).next_back() else {
            return;
        };
        let within = sequence - first;
        let is_of_it = within < batch.count;
        if is_of_it && batch.offset.checked_add_unsigned(within) == Some(offset) {
            batch.found_count += 1;
        }
    }
}

#[cfg(test)]
#[path = "judge_test.rs"]
mod judge_test;
