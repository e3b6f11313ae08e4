//! A broker in the process of a test, in a folder of its own, which goes with it.
#![forbid(unsafe_code)]

mod damage;

pub use damage::damage;
use millstream_broker::{Node, NodeOptions};
use millstream_controller::config::BrokerConfig;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A broker on a free port of 127.0.0.1. Dropped, it ends, and its data is gone.
#[derive(Debug)]
pub struct Broker {
    node: Option<Node>,
    options: NodeOptions,
}

impl Broker {
    /// One of one shard, with all settings as they are by default.
    ///
    /// # Panics
    /// If it does not start, as all functions here do where the test cannot go on.
    #[must_use]
    pub fn start(test: &str) -> Self {
        Self::start_with(test, 1, &[])
    }

    /// One with so many shards, all on the first core, and with settings by their Kafka names.
    #[must_use]
    pub fn start_with(test: &str, shard_count: usize, settings: &[(&str, &str)]) -> Self {
        let mut config = BrokerConfig::default();
        for (name, value) in settings {
            config.set(name, value).expect("a setting");
        }
        Self::open(NodeOptions { config, cores: vec![0; shard_count], ..options(test) })
    }

    /// One that sends its clients to a port where somebody else listens.
    #[must_use]
    pub fn start_behind(test: &str, port: u16) -> Self {
        let advertise = Some((Ipv4Addr::LOCALHOST.to_string(), port));
        Self::open(NodeOptions { advertise, ..options(test) })
    }

    fn open(options: NodeOptions) -> Self {
        let mut broker = Self { node: None, options };
        broker.run();
        broker
    }

    fn run(&mut self) {
        let node = Node::start(&self.options).expect("the broker starts");
        // It stays there when it is started again.
        self.options.listen = node.address();
        self.node = Some(node);
    }

    /// Where it listens, also while it does not run.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.options.listen
    }

    /// Where its data is.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.options.data
    }

    /// A number of its metrics, without the prefix, of all shards together.
    #[must_use]
    pub fn number(&self, name: &str) -> u64 {
        let node = self.node.as_ref().expect("it runs");
        let page = node.metrics().expect("the shards answer");
        let begin = format!("millstream_{name}{{");
        let lines = page.lines().filter(|line| line.starts_with(&begin));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// Ends it, until it is started again.
    pub fn stop(&mut self) {
        if let Some(node) = self.node.take() {
            node.stop().expect("the broker ends well");
        }
    }

    /// Ends it if it runs, and starts it again at the same address, on the same data.
    pub fn restart(&mut self) {
        self.restart_with(|_| {});
    }

    /// As [`Broker::restart`], with something done to its data in between.
    pub fn restart_with(&mut self, change: impl FnOnce(&Path)) {
        self.stop();
        change(&self.options.data);
        self.run();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let stopped = self.node.take().map(Node::stop);
        drop(std::fs::remove_dir_all(&self.options.data));
        if !std::thread::panicking() {
            stopped.transpose().expect("the broker ends well");
        }
    }
}

fn options(test: &str) -> NodeOptions {
    NodeOptions {
        data: folder(test),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        advertise: None,
        cores: vec![0],
        spin: Duration::ZERO,
        prefault_bytes: 0,
        config: BrokerConfig::default(),
    }
}

/// A folder that nobody else has.
fn folder(test: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("millstream-{test}-{}-{number}", std::process::id());
    let path = std::env::temp_dir().join(name);
    drop(std::fs::remove_dir_all(&path));
    path
}
