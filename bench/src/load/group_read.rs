//! Consumer groups that read: their members share the partitions, commit how far they have read,
//! and share anew where one of them leaves or comes.

use super::fetch::{Consumer, FetchPlan, Progress};
use super::flow::{Flow, Sent};
use super::member::{ByTopic, LOST, Member, Said, await_coordinator};
use super::options::FetchOptions;
use super::setup::by_leader;
use super::stage::Stage;
use super::talk::Talk;
use crate::client::{NAME, Place, resolve};
use crate::failure::Failure;
use millstream_base::Instant;
use millstream_io::Priority;
use millstream_wire::ErrorCode;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

/// How often somebody who waits sees whether the run was ended.
const LOOK: Duration = Duration::from_millis(200);
/// Between two tries to be in a group.
const PAUSE: Duration = Duration::from_millis(100);

/// What the groups of a run have in common.
#[derive(Debug)]
pub(crate) struct GroupPlan {
    broker: SocketAddr,
    /// Who leads each place.
    leaders: Vec<SocketAddr>,
    groups: Vec<Group>,
    /// Members of each.
    member_count: usize,
    /// Members of each to whom Kafka's range gives nothing: of each topic the first ones get some.
    idle_count: usize,
    heartbeat: Duration,
    commit: Duration,
    /// How often a member leaves and comes back.
    rebalance: Option<Duration>,
}

#[derive(Debug)]
struct Group {
    name: String,
    /// Members that have not ended: the last one deletes the group.
    left_count: AtomicUsize,
}

impl GroupPlan {
    /// Groups that read these places; waits until the cluster keeps groups.
    pub(crate) fn new(
        broker: &str,
        places: &[Place],
        options: &FetchOptions,
    ) -> Result<Option<Arc<Self>>, Failure> {
        let Some(count) = options.groups.groups else { return Ok(None) };
        let mut leaders = vec![resolve(broker)?; places.len()];
        for (address, places) in by_leader(places)? {
            places.iter().for_each(|place| leaders[*place] = address);
        }
        let process = std::process::id();
        let group = |index| Group {
            name: format!("{NAME}-{process}-reader-{index}"),
            left_count: AtomicUsize::new(options.consumers),
        };
        let groups: Vec<Group> = (0..count).map(group).collect();
        for group in &groups {
            await_coordinator(broker, &group.name)?;
        }
        let mut partition_counts = BTreeMap::<&str, usize>::new();
        for place in places {
            *partition_counts.entry(&place.topic).or_default() += 1;
        }
        let shared_count = partition_counts.into_values().max().unwrap_or(0);
        Ok(Some(Arc::new(Self {
            broker: resolve(broker)?,
            leaders,
            groups,
            member_count: options.consumers,
            idle_count: options.consumers.saturating_sub(shared_count),
            heartbeat: options.groups.heartbeat_interval,
            commit: options.groups.commit_interval,
            rebalance: options.groups.rebalance_interval,
        })))
    }

    /// Members of all groups together.
    pub(crate) fn all_count(&self) -> usize {
        self.groups.len() * self.member_count
    }

    /// Those of them that have nothing to read.
    pub(crate) fn idle_count(&self) -> usize {
        self.groups.len() * self.idle_count
    }
}

/// Starts the members with these indices: those of the first group come first.
pub(crate) fn start(
    stage: &Rc<Stage>,
    fetch: &Arc<FetchPlan>,
    plan: &Arc<GroupPlan>,
    indices: &[usize],
) {
    for index in indices {
        let group = index / plan.member_count;
        let reader = Reader {
            stage: Rc::clone(stage),
            fetch: Arc::clone(fetch),
            plan: Arc::clone(plan),
            group,
            turn: index % plan.member_count,
            member: Member::new(plan.groups[group].name.clone()),
            talk: None,
            reading: Vec::new(),
        };
        // It leaves when the run is over, and is waited for.
        let flow = Rc::new(Flow::new(1, stage.start));
        flow.push(Sent { intended: stage.start, place: 0, bytes: 0 });
        stage.host(&flow);
        drop(stage.io.spawn(Priority::Foreground, reader.run(flow)));
    }
}

/// Why a member stops reading what it has.
enum Turn {
    /// The run is over.
    Over,
    /// It goes, to come back.
    Leave,
    /// The group shares anew, or does not know it any more.
    Join(ErrorCode),
}

/// One member, and what it reads.
struct Reader {
    stage: Rc<Stage>,
    fetch: Arc<FetchPlan>,
    plan: Arc<GroupPlan>,
    group: usize,
    /// Which of its group it is the turn of when one is to leave.
    turn: usize,
    member: Member,
    talk: Option<Talk>,
    /// What it was given, of each leader.
    reading: Vec<(SocketAddr, Rc<Progress>)>,
}

impl Reader {
    async fn run(mut self, flow: Rc<Flow>) {
        if let Err(failure) = self.take_part().await {
            self.stage.fail(failure.to_string());
        }
        self.end().await;
        flow.pop(self.stage.io.now());
    }

    /// Until the run is over, or reading fails.
    async fn take_part(&mut self) -> Result<(), Failure> {
        let mut since = self.stage.io.now();
        let mut leave_at = self.first_leave();
        while !self.is_over() {
            if let Err(code) = self.enter(since).await {
                self.stage.count.borrow_mut().rebalanced.fail(code.0);
                self.take_back(code);
                self.stage.io.sleep(PAUSE).await;
                continue;
            }
            let consumers = self.consumers();
            let turn = either(self.attend(leave_at), all(consumers)).await?;
            since = self.stage.io.now();
            match turn {
                Turn::Over => break,
                Turn::Leave => {
                    self.leave().await;
                    leave_at = self.next_leave(leave_at);
                }
                Turn::Join(code) => {
                    // Whoever gets its share goes on where it is now.
                    if code == ErrorCode::REBALANCE_IN_PROGRESS {
                        self.commit().await;
                    }
                    self.take_back(code);
                }
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.stage.is_over() || self.stage.io.now() >= self.stage.end
    }

    /// The members of a group leave one after the other.
    fn first_leave(&self) -> Option<Instant> {
        let turn = u32::try_from(self.turn).unwrap_or(u32::MAX).saturating_add(1);
        Some(self.stage.start + self.plan.rebalance?.saturating_mul(turn))
    }

    fn next_leave(&self, last: Option<Instant>) -> Option<Instant> {
        let count = u32::try_from(self.plan.member_count).unwrap_or(u32::MAX);
        Some(last? + self.plan.rebalance?.saturating_mul(count))
    }

    /// Joins the group, and learns what to read and from where. Counts from `since`.
    async fn enter(&mut self, since: Instant) -> Said<()> {
        let io = self.stage.io.clone();
        let mut talk = match self.talk.take() {
            Some(talk) => talk,
            None => self.member.find(&io, self.plan.broker).await?,
        };
        let mut topics: Vec<&str> =
            self.fetch.places.iter().map(|place| place.topic.as_str()).collect();
        topics.dedup();
        let members = self.member.join(&mut talk, topics).await?;
        let shares = shares(&self.fetch.places, members);
        let own = self.member.sync(&mut talk, shares).await?;
        let committed = self.member.committed(&mut talk, &own).await?;
        self.talk = Some(talk);
        self.reading = self.progress(&committed);
        self.stage.count.borrow_mut().rebalanced.succeed(0, 0, io.now() - since);
        Ok(())
    }

    /// What it was given, where the group has come in it.
    fn progress(&self, committed: &ByTopic<(i32, i64)>) -> Vec<(SocketAddr, Rc<Progress>)> {
        let mut reading: Vec<(SocketAddr, Progress)> = Vec::new();
        for (place, found) in self.fetch.places.iter().enumerate() {
            let partitions = committed.get(&place_topic(found)).into_iter().flatten();
            let offset = partitions.into_iter().find(|(index, _)| *index == found.partition);
            let Some((_, offset)) = offset else { continue };
            let leader = self.plan.leaders[place];
            let at = reading.iter().position(|(address, _)| *address == leader);
            let at = at.unwrap_or_else(|| {
                reading.push((leader, Progress::default()));
                reading.len() - 1
            });
            let offset = if *offset < 0 { self.fetch.from[place] } else { *offset };
            reading[at].1.push(place, offset);
        }
        reading.into_iter().map(|(address, progress)| (address, Rc::new(progress))).collect()
    }

    fn consumers(&self) -> Vec<Consuming> {
        let consumer = |(address, progress): &(SocketAddr, Rc<Progress>)| {
            let consumer = Consumer::new(&self.stage, &self.fetch, *address, Rc::clone(progress));
            Box::pin(consumer.consume()) as Consuming
        };
        self.reading.iter().map(consumer).collect()
    }

    /// Says that it is alive, and commits, until something is to change.
    async fn attend(&mut self, leave_at: Option<Instant>) -> Turn {
        let io = self.stage.io.clone();
        let mut beat_at = io.now() + self.plan.heartbeat;
        let mut commit_at = io.now() + self.plan.commit;
        loop {
            let now = io.now();
            if self.is_over() {
                return Turn::Over;
            }
            if leave_at.is_some_and(|leave_at| now >= leave_at) {
                return Turn::Leave;
            }
            if now >= beat_at {
                beat_at = now + self.plan.heartbeat;
                if let Err(code) = self.beat().await {
                    return Turn::Join(code);
                }
            }
            if now >= commit_at {
                commit_at = now + self.plan.commit;
                self.commit().await;
            }
            let next = beat_at.min(commit_at).min(now + LOOK).min(self.stage.end);
            io.sleep_until(leave_at.map_or(next, |leave_at| next.min(leave_at))).await;
        }
    }

    async fn beat(&mut self) -> Said<()> {
        let Some(talk) = &mut self.talk else { return Err(LOST) };
        let begin = self.stage.io.now();
        let answer = self.member.heartbeat(talk).await;
        let mut count = self.stage.count.borrow_mut();
        match answer {
            // That is how it is told.
            Ok(()) | Err(ErrorCode::REBALANCE_IN_PROGRESS) => {
                count.heartbeats.succeed(0, 0, self.stage.io.now() - begin);
            }
            Err(code) => count.heartbeats.fail(code.0),
        }
        answer
    }

    /// Commits what was read. What fails is counted, and comes again with the next.
    async fn commit(&mut self) {
        let mut offsets = ByTopic::new();
        for (place, offset) in self.reading.iter().flat_map(|(_, progress)| progress.offsets()) {
            let place = &self.fetch.places[place];
            let partitions: &mut Vec<_> = offsets.entry(place_topic(place)).or_default();
            partitions.push((place.partition, offset));
        }
        let Some(talk) = &mut self.talk else { return };
        if offsets.is_empty() {
            return;
        }
        let begin = self.stage.io.now();
        let answer = self.member.commit(talk, &offsets).await;
        let mut count = self.stage.count.borrow_mut();
        match answer {
            Ok(()) => count.committed.succeed(0, 0, self.stage.io.now() - begin),
            Err(code) => count.committed.fail(code.0),
        }
    }

    async fn leave(&mut self) {
        self.commit().await;
        self.reading.clear();
        let Some(talk) = self.talk.as_mut().filter(|_| self.member.is_named()) else { return };
        if let Err(code) = self.member.leave(talk).await {
            self.stage.count.borrow_mut().rebalanced.fail(code.0);
            self.take_back(code);
        }
        self.member.forget();
    }

    /// What no longer holds after a refusal: its name, or who keeps the group.
    fn take_back(&mut self, code: ErrorCode) {
        self.reading.clear();
        match code {
            ErrorCode::REBALANCE_IN_PROGRESS => {}
            ErrorCode::ILLEGAL_GENERATION | ErrorCode::UNKNOWN_MEMBER_ID => self.member.forget(),
            _ => self.talk = None,
        }
    }

    /// Leaves; the group goes with its last member.
    async fn end(&mut self) {
        self.leave().await;
        let group = &self.plan.groups[self.group];
        if group.left_count.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        let deleted = match &mut self.talk {
            Some(talk) => self.member.delete(talk).await,
            None => Err(LOST),
        };
        if let Err(code) = deleted {
            eprintln!("the group {} stays: {code}", self.member.group());
        }
    }
}

type Consuming = Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

/// Fails when one fails, and does not end otherwise.
fn all(mut each: Vec<Consuming>) -> impl Future<Output = Failure> {
    std::future::poll_fn(move |context| {
        for one in &mut each {
            if let Poll::Ready(Err(failure)) = one.as_mut().poll(context) {
                return Poll::Ready(failure);
            }
        }
        Poll::Pending
    })
}

/// What the first gives, unless the other fails before.
async fn either<T>(
    one: impl Future<Output = T>,
    other: impl Future<Output = Failure>,
) -> Result<T, Failure> {
    let mut one = std::pin::pin!(one);
    let mut other = std::pin::pin!(other);
    std::future::poll_fn(|context| match one.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Ok(value)),
        Poll::Pending => other.as_mut().poll(context).map(Err),
    })
    .await
}

fn place_topic(place: &Place) -> String {
    place.topic.clone()
}

/// Kafka's range assignor: of each topic each member gets partitions in a row, the first ones of
/// them one more where it does not come out even.
fn shares(places: &[Place], mut members: Vec<String>) -> Vec<(String, ByTopic<i32>)> {
    members.sort_unstable();
    let mut topics = ByTopic::new();
    for place in places {
        let partitions: &mut Vec<i32> = topics.entry(place_topic(place)).or_default();
        partitions.push(place.partition);
    }
    let count = members.len().max(1);
    let share = |index: usize| {
        let mut own = ByTopic::new();
        for (topic, partitions) in &topics {
            let (each, more) = (partitions.len() / count, partitions.len() % count);
            let begin = index * each + index.min(more);
            let end = begin + each + usize::from(index < more);
            if begin < end {
                own.insert(topic.clone(), partitions[begin..end].to_vec());
            }
        }
        own
    };
    members.into_iter().enumerate().map(|(index, member)| (member, share(index))).collect()
}

#[cfg(test)]
mod group_read_test {
    use super::*;

    #[test]
    fn each_partition_has_one_member_and_members_have_alike() {
        let place = |topic: &str, partition| Place {
            topic: topic.to_owned(),
            partition,
            leader: String::from("127.0.0.1:1"),
        };
        let mut places: Vec<Place> = (0..7).map(|partition| place("a", partition)).collect();
        places.extend((0..2).map(|partition| place("b", partition)));
        let members = ["z", "x", "y"].map(String::from).to_vec();
        let shares = shares(&places, members);
        let of = |member: &str, topic: &str| {
            let (_, share) = shares.iter().find(|(name, _)| name == member).expect("a member");
            share.get(topic).cloned().unwrap_or_default()
        };
        assert_eq!((of("x", "a"), of("x", "b")), (vec![0, 1, 2], vec![0]));
        assert_eq!((of("y", "a"), of("y", "b")), (vec![3, 4], vec![1]));
        assert_eq!((of("z", "a"), of("z", "b")), (vec![5, 6], vec![]));
    }

    #[test]
    fn a_member_that_is_alone_has_everything_and_nobody_nothing() {
        let place = Place { topic: String::from("a"), partition: 4, leader: String::new() };
        let alone = shares(std::slice::from_ref(&place), vec![String::from("x")]);
        assert_eq!(alone[0].1, ByTopic::from([(String::from("a"), vec![4])]));
        assert!(shares(&[place], Vec::new()).is_empty());
    }
}
