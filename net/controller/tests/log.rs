//! A controller over its log on a simulated disk, as the broker drives it: what was stable is known
//! after a crash, and a snapshot stands for all before it.
#![forbid(unsafe_code)]

use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_base::{NodeId, Offset, PartitionId, Random, ShardId, Uuid};
use millstream_batch::{Batches, CheckOptions, Origin, check};
use millstream_controller::config::BrokerConfig;
use millstream_controller::record::{METADATA_BATCH_BYTES_MAX, encode_batch};
use millstream_controller::topic_name::CLUSTER_METADATA;
use millstream_controller::{
    BrokerRegistration, Controller, CreateTopics, DeleteTopics, MetadataImage, MetadataRecord,
    NewTopic, TopicSelector,
};
use millstream_io::Io;
use millstream_io::sim::{Crash, PowerCut, World, WorldOptions};
use millstream_log::{
    AppendOptions, Directory, Engine, EngineOptions, PartitionName, PartitionOptions, ReadLimit,
};
use std::path::Path;
use std::sync::Arc;

/// The controller and its log.
struct Node {
    engine: Engine,
    log: PartitionId,
    controller: Controller,
}

const CHECK: CheckOptions = CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Log };

impl Node {
    /// Opens the engine and follows the log.
    async fn start(io: Io, incarnation: u8) -> Self {
        let directory = Directory::open(&io, Path::new("/data"), 1).await.expect("opens");
        let engine = Engine::open(&io, &directory, EngineOptions::default()).await.expect("opens");
        let name = PartitionName::new(CLUSTER_METADATA).expect("a name");
        let options = PartitionOptions::default().batch_bytes_max(METADATA_BATCH_BYTES_MAX);
        let log = match engine.find(&name) {
            Some(log) => log,
            None => engine.create(&name, options).await.expect("creates"),
        };
        let config = Arc::new(BrokerConfig::default());
        let random = Random::new(io.random_u64());
        let mut controller = Controller::new(NodeId::new(1), config, random);
        let mut reader = engine.reader(log, engine.watermarks(log).expect("there").start, 2);
        let mut slices = Vec::new();
        while reader.next(&mut slices).await.expect("reads").bytes > 0 {
            for batch in slices.drain(..).flat_map(|slice| {
                let batches = Batches::new(&slice, CHECK).map(|batch| batch.map(own));
                batches.collect::<Vec<_>>()
            }) {
                let bytes = batch.expect("sound");
                let batch = check(&bytes, CHECK).expect("sound");
                controller.replay(&batch).expect("records of a controller");
            }
        }
        let mut node = Self { engine, log, controller };
        let registered = node.controller.register_broker(&BrokerRegistration {
            node: NodeId::new(1),
            incarnation: Uuid::from_bytes([incarnation; 16]),
            rack: None,
            listeners: Vec::new(),
        });
        node.append(&registered.records).await;
        node
    }

    /// Appends a command's records and waits until they are stable.
    async fn append(&mut self, records: &[MetadataRecord]) -> Offset {
        let now = self.engine.io().wall_time();
        let bytes = encode_batch(records, now).expect("fits");
        let batch = check(&bytes, CHECK).expect("sound");
        let appended = self.engine.append(self.log, &batch, AppendOptions::default());
        let appended = appended.expect("takes its place");
        self.engine.stable(appended.ticket).await.expect("stable");
        appended.first_offset
    }

    async fn create(&mut self, names: &[&str]) {
        let topics = names.iter().map(|name| NewTopic::new(*name).partitions(2)).collect();
        let request = CreateTopics { topics, validate_only: false };
        let created = self.controller.create_topics(&request);
        assert!(created.response.iter().all(|(_, result)| result.is_ok()));
        self.append(&created.records).await;
    }

    async fn snapshot(&mut self) {
        let records = self.controller.snapshot();
        let start = self.append(&records).await;
        self.engine.trim(self.log, start).await.expect("trims");
    }
}

/// A batch's bytes, so that the reader's buffer can go.
fn own(batch: millstream_batch::CheckedBatch<'_>) -> Vec<u8> {
    batch.bytes().to_vec()
}

fn names(image: &MetadataImage) -> Vec<String> {
    image.topics().map(|topic| topic.name().to_string()).collect()
}

#[test]
fn what_was_stable_is_known_after_a_power_cut() {
    for seed in 0..10 {
        let mut world = World::new(seed, WorldOptions::default());
        let machine = world.node("a");
        let running = world.start(machine, ShardId::new(0), |io| async move {
            let mut node = Node::start(io, 1).await;
            node.create(&["a", "b"]).await;
            let topics = vec![TopicSelector::Name("a".to_owned())];
            let deleted = node.controller.delete_topics(&DeleteTopics { topics });
            node.append(&deleted.records).await;
            let block = node.controller.allocate_producer_ids();
            node.append(&block.records).await;
            node.controller.image().clone()
        });
        let before = world.run(&running).expect("comes to its end");
        world.crash(machine, Crash::Power(PowerCut::Random));
        let running = world.start(machine, ShardId::new(0), |io| async move {
            Node::start(io, 2).await.controller.image().clone()
        });
        let after = world.run(&running).expect("comes to its end");
        assert_eq!(names(&after), ["b"]);
        assert_eq!(after.cluster_id(), before.cluster_id());
        assert_eq!(after.next_producer_id(), before.next_producer_id());
        let epoch = |image: &MetadataImage| {
            image.topic("b").expect("made").partitions()[1].leader_epoch.get()
        };
        assert_eq!((epoch(&before), epoch(&after)), (0, 1), "it was started anew");
        assert_eq!(after.topic("b").map(|topic| topic.id()), before.topic("b").map(|t| t.id()));
    }
}

#[test]
fn a_snapshot_stands_for_all_before_it() {
    let mut world = World::new(3, WorldOptions::default());
    let machine = world.node("a");
    for life in 1..=4_u8 {
        let running = world.start(machine, ShardId::new(0), move |io| async move {
            let mut node = Node::start(io, life).await;
            let expected: Vec<_> = (1..life).map(|life| format!("topic-{life}")).collect();
            assert_eq!(names(node.controller.image()), expected);
            node.create(&[&format!("topic-{life}")]).await;
            node.snapshot().await;
            let watermarks = node.engine.watermarks(node.log).expect("there");
            let left = watermarks.next.get() - watermarks.start.get();
            assert_eq!(left, i64::try_from(node.controller.snapshot().len()).expect("small"));
            let mut slices = Vec::new();
            let limit = ReadLimit { bytes_max: 1 };
            let read = node.engine.read(node.log, watermarks.start, limit, &mut slices).await;
            assert!(read.expect("reads").bytes > 0);
            node.controller.image().clone()
        });
        let image = world.run(&running).expect("comes to its end");
        world.kill(machine);
        assert_eq!(image.topic_count(), usize::from(life));
    }
}

#[test]
fn an_image_crosses_threads() {
    fn assert_shared<T: Send + Sync>() {}
    assert_shared::<MetadataImage>();
}
