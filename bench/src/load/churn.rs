//! What comes and goes beside the load: connections that ask one question, and groups that live
//! once.

use super::ask;
use super::flow::{Flow, Sent};
use super::group_life::GroupLife;
use super::schedule::Schedule;
use super::stage::Stage;
use super::talk::Talk;
use super::tally::{Count, Tally};
use crate::amount::float;
use crate::client::{Place, resolve};
use crate::failure::Failure;
use millstream_base::Instant;
use millstream_io::{Io, Priority, Slice};
use millstream_wire::ErrorCode;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How many of a shard are open at once: others wait, and their waiting counts.
const OPEN_COUNT_MAX: usize = 512;

/// What comes and goes.
#[derive(Debug)]
pub(crate) struct ChurnPlan {
    address: SocketAddr,
    /// How many in a second, those of all shards together.
    pub(crate) rate: f64,
    guest: Guest,
}

#[derive(Debug)]
enum Guest {
    /// Asks this, encoded.
    Connection(Slice),
    Group(GroupLife),
}

/// Which of the shards that share the connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    pub(crate) shard: usize,
    pub(crate) shard_count: usize,
}

impl ChurnPlan {
    /// So many connections in a second, each of which asks ApiVersions.
    pub(crate) fn of_connections(broker: &str, rate: f64) -> Result<Arc<Self>, Failure> {
        let guest = Guest::Connection(ask::request()?);
        Ok(Arc::new(Self { address: resolve(broker)?, rate, guest }))
    }

    /// So many groups in a second, each of which reads this partition.
    pub(crate) fn of_groups(broker: &str, rate: f64, place: &Place) -> Result<Arc<Self>, Failure> {
        let guest = Guest::Group(GroupLife::new(broker, place)?);
        Ok(Arc::new(Self { address: resolve(broker)?, rate, guest }))
    }

    /// Whether it is groups that come and go.
    pub(crate) fn is_of_groups(&self) -> bool {
        matches!(self.guest, Guest::Group(_))
    }

    async fn receive(&self, io: &Io, number: u64) -> Result<usize, ErrorCode> {
        match &self.guest {
            Guest::Connection(request) => ask_once(io, self.address, request.clone()).await,
            Guest::Group(life) => life.live(io, self.address, number).await,
        }
    }

    fn tally<'c>(&self, count: &'c mut Count) -> &'c mut Tally {
        match self.guest {
            Guest::Connection(_) => &mut count.churned,
            Guest::Group(_) => &mut count.groups,
        }
    }
}

/// Starts a shard's share of it.
pub(crate) fn start(stage: &Rc<Stage>, plan: &Arc<ChurnPlan>, share: Share) {
    // Shards open theirs one after the other, not at the same time.
    let offset = Duration::from_secs_f64((float(share.shard as u64) / plan.rate).min(3600.0));
    let own = plan.rate / float(share.shard_count as u64).max(1.0);
    let schedule = Schedule::even(stage.start + offset, own);
    let opening = open_all(Rc::clone(stage), Arc::clone(plan), (schedule, share));
    drop(stage.io.spawn(Priority::Foreground, opening));
}

async fn open_all(
    stage: Rc<Stage>,
    plan: Arc<ChurnPlan>,
    (mut schedule, share): (Schedule, Share),
) {
    // No two shards have the same.
    let mut numbers = (share.shard as u64..).step_by(share.shard_count.max(1));
    // Not one of the stage's flows: a run ends without asking these connections. Groups would stay.
    let flow = Rc::new(Flow::new(OPEN_COUNT_MAX, stage.start));
    if plan.is_of_groups() {
        stage.host(&flow);
    }
    stage.io.sleep_until(stage.start).await;
    while flow.room().await > 0 && !stage.is_over() {
        let now = stage.io.now();
        let Some(intended) = schedule.take_due(now) else {
            stage.io.sleep_until(schedule.next().min(stage.end)).await;
            if stage.io.now() >= stage.end {
                break;
            }
            continue;
        };
        let lateness = now - intended.max(flow.room_since());
        stage.count.borrow_mut().lateness.record(lateness);
        flow.push(Sent { intended, place: 0, bytes: 0 });
        let number = numbers.next().expect("there are more than anybody counts");
        let guest = (number, intended);
        let visit = visit(Rc::clone(&stage), Arc::clone(&plan), Rc::clone(&flow), guest);
        drop(stage.io.spawn(Priority::Foreground, visit));
    }
}

/// One of them, from its intended start to its end.
async fn visit(
    stage: Rc<Stage>,
    plan: Arc<ChurnPlan>,
    flow: Rc<Flow>,
    (number, intended): (u64, Instant),
) {
    let came = plan.receive(&stage.io, number).await;
    let now = stage.io.now();
    // They end in any order: only how many are open counts here.
    flow.pop(now);
    let mut count = stage.count.borrow_mut();
    match came {
        Ok(bytes) => plan.tally(&mut count).succeed(bytes, 0, now - intended),
        Err(code) => plan.tally(&mut count).fail(code.0),
    }
}

/// The size of the answer; NETWORK_EXCEPTION where the connection was refused or lost before.
async fn ask_once(io: &Io, address: SocketAddr, request: Slice) -> Result<usize, ErrorCode> {
    let answered = async {
        let answer = Talk::open(io, address).await?.ask(request).await?;
        Some((answer.len(), ask::error_of(&answer)?))
    };
    match answered.await {
        Some((bytes, code)) if code.is_none() => Ok(bytes),
        Some((_, code)) => Err(code),
        None => Err(ErrorCode::NETWORK_EXCEPTION),
    }
}
