//! The controller of the node: commands become records of the log `__cluster_metadata`, and what
//! they lead to goes to all shards.

use crate::race::{Boxed, join};
use crate::shard::{CONTROL_SHARD, Shard};
use crate::turnstile::Turnstile;
use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_base::{Offset, PartitionId, Random};
use millstream_batch::{Batches, CheckOptions, Origin, check};
use millstream_controller::record::{METADATA_BATCH_BYTES_MAX, encode_batch};
use millstream_controller::{Controller, MetadataImage, Outcome};
use millstream_log::{AppendOptions, Engine, LogError, PartitionName, PartitionOptions, ReadLimit};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// The engine's partition that holds the metadata.
const LOG_NAME: &str = "__cluster_metadata";
/// Bytes of the metadata log that are read at once.
const READ_BYTES: usize = 1 << 20;

/// Lives on [`CONTROL_SHARD`].
pub(crate) struct Control {
    /// `None` after an append that failed: the controller knew more than the log then, and another
    /// one, which replays the log, takes its place.
    controller: RefCell<Option<Controller>>,
    /// Commands, one after the other: what one decides rests on what those before it have appended.
    deciding: Turnstile,
    log: PartitionId,
    image_number: Cell<u64>,
}

/// Why the metadata cannot be used.
#[derive(Debug)]
pub(crate) enum ControlError {
    /// The engine's fault, or the disk's.
    Log(LogError),
    /// The log holds what no controller of this version wrote.
    Replay(String),
}

impl From<LogError> for ControlError {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl ControlError {
    /// As a command is told of it.
    fn into_log(self) -> LogError {
        match self {
            Self::Log(error) => error,
            Self::Replay(_) => LogError::Closed,
        }
    }
}

impl std::fmt::Display for ControlError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Log(error) => write!(formatter, "{error}"),
            Self::Replay(what) => write!(formatter, "the metadata cannot be read: {what}"),
        }
    }
}

impl Control {
    /// Reads what earlier lives have written.
    pub(crate) async fn open(shard: &Shard) -> Result<Self, ControlError> {
        let engine = &shard.engine;
        let name = PartitionName::new(LOG_NAME).expect("letters and underscores");
        let log = match engine.find(&name) {
            Some(log) => log,
            None => {
                let options = PartitionOptions::default().batch_bytes_max(METADATA_BATCH_BYTES_MAX);
                engine.create(&name, options).await?
            }
        };
        let controller = RefCell::new(Some(replayed(shard, log).await?));
        let image_number = Cell::new(0);
        Ok(Self { controller, deciding: Turnstile::default(), log, image_number })
    }

    /// Carries a command out: its answer comes when its records are stable and all shards know of
    /// them.
    async fn carry_out<T>(
        &self,
        shard: &Rc<Shard>,
        decide: impl FnOnce(&mut Controller) -> Outcome<T>,
    ) -> Result<T, LogError> {
        let turn = self.deciding.queue();
        turn.comes().await;
        if self.controller.borrow().is_none() {
            let controller = replayed(shard, self.log).await.map_err(ControlError::into_log)?;
            self.controller.replace(Some(controller));
        }
        let outcome = decide(self.controller.borrow_mut().as_mut().expect("made above"));
        if outcome.records.is_empty() {
            return Ok(outcome.response);
        }
        if let Err(error) = self.append(shard, &outcome.records).await {
            self.controller.take();
            return Err(error);
        }
        let (number, image) = self.next_image();
        drop(turn);
        publish(shard, number, image).await?;
        Ok(outcome.response)
    }

    /// The image as it is, under a number that it alone has.
    fn next_image(&self) -> (u64, Arc<MetadataImage>) {
        let number = self.image_number.get() + 1;
        self.image_number.set(number);
        let controller = self.controller.borrow();
        let image = controller.as_ref().map(Controller::image).cloned();
        (number, Arc::new(image.unwrap_or_default()))
    }

    async fn append(
        &self,
        shard: &Shard,
        records: &[millstream_controller::MetadataRecord],
    ) -> Result<(), LogError> {
        let bytes = encode_batch(records, shard.io.wall_time()).map_err(LogError::Batch)?;
        let options = CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Producer };
        let batch = check(&bytes, options).map_err(LogError::Batch)?;
        loop {
            match shard.engine.append(self.log, &batch, AppendOptions::default()) {
                Err(LogError::Busy) => shard.engine.relief().await,
                appended => return shard.engine.stable(appended?.ticket).await,
            }
        }
    }

    /// Gives all shards the image as it is, which they know nothing of yet.
    pub(crate) async fn publish_first(&self, shard: &Rc<Shard>) -> Result<(), LogError> {
        let (number, image) = self.next_image();
        publish(shard, number, image).await
    }
}

impl Shard {
    /// Has the controller decide something, wherever it lives.
    ///
    /// # Errors
    /// The log's fault: it is not known whether the command holds.
    pub(crate) async fn command<T: Send + 'static>(
        self: &Rc<Self>,
        decide: impl FnOnce(&mut Controller) -> Outcome<T> + Send + 'static,
    ) -> Result<T, LogError> {
        let carrying = self.on(CONTROL_SHARD, |shard| async move {
            let control = shard.control.get().ok_or(LogError::Closed)?;
            control.carry_out(&shard, decide).await
        });
        carrying.await.unwrap_or(Err(LogError::Closed))
    }
}

async fn publish(
    shard: &Rc<Shard>,
    number: u64,
    image: Arc<MetadataImage>,
) -> Result<(), LogError> {
    let adopting = shard.all().map(|to| {
        let image = Arc::clone(&image);
        let adopt = async move |shard: Rc<Shard>| shard.adopt(number, image).await;
        let adopting = shard.on(to, adopt);
        let adopting = async { adopting.await.unwrap_or(Err(LogError::Closed)) };
        Box::pin(adopting) as Boxed<'_, Result<(), LogError>>
    });
    for adopted in join(adopting.collect()).await {
        adopted?;
    }
    Ok(())
}

/// A controller that knows what the log says.
async fn replayed(shard: &Shard, log: PartitionId) -> Result<Controller, ControlError> {
    let random = Random::new(shard.io.random_u64());
    let facts = &shard.facts;
    let mut controller = Controller::new(facts.node, Arc::clone(&facts.config), random);
    replay(&shard.engine, log, &mut controller).await?;
    Ok(controller)
}

async fn replay(
    engine: &Engine,
    log: PartitionId,
    controller: &mut Controller,
) -> Result<(), ControlError> {
    let mut offset: Offset = engine.watermarks(log)?.start;
    let options = CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Log };
    loop {
        let mut slices = Vec::new();
        let limit = ReadLimit { bytes_max: READ_BYTES };
        let fetched = engine.read(log, offset, limit, &mut slices).await?;
        if slices.is_empty() {
            return Ok(());
        }
        for batch in slices.iter().flat_map(|slice| Batches::new(slice, options)) {
            let replayed = controller.replay(&batch.map_err(LogError::Batch)?);
            replayed.map_err(|fault| ControlError::Replay(fault.to_string()))?;
        }
        offset = fetched.next_offset;
    }
}
