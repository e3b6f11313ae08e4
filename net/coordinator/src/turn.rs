//! One call of the broker's: what it may touch beside the group, and what comes of it.

use std::collections::{BTreeMap, VecDeque};

use millstream_base::{Instant, Random};

use crate::answer::{Answer, JoinRefused, Joined, TopicOutcome};
use crate::command::Now;
use crate::error::GroupError;
use crate::group::Member;
use crate::limits::MEMBER_ID_PREFIX_BYTES_MAX;
use crate::names::{AppendId, GroupId, MemberId, PartitionIndex, Payload, RequestId, TopicName};
use crate::record::Record;
use crate::settings::Settings;
use crate::timer::Timers;

/// What the broker has to do after a call.
///
/// Answers may go out at once: those that rest on records are not here yet, they come out of
/// [`crate::Coordinator::appended`] or [`crate::Coordinator::append_failed`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "requests wait for these answers, and groups for these records"]
pub struct Effects {
    /// Records to append to the coordinator's partition, in this order.
    pub appends: Vec<Append>,
    /// Answers to release.
    pub answers: Vec<(RequestId, Answer)>,
}

/// Records that become durable together or not at all: one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// To be told when the outcome is known.
    pub id: AppendId,
    /// At least one, together at most [`Settings::append_bytes_max`] bytes.
    pub records: Vec<Record>,
}

/// Records that are on their way, and what follows from their outcome.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    last: AppendId,
    pub(crate) pending: BTreeMap<AppendId, (GroupId, Write)>,
    /// Until when those are waited for whose outcome is open; some behind the first may be known
    /// by now.
    deadlines: VecDeque<(Instant, AppendId)>,
}

impl Writes {
    /// When the first of those who wait for records has waited long enough.
    pub(crate) fn first_deadline(&self) -> Option<Instant> {
        self.deadlines.front().map(|(deadline, _)| *deadline)
    }

    /// The next records that are late; each is told once.
    pub(crate) fn pop_late(&mut self, now: Instant) -> Option<AppendId> {
        self.deadlines.pop_front_if(|(deadline, _)| *deadline <= now).map(|(_, id)| id)
    }

    /// Takes records out whose outcome is known.
    pub(crate) fn settle(&mut self, id: AppendId) -> Option<(GroupId, Write)> {
        let settled = self.pending.remove(&id);
        let pending = &self.pending;
        while self.deadlines.pop_front_if(|(_, first)| !pending.contains_key(first)).is_some() {}
        settled
    }

    /// Whether a static member of this group came back after `id`, and it is not known yet what
    /// became of that record.
    pub(crate) fn has_replacement_after(&self, id: AppendId, group: &GroupId) -> bool {
        let mut later = self.pending.range(id.next()..);
        later.any(|(_, (of, write))| of == group && matches!(write, Write::Replace(_)))
    }
}

/// What follows from the outcome of an append.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// What the leader has shared out: the group is stable.
    Assignment { assignments: BTreeMap<MemberId, Payload> },
    /// A group without members. Nobody waits.
    Empty,
    /// A static member has come back under a new name.
    Replace(Box<Replacement>),
    /// Offsets were committed, where the outcome says so.
    Commit { request: Option<RequestId>, outcomes: Vec<TopicOutcome> },
    /// Offsets are gone, where the outcome says so.
    Forget { request: Option<RequestId>, outcomes: Vec<TopicOutcome> },
    /// A group is going.
    Delete(Deletion),
}

impl Write {
    /// Refuses whoever waits for the outcome: who is told here is not told later. Those who wait
    /// for the leader's assignment wait as members.
    pub(crate) fn refuse(&mut self, error: GroupError) -> Option<(RequestId, Answer)> {
        match self {
            Self::Assignment { .. } | Self::Empty => None,
            Self::Replace(replacement) => {
                let refused = JoinRefused { error, member: MemberId::default() };
                Some((replacement.request.take()?, Answer::Join(Err(refused))))
            }
            Self::Commit { request, outcomes } => {
                let mut outcomes = outcomes.clone();
                let partitions = outcomes.iter_mut().flat_map(|topic| &mut topic.partitions);
                for (_, outcome) in partitions.filter(|(_, outcome)| outcome.is_ok()) {
                    *outcome = Err(error);
                }
                Some((request.take()?, Answer::Commit(outcomes)))
            }
            Self::Forget { request, .. } => {
                Some((request.take()?, Answer::DeleteOffsets(Err(error))))
            }
            Self::Delete(deletion) => {
                Some((deletion.request.take()?, Answer::DeleteGroup(Err(error))))
            }
        }
    }
}

/// Tombstones of a group that is going.
#[derive(Clone, Debug)]
pub(crate) struct Deletion {
    /// Who asked; nobody where it has expired, or who asked waits no more.
    pub(crate) request: Option<RequestId>,
    pub(crate) partitions: Vec<(TopicName, PartitionIndex)>,
    /// Whether the group goes with these.
    pub(crate) is_last: bool,
}

/// A static member that has come back: what to answer, and how to undo it.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    /// Who waits; nobody any more where it took too long.
    pub(crate) request: Option<RequestId>,
    pub(crate) answer: Joined,
    pub(crate) old_id: MemberId,
    pub(crate) old: Member,
}

/// What one call may touch.
pub(crate) struct Turn<'coordinator> {
    pub(crate) now: Now,
    pub(crate) settings: &'coordinator Settings,
    pub(crate) random: &'coordinator mut Random,
    pub(crate) timers: &'coordinator mut Timers,
    pub(crate) writes: &'coordinator mut Writes,
    pub(crate) effects: Effects,
}

impl Turn<'_> {
    /// Answers a request. Each request is answered once: whoever holds its token gives it up.
    pub(crate) fn answer(&mut self, request: RequestId, answer: Answer) {
        self.effects.answers.push((request, answer));
    }

    /// The id under which the next records will go out.
    pub(crate) fn next_append(&mut self) -> AppendId {
        self.writes.last = self.writes.last.next();
        self.writes.last
    }

    /// Hands records out.
    pub(crate) fn append(
        &mut self,
        id: AppendId,
        group: &GroupId,
        records: Vec<Record>,
        write: Write,
    ) {
        assert!(!records.is_empty(), "an append without records never has an outcome");
        let before = self.writes.pending.insert(id, (group.clone(), write));
        assert!(before.is_none(), "append ids are never used twice");
        let deadline = self.now.instant + self.settings.append_timeout;
        self.writes.deadlines.push_back((deadline, id));
        self.effects.appends.push(Append { id, records });
    }

    /// A name for a new member: what it calls itself, a dash, and 122 random bits as a UUID of
    /// version 4.
    pub(crate) fn new_member_id(&mut self, prefix: &str) -> MemberId {
        let end = prefix.floor_char_boundary(MEMBER_ID_PREFIX_BYTES_MAX);
        let mut bits = [0; 16];
        self.random.fill(&mut bits);
        let bits = u128::from_be_bytes(bits);
        let bits = bits & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
        MemberId::new(format!("{}-{a}-{b}-{c}-{d}-{e}", &prefix[..end]))
    }
}
