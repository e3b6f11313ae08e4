//! A partition that a shard serves.

use crate::error_map;
use crate::metrics::Traffic;
use crate::shard::Shard;
use crate::turnstile::Turnstile;
use millstream_base::{LeaderEpoch, Offset, PartitionId};
use millstream_batch::CheckedBatch;
use millstream_controller::config::TopicConfig;
use millstream_log::LogError;
use millstream_replica::{
    Ack, Clock, EpochEnd, Leader, ProduceError, ProduceRequest, Produced, ReplicaOptions,
    SnapshotStore,
};
use millstream_wire::ErrorCode;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

/// What the shard that owns a partition knows of it.
pub(crate) struct Partition {
    /// In the engine.
    pub(crate) id: PartitionId,
    pub(crate) epoch: Cell<LeaderEpoch>,
    pub(crate) config: RefCell<Rc<TopicConfig>>,
    /// Where what goes in and comes out is counted, with that of its topic.
    pub(crate) traffic: Rc<Traffic>,
    /// Made when somebody first needs it, since that reads the headers behind the last snapshot:
    /// ten thousand partitions that nobody asks for cost nothing at a start.
    leader: OnceCell<RefCell<Leader>>,
    /// Those who need the leader while it is being made, in the order in which they came.
    opening: Turnstile,
}

impl Partition {
    pub(crate) fn new(
        id: PartitionId,
        epoch: LeaderEpoch,
        config: Rc<TopicConfig>,
        traffic: Rc<Traffic>,
    ) -> Self {
        Self {
            id,
            epoch: Cell::new(epoch),
            config: RefCell::new(config),
            traffic,
            leader: OnceCell::new(),
            opening: Turnstile::default(),
        }
    }

    /// Compares the leader epoch that a client knows with the partition's, before anything is read.
    pub(crate) fn check_epoch(&self, known: i32) -> Result<(), ErrorCode> {
        let checked = millstream_replica::check_epoch(self.epoch.get(), LeaderEpoch::new(known));
        checked.map_err(|error| error_map::of_fetch(&error))
    }

    /// The metadata say something else of it from now on.
    pub(crate) fn change(&self, epoch: LeaderEpoch, config: &Rc<TopicConfig>) {
        self.epoch.set(epoch);
        self.config.replace(Rc::clone(config));
        if let Some(leader) = self.leader.get() {
            let mut leader = leader.borrow_mut();
            leader.begin_epoch(epoch);
            leader.configure(replica_options(config));
        }
    }

    /// The leader, if anybody has needed it yet.
    pub(crate) fn known_leader(&self) -> Option<&RefCell<Leader>> {
        self.leader.get()
    }

    /// The leader; the first call makes it, the others wait for it and keep their order.
    pub(crate) async fn leader(&self, shard: &Shard) -> Result<&RefCell<Leader>, LogError> {
        if let Some(leader) = self.leader.get().filter(|_| self.opening.is_free()) {
            return Ok(leader);
        }
        let turn = self.opening.queue();
        turn.comes().await;
        if self.leader.get().is_none() {
            let engine = &shard.engine;
            let snapshot = SnapshotStore::load(&shard.snapshots, engine, self.id).await?;
            let options = replica_options(&self.config.borrow());
            let leader =
                Leader::recover(engine, self.id, options, self.epoch.get(), snapshot).await?;
            // What was said meanwhile.
            assert!(self.leader.set(RefCell::new(leader)).is_ok(), "one at a time");
            let config = Rc::clone(&self.config.borrow());
            self.change(self.epoch.get(), &config);
        }
        Ok(self.leader.get().expect("made above"))
    }

    /// As [`Partition::leader`], told where the engine's partition stands now.
    pub(crate) async fn current_leader(&self, shard: &Shard) -> Result<&RefCell<Leader>, LogError> {
        let leader = self.leader(shard).await?;
        self.look(shard, &mut leader.borrow_mut())?;
        Ok(leader)
    }

    /// Where the epoch that was asked for ended; `current` is the one that the client takes for the
    /// leader's, −1 for no check.
    pub(crate) async fn epoch_end(
        &self,
        shard: &Shard,
        current: LeaderEpoch,
        asked: LeaderEpoch,
    ) -> Result<EpochEnd, ErrorCode> {
        let leader = self.current_leader(shard).await;
        let leader = leader.map_err(|error| error_map::of_log(&error))?;
        let end = leader.borrow().epoch_end(current, asked);
        end.map_err(|error| error_map::of_fetch(&error))
    }

    /// Appends what a producer sent, waiting for room where there is none, in the order in which
    /// the calls came. It is not stable yet: see [`Partition::acknowledged`].
    pub(crate) async fn produce(
        &self,
        shard: &Shard,
        batch: &[u8],
        request: ProduceRequest,
    ) -> Result<Produced, ProduceError> {
        let append =
            |leader: &mut Leader, clock| leader.produce(&shard.engine, batch, request, clock);
        let produced = self.in_turn(shard, append).await?;
        self.traffic.appended(batch.len());
        Ok(produced)
    }

    /// Appends a batch of the broker's own, as [`Partition::produce`] does a client's.
    pub(crate) async fn append_own(
        &self,
        shard: &Shard,
        batch: &CheckedBatch<'_>,
    ) -> Result<Produced, ProduceError> {
        self.in_turn(shard, |leader, clock| leader.append_own(&shard.engine, batch, clock)).await
    }

    async fn in_turn(
        &self,
        shard: &Shard,
        append: impl Fn(&mut Leader, Clock) -> Result<Produced, ProduceError>,
    ) -> Result<Produced, ProduceError> {
        let leader = self.leader(shard).await?;
        let append = || {
            // Producers expire after hours: a tick is exact enough for them.
            let clock = Clock { wall: shard.io.wall_time(), machine: shard.io.tick_time() };
            let mut leader = leader.borrow_mut();
            self.look(shard, &mut leader)?;
            append(&mut leader, clock)
        };
        if shard.appending.is_free() {
            match append() {
                Err(ProduceError::Log(LogError::Busy)) => {}
                result => return result,
            }
        }
        let turn = shard.appending.queue();
        turn.comes().await;
        loop {
            match append() {
                Err(ProduceError::Log(LogError::Busy)) => shard.engine.relief().await,
                result => return result,
            }
        }
    }

    /// Tells the leader where the engine's partition stands.
    fn look(&self, shard: &Shard, leader: &mut Leader) -> Result<(), LogError> {
        leader.advance(&shard.engine.watermarks(self.id)?);
        Ok(())
    }

    /// Resolves when a batch may be acknowledged.
    pub(crate) async fn acknowledged(&self, shard: &Shard, ack: Ack) -> Result<(), LogError> {
        match ack {
            Ack::Stable(ticket) => shard.engine.stable(ticket).await,
            Ack::Readable(end) => {
                let before = Offset::new(end.get() - 1);
                shard.engine.readable_beyond(self.id, before).await.map(|_| ())
            }
            Ack::Now => Ok(()),
        }
    }

    /// Saves what the leader knows, if enough has changed, or at the end. What cannot be saved now
    /// is saved later; a snapshot that is missing costs reading.
    pub(crate) fn save(&self, shard: &Shard, is_end: bool) -> Result<(), LogError> {
        let Some(leader) = self.leader.get() else { return Ok(()) };
        let mut leader = leader.borrow_mut();
        if !(leader.wants_save() || (is_end && leader.is_unsaved())) {
            return Ok(());
        }
        let saved = leader.snapshot();
        if saved.upto() > shard.engine.watermarks(self.id)?.stable {
            return Ok(());
        }
        shard.snapshots.borrow_mut().save(&shard.engine, self.id, &saved)?;
        leader.saved(&saved);
        Ok(())
    }
}

fn replica_options(config: &TopicConfig) -> ReplicaOptions {
    ReplicaOptions {
        batch_bytes_max: config.batch_bytes_max,
        timestamp_type: config.timestamp_type,
        timestamp_before_max_ms: config.timestamp_before_max_ms,
        timestamp_after_max_ms: config.timestamp_after_max_ms,
        is_compacted: config.cleanup.compact,
        compression: config.compression,
        in_sync_min: config.in_sync_min,
        flush: config.flush,
    }
}
