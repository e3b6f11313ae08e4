//! A node in a folder of its own, which goes with it.

use crate::client::Client;
use millstream_base::Timestamp;
use millstream_batch::{BatchBuilder, BuilderOptions, Producer};
use millstream_broker::{Node, NodeOptions};
use millstream_controller::config::BrokerConfig;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub(crate) struct Site {
    options: NodeOptions,
    node: Option<Node>,
}

impl Site {
    pub(crate) fn new(name: &str, shard_count: usize) -> Self {
        let process = std::process::id();
        let data = std::env::temp_dir().join(format!("millstream-{name}-{shard_count}-{process}"));
        let options = NodeOptions {
            data,
            listen: "127.0.0.1:0".parse().expect("an address"),
            advertise: None,
            cores: vec![0; shard_count],
            spin: Duration::ZERO,
            config: BrokerConfig::default(),
        };
        let node = Some(Node::start(&options).expect("the node starts"));
        Self { options, node }
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.node.as_ref().expect("it runs").address()
    }

    pub(crate) fn data(&self) -> &PathBuf {
        &self.options.data
    }

    /// Ends the node and starts another one on the same data, elsewhere.
    pub(crate) fn restart(&mut self) -> Client {
        self.stop();
        self.node = Some(Node::start(&self.options).expect("the node starts again"));
        self.client()
    }

    fn stop(&mut self) {
        let stopped = self.node.take().map(Node::stop);
        if !std::thread::panicking() {
            stopped.expect("it ran").expect("the node ends well");
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop();
        drop(std::fs::remove_dir_all(&self.options.data));
    }
}

/// With one shard, and with two of which one owns what the other is asked for.
pub(crate) fn with_each_shard_count(name: &str, test: impl Fn(&mut Site)) {
    for shard_count in [1, 2] {
        test(&mut Site::new(name, shard_count));
    }
}

/// A batch of records with these times and values of 100 bytes.
pub(crate) fn batch(times: &[i64]) -> Vec<u8> {
    batch_of(None, times)
}

/// The same by an idempotent producer.
pub(crate) fn batch_of(producer: Option<Producer>, times: &[i64]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions { producer, ..BuilderOptions::default() });
    for time in times {
        let time = Timestamp::new(*time);
        builder.append(time, Some(b"key"), Some(&[7; 100]), &[]).expect("fits");
    }
    builder.finish().expect("has records").to_vec()
}
