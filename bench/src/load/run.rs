//! A run: shards that load a broker together, watched from outside.

use super::ask::{self, AskPlan};
use super::churn::{self, ChurnPlan, Share};
use super::fetch::{self, FetchPlan};
use super::group_read;
use super::produce::{self, ProducePlan};
use super::stage::{Event, Stage};
use super::tally::{Second, Series};
use super::watch::Watch;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use millstream_base::ShardId;
use millstream_io::{Sender, Shard, ShardOptions, channel};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// How often somebody who wants to end it is heard.
const LOOK: Duration = Duration::from_millis(100);
/// Many connections receive at the same time.
const RECEIVE_BUFFER_COUNT: u16 = 4096;

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) produce: Option<Arc<ProducePlan>>,
    pub(crate) fetch: Option<Arc<FetchPlan>>,
    pub(crate) ask: Option<Arc<AskPlan>>,
    /// What comes and goes beside it.
    pub(crate) churn: Vec<Arc<ChurnPlan>>,
    /// The cores of the client, as indices into those that it may use; one shard each.
    pub(crate) cores: Vec<usize>,
    pub(crate) length: Duration,
    /// Whether lost connections are opened again, and do not end the run.
    pub(crate) reconnects: bool,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) series: Series,
    /// Requests without an answer, also seconds after the end.
    pub(crate) unanswered: u64,
    /// Whether producers were answered at all.
    pub(crate) is_answered: bool,
    /// How many connections were to come and go in a second, and how many groups.
    pub(crate) churn_rates: [Option<f64>; 2],
    /// Members of groups that had nothing to read.
    pub(crate) idle_member_count: usize,
    /// Whether it ended before all was read that was to be read once.
    pub(crate) is_cut: bool,
    /// How much of its cores the client used, from 0 to 1.
    pub(crate) busy: f64,
    /// Why it ended early, if it did.
    pub(crate) broken: Option<String>,
    pub(crate) is_interrupted: bool,
}

/// Runs a plan to its end, to its failure, or until it is interrupted. `each` sees what each shard
/// counts, second by second.
pub(crate) fn run(
    plan: &Plan,
    interrupt: &Interrupt,
    mut each: impl FnMut(&Second),
) -> Result<Outcome, Failure> {
    let (events, inbox) = mpsc::channel();
    let mut shards = Vec::new();
    let mut stops = Vec::new();
    for shard in 0..plan.cores.len() {
        let (stop, stopped) = channel(1);
        let (plan, events) = (plan.clone(), events.clone());
        let options = options(&plan, shard);
        let started = Shard::start(options, move |io| async move {
            let stage = Rc::new(Stage::new(&io, &plan, events));
            begin(&plan, shard, &stage);
            stage.conduct(stopped).await;
            io.stop();
        });
        shards.push(started.map_err(|error| Failure::failed(error.to_string()))?);
        stops.push(stop);
    }
    drop(events);
    let mut outcome = watch(&inbox, &stops, interrupt, &mut each);
    outcome.churn_rates = [false, true].map(|is_of_groups| {
        let of_kind = plan.churn.iter().find(|churn| churn.is_of_groups() == is_of_groups);
        of_kind.map(|churn| churn.rate)
    });
    let groups = plan.fetch.as_ref().and_then(|fetch| fetch.groups.as_ref());
    outcome.idle_member_count = groups.map_or(0, |groups| groups.idle_count());
    outcome.is_cut &= plan.fetch.as_ref().is_some_and(|fetch| fetch.is_once);
    outcome.is_answered = plan.produce.as_ref().is_none_or(|produce| produce.is_answered);
    for shard in shards {
        shard.join().map_err(|error| Failure::failed(error.to_string()))?;
    }
    Ok(outcome)
}

fn options(plan: &Plan, shard: usize) -> ShardOptions {
    ShardOptions {
        shard: ShardId::new(u16::try_from(shard).unwrap_or(u16::MAX)),
        core: Some(plan.cores[shard]),
        receive_buffer_count: RECEIVE_BUFFER_COUNT,
        ..ShardOptions::default()
    }
}

/// Starts what falls to one shard.
fn begin(plan: &Plan, shard: usize, stage: &Rc<Stage>) {
    let share = |count: usize| -> Vec<usize> {
        (0..count).filter(|index| index % plan.cores.len() == shard).collect()
    };
    if let Some(produce) = &plan.produce {
        produce::start(stage, produce, &share(produce.connections.len()));
    }
    if let Some(fetch) = &plan.fetch {
        match &fetch.groups {
            Some(groups) => {
                group_read::start(stage, fetch, groups, &share(groups.all_count()));
            }
            None => fetch::start(stage, fetch, &share(fetch.consumers.len())),
        }
    }
    if let Some(asking) = &plan.ask {
        ask::start(stage, asking, share(asking.connection_count).len());
    }
    for churn in &plan.churn {
        churn::start(stage, churn, Share { shard, shard_count: plan.cores.len() });
    }
}

fn watch(
    inbox: &Receiver<Event>,
    stops: &[Sender<()>],
    interrupt: &Interrupt,
    each: &mut dyn FnMut(&Second),
) -> Outcome {
    let mut outcome = Outcome {
        series: Series::default(),
        unanswered: 0,
        is_answered: true,
        churn_rates: [None; 2],
        idle_member_count: 0,
        is_cut: false,
        busy: 0.0,
        broken: None,
        is_interrupted: false,
    };
    let mut used = Watch::start();
    loop {
        if interrupt.is_set() && !outcome.is_interrupted {
            outcome.is_interrupted = true;
            stop_all(stops);
        }
        match inbox.recv_timeout(LOOK) {
            Ok(Event::Second(second)) => {
                used.look();
                each(&second);
                outcome.series.add(*second);
            }
            Ok(Event::Broken(why)) => {
                outcome.broken.get_or_insert(why);
                stop_all(stops);
            }
            Ok(Event::Over { unanswered, is_cut }) => {
                outcome.unanswered += unanswered;
                outcome.is_cut |= is_cut;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    outcome.busy = used.busy() / crate::amount::float(stops.len() as u64).max(1.0);
    outcome
}

fn stop_all(stops: &[Sender<()>]) {
    for stop in stops {
        // Full: it was told before. Gone: it has ended.
        let _ = stop.try_send(());
    }
}
