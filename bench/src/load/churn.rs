//! Connections that come and go beside the load: each asks one question.

use super::ask;
use super::flow::{Flow, Sent};
use super::frames::Frames;
use super::options::RunOptions;
use super::schedule::Schedule;
use super::stage::Stage;
use crate::amount::float;
use crate::client::resolve;
use crate::failure::Failure;
use millstream_base::Instant;
use millstream_io::{Buffer, ConnectOptions, Priority, Slice};
use millstream_wire::{ErrorCode, WireError};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How many of a shard are open at once: others wait, and their waiting counts.
const OPEN_COUNT_MAX: usize = 512;
/// Room for the answer, most of the time at once.
const ANSWER_BYTES: usize = 4096;

/// What comes and goes.
#[derive(Debug)]
pub(crate) struct ChurnPlan {
    address: SocketAddr,
    /// Connections in a second, those of all shards together.
    pub(crate) rate: f64,
    /// What each asks, encoded.
    request: Slice,
}

/// Which of the shards that share the connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    pub(crate) shard: usize,
    pub(crate) shard_count: usize,
}

impl ChurnPlan {
    /// What the options ask for, if they do.
    pub(crate) fn new(options: &RunOptions) -> Result<Option<Arc<Self>>, Failure> {
        let Some(rate) = options.churn else { return Ok(None) };
        let address = resolve(&options.broker)?;
        Ok(Some(Arc::new(Self { address, rate, request: ask::request()? })))
    }
}

/// Starts a shard's share of it.
pub(crate) fn start(stage: &Rc<Stage>, plan: &Arc<ChurnPlan>, share: Share) {
    // Shards open theirs one after the other, not at the same time.
    let offset = Duration::from_secs_f64((float(share.shard as u64) / plan.rate).min(3600.0));
    let own = plan.rate / float(share.shard_count as u64).max(1.0);
    let schedule = Schedule::even(stage.start + offset, own);
    let opening = open_all(Rc::clone(stage), Arc::clone(plan), schedule);
    drop(stage.io.spawn(Priority::Foreground, opening));
}

async fn open_all(stage: Rc<Stage>, plan: Arc<ChurnPlan>, mut schedule: Schedule) {
    // Not one of the stage's flows: a run ends without asking these connections.
    let flow = Rc::new(Flow::new(OPEN_COUNT_MAX, stage.start));
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
        let visit = visit(Rc::clone(&stage), Arc::clone(&plan), (Rc::clone(&flow), intended));
        drop(stage.io.spawn(Priority::Foreground, visit));
    }
}

/// One connection, from its intended start to its answer.
async fn visit(stage: Rc<Stage>, plan: Arc<ChurnPlan>, (flow, intended): (Rc<Flow>, Instant)) {
    let answer = ask_once(&stage, &plan).await;
    let now = stage.io.now();
    // They end in any order: only how many are open counts here.
    flow.pop(now);
    let churned = &mut stage.count.borrow_mut().churned;
    match answer {
        Some((bytes, code)) if code.is_none() => churned.succeed(bytes, 0, now - intended),
        Some((_, code)) => churned.fail(code.0),
        None => churned.fail(ErrorCode::NETWORK_EXCEPTION.0),
    }
}

/// The size and the error of the answer; `None` where the connection was refused or lost before.
async fn ask_once(stage: &Stage, plan: &ChurnPlan) -> Option<(usize, ErrorCode)> {
    let connecting = stage.io.connect(plan.address, ConnectOptions::default());
    let mut stream = connecting.await.ok()?;
    stream.send(vec![plan.request.clone()]).await.ok()?;
    let mut frames = Frames::default();
    let mut answer = None;
    let mut buffer = Buffer::unpooled(ANSWER_BYTES);
    while answer.is_none() {
        let (received, filled) = stream.receive(buffer).await;
        let got = received.ok().filter(|got| *got > 0)?;
        let fed: Result<(), WireError> = frames.feed(&filled[..got], |frame| {
            answer = Some((frame.len(), ask::error_of(frame)));
            Ok(())
        });
        fed.ok()?;
        buffer = filled;
    }
    let (bytes, code) = answer?;
    Some((bytes, code?))
}
