//! One seed: lives and crashes, then peace, and a last look at everything.

use super::life::{Plan, live};
use super::model::Model;
use super::profile::Profile;
use millstream_base::{Random, ShardId};
use millstream_io::sim::{Crash, NodeId, PowerCut, World};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// What a run was made of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Report {
    pub(crate) seed_count: u64,
    pub(crate) open_count: u64,
    pub(crate) kill_count: u64,
    pub(crate) power_cut_count: u64,
    pub(crate) acknowledged_count: u64,
    pub(crate) read_count: u64,
    pub(crate) trace_hash: u64,
}

impl Report {
    pub(crate) fn add(&mut self, other: &Self) {
        self.seed_count += 1;
        self.open_count += other.open_count;
        self.kill_count += other.kill_count;
        self.power_cut_count += other.power_cut_count;
        self.acknowledged_count += other.acknowledged_count;
        self.read_count += other.read_count;
        self.trace_hash ^= other.trace_hash;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} seeds: {} openings, {} kills, {} power cuts, {} acknowledged appends, {} reads",
            self.seed_count,
            self.open_count,
            self.kill_count,
            self.power_cut_count,
            self.acknowledged_count,
            self.read_count
        )
    }
}

struct Run {
    world: World,
    node: NodeId,
    model: Rc<RefCell<Model>>,
    profile: Rc<Profile>,
    random: Random,
    report: Report,
}

/// Runs one seed to its end. Panics where a promise is broken, and then says which seed it was.
pub(crate) fn run_seed(seed: u64) -> Report {
    let mut random = Random::new(seed);
    let profile = Rc::new(Profile::draw(&mut random));
    let mut world = World::new(seed, profile.world.clone());
    let node = world.node("a");
    let model = Rc::new(RefCell::new(Model::default()));
    let mut run = Run { world, node, model, profile, random, report: Report::default() };
    for _ in 0..run.profile.life_count {
        run.live_and_crash();
    }
    run.end_in_peace();
    let model = run.model.borrow();
    Report {
        acknowledged_count: model.acknowledged_count,
        read_count: model.read_count,
        trace_hash: run.world.trace_hash(),
        ..run.report
    }
}

impl Run {
    fn live_and_crash(&mut self) {
        let crash = self.draw_crash();
        if let Some(crash) = crash {
            // From the first steps of recovery to far behind the end of the workload.
            let span = 1 << (4 + self.random.below(9));
            let event = self.world.event_count(self.node) + self.random.below(span);
            self.world.crash_at(self.node, event, crash);
        }
        let works = self.random.chance(9, 10);
        let closes = self.profile.closes && self.random.chance(1, 2);
        self.live(Plan { works, closes });
        if let Some(crash) = crash {
            // Where the life ended before the crash was due; a second one on what a first one
            // left, without anybody in between, is a crash of an idle machine.
            self.world.crash(self.node, crash);
            self.report.kill_count += u64::from(crash == Crash::Kill);
            self.report.power_cut_count += u64::from(crash != Crash::Kill);
        }
    }

    fn draw_crash(&mut self) -> Option<Crash> {
        let crash = if self.profile.cuts_power && self.random.chance(2, 3) {
            Crash::Power(PowerCut::Random)
        } else {
            Crash::Kill
        };
        self.profile.crashes.then_some(crash)
    }

    /// `true` if the life came to its end without a crash.
    fn live(&mut self, plan: Plan) -> bool {
        self.report.open_count += 1;
        self.model.borrow_mut().life += 1;
        let (model, profile) = (Rc::clone(&self.model), Rc::clone(&self.profile));
        let random = self.random.fork();
        let running = self
            .world
            .start(self.node, ShardId::new(0), |io| live(io, model, profile, random, plan));
        self.world.run(&running).is_some()
    }

    /// Nothing goes wrong any more: appends succeed, and everything is there to the end.
    fn end_in_peace(&mut self) {
        for plan in [
            Plan { works: true, closes: true },
            Plan { works: false, closes: false },
            Plan { works: false, closes: true },
        ] {
            assert!(self.live(plan), "a life without a crash comes to its end");
        }
    }
}
