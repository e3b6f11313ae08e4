//! A node: shards on threads of their own, started together and stopped together.

use crate::budget::{Division, Process};
use crate::connection;
use crate::control::Control;
use crate::mesh::{self, Ends, Mesh};
use crate::metrics::{self, ShardReport};
use crate::patience;
use crate::shard::{CONTROL_SHARD, Facts, LISTENER, Shard};
use crate::upkeep;
use millstream_base::{NodeId, Random, ShardId, Uuid};
use millstream_controller::BrokerRegistration;
use millstream_controller::config::BrokerConfig;
use millstream_controller::image::Listener as Advertised;
use millstream_io::{
    Inbox, Io, IoError, ListenOptions, Listener, Priority, Reply, Sender, ShardOptions, channel,
    reply,
};
use millstream_log::identity::Identity;
use millstream_log::{Directory, Engine, EngineOptions, LogError};
use millstream_replica::SnapshotStore;
use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How a node is started.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// Where its data is; made if it is not there.
    pub data: PathBuf,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where clients are told to find it; `None`: where it listens. Port 0 is that of `listen`.
    pub advertise: Option<(String, u16)>,
    /// The cores of its shards, as indexes into those that the process may use; one shard each.
    pub cores: Vec<usize>,
    /// How long a shard looks for work before it sleeps.
    pub spin: Duration,
    /// Bytes of each shard's buffers whose pages are there from the start on.
    pub prefault_bytes: usize,
    /// Everything that has a name of Kafka's.
    pub config: BrokerConfig,
}

/// A running node. Dropped, it runs on: [`Node::stop`] ends it.
#[derive(Debug)]
pub struct Node {
    shards: Vec<Running>,
    address: SocketAddr,
    capabilities: String,
}

#[derive(Debug)]
struct Running {
    thread: millstream_io::Shard,
    orders: Sender<Order>,
}

/// What the node tells its shards.
enum Order {
    /// All shards are there: make the metadata known, and listen. To the control shard.
    Lead(Reply<Result<SocketAddr, NodeError>>),
    /// Listen too, where the control shard does.
    Listen(SocketAddr, Reply<Result<SocketAddr, NodeError>>),
    /// Tell what was counted.
    Report(Reply<ShardReport>),
    /// Close and end.
    Stop(Reply<Result<(), NodeError>>),
}

/// Why a node cannot start or did not end well.
#[derive(Clone, Debug)]
pub enum NodeError {
    /// The log's fault.
    Log(LogError),
    /// The kernel's, or the network's.
    Io(IoError),
    /// The metadata cannot be read.
    Metadata(String),
    /// No core was named.
    NoCores,
}

impl fmt::Display for NodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log(error) => write!(formatter, "{error}"),
            Self::Io(error) => write!(formatter, "{error}"),
            Self::Metadata(what) => formatter.write_str(what),
            Self::NoCores => write!(formatter, "a node needs a core at least"),
        }
    }
}

impl std::error::Error for NodeError {}

impl From<LogError> for NodeError {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<IoError> for NodeError {
    fn from(error: IoError) -> Self {
        Self::Io(error)
    }
}

impl Node {
    /// Starts a node and returns when it serves.
    ///
    /// # Errors
    /// The data directory's fault, the kernel's, or an address that cannot be listened on.
    pub fn start(options: &NodeOptions) -> Result<Self, NodeError> {
        let shard_count = u16::try_from(options.cores.len()).unwrap_or(u16::MAX);
        if shard_count == 0 {
            return Err(NodeError::NoCores);
        }
        let facts = Arc::new(facts(options, shard_count));
        let mut node =
            Self { shards: Vec::new(), address: options.listen, capabilities: String::new() };
        match node.start_shards(options, &facts) {
            Ok(()) => Ok(node),
            Err(error) => {
                drop(node.stop());
                Err(error)
            }
        }
    }

    fn start_shards(&mut self, options: &NodeOptions, facts: &Arc<Facts>) -> Result<(), NodeError> {
        let mut identity = None;
        for (index, ends) in mesh::ends(options.cores.len()).into_iter().enumerate() {
            let (running, opened) = start_shard(index, ends, options, facts, identity)?;
            self.shards.push(running);
            identity = Some(opened.identity);
            self.capabilities = opened.capabilities;
        }
        let (first, others) = self.shards.split_first().expect("at least one core");
        self.address = first.ask(Order::Lead)??;
        for shard in others {
            shard.ask(|reply| Order::Listen(self.address, reply))??;
        }
        Ok(())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its shards found the kernel to have, a line for each feature.
    #[must_use]
    pub fn capabilities(&self) -> &str {
        &self.capabilities
    }

    /// What its shards have counted, as Prometheus reads it; waits until each has found the time.
    ///
    /// # Errors
    /// A shard that is gone.
    pub fn metrics(&self) -> Result<String, NodeError> {
        Ok(metrics::render(&self.reporter().gather()?, metrics::Surroundings::default()))
    }

    /// Whom to ask, from any thread, what the shards have counted.
    pub(crate) fn reporter(&self) -> Reporter {
        Reporter(self.shards.iter().map(|shard| shard.orders.clone()).collect())
    }

    /// Stops serving, settles everything, and frees the data directory.
    ///
    /// # Errors
    /// What did not end well; nothing that was acknowledged is lost by it.
    pub fn stop(self) -> Result<(), NodeError> {
        let mut result = Ok(());
        // The first shard holds the directory's lock: it goes last.
        for shard in self.shards.into_iter().rev() {
            let stopped = shard.ask(Order::Stop).and_then(|stopped| stopped);
            let joined = shard.thread.join().map_err(NodeError::Io);
            result = result.and(stopped).and(joined);
        }
        result
    }
}

/// Asks the shards of a node what they have counted.
pub(crate) struct Reporter(Vec<Sender<Order>>);

impl Reporter {
    /// The report of each shard, in their order; waits until each has found the time.
    pub(crate) fn gather(&self) -> Result<Vec<ShardReport>, NodeError> {
        let answers: Vec<_> = self
            .0
            .iter()
            .map(|orders| {
                let (reply, answer) = reply();
                drop(orders.try_send(Order::Report(reply)));
                answer
            })
            .collect();
        answers.into_iter().map(|answer| Ok(answer.wait()?)).collect()
    }
}

impl Running {
    fn ask<T>(&self, order: impl FnOnce(Reply<T>) -> Order) -> Result<T, NodeError> {
        let (reply, answer) = reply();
        // A shard that is gone drops the place for the answer, which says so.
        drop(self.orders.try_send(order(reply)));
        Ok(answer.wait()?)
    }
}

struct Opened {
    identity: Identity,
    capabilities: String,
}

fn start_shard(
    index: usize,
    ends: Ends,
    options: &NodeOptions,
    facts: &Arc<Facts>,
    identity: Option<Identity>,
) -> Result<(Running, Opened), NodeError> {
    let engine_options = EngineOptions::default();
    let shard = ShardId::new(u16::try_from(index).unwrap_or(u16::MAX));
    let shard_options = ShardOptions {
        shard,
        core: Some(options.cores[index]),
        spin: options.spin,
        buffers_prefault_bytes: options.prefault_bytes,
        // Slow readers of answers hold buffers of the engine's: at most as much as all may hold,
        // so that appends and reads of others still have theirs.
        buffers_bytes_max: engine_options.buffers_bytes_max()
            + facts.division.own_bytes
            + facts.division.shared_bytes,
        ..ShardOptions::default()
    };
    let (orders, inbox) = channel(4);
    let (opened, answer) = reply();
    let setup = Setup { options: options.clone(), facts: Arc::clone(facts), engine_options, ends };
    let thread = millstream_io::Shard::start(shard_options, move |io| {
        live(io, setup, identity, inbox, opened)
    })?;
    let running = Running { thread, orders };
    match answer.wait()? {
        Ok(opened) => Ok((running, opened)),
        Err(error) => {
            running.thread.join()?;
            Err(error)
        }
    }
}

struct Setup {
    options: NodeOptions,
    facts: Arc<Facts>,
    engine_options: EngineOptions,
    ends: Ends,
}

/// What all shards of a node know from the start.
fn facts(options: &NodeOptions, shard_count: u16) -> Facts {
    let settings = options.config.settings();
    let network = &settings.network;
    let division = Division::new(shard_count, network.queued_bytes_max);
    let process = Arc::new(Process::new(division.shared_bytes, network.connections_max));
    Facts {
        node: NodeId::new(settings.node_id),
        data: absolute(&options.data),
        shard_count,
        config: Arc::new(options.config.clone()),
        settings,
        division,
        process,
    }
}

/// The path from the root, whatever the working directory is.
fn absolute(path: &Path) -> String {
    let absolute = std::path::absolute(path);
    absolute.as_deref().unwrap_or(path).to_string_lossy().into_owned()
}

/// The life of a shard.
async fn live(
    io: Io,
    setup: Setup,
    identity: Option<Identity>,
    mut inbox: Inbox<Order>,
    opened: Reply<Result<Opened, NodeError>>,
) {
    let options = setup.options.clone();
    let Begun { shard, identity, directory } = match begin(io, setup, identity).await {
        Ok(begun) => begun,
        Err(error) => return opened.send(Err(error.into())),
    };
    let capabilities = shard.io.capabilities().to_string();
    opened.send(Ok(Opened { identity, capabilities }));
    let mut orders = VecDeque::new();
    while inbox.receive(&mut orders).await {
        for order in orders.drain(..) {
            match order {
                Order::Lead(reply) => reply.send(lead(&shard, &options).await),
                Order::Listen(address, reply) => reply.send(listen(&shard, address).await),
                Order::Report(reply) => reply.send(ShardReport::new(&shard)),
                Order::Stop(reply) => {
                    reply.send(finish(&shard).await);
                    drop(directory);
                    return;
                }
            }
        }
    }
}

/// A shard that does not listen yet.
struct Begun {
    shard: Rc<Shard>,
    identity: Identity,
    /// Of the first shard, which holds the lock.
    directory: Option<Directory>,
}

async fn begin(io: Io, setup: Setup, identity: Option<Identity>) -> Result<Begun, LogError> {
    let Setup { options, facts, engine_options, ends } = setup;
    let (mesh, inlets) = Mesh::new(ends);
    let opening = open(&io, &options, &facts, identity, engine_options);
    let (directory, identity, engine) = opening.await?;
    let snapshots = SnapshotStore::open(&engine).await?;
    let shard = Shard::new(io, engine, snapshots, mesh, facts);
    drop(shard.io.spawn(Priority::Background, upkeep::run(Rc::clone(&shard))));
    for inlet in inlets {
        drop(shard.io.spawn(Priority::Foreground, mesh::receive(Rc::clone(&shard), inlet)));
    }
    Ok(Begun { shard, identity, directory })
}

async fn finish(shard: &Shard) -> Result<(), NodeError> {
    upkeep::finish(shard).await;
    shard.engine.close().await.map_err(NodeError::Log)
}

/// A node of one shard on a reactor that is there already: that of a simulated world.
pub(crate) struct Single {
    shard: Rc<Shard>,
    address: SocketAddr,
    _directory: Option<Directory>,
}

impl Single {
    /// Returns when it serves.
    pub(crate) async fn start(io: Io, options: NodeOptions) -> Result<Self, NodeError> {
        let facts = Arc::new(facts(&options, 1));
        let ends = mesh::ends(1).pop().expect("those of the only shard");
        let engine_options = EngineOptions::default();
        let setup = Setup { options: options.clone(), facts, engine_options, ends };
        let Begun { shard, directory, .. } = begin(io, setup, None).await?;
        let address = lead(&shard, &options).await?;
        Ok(Self { shard, address, _directory: directory })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its shard tells of itself.
    #[cfg(test)]
    pub(crate) fn report(&self) -> metrics::ShardReport {
        metrics::ShardReport::new(&self.shard)
    }

    /// Stops serving, and settles everything.
    pub(crate) async fn stop(self) -> Result<(), NodeError> {
        finish(&self.shard).await
    }
}

async fn open(
    io: &Io,
    options: &NodeOptions,
    facts: &Facts,
    identity: Option<Identity>,
    engine_options: EngineOptions,
) -> Result<(Option<Directory>, Identity, Engine), LogError> {
    let directory = match identity {
        Some(_) => None,
        None => Some(Directory::open(io, &options.data, facts.shard_count).await?),
    };
    let found = directory.as_ref().map(|directory| *directory.identity());
    let identity = identity.or(found).ok_or(LogError::Closed)?;
    let engine = Engine::open_shard(io, &options.data, &identity, engine_options).await?;
    Ok((directory, identity, engine))
}

/// Makes the metadata known to all shards, and this node to the metadata; then listens.
async fn lead(shard: &Rc<Shard>, options: &NodeOptions) -> Result<SocketAddr, NodeError> {
    assert_eq!(shard.io.shard(), CONTROL_SHARD, "one shard leads");
    let control = Control::open(shard).await;
    let control = control.map_err(|error| NodeError::Metadata(error.to_string()))?;
    let listener = bind(shard, options.listen).await?;
    let address = listener.local_address();
    assert!(shard.control.set(control).is_ok(), "set once");
    let (host, port) =
        options.advertise.clone().unwrap_or_else(|| (address.ip().to_string(), address.port()));
    let port = if port == 0 { address.port() } else { port };
    let incarnation = Uuid::draw(&mut Random::new(shard.io.random_u64()));
    let registration = BrokerRegistration {
        node: shard.facts.node,
        incarnation,
        rack: shard.facts.settings.rack.clone(),
        listeners: vec![Advertised { name: LISTENER.into(), host, port }],
    };
    let control = shard.control.get().expect("set above");
    control.publish_first(shard).await?;
    shard.command(move |controller| controller.register_broker(&registration)).await?;
    accept_all(shard, listener);
    Ok(address)
}

async fn listen(shard: &Rc<Shard>, address: SocketAddr) -> Result<SocketAddr, NodeError> {
    let listener = bind(shard, address).await?;
    accept_all(shard, listener);
    Ok(address)
}

async fn bind(shard: &Shard, address: SocketAddr) -> Result<Listener, NodeError> {
    let network = &shard.facts.settings.network;
    let options = ListenOptions {
        reuse_port: shard.facts.shard_count > 1,
        backlog_max: network.backlog.max(BACKLOG_MIN),
        congestion_control: Some(String::from("cubic")),
        silence_max: Some(patience::silence_max(network.idle)),
        send_buffer_bytes: network.send_buffer_bytes,
        receive_buffer_bytes: network.receive_buffer_bytes,
    };
    match shard.io.listen(address, options.clone()).await {
        Ok(listener) => Ok(listener),
        // A kernel without it has its own.
        Err(_) => {
            let options = ListenOptions { congestion_control: None, ..options };
            Ok(shard.io.listen(address, options).await?)
        }
    }
}

fn accept_all(shard: &Rc<Shard>, mut listener: Listener) {
    shard.address.set(Some(listener.local_address()));
    let accepting = Rc::clone(shard);
    drop(shard.io.spawn(Priority::Foreground, async move {
        loop {
            match listener.accept().await {
                Ok(stream) => match accepting.facts.process.seat() {
                    Some(seat) => {
                        let serving = connection::serve(Rc::clone(&accepting), stream, seat);
                        drop(accepting.io.spawn(Priority::Foreground, serving));
                    }
                    // Dropped with its stream, which closes it.
                    None => accepting.observed.turned_away(),
                },
                // No descriptor or no memory for it: some will be given back.
                Err(_) => accepting.io.sleep(ACCEPT_RETRY).await,
            }
        }
    }));
}

/// Kafka's default of 50 is for a thread that does nothing but accept; where thousands come back
/// after a restart, those that find no room wait for seconds.
const BACKLOG_MIN: u32 = 1024;
/// How long nothing is accepted where the process has no descriptor left.
const ACCEPT_RETRY: Duration = Duration::from_millis(10);
