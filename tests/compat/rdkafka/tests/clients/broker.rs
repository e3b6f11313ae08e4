//! A broker in this process.

use millstream_broker::{Node, NodeOptions};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

/// A broker that goes with its data when this is dropped.
pub(crate) struct Broker {
    node: Option<Node>,
    options: NodeOptions,
}

impl Broker {
    pub(crate) fn start(test: &str) -> Self {
        let name = format!("rdkafka-{test}-{}", std::process::id());
        let options = NodeOptions {
            data: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            advertise: None,
            cores: vec![0],
            spin: Duration::ZERO,
            config: Default::default(),
        };
        let node = Some(Node::start(&options).expect("the broker starts"));
        Self { node, options }
    }

    pub(crate) fn address(&self) -> String {
        self.node.as_ref().expect("it runs").address().to_string()
    }

    /// Ends it, and starts it again at the same address.
    pub(crate) fn restart(&mut self) {
        let node = self.node.take().expect("it runs");
        self.options.listen = node.address();
        node.stop().expect("it ends");
        self.node = Some(Node::start(&self.options).expect("the broker starts again"));
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(node) = self.node.take() {
            drop(node.stop());
        }
        drop(std::fs::remove_dir_all(&self.options.data));
    }
}
