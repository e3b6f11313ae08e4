//! An engine on a simulated disk, a leader on it, and batches as clients send them.

use millstream_base::{
    LeaderEpoch, Offset, PartitionId, ProducerEpoch, ProducerId, Sequence, ShardId, Timestamp,
};
use millstream_batch::{BatchBuilder, BuilderOptions, Compression, Producer};
use millstream_io::Io;
use millstream_io::sim::{Crash, NodeId, PowerCut, World, WorldOptions};
use millstream_log::{Directory, Engine, EngineOptions, PartitionName, PartitionOptions};
use millstream_replica::{
    Ack, Acks, Clock, Leader, ProduceError, ProduceRequest, Produced, ReplicaOptions, Snapshot,
};
use std::path::Path;

/// A world with one node.
pub(crate) struct Machine {
    world: World,
    node: NodeId,
}

impl Machine {
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = World::new(seed, WorldOptions::default());
        let node = world.node("a");
        Self { world, node }
    }

    /// Runs `main` to its end, as one process, which is killed then.
    pub(crate) fn run<T, F>(&mut self, main: impl FnOnce(Io) -> F) -> T
    where
        T: 'static,
        F: Future<Output = T> + 'static,
    {
        let running = self.world.start(self.node, ShardId::new(0), main);
        let answer = self.world.run(&running).expect("comes to its end");
        self.world.kill(self.node);
        answer
    }

    /// As `run`, but with the power cut at the end.
    pub(crate) fn run_to_power_cut<T, F>(&mut self, main: impl FnOnce(Io) -> F) -> T
    where
        T: 'static,
        F: Future<Output = T> + 'static,
    {
        let running = self.world.start(self.node, ShardId::new(0), main);
        let answer = self.world.run(&running).expect("comes to its end");
        self.world.crash(self.node, Crash::Power(PowerCut::Random));
        answer
    }
}

/// Runs one test on an engine with a partition and its leader of epoch 3.
pub(crate) fn with_leader<F>(options: ReplicaOptions, test: impl FnOnce(Test) -> F + 'static)
where
    F: Future<Output = ()> + 'static,
{
    Machine::new(7).run(|io| async move {
        let engine = open(&io).await;
        let partition = create(&engine, "p").await;
        test(Test::open(engine, partition, options, 3, None).await).await;
    });
}

pub(crate) async fn open(io: &Io) -> Engine {
    let directory = Directory::open(io, Path::new("/data"), 1).await.expect("opens");
    let mut options = EngineOptions::default();
    options.journal_bytes_max = 64 << 20;
    options.tail_bytes_max = 8 << 20;
    Engine::open(io, &directory, options).await.expect("opens")
}

pub(crate) async fn create(engine: &Engine, name: &str) -> PartitionId {
    let name = PartitionName::new(name).expect("a name");
    let options = PartitionOptions::default().batch_bytes_max(64 << 20);
    engine.create(&name, options).await.expect("creates")
}

/// An engine and the leader of one of its partitions.
pub(crate) struct Test {
    pub(crate) engine: Engine,
    pub(crate) leader: Leader,
}

pub(crate) const REQUEST: ProduceRequest = ProduceRequest { acks: Acks::All, allows_zstd: true };

impl Test {
    pub(crate) async fn open(
        engine: Engine,
        partition: PartitionId,
        options: ReplicaOptions,
        epoch: i32,
        snapshot: Option<Snapshot>,
    ) -> Self {
        let epoch = LeaderEpoch::new(epoch);
        let leader = Leader::recover(&engine, partition, options, epoch, snapshot).await;
        Self { leader: leader.expect("recovers"), engine }
    }

    pub(crate) fn clock(&self) -> Clock {
        let io = self.engine.io();
        Clock { wall: io.wall_time(), machine: io.now() }
    }

    /// Takes its place; not stable yet.
    pub(crate) fn send(&mut self, records: &[u8]) -> Result<Produced, ProduceError> {
        let clock = self.clock();
        self.leader.produce(&self.engine, records, REQUEST, clock)
    }

    /// Waits as a producer is made to wait, and tells the leader.
    pub(crate) async fn wait(&mut self, produced: Produced) {
        match produced.ack {
            Ack::Stable(ticket) => self.engine.stable(ticket).await.expect("stable"),
            Ack::Readable(next) => {
                let last = Offset::new(next.get() - 1);
                let end = self.engine.readable_beyond(self.leader.partition(), last).await;
                assert!(end.expect("readable") >= next);
            }
            Ack::Now => {}
        }
        self.advance();
        assert!(self.leader.high_watermark() >= produced.next_offset);
    }

    pub(crate) fn advance(&mut self) {
        let watermarks = self.engine.watermarks(self.leader.partition()).expect("there");
        self.leader.advance(&watermarks);
    }

    /// Appends and waits; the base offset.
    pub(crate) async fn produce(&mut self, records: &[u8]) -> i64 {
        let produced = self.send(records).expect("takes its place");
        self.wait(produced).await;
        produced.base_offset.get()
    }
}

/// A batch as a client sends it.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) producer: Option<(i64, i16, i32)>,
    pub(crate) times: Vec<i64>,
    pub(crate) key: Option<&'static [u8]>,
    pub(crate) value_bytes: usize,
    pub(crate) compression: Compression,
}

impl Default for Sent {
    fn default() -> Self {
        Self {
            producer: None,
            times: vec![1_000],
            key: None,
            value_bytes: 10,
            compression: Compression::None,
        }
    }
}

impl Sent {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.build(false)
    }

    pub(crate) fn build(&self, is_transactional: bool) -> Vec<u8> {
        let producer = self.producer.map(|(id, epoch, sequence)| Producer {
            id: ProducerId::new(id),
            epoch: ProducerEpoch::new(epoch),
            base_sequence: Sequence::new(sequence),
        });
        let mut builder = BatchBuilder::new(BuilderOptions {
            batch_bytes_max: 64 << 20,
            compression: self.compression,
            producer,
            is_transactional,
            ..BuilderOptions::default()
        });
        let value = vec![b'v'; self.value_bytes];
        for time in &self.times {
            let added = builder.append(Timestamp::new(*time), self.key, Some(&value), &[]);
            added.expect("fits");
        }
        builder.finish().expect("has a record").to_vec()
    }
}

/// So many records of one producer, from this sequence on.
pub(crate) fn of_producer(id: i64, epoch: i16, sequence: i32, count: usize) -> Vec<u8> {
    let producer = Some((id, epoch, sequence));
    Sent { producer, times: vec![1_000; count], ..Sent::default() }.bytes()
}

pub(crate) fn plain(count: usize) -> Vec<u8> {
    Sent { times: vec![1_000; count], ..Sent::default() }.bytes()
}
