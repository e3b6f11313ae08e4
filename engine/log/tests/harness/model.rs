//! What was sent, and what was promised of it.

use super::batches::{Fingerprint, Times};
use millstream_base::{Offset, PartitionId, Timestamp};
use millstream_log::{Appended, PartitionName, PartitionOptions, Ticket};
use std::collections::BTreeMap;

/// Everything that the engine is held against.
#[derive(Clone, Default)]
pub(crate) struct Model {
    pub(crate) partitions: BTreeMap<PartitionId, Known>,
    /// Counts the lives of the engine, so that tickets of different lives are told apart.
    pub(crate) life: u64,
    /// The last life that began with everything as it should be: what was sent since, it sent.
    pub(crate) checked_life: u64,
    sent_count: u64,
    pub(crate) acknowledged_count: u64,
    pub(crate) read_count: u64,
}

/// Whether a partition must be there after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existence {
    /// Perhaps: its making is not acknowledged.
    Creating,
    Here,
    /// Perhaps: its removal is not acknowledged.
    Deleting,
}

/// What is known of one partition.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: PartitionName,
    pub(crate) existence: Existence,
    pub(crate) created: (u64, Ticket),
    pub(crate) options: PartitionOptions,
    /// Options that were asked for and are not acknowledged.
    pub(crate) wished: Vec<PartitionOptions>,
    /// By first offset, without a gap.
    pub(crate) sent: BTreeMap<Offset, Sent>,
    /// What the next batch gets.
    pub(crate) next: Offset,
    /// The log's start is here at least: that was acknowledged, or seen.
    pub(crate) start_min: Offset,
    /// And here at most, but for retention: so far it was asked to go.
    pub(crate) start_max: Offset,
    /// Truncations that are not acknowledged: where the log may end.
    pub(crate) cuts: Vec<Cut>,
    /// Truncations that were begun.
    pub(crate) cut_count: u64,
}

/// A truncation under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// Which of the partition's truncations it is.
    pub(crate) number: u64,
    pub(crate) end: Offset,
    /// Whether an append was seen that comes behind it.
    pub(crate) is_done: bool,
}

/// A batch that has its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) next: Offset,
    pub(crate) print: Fingerprint,
    pub(crate) times: Times,
    pub(crate) ticket: (u64, Ticket),
    /// Whether it must survive everything.
    pub(crate) is_promised: bool,
}

impl Sent {
    /// The latest time of its records.
    pub(crate) fn max_timestamp(&self) -> Timestamp {
        let last = self.times.at(self.print.record_count - 1);
        self.times.first.max(last)
    }
}

impl Model {
    /// A number that no other batch has.
    pub(crate) fn next_batch_id(&mut self) -> u64 {
        self.sent_count += 1;
        self.sent_count
    }

    pub(crate) fn create(
        &mut self,
        id: PartitionId,
        name: PartitionName,
        options: PartitionOptions,
        ticket: Ticket,
    ) {
        let known = Known {
            name,
            existence: Existence::Creating,
            created: (self.life, ticket),
            options,
            wished: Vec::new(),
            sent: BTreeMap::new(),
            next: Offset::ZERO,
            start_min: Offset::ZERO,
            start_max: Offset::ZERO,
            cuts: Vec::new(),
            cut_count: 0,
        };
        let before = self.partitions.insert(id, known);
        assert!(before.is_none(), "partition {id} is given out twice");
    }

    /// Notes a batch. It must have got the place behind the last one.
    pub(crate) fn send(
        &mut self,
        id: PartitionId,
        appended: &Appended,
        print: Fingerprint,
        times: Times,
    ) {
        let life = self.life;
        let known = self.partitions.get_mut(&id).expect("appends go to known partitions");
        known.notice_cuts(appended.first_offset);
        assert_eq!(appended.first_offset, known.next, "partition {id}: no gap and no duplicate");
        let count = i64::from(print.record_count);
        assert_eq!(appended.next_offset.get(), known.next.get() + count, "an offset per record");
        let ticket = (life, appended.ticket);
        let sent = Sent { next: appended.next_offset, print, times, ticket, is_promised: false };
        known.sent.insert(appended.first_offset, sent);
        known.next = appended.next_offset;
    }

    /// A batch was acknowledged.
    pub(crate) fn acknowledge(&mut self, id: PartitionId, first: Offset, ticket: Ticket) {
        self.acknowledged_count += 1;
        let life = self.life;
        let sent = self.partitions.get_mut(&id).and_then(|known| known.sent.get_mut(&first));
        if let Some(sent) = sent.filter(|sent| sent.ticket == (life, ticket)) {
            sent.is_promised = true;
        }
    }

    /// Everything before an offset was served, or is known to be stable.
    pub(crate) fn promise_before(&mut self, id: PartitionId, end: Offset) {
        let Some(known) = self.partitions.get_mut(&id) else { return };
        for (_, sent) in known.sent.range_mut(..end) {
            sent.is_promised = true;
        }
    }

    /// Everything that has its place by now is acknowledged.
    pub(crate) fn promise_all(&mut self) {
        for known in self.partitions.values_mut() {
            known.sent.values_mut().for_each(|sent| sent.is_promised = true);
        }
    }
}

impl Known {
    /// The batch that holds an offset.
    pub(crate) fn holder(&self, offset: Offset) -> Option<(Offset, &Sent)> {
        let (first, sent) = self.sent.range(..=offset).next_back()?;
        (offset < sent.next).then_some((*first, sent))
    }

    /// Whether a log of this partition may end here: between two batches.
    pub(crate) fn is_border(&self, offset: Offset) -> bool {
        let first = self.sent.first_key_value().map_or(self.next, |(first, _)| *first);
        // The end as it is known may lie inside of a batch that a cut took where the log began.
        let is_end = offset == self.next;
        offset == first || is_end || self.sent.values().any(|sent| sent.next == offset)
    }

    /// The least end that keeps what was promised.
    pub(crate) fn promised_end(&self) -> Offset {
        let promised = self.sent.values().filter(|sent| sent.is_promised);
        let first = self.sent.first_key_value().map_or(self.next, |(first, _)| *first);
        promised.map(|sent| sent.next).max().unwrap_or(first)
    }

    /// Where a truncation to `end` cuts: it keeps whole batches.
    fn cut_for(&self, end: Offset) -> Offset {
        self.holder(end).map_or(end, |(first, _)| first)
    }

    /// While a log is cut nobody appends. So whoever does tells that all truncations are done, and
    /// perhaps before those who asked for them are told.
    fn notice_cuts(&mut self, first: Offset) {
        self.cuts.iter_mut().for_each(|cut| cut.is_done = true);
        if first < self.next && !self.cuts.is_empty() {
            self.cut(first);
        }
    }

    /// Notes that a truncation is under way, and which one it is.
    pub(crate) fn begin_cut(&mut self, end: Offset) -> Cut {
        self.cut_count += 1;
        let cut = Cut { number: self.cut_count, end: self.cut_for(end), is_done: false };
        self.cuts.push(cut);
        cut
    }

    /// Notes that a truncation is over, and at which offset it ended if it did anything.
    pub(crate) fn end_cut(&mut self, cut: Cut, end: Option<Offset>) {
        self.cut_count += 1;
        let index = self.cuts.iter().position(|other| other.number == cut.number);
        let cut = self.cuts.remove(index.expect("it was under way"));
        if let Some(end) = end.filter(|_| !cut.is_done) {
            assert!(end <= self.next, "{}: cut at {end}, behind {}", self.name, self.next);
            self.cut(end);
        }
    }

    /// Forgets what a truncation took.
    fn cut(&mut self, end: Offset) {
        // Also the batch in whose middle the log began, if it went.
        self.sent.retain(|_, sent| sent.next <= end);
        self.next = end;
    }

    /// Takes what recovery found as the truth: it was served, so it must stay.
    pub(crate) fn rebase(&mut self, start: Offset, end: Offset, options: PartitionOptions) {
        self.cut(end);
        self.sent.retain(|_, sent| sent.next > start);
        self.sent.values_mut().for_each(|sent| sent.is_promised = true);
        self.start_min = start;
        self.start_max = start;
        self.existence = Existence::Here;
        self.options = options;
        self.wished.clear();
        self.cuts.clear();
    }
}
