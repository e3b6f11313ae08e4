//! The owner's side of a simulated world.

use super::agenda::ShardKey;
use super::disk::{Disk, PowerCut};
use super::driver::Driver;
use super::node::{Crash, NodeId};
use super::options::WorldOptions;
use super::running::Running;
use super::state::State;
use crate::bell::Bell;
use crate::buffer::Pool;
use crate::executor::Priority;
use crate::io::Io;
use crate::remote::Remote;
use millstream_base::limits::REGION_BYTES;
use millstream_base::{Instant, ShardId};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// A simulated world: nodes with disks, and shards that run on them when [`World::step`] says so.
///
/// Dropped during a panic, it says on stderr which seed to repeat.
pub struct World {
    seed: u64,
    pub(super) state: Rc<RefCell<State>>,
    residents: Vec<Resident>,
    step_count: u64,
}

/// A shard that lives.
struct Resident {
    key: ShardKey,
    node: NodeId,
    io: Io,
}

impl World {
    /// A world without nodes.
    #[must_use]
    pub fn new(seed: u64, options: WorldOptions) -> Self {
        let state = Rc::new(RefCell::new(State::new(seed, options)));
        Self { seed, state, residents: Vec::new(), step_count: 0 }
    }

    /// Adds a machine with an empty disk.
    pub fn node(&mut self, name: &str) -> NodeId {
        self.state.borrow_mut().add_node(name)
    }

    /// Starts a shard; its main future is first polled in a later step. When `main` resolves, the
    /// shard ends as a real one does: its other tasks are dropped, what it has in flight is done.
    ///
    /// # Panics
    /// If a shard of this number runs on the node, or a power cut there is not decided.
    pub fn start<T, F>(
        &mut self,
        node: NodeId,
        shard: ShardId,
        main: impl FnOnce(Io) -> F,
    ) -> Running<T>
    where
        T: 'static,
        F: Future<Output = T> + 'static,
    {
        let running = Running::new();
        let key = self.state.borrow_mut().add_shard(node, shard);
        let io = self.io(key, shard);
        let entered = io.shared.executor.enter();
        let body = main(io.clone());
        let (filled, stopping) = (Rc::clone(&running.value), io.clone());
        drop(io.spawn(Priority::Foreground, async move {
            let value = body.await;
            *filled.borrow_mut() = Some(value);
            stopping.stop();
        }));
        drop(entered);
        self.residents.push(Resident { key, node, io });
        running
    }

    fn io(&self, key: ShardKey, shard: ShardId) -> Io {
        let mut state = self.state.borrow_mut();
        let random = state.random.fork();
        let pool = Pool::new(state.options.buffers_bytes_max, REGION_BYTES);
        let driver = Driver::new(Rc::clone(&self.state), key);
        let remote = Arc::new(Remote::new(Bell::silent()));
        Io::new(shard, crate::driver::Driver::Sim(driver), remote, random, pool)
    }

    /// Lets one thing happen: an event, or one turn of a shard. `false` if there is nothing that
    /// could ever happen by itself.
    ///
    /// # Panics
    /// If the world seems to run in circles, see [`WorldOptions::step_count_max`].
    pub fn step(&mut self) -> bool {
        self.step_count += 1;
        let step_count_max = self.state.borrow().options.step_count_max;
        assert!(self.step_count <= step_count_max, "seed {}: endless", self.seed);
        let event = self.state.borrow().agenda.next_moment();
        match (event, self.next_turns()) {
            (None, None) => return false,
            (event, Some((turn, indexes))) if event.is_none_or(|event| turn < event) => {
                let index = self.pick(&indexes);
                self.take_turn(turn, index);
            }
            (event, _) => {
                let mut state = self.state.borrow_mut();
                state.now = state.now.max(event.expect("there is an event or a turn"));
                state.happen();
            }
        }
        self.bring_down();
        true
    }

    /// When a shard can next do something, and which can.
    fn next_turns(&self) -> Option<(Instant, Vec<usize>)> {
        let state = self.state.borrow();
        let mut turns: Option<(Instant, Vec<usize>)> = None;
        for (index, resident) in self.residents.iter().enumerate() {
            let Some(moment) = resident.next_moment(&state) else { continue };
            match &mut turns {
                Some((earliest, _)) if *earliest < moment => {}
                Some((earliest, indexes)) if *earliest == moment => indexes.push(index),
                turns => *turns = Some((moment, vec![index])),
            }
        }
        turns
    }

    /// One of several shards that can all go next.
    fn pick(&self, indexes: &[usize]) -> usize {
        let choice = self.state.borrow_mut().random.below(indexes.len() as u64);
        indexes[usize::try_from(choice).expect("below a length")]
    }

    fn take_turn(&mut self, moment: Instant, index: usize) {
        let Resident { key, ref io, .. } = self.residents[index];
        self.begin_turn(moment, key);
        let entered = io.shared.executor.enter();
        loop {
            let completion = io.shared.driver.borrow_mut().next_completion();
            let Some(completion) = completion else { break };
            io.complete(completion);
        }
        io.shared.timers.borrow_mut().fire(moment);
        io.run_tick();
        // One that ends at the moment of its node's crash crashes.
        let crashing = self.state.borrow().is_crashing(key);
        let stopping = io.shared.stopping.get() && !crashing;
        if stopping {
            io.shared.executor.clear();
            self.state.borrow_mut().end(key);
        }
        drop(entered);
        if stopping {
            self.residents.remove(index);
        }
    }

    fn begin_turn(&self, moment: Instant, key: ShardKey) {
        let mut state = self.state.borrow_mut();
        state.now = state.now.max(moment);
        let turn_max_ns = u64::try_from(state.options.turn_max.as_nanos()).unwrap_or(u64::MAX - 1);
        let turn = Duration::from_nanos(state.random.below(turn_max_ns + 1));
        let now = state.now;
        state.shard_mut(key).busy_until = now + turn;
        state.trace.fold("turn", &[key.0 as u64, now.get()]);
    }

    /// Carries out the crashes that came due in this step.
    fn bring_down(&mut self) {
        let due = self.state.borrow().nodes.iter().position(|node| node.crash_due.is_some());
        let Some(node) = due.map(NodeId) else { return };
        let crash = self.state.borrow().nodes[node.0].crash_due;
        self.crash(node, crash.expect("found by it"));
    }

    /// Runs until `condition` holds; `false` if nothing can happen any more before it does.
    pub fn run_until(&mut self, mut condition: impl FnMut() -> bool) -> bool {
        while !condition() {
            if !self.step() {
                return condition();
            }
        }
        true
    }

    /// Runs until a shard's main future has resolved and gives its value, or `None` if the shard
    /// was killed before or waits for something that never comes.
    pub fn run<T>(&mut self, running: &Running<T>) -> Option<T> {
        let abandoned = || Rc::strong_count(&running.value) == 1;
        while !running.is_done() && !abandoned() && self.step() {}
        running.take()
    }

    /// Runs for a stretch of virtual time, also if nothing happens in it.
    pub fn run_for(&mut self, duration: Duration) {
        let end = self.now() + duration;
        while self.next_moment().is_some_and(|moment| moment <= end) {
            self.step();
        }
        let mut state = self.state.borrow_mut();
        state.now = state.now.max(end);
    }

    /// Runs until nothing can happen by itself any more. It does not end while a task sleeps in a
    /// loop.
    pub fn run_until_idle(&mut self) {
        while self.step() {}
    }

    fn next_moment(&self) -> Option<Instant> {
        let event = self.state.borrow().agenda.next_moment();
        let turn = self.next_turns().map(|(moment, _)| moment);
        event.into_iter().chain(turn).min()
    }

    /// All processes of a node die, as by `kill -9`.
    pub fn kill(&mut self, node: NodeId) {
        self.crash(node, Crash::Kill);
    }

    /// A node loses its power.
    pub fn cut_power(&mut self, node: NodeId, cut: PowerCut) {
        self.crash(node, Crash::Power(cut));
    }

    /// Takes a node down now.
    pub fn crash(&mut self, node: NodeId, crash: Crash) {
        self.state.borrow_mut().crash(node, crash);
        let (gone, left) =
            self.residents.drain(..).partition(|resident: &Resident| resident.node == node);
        self.residents = left;
        // The state knows them dead: nothing that their destructors submit is heard.
        gone.into_iter().for_each(|resident: Resident| resident.end());
    }

    /// Takes a node down just before its `event_index`-th submission or completion, counted since
    /// the world's beginning as in [`World::event_count`].
    ///
    /// # Panics
    /// If that has passed.
    pub fn crash_at(&mut self, node: NodeId, event_index: u64, crash: Crash) {
        assert!(event_index >= self.event_count(node), "an event that has passed never comes");
        self.state.borrow_mut().nodes[node.0].planned_crash = Some((event_index, crash));
    }

    /// Lets one operation of a node fail, by its index as in [`World::operation_count`]. A close
    /// cannot fail, and an operation on a socket takes its connection along.
    ///
    /// # Panics
    /// If that operation has been submitted already.
    pub fn fail_operation(&mut self, node: NodeId, operation_index: u64, errno: i32) {
        assert!(operation_index >= self.operation_count(node), "what was submitted has gone well");
        self.state.borrow_mut().nodes[node.0].failing.insert(operation_index, errno);
    }

    /// How many operations the shards of a node have submitted.
    #[must_use]
    pub fn operation_count(&self, node: NodeId) -> u64 {
        self.state.borrow().nodes[node.0].operation_count
    }

    /// How many submissions and completions of operations a node has seen.
    #[must_use]
    pub fn event_count(&self, node: NodeId) -> u64 {
        self.state.borrow().nodes[node.0].event_count
    }

    /// Stops the processes of a node where they are, as by SIGSTOP; its disk goes on.
    pub fn pause(&mut self, node: NodeId) {
        self.state.borrow_mut().nodes[node.0].is_paused = true;
    }

    /// Lets a paused node run again.
    pub fn resume(&mut self, node: NodeId) {
        self.state.borrow_mut().nodes[node.0].is_paused = false;
    }

    /// Whether any shard lives on a node.
    #[must_use]
    pub fn is_up(&self, node: NodeId) -> bool {
        self.state.borrow().has_shards(node)
    }

    /// The name that a node was given.
    #[must_use]
    pub fn node_name(&self, node: NodeId) -> String {
        self.state.borrow().nodes[node.0].name.clone()
    }

    /// A node's disk.
    #[must_use]
    pub fn disk(&self, node: NodeId) -> Disk {
        Disk::new(Rc::clone(&self.state), node)
    }

    /// Moves a node's wall clock. Monotonic time is not touched.
    pub fn jump_wall_time(&mut self, node: NodeId, by_ms: i64) {
        let offset_ms = &mut self.state.borrow_mut().nodes[node.0].wall_offset_ms;
        *offset_ms = offset_ms.saturating_add(by_ms);
    }

    /// Virtual monotonic time, one for all nodes.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.state.borrow().now
    }

    /// The seed that repeats this world.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The fingerprint of all that has happened.
    #[must_use]
    pub fn trace_hash(&self) -> u64 {
        self.state.borrow().trace.hash()
    }
}

impl Resident {
    /// When the shard can next do something by itself.
    fn next_moment(&self, state: &State) -> Option<Instant> {
        if state.nodes[self.node.0].is_paused {
            return None;
        }
        let shared = &self.io.shared;
        let shard = state.shard(self.key);
        let has_work =
            !shard.answered.is_empty() || shared.executor.has_ready() || shared.remote.has_wakes();
        let due = if has_work { Some(Instant::ZERO) } else { None };
        let due = due.or_else(|| shared.timers.borrow().next_deadline());
        due.map(|due| due.max(shard.busy_until).max(state.now))
    }

    /// Drops what the shard was about to do.
    fn end(self) {
        let entered = self.io.shared.executor.enter();
        self.io.shared.executor.clear();
        drop(entered);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let state = self.state.borrow();
            eprintln!(
                "simulated world: seed {}, step {}, {} events, virtual time {} ns",
                self.seed,
                self.step_count,
                state.trace.event_count(),
                state.now.get(),
            );
        }
        let node_count = self.state.borrow().nodes.len();
        for node in 0..node_count {
            self.state.borrow_mut().crash(NodeId(node), Crash::Kill);
        }
        self.residents.drain(..).for_each(Resident::end);
    }
}
