//! One shard of a node: its engine, the partitions that it serves, and its ways to the others.

use crate::admission::Addresses;
use crate::budget::{Budget, Division, Process};
use crate::control::Control;
use crate::groups::Groups;
use crate::handlers::k18_api_versions::VERSION_COUNT;
use crate::mesh::Mesh;
use crate::metrics::Observed;
use crate::partition::Partition;
use crate::read_ahead::ReadAhead;
use crate::turnstile::Turnstile;
use millstream_base::{NodeId, PartitionIndex, ProducerId, ShardId, TopicId};
use millstream_controller::config::{BrokerConfig, Settings};
use millstream_controller::{MetadataImage, ProducerIdBlock, shard_of};
use millstream_io::{Io, Slice};
use millstream_log::{Engine, LogError};
use millstream_replica::SnapshotStore;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

/// The name of the listener that clients come in on.
pub(crate) const LISTENER: &str = "PLAINTEXT";
/// The shard that the controller lives on.
pub(crate) const CONTROL_SHARD: ShardId = ShardId::new(0);

/// What all shards of a node know from the start.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) node: NodeId,
    /// The data directory, as clients are told of it.
    pub(crate) data: String,
    pub(crate) shard_count: u16,
    pub(crate) config: Arc<BrokerConfig>,
    pub(crate) settings: Settings,
    /// How the memory for requests and answers is divided.
    pub(crate) division: Division,
    /// What all shards share.
    pub(crate) process: Arc<Process>,
}

/// Which partition of which topic.
pub(crate) type Key = (TopicId, PartitionIndex);

/// What lives on one shard's thread.
pub(crate) struct Shard {
    pub(crate) io: Io,
    pub(crate) engine: Engine,
    pub(crate) mesh: Mesh,
    pub(crate) facts: Arc<Facts>,
    image: RefCell<Arc<MetadataImage>>,
    /// Which image that is: they may come in out of order.
    pub(crate) image_number: Cell<u64>,
    pub(crate) partitions: RefCell<BTreeMap<Key, Rc<Partition>>>,
    /// Images that are being made true, in the order in which they came.
    pub(crate) adopting: Turnstile,
    /// Appends that found no room, in the order in which they came.
    pub(crate) appending: Turnstile,
    /// How many connections of this shard have a fetch session.
    pub(crate) fetch_sessions: Rc<Cell<u32>>,
    /// What the leaders of this shard knew when they were last saved.
    pub(crate) snapshots: RefCell<SnapshotStore>,
    /// The groups that this shard keeps.
    pub(crate) groups: Groups,
    /// What consumers of old batches will ask for next.
    pub(crate) read_ahead: ReadAhead,
    /// What its connections may hold.
    pub(crate) budget: Rc<Budget>,
    /// Where connections come from, of those that are counted here.
    pub(crate) addresses: Addresses,
    /// What it has counted.
    pub(crate) observed: Rc<Observed>,
    /// The answer to ApiVersions in each version, all but its head.
    pub(crate) api_versions: [OnceCell<Slice>; VERSION_COUNT],
    /// Where it listens, when it does.
    pub(crate) address: Cell<Option<SocketAddr>>,
    /// Producer ids that this shard may give away.
    producer_ids: Cell<Option<ProducerIdBlock>>,
    /// On [`CONTROL_SHARD`] only.
    pub(crate) control: OnceCell<Control>,
}

impl Shard {
    pub(crate) fn new(
        io: Io,
        engine: Engine,
        snapshots: SnapshotStore,
        mesh: Mesh,
        facts: Arc<Facts>,
    ) -> Rc<Self> {
        let request_bytes_max = facts.settings.network.request_bytes_max;
        let request_bytes_max = usize::try_from(request_bytes_max).unwrap_or(usize::MAX);
        let process = Arc::clone(&facts.process);
        let budget = Budget::new(facts.division.own_bytes, request_bytes_max, process);
        Rc::new(Self {
            io,
            engine,
            mesh,
            facts,
            image: RefCell::default(),
            image_number: Cell::new(0),
            partitions: RefCell::default(),
            adopting: Turnstile::default(),
            appending: Turnstile::default(),
            fetch_sessions: Rc::default(),
            snapshots: RefCell::new(snapshots),
            groups: Groups::default(),
            read_ahead: ReadAhead::default(),
            budget,
            addresses: Addresses::default(),
            observed: Rc::default(),
            api_versions: Default::default(),
            address: Cell::new(None),
            producer_ids: Cell::new(None),
            control: OnceCell::new(),
        })
    }

    /// The metadata as this shard knows them now.
    pub(crate) fn image(&self) -> Arc<MetadataImage> {
        Arc::clone(&self.image.borrow())
    }

    pub(crate) fn set_image(&self, image: Arc<MetadataImage>) -> Arc<MetadataImage> {
        std::mem::replace(&mut *self.image.borrow_mut(), image)
    }

    /// The shard that a partition lives on.
    pub(crate) fn owner(&self, key: Key) -> ShardId {
        shard_of(key.0, key.1, self.facts.shard_count)
    }

    /// What concerns partitions, by the shards that they live on; in its order on each.
    pub(crate) fn by_owner<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> Key,
    ) -> BTreeMap<ShardId, Vec<T>> {
        let mut owners: BTreeMap<ShardId, Vec<T>> = BTreeMap::new();
        for item in items {
            owners.entry(self.owner(key(&item))).or_default().push(item);
        }
        owners
    }

    /// A partition that this shard serves.
    pub(crate) fn partition(&self, key: Key) -> Option<Rc<Partition>> {
        self.partitions.borrow().get(&key).map(Rc::clone)
    }

    /// An id that no producer has had before.
    pub(crate) async fn next_producer_id(self: &Rc<Self>) -> Result<ProducerId, LogError> {
        loop {
            if let Some(block) = self.producer_ids.get().filter(|block| block.first < block.end) {
                let first = ProducerId::new(block.first.get() + 1);
                self.producer_ids.set(Some(ProducerIdBlock { first, ..block }));
                return Ok(block.first);
            }
            let allocated = self.command(|controller| controller.allocate_producer_ids()).await?;
            let block = allocated.map_err(|_| LogError::Closed)?;
            self.producer_ids.set(Some(block));
        }
    }

    /// All shards of the node.
    pub(crate) fn all(&self) -> impl Iterator<Item = ShardId> + use<> {
        (0..self.facts.shard_count).map(ShardId::new)
    }
}
