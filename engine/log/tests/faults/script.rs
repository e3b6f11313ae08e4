//! One life that does a bit of everything, always the same, so that a fault can be put at each of
//! its steps in turn.

use crate::harness::batches::{Parcel, Times};
use crate::harness::checkers::check_recovered;
use crate::harness::life::DIRECTORY;
use crate::harness::model::{Existence, Model};
use millstream_base::{LeaderEpoch, Offset, PartitionId, Random};
use millstream_io::Io;
use millstream_log::{
    AppendOptions, Directory, Engine, EngineOptions, LogError, PartitionName, PartitionOptions,
    Ticket,
};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

/// The model, which outlives the shard that fills it.
pub(crate) type Shared = Rc<RefCell<Model>>;

/// What a life comes to: its end, or what kept it from there.
pub(crate) type Outcome = Result<(), LogError>;

/// Small and quick, so that the background does all that it can do within a short life.
pub(crate) fn engine_options() -> EngineOptions {
    let mut options = EngineOptions::default();
    options.journal_bytes_max = 64 << 20;
    options.tail_bytes_max = 8 << 20;
    options.settle_idle = Duration::from_millis(20);
    options.retention_check = Duration::from_millis(50);
    options
}

/// An engine and what is known of its logs.
pub(crate) struct Actor {
    pub(crate) engine: Engine,
    pub(crate) model: Shared,
    random: Random,
}

/// Opens the log and compares everything in it with what was promised.
pub(crate) async fn open(io: &Io, model: &Shared) -> Result<Actor, LogError> {
    let directory = Directory::open(io, Path::new(DIRECTORY), 1).await?;
    let engine = Engine::open(io, &directory, engine_options()).await?;
    model.borrow_mut().life += 1;
    check_recovered(&engine, model).await?;
    Ok(Actor { engine, model: Rc::clone(model), random: Random::new(7) })
}

/// The whole script: two openings, and everything that a log can be asked for.
pub(crate) async fn run(io: Io, model: Shared) -> Outcome {
    let mut actor = open(&io, &model).await?;
    actor.begin().await?;
    actor.settle().await;
    actor.change().await?;
    actor.engine.close().await?;
    model.borrow_mut().promise_all();
    drop(actor);
    let mut actor = open(&io, &model).await?;
    actor.go_on().await
}

impl Actor {
    /// Partitions with framed batches, and one with runs.
    async fn begin(&mut self) -> Outcome {
        let small = PartitionOptions::default().segment_bytes(16 << 10);
        let large = PartitionOptions::default().segment_bytes(1 << 20);
        let first = self.create("first", small).await?;
        let second = self.create("second", large).await?;
        let third = self.create("third", small.retention_bytes(20_000)).await?;
        self.append(&[(first, 300), (first, 5000), (second, 700), (third, 9000)]).await?;
        // Twice: the second time the partition brought enough in the tick before.
        self.append(&[(second, 70_000), (second, 80_000), (first, 100)]).await?;
        self.append(&[(second, 140_000), (third, 9000)]).await
    }

    /// Lets the background move everything and write its checkpoint.
    pub(crate) async fn settle(&self) {
        self.engine.io().sleep(Duration::from_millis(70)).await;
    }

    /// Cuts at both ends, a partition goes and another takes its name, retention, and more runs.
    async fn change(&mut self) -> Outcome {
        let id = |name| self.engine.find(&PartitionName::new(name).expect("a name"));
        let [first, second, third] =
            ["first", "second", "third"].map(id).map(|id| id.expect("nobody else is here"));
        self.append(&[(first, 9000), (third, 9000), (second, 150_000)]).await?;
        self.append(&[(first, 9000), (third, 9000), (second, 160_000)]).await?;
        self.settle().await;
        self.trim(first, 4).await?;
        self.truncate(second, 3).await?;
        self.append(&[(second, 400), (first, 200), (third, 9000)]).await?;
        self.delete(first).await?;
        let options = PartitionOptions::default().segment_bytes(64 << 10);
        let again = self.create("first", options).await?;
        self.append(&[(again, 2000), (second, 300)]).await?;
        self.settle().await;
        self.truncate(again, 1).await?;
        self.append(&[(again, 1000), (second, 150_000)]).await
    }

    /// After the second opening: more of the same, and no farewell.
    async fn go_on(&mut self) -> Outcome {
        for id in self.engine.partitions() {
            self.append(&[(id, 3000), (id, 140_000)]).await?;
            self.append(&[(id, 500)]).await?;
        }
        self.settle().await;
        for id in self.engine.partitions() {
            self.append(&[(id, 200)]).await?;
        }
        Ok(())
    }

    /// Makes a partition and waits until it is there for good.
    pub(crate) async fn create(
        &mut self,
        name: &str,
        options: PartitionOptions,
    ) -> Result<PartitionId, LogError> {
        let name = PartitionName::new(name).expect("a name");
        let (id, ticket) = self.engine.create_staged(&name, options)?;
        self.model.borrow_mut().create(id, name, options, ticket);
        self.engine.stable(ticket).await?;
        let mut model = self.model.borrow_mut();
        model.partitions.get_mut(&id).expect("made above").existence = Existence::Here;
        Ok(id)
    }

    /// Appends batches of these sizes, all in one tick, and waits for the last: with it all are
    /// acknowledged.
    pub(crate) async fn append(&mut self, batches: &[(PartitionId, usize)]) -> Outcome {
        let mut last = None;
        for (id, bytes) in batches {
            last = Some(self.append_one(*id, *bytes).await?);
        }
        let ticket = last.expect("something is appended");
        self.engine.stable(ticket).await?;
        for (id, _) in batches {
            let next = self.engine.watermarks(*id)?.stable;
            self.model.borrow_mut().promise_before(*id, next);
        }
        self.model.borrow_mut().acknowledged_count += batches.len() as u64;
        Ok(())
    }

    /// Gives a batch its place; waits where the log asks for patience.
    pub(crate) async fn append_one(
        &mut self,
        id: PartitionId,
        bytes: usize,
    ) -> Result<Ticket, LogError> {
        loop {
            match self.offer(id, bytes) {
                Err(LogError::Busy | LogError::DiskFull) => self.engine.room().await,
                result => return result,
            }
        }
    }

    /// Gives a batch its place, if the log takes it.
    pub(crate) fn offer(&mut self, id: PartitionId, bytes: usize) -> Result<Ticket, LogError> {
        let times = Times { first: self.engine.io().wall_time(), step_ms: 1 };
        let number = self.model.borrow_mut().next_batch_id();
        let parcel = Parcel::build(number, bytes, times, &mut self.random);
        let appended = self.engine.append(id, &parcel.checked(), AppendOptions::default())?;
        let print = parcel.fingerprint(LeaderEpoch::default(), None);
        self.model.borrow_mut().send(id, &appended, print, times);
        Ok(appended.ticket)
    }

    /// Cuts so many records off the front.
    pub(crate) async fn trim(&self, id: PartitionId, count: i64) -> Outcome {
        let start = Offset::new(self.engine.watermarks(id)?.start.get() + count);
        self.known(id, |known| known.start_max = known.start_max.max(start));
        self.engine.trim(id, start).await?;
        self.known(id, |known| known.start_min = known.start_min.max(start));
        Ok(())
    }

    /// Cuts so many records off the end.
    pub(crate) async fn truncate(&self, id: PartitionId, count: i64) -> Outcome {
        let end = Offset::new(self.engine.watermarks(id)?.next.get() - count);
        let cut = self.known(id, |known| known.begin_cut(end));
        let end = self.engine.truncate(id, end).await?;
        self.known(id, |known| known.end_cut(cut, Some(end)));
        Ok(())
    }

    /// Removes a partition.
    pub(crate) async fn delete(&self, id: PartitionId) -> Outcome {
        self.known(id, |known| known.existence = Existence::Deleting);
        self.engine.delete(id).await?;
        self.model.borrow_mut().partitions.remove(&id);
        Ok(())
    }

    fn known<T>(
        &self,
        id: PartitionId,
        change: impl FnOnce(&mut crate::harness::model::Known) -> T,
    ) -> T {
        change(self.model.borrow_mut().partitions.get_mut(&id).expect("it was made"))
    }
}
