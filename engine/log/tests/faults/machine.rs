//! A simulated machine on which a script runs, something goes wrong, and the log comes back.

use crate::harness::checkers::check_recovered;
use crate::harness::life::DIRECTORY;
use crate::script::{self, Outcome, Shared, engine_options};
use millstream_base::ShardId;
use millstream_io::Io;
use millstream_io::sim::{Disk, NodeId, World, WorldOptions};
use millstream_log::{Directory, Engine, LogError, PartitionInfo};
use std::fmt::Debug;
use std::path::Path;
use std::rc::Rc;

/// One machine, and what its log has promised.
pub(crate) struct Machine {
    pub(crate) world: World,
    pub(crate) node: NodeId,
    pub(crate) model: Shared,
}

impl Machine {
    pub(crate) fn new(seed: u64) -> Self {
        let options = WorldOptions {
            buffers_bytes_max: engine_options().buffers_bytes_max(),
            step_count_max: 1_000_000,
            ..WorldOptions::default()
        };
        let mut world = World::new(seed, options);
        let node = world.node("a");
        Self { world, node, model: Shared::default() }
    }

    pub(crate) fn disk(&self) -> Disk {
        self.world.disk(self.node)
    }

    /// Runs something on the machine's one shard; `None` if that is killed.
    pub(crate) fn run<T: 'static, F: Future<Output = T> + 'static>(
        &mut self,
        work: impl FnOnce(Io, Shared) -> F,
    ) -> Option<T> {
        let model = Rc::clone(&self.model);
        let running = self.world.start(self.node, ShardId::new(0), |io| work(io, model));
        self.world.run(&running)
    }

    /// Runs the script; `None` if it is killed on the way.
    pub(crate) fn run_script(&mut self) -> Option<Outcome> {
        self.run(script::run)
    }

    /// Opens the log, finds everything that was promised, and appends to each partition, which is
    /// promised from then on.
    pub(crate) fn recover(&mut self) {
        let outcome = self.run(|io, model| async move {
            let mut actor = script::open(&io, &model).await?;
            for id in actor.engine.partitions() {
                actor.append(&[(id, 300)]).await?;
            }
            Ok::<_, LogError>(())
        });
        outcome.expect("nobody kills it").expect("a healthy machine");
    }

    /// Opens the log as it is and says what is in it; nothing is appended, and it ends as by a
    /// kill.
    pub(crate) fn look(&mut self) -> Vec<Look> {
        let looks = self.run(|io, model| async move {
            let directory = Directory::open(&io, Path::new(DIRECTORY), 1).await?;
            let engine = Engine::open(&io, &directory, engine_options()).await?;
            model.borrow_mut().life += 1;
            check_recovered(&engine, &model).await?;
            let infos = engine.partitions().into_iter().map(|id| engine.describe(id));
            infos.map(|info| info.map(Look::of)).collect::<Result<Vec<_>, LogError>>()
        });
        looks.expect("nobody kills it").expect("a healthy machine")
    }
}

/// What must be the same however often recovery is begun anew.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Look {
    name: String,
    start: i64,
    stable: i64,
    options: String,
}

impl Look {
    fn of(info: PartitionInfo) -> Self {
        Self {
            name: info.name.to_string(),
            start: info.watermarks.start.get(),
            stable: info.watermarks.stable.get(),
            options: format!("{:?}", info.options),
        }
    }
}

/// Says what was tried, if the test fails while it is there.
pub(crate) struct Trying<T: Debug>(pub(crate) T);

impl<T: Debug> Drop for Trying<T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("while trying {:?}", self.0);
        }
    }
}

/// How many of all cases an ordinary run tries: every so many. `MILLSTREAM_FAULTS=1` tries all.
pub(crate) fn stride(ordinary: usize) -> usize {
    let asked = std::env::var("MILLSTREAM_FAULTS").ok();
    asked.map_or(ordinary, |text| text.parse().expect("MILLSTREAM_FAULTS is a number above 0"))
}
