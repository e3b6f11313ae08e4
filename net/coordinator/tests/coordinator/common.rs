//! A coordinator with a log and two clocks of its own, and short ways to ask it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use millstream_base::{Instant, LeaderEpoch, Offset, Random, Timestamp};
use millstream_coordinator::*;

pub(crate) const GROUP: &str = "orders";

/// A coordinator in front of its log. Appends become durable at once unless they are held.
pub(crate) struct World {
    pub(crate) coordinator: Coordinator,
    pub(crate) settings: Settings,
    pub(crate) now: Now,
    /// What is durable.
    pub(crate) log: Vec<Record>,
    /// What was handed out and is on its way.
    pub(crate) held: VecDeque<Append>,
    pub(crate) holds: bool,
    waiting: BTreeSet<RequestId>,
    answers: BTreeMap<RequestId, Answer>,
    last_request: u64,
    seed: u64,
}

/// No initial delay; all else as Kafka has it.
pub(crate) fn settings() -> Settings {
    Settings { initial_rebalance_delay: Duration::ZERO, ..Settings::default() }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(settings())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let now = Now { instant: Instant::new(1_000_000_000), wall: Timestamp::new(1_000_000) };
        let coordinator = Replay::new(settings.clone(), Random::new(1)).finish(now);
        Self {
            coordinator,
            settings,
            now,
            log: Vec::new(),
            held: VecDeque::new(),
            holds: false,
            waiting: BTreeSet::new(),
            answers: BTreeMap::new(),
            last_request: 0,
            seed: 1,
        }
    }

    /// The process ends, and another reads the log. Requests and appends on their way are gone.
    pub(crate) fn restart(&mut self) {
        self.seed += 1;
        let mut replay = Replay::new(self.settings.clone(), Random::new(self.seed));
        for record in &self.log {
            replay.record(&record.key, record.value.as_deref()).expect("our own record");
        }
        self.coordinator = replay.finish(self.now);
        self.held.clear();
        self.waiting.clear();
        self.answers.clear();
    }

    pub(crate) fn ask_of(&mut self, group: &str, what: Ask) -> RequestId {
        self.last_request += 1;
        let request = RequestId::new(self.last_request);
        self.waiting.insert(request);
        let command = Command { request, group: GroupId::from(group), what };
        let effects = self.coordinator.command(self.now, command);
        self.apply(effects);
        request
    }

    pub(crate) fn ask(&mut self, what: Ask) -> RequestId {
        self.ask_of(GROUP, what)
    }

    /// The answer to a request that must have one by now.
    pub(crate) fn answer(&mut self, request: RequestId) -> Answer {
        let waits = self.waiting.contains(&request);
        self.answers.remove(&request).unwrap_or_else(|| panic!("no answer, waits: {waits}"))
    }

    pub(crate) fn waits(&self, request: RequestId) -> bool {
        self.waiting.contains(&request)
    }

    pub(crate) fn waiting_count(&self) -> usize {
        self.waiting.len()
    }

    /// Time goes by, with every deadline in between met as it comes.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let end = self.now.instant + duration;
        while let Some(next) = self.coordinator.next_deadline().filter(|next| *next <= end) {
            self.advance(next.max(self.now.instant));
            let effects = self.coordinator.tick(self.now);
            self.apply(effects);
        }
        self.advance(end);
    }

    fn advance(&mut self, to: Instant) {
        let step_ms = i64::try_from((to - self.now.instant).as_millis()).expect("short");
        self.now.wall = self.now.wall.checked_add_ms(step_ms).expect("short");
        self.now.instant = to;
    }

    pub(crate) fn apply(&mut self, effects: Effects) {
        self.take(effects);
        while !self.holds && !self.held.is_empty() {
            self.complete();
        }
    }

    fn take(&mut self, effects: Effects) {
        for (request, answer) in effects.answers {
            assert!(self.waiting.remove(&request), "{request} is answered twice or never asked");
            self.answers.insert(request, answer);
        }
        for append in &effects.appends {
            assert!(!append.records.is_empty(), "an append without records");
        }
        self.held.extend(effects.appends);
    }

    /// The oldest append becomes durable.
    pub(crate) fn complete(&mut self) {
        let append = self.held.pop_front().expect("an append is held");
        self.log.extend(append.records);
        let effects = self.coordinator.appended(self.now, append.id);
        self.take(effects);
    }

    /// The oldest append comes to nothing.
    pub(crate) fn fail(&mut self, fault: AppendFault) {
        let append = self.held.pop_front().expect("an append is held");
        let effects = self.coordinator.append_failed(self.now, append.id, fault);
        self.take(effects);
    }

    pub(crate) fn state(&self) -> Option<GroupState> {
        self.coordinator.describe(&GroupId::from(GROUP)).map(|described| described.state)
    }

    pub(crate) fn offset(&self, topic: &str, partition: i32) -> Option<i64> {
        let (group, topic) = (GroupId::from(GROUP), TopicName::from(topic));
        let partition = PartitionIndex::new(partition);
        self.coordinator.offset(&group, &topic, partition).map(|found| found.offset.get())
    }

    // Whole conversations.

    /// A dynamic member joins as version 3 does and is let in at once or when all have joined.
    pub(crate) fn joined(&mut self, request: RequestId) -> Joined {
        match self.answer(request) {
            Answer::Join(Ok(joined)) => joined,
            other => panic!("not joined: {other:?}"),
        }
    }

    pub(crate) fn join_refused(&mut self, request: RequestId) -> JoinRefused {
        match self.answer(request) {
            Answer::Join(Err(refused)) => refused,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) fn synced(&mut self, request: RequestId) -> Result<Payload, GroupError> {
        match self.answer(request) {
            Answer::Sync(answer) => answer.map(|synced| synced.assignment),
            other => panic!("not synced: {other:?}"),
        }
    }

    pub(crate) fn heartbeat(
        &mut self,
        member: &MemberId,
        generation: Generation,
    ) -> Result<(), GroupError> {
        let request = self.ask(heartbeat(member, None, generation));
        match self.answer(request) {
            Answer::Heartbeat(answer) => answer,
            other => panic!("no heartbeat: {other:?}"),
        }
    }

    pub(crate) fn leave(&mut self, member: &MemberId) -> Result<(), GroupError> {
        let request = self.ask(leave(&[(member.as_str(), None)]));
        match self.answer(request) {
            Answer::Leave(Ok(outcomes)) => outcomes[0],
            other => panic!("not left: {other:?}"),
        }
    }

    /// The outcome of the first partition of a commit.
    pub(crate) fn committed(&mut self, request: RequestId) -> Result<(), GroupError> {
        match self.answer(request) {
            Answer::Commit(topics) => topics[0].partitions[0].1,
            other => panic!("not committed: {other:?}"),
        }
    }

    /// A stable group of `count` dynamic members, and its generation; the leader comes first.
    pub(crate) fn stable(&mut self, count: usize) -> (Vec<MemberId>, Generation) {
        let first = self.ask(join(&MemberId::default(), None));
        let joined = self.joined(first);
        let mut generation = joined.generation;
        let mut members = vec![joined.member];
        for _ in 1..count {
            let newcomer = self.ask(join(&MemberId::default(), None));
            let again: Vec<_> = members.iter().map(|member| self.ask(join(member, None))).collect();
            for request in again {
                self.joined(request);
            }
            let joined = self.joined(newcomer);
            generation = joined.generation;
            members.push(joined.member);
        }
        let shares: Vec<_> =
            members.iter().map(|member| (member.clone(), payload(member.as_str()))).collect();
        for member in &members {
            let shares = if *member == members[0] { shares.clone() } else { Vec::new() };
            let request = self.ask(sync(member, generation, shares));
            assert_eq!(self.synced(request), Ok(payload(member.as_str())));
        }
        assert_eq!(self.state(), Some(GroupState::Stable));
        (members, generation)
    }
}

pub(crate) fn payload(text: &str) -> Payload {
    Payload::new(Bytes::copy_from_slice(text.as_bytes()))
}

pub(crate) fn protocols(offered: &[(&str, &str)]) -> Vec<Protocol> {
    let offered = offered.iter();
    offered
        .map(|(name, metadata)| Protocol { name: (*name).into(), metadata: payload(metadata) })
        .collect()
}

/// A JoinGroup as a member of version 3 sends it, with the protocols `range` and `sticky`.
pub(crate) fn join(member: &MemberId, instance: Option<&str>) -> Ask {
    Ask::Join(joining(member, instance))
}

pub(crate) fn joining(member: &MemberId, instance: Option<&str>) -> Join {
    Join {
        member: member.clone(),
        instance: instance.map(InstanceId::from),
        client_id: ClientName::from("client"),
        client_host: ClientName::from("/127.0.0.1"),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 60_000,
        protocol_type: ProtocolType::from("consumer"),
        protocols: protocols(&[("range", "r"), ("sticky", "s")]),
        needs_member_id: false,
        knows_skip_assignment: false,
    }
}

pub(crate) fn sync(
    member: &MemberId,
    generation: Generation,
    assignments: Vec<(MemberId, Payload)>,
) -> Ask {
    Ask::Sync(Sync {
        member: member.clone(),
        instance: None,
        generation,
        protocol_type: None,
        protocol: None,
        assignments,
    })
}

pub(crate) fn heartbeat(member: &MemberId, instance: Option<&str>, generation: Generation) -> Ask {
    let instance = instance.map(InstanceId::from);
    Ask::Heartbeat(Heartbeat { member: member.clone(), instance, generation })
}

pub(crate) fn leave(members: &[(&str, Option<&str>)]) -> Ask {
    let members = members.iter().map(|(member, instance)| Leaver {
        member: MemberId::from(*member),
        instance: instance.map(InstanceId::from),
    });
    Ask::Leave(Leave { members: members.collect() })
}

/// A commit of one offset for partition 0 of `topic`.
pub(crate) fn committing(
    member: &MemberId,
    generation: Generation,
    topic: &str,
    offset: i64,
) -> Commit {
    let partition = CommitPartition {
        partition: PartitionIndex::new(0),
        offset: Offset::new(offset),
        leader_epoch: LeaderEpoch::new(3),
        note: Note::new("note"),
    };
    Commit {
        member: member.clone(),
        instance: None,
        generation,
        retention_ms: -1,
        unknown_group: GroupError::IllegalGeneration,
        topics: vec![CommitTopic { topic: TopicName::from(topic), partitions: vec![partition] }],
    }
}

/// A commit by nobody in particular.
pub(crate) fn commit(topic: &str, offset: i64) -> Ask {
    Ask::Commit(committing(&MemberId::default(), Generation::NONE, topic, offset))
}

pub(crate) fn commit_by(
    member: &MemberId,
    generation: Generation,
    topic: &str,
    offset: i64,
) -> Ask {
    Ask::Commit(committing(member, generation, topic, offset))
}

pub(crate) fn delete_offset(topic: &str) -> Ask {
    let partitions = vec![PartitionIndex::new(0)];
    Ask::DeleteOffsets(DeleteOffsets { topics: vec![(TopicName::from(topic), partitions)] })
}

pub(crate) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
