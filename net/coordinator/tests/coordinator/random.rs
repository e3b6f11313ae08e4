//! Random histories: clients that obey nothing, appends that fail, processes that end at any
//! moment. What was answered holds, what the log tells is what there is, and nobody is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use millstream_base::Random;
use proptest::prelude::*;

use crate::common::*;
use millstream_coordinator::*;

const GROUPS: [&str; 2] = ["a", "b"];
const INSTANCES: [Option<&str>; 3] = [None, Some("i1"), Some("i2")];
const TOPICS: [&str; 2] = ["t", "u"];

#[derive(Clone, Debug)]
enum Step {
    Join {
        group: usize,
        who: usize,
        instance: usize,
        taste: usize,
        flags: u8,
    },
    Sync {
        group: usize,
        who: usize,
        shares: bool,
    },
    Heartbeat {
        group: usize,
        who: usize,
    },
    Leave {
        group: usize,
        who: usize,
    },
    Commit {
        group: usize,
        who: Option<usize>,
        topic: usize,
    },
    DeleteOffsets {
        group: usize,
        topic: usize,
    },
    DeleteGroup {
        group: usize,
    },
    Pass {
        ms: u64,
    },
    Complete,
    Fail,
    /// The process ends; of what was on its way, this much had reached the log.
    Restart {
        written: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let group = 0..GROUPS.len();
    let who = 0..6_usize;
    prop_oneof![
        6 => (group.clone(), who.clone(), 0..3_usize, 0..3_usize, 0..4_u8).prop_map(
            |(group, who, instance, taste, flags)| Step::Join { group, who, instance, taste, flags }
        ),
        6 => (group.clone(), who.clone(), any::<bool>())
            .prop_map(|(group, who, shares)| Step::Sync { group, who, shares }),
        2 => (group.clone(), who.clone()).prop_map(|(group, who)| Step::Heartbeat { group, who }),
        1 => (group.clone(), who.clone()).prop_map(|(group, who)| Step::Leave { group, who }),
        4 => (group.clone(), proptest::option::of(who), 0..TOPICS.len())
            .prop_map(|(group, who, topic)| Step::Commit { group, who, topic }),
        1 => (group.clone(), 0..TOPICS.len())
            .prop_map(|(group, topic)| Step::DeleteOffsets { group, topic }),
        1 => group.prop_map(|group| Step::DeleteGroup { group }),
        2 => (0..8_000_u64).prop_map(|ms| Step::Pass { ms }),
        10 => Just(Step::Complete),
        2 => Just(Step::Fail),
        1 => (0..4_usize).prop_map(|written| Step::Restart { written }),
    ]
}

/// A member that clients have heard of, its instance, and its generation.
type Known = (MemberId, Option<&'static str>, Generation);

/// What the clients know, and what they were promised.
struct History {
    world: World,
    /// Members and generations that clients have heard of, per group.
    known: BTreeMap<usize, Vec<Known>>,
    asked: BTreeMap<RequestId, Asked>,
    /// On which append an answer rests, of those that are still open.
    rests_on: BTreeMap<RequestId, AppendId>,
    /// What was refused as late, and may come to be.
    late: BTreeMap<AppendId, Asked>,
    /// The last offset whose commit was answered.
    promised: BTreeMap<(usize, usize), i64>,
    /// Groups whose record the log refused: it tells of an earlier time until the next one.
    stale: BTreeSet<&'static str>,
    next_offset: i64,
}

#[derive(Clone, Debug)]
enum Asked {
    Join { group: usize, instance: Option<&'static str> },
    Sync { generation: Generation },
    Commit { group: usize, topic: usize, offset: i64 },
    DeleteOffsets { group: usize, topic: usize },
    DeleteGroup { group: usize },
    Other,
}

impl Asked {
    /// Whether records that are handed out for it are what its answer waits for.
    fn rests_on_records(&self) -> bool {
        matches!(self, Self::Commit { .. } | Self::DeleteOffsets { .. } | Self::DeleteGroup { .. })
    }
}

impl History {
    fn new() -> Self {
        let append_timeout = std::time::Duration::from_secs(1);
        let mut world = World::with(Settings { append_timeout, ..settings() });
        world.holds = true;
        let known = (0..GROUPS.len()).map(|group| (group, Vec::new())).collect();
        Self {
            world,
            known,
            asked: BTreeMap::new(),
            rests_on: BTreeMap::new(),
            late: BTreeMap::new(),
            promised: BTreeMap::new(),
            stale: BTreeSet::new(),
            next_offset: 0,
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Pass { ms } => self.world.pass(std::time::Duration::from_millis(*ms)),
            Step::Complete if !self.world.held.is_empty() => self.complete(),
            Step::Fail if !self.world.held.is_empty() => self.fail(),
            Step::Complete | Step::Fail => {}
            Step::Restart { written } => self.restart(*written),
            ask => {
                let (group, what, asked) = self.ask(ask);
                let held_count = self.world.held.len();
                let request = self.world.ask_of(GROUPS[group], what);
                let append = self.world.held.get(held_count);
                if asked.rests_on_records() {
                    self.rests_on.extend(append.map(|append| (request, append.id)));
                }
                self.asked.insert(request, asked);
            }
        }
        self.hear();
        self.check();
    }

    fn ask(&mut self, step: &Step) -> (usize, Ask, Asked) {
        match *step {
            Step::Join { group, who, instance, taste, flags } => {
                let (member, known_instance, _) = self.member(group, who);
                let instance = if member.is_empty() { INSTANCES[instance] } else { known_instance };
                let offers =
                    [[("x", "1"), ("y", "2")], [("y", "2"), ("x", "1")], [("x", "3"), ("z", "4")]];
                let join = Join {
                    protocols: protocols(&offers[taste]),
                    needs_member_id: flags & 1 != 0,
                    knows_skip_assignment: flags & 2 != 0,
                    rebalance_timeout_ms: 20_000,
                    ..joining(&member, instance)
                };
                (group, Ask::Join(join), Asked::Join { group, instance })
            }
            Step::Sync { group, who, shares } => {
                let (member, instance, generation) = self.member(group, who);
                let share = payload(&generation.to_string());
                let members = self.known[&group].iter().filter(|_| shares);
                let assignments = members.map(|(id, ..)| (id.clone(), share.clone())).collect();
                let instance = instance.map(InstanceId::from);
                let sync = Sync {
                    instance,
                    member,
                    generation,
                    protocol_type: None,
                    protocol: None,
                    assignments,
                };
                (group, Ask::Sync(sync), Asked::Sync { generation })
            }
            Step::Heartbeat { group, who } => {
                let (member, instance, generation) = self.member(group, who);
                (group, heartbeat(&member, instance, generation), Asked::Other)
            }
            Step::Leave { group, who } => {
                let (member, instance, _) = self.member(group, who);
                (group, leave(&[(member.as_str(), instance)]), Asked::Other)
            }
            Step::Commit { group, who, topic } => {
                let nobody = (MemberId::default(), None, Generation::NONE);
                let (member, instance, generation) =
                    who.map_or(nobody, |who| self.member(group, who));
                self.next_offset += 1;
                let offset = self.next_offset;
                let commit = Commit {
                    instance: instance.map(InstanceId::from),
                    ..committing(&member, generation, TOPICS[topic], offset)
                };
                (group, Ask::Commit(commit), Asked::Commit { group, topic, offset })
            }
            Step::DeleteOffsets { group, topic } => {
                (group, delete_offset(TOPICS[topic]), Asked::DeleteOffsets { group, topic })
            }
            Step::DeleteGroup { group } => (group, Ask::DeleteGroup, Asked::DeleteGroup { group }),
            _ => unreachable!("these ask nothing"),
        }
    }

    /// The latest of those that were heard of, counted from the end, or nobody.
    fn member(&self, group: usize, who: usize) -> Known {
        let known = &self.known[&group];
        let nobody = (MemberId::default(), None, Generation::new(1));
        known.iter().rev().nth(who).cloned().unwrap_or(nobody)
    }

    fn group_records(append: &Append) -> Vec<&'static str> {
        let is_of = |record: &Record, group: &str| {
            let key = [b"\x00\x02\x00\x01", group.as_bytes()].concat();
            record.key == key && record.value.is_some()
        };
        let groups = GROUPS.iter();
        let named = groups.filter(|group| append.records.iter().any(|record| is_of(record, group)));
        named.copied().collect()
    }

    fn complete(&mut self) {
        for group in Self::group_records(&self.world.held[0]) {
            self.stale.remove(group);
        }
        let late = self.late.remove(&self.world.held[0].id);
        self.world.complete();
        self.hear();
        if let Some(asked) = late {
            self.came_to_be(&asked);
        }
    }

    fn fail(&mut self) {
        self.late.remove(&self.world.held[0].id);
        self.stale.extend(Self::group_records(&self.world.held[0]));
        self.world.fail(AppendFault::Unavailable);
    }

    /// What had reached the log holds, whether it was answered or not.
    fn restart(&mut self, written: usize) {
        for _ in 0..written.min(self.world.held.len()) {
            self.complete();
        }
        self.world.restart();
        self.asked.clear();
        self.rests_on.clear();
        self.late.clear();
        self.stale.clear();
    }

    fn hear(&mut self) {
        let answered: Vec<_> =
            self.asked.keys().filter(|request| !self.world.waits(**request)).copied().collect();
        // Requests are heard in the order in which their records became durable, which is that of
        // their numbers wherever two concern the same offset.
        for request in answered {
            let asked = self.asked.remove(&request).expect("just listed");
            let answer = self.world.answer(request);
            let append = self.rests_on.remove(&request);
            let held = self.world.held.iter().map(|append| append.id);
            match append.filter(|append| held.clone().any(|held| held == *append)) {
                Some(append) => {
                    assert!(is_refused_as_late(&answer), "{answer:?} to {asked:?}");
                    self.late.insert(append, asked);
                }
                None => self.heard(asked, answer),
            }
        }
    }

    fn heard(&mut self, asked: Asked, answer: Answer) {
        match (asked, answer) {
            (Asked::Join { group, instance }, Answer::Join(Ok(joined))) => {
                let known = self.known.get_mut(&group).expect("one per group");
                known.retain(|(member, ..)| *member != joined.member);
                known.push((joined.member, instance, joined.generation));
            }
            (Asked::Join { group, instance }, Answer::Join(Err(refused))) => {
                if refused.error == GroupError::MemberIdRequired {
                    let known = self.known.get_mut(&group).expect("one per group");
                    known.push((refused.member, instance, Generation::new(0)));
                }
            }
            (Asked::Sync { generation }, Answer::Sync(Ok(synced))) => {
                let share = payload(&generation.to_string());
                let is_own = synced.assignment == share || synced.assignment == Payload::default();
                assert!(is_own, "a share of another generation");
            }
            (Asked::Commit { group, topic, offset }, Answer::Commit(topics)) => {
                if topics[0].partitions[0].1.is_ok() {
                    self.came_to_be(&Asked::Commit { group, topic, offset });
                }
            }
            (asked @ Asked::DeleteOffsets { .. }, Answer::DeleteOffsets(answer)) => {
                if answer.is_ok_and(|topics| topics[0].partitions[0].1.is_ok()) {
                    self.came_to_be(&asked);
                }
            }
            (asked @ Asked::DeleteGroup { .. }, Answer::DeleteGroup(answer)) => {
                if answer.is_ok() {
                    self.came_to_be(&asked);
                }
            }
            (Asked::Sync { .. }, Answer::Sync(Err(_)))
            | (Asked::Other, Answer::Heartbeat(_) | Answer::Leave(_)) => {}
            (asked, answer) => panic!("{answer:?} to {asked:?}"),
        }
    }

    /// What a request asked for is durable.
    fn came_to_be(&mut self, asked: &Asked) {
        match *asked {
            Asked::Commit { group, topic, offset } => {
                self.promised.insert((group, topic), offset);
            }
            Asked::DeleteOffsets { group, topic } => {
                self.promised.remove(&(group, topic));
            }
            Asked::DeleteGroup { group } => self.promised.retain(|(of, _), _| *of != group),
            Asked::Join { .. } | Asked::Sync { .. } | Asked::Other => {}
        }
    }

    fn check(&mut self) {
        for (group, name) in GROUPS.iter().enumerate() {
            let id = GroupId::from(*name);
            for (topic, topic_name) in TOPICS.iter().enumerate() {
                let topic_id = TopicName::from(*topic_name);
                let found = self.world.coordinator.offset(&id, &topic_id, PartitionIndex::new(0));
                let found = found.map(|found| found.offset.get());
                assert_eq!(
                    found,
                    self.promised.get(&(group, topic)).copied(),
                    "{name} {topic_name}"
                );
            }
            if let Some(described) = self.world.coordinator.describe(&id) {
                let has_members = !described.members.is_empty();
                assert!(has_members || !matches!(described.state, GroupState::Stable));
                assert!(
                    !has_members
                        || !matches!(described.state, GroupState::Empty | GroupState::Dead)
                );
            }
        }
    }

    /// What the log tells is what there is, where nothing is on its way.
    fn check_log(&self) {
        let mut replay = Replay::new(settings(), Random::new(3));
        for record in &self.world.log {
            replay.record(&record.key, record.value.as_deref()).expect("our own record");
        }
        let told = replay.finish(self.world.now);
        for name in GROUPS {
            let id = GroupId::from(name);
            let offsets = |coordinator: &Coordinator| {
                let all = coordinator.offsets(&id);
                all.map(|(topic, partition, it)| (topic.clone(), partition, it.clone()))
                    .collect::<Vec<_>>()
            };
            assert_eq!(offsets(&told), offsets(&self.world.coordinator), "{name}");
            let (told, live) = (told.describe(&id), self.world.coordinator.describe(&id));
            match live {
                Some(live) if live.state == GroupState::Stable => assert_eq!(told, Some(live)),
                Some(live) if live.state == GroupState::Empty && !self.stale.contains(name) => {
                    assert!(told.is_none_or(|told| told.state == GroupState::Empty));
                }
                Some(_) => {}
                None => assert!(told.is_none() || self.stale.contains(name), "{told:?}"),
            }
        }
    }

    /// Everything on its way arrives and all clients fall silent: then nobody waits, and no group
    /// has members.
    fn end(mut self) {
        while !self.world.held.is_empty() {
            self.complete();
            self.hear();
        }
        self.check();
        self.check_log();
        self.world.holds = false;
        self.world.pass(seconds(400));
        self.hear();
        assert_eq!(self.world.waiting_count(), 0, "somebody was never answered");
        self.check();
        for listing in self.world.coordinator.list(&ListFilter::default()) {
            assert_eq!(listing.state, GroupState::Empty);
        }
    }
}

/// Whether somebody is told that his records are not durable yet.
fn is_refused_as_late(answer: &Answer) -> bool {
    let late = GroupError::CoordinatorNotAvailable;
    match answer {
        Answer::Commit(topics) => topics[0].partitions[0].1 == Err(late),
        Answer::DeleteOffsets(answer) => *answer == Err(late),
        Answer::DeleteGroup(answer) => *answer == Err(late),
        _ => false,
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_was_answered_holds(steps in proptest::collection::vec(step(), 1..120)) {
        let mut history = History::new();
        for step in &steps {
            history.take(step);
            if history.world.held.is_empty() {
                history.check_log();
            }
        }
        history.end();
    }
}
