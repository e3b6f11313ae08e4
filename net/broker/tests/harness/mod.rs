//! A node in a folder of its own, and a client that speaks to it.

use millstream_broker::{Node, NodeOptions};
use millstream_controller::config::BrokerConfig;
use millstream_wire::{
    Encoder, RequestHeader, RequestMessage, ResponseMessage, decode_response, encode_request,
};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What an answer may take: an error rather than a test that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node that is stopped, and whose folder is gone, when this is dropped.
pub(crate) struct Broker {
    node: Option<Node>,
    options: NodeOptions,
}

impl Broker {
    /// Starts a node. `name` tells the tests of one process apart; settings have Kafka's names.
    pub(crate) fn start(name: &str, shard_count: usize, settings: &[(&str, &str)]) -> Self {
        let mut config = BrokerConfig::default();
        for (name, value) in settings {
            config.set(name, value).expect("is a setting");
        }
        let options = NodeOptions {
            data: folder(&format!("{name}-{shard_count}")),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            advertise: None,
            cores: vec![0; shard_count],
            spin: Duration::ZERO,
            config,
        };
        let node = Some(Node::start(&options).expect("starts"));
        Self { node, options }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.node.as_ref().expect("runs").address()
    }

    /// A number that it counts, of all shards together.
    pub(crate) fn number(&self, name: &str) -> u64 {
        let page = self.node.as_ref().expect("runs").metrics().expect("the shards answer");
        let begin = format!("millstream_{name}{{");
        let lines = page.lines().filter(|line| line.starts_with(&begin));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address())
    }

    /// Stops the node and starts it on the same folder; it has another address then.
    pub(crate) fn restart(&mut self) {
        self.restart_with(|_| {});
    }

    /// As [`Broker::restart`], with something done to the folder in between.
    pub(crate) fn restart_with(&mut self, change: impl FnOnce(&Path)) {
        self.node.take().expect("runs").stop().expect("stops");
        change(&self.options.data);
        self.node = Some(Node::start(&self.options).expect("starts again"));
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

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("millstream-{name}-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&path));
    path
}

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    sent: i32,
    received: i32,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("is set");
        stream.set_nodelay(true).expect("is set");
        Self { stream, sent: 0, received: 0 }
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn ask<'a, R: RequestMessage<'a>>(
        &mut self,
        request: &R,
        version: i16,
    ) -> R::Response {
        self.send(request, version);
        self.receive(version)
    }

    /// Sends a request; the answer is to be received, after those before it.
    pub(crate) fn send<'a, R: RequestMessage<'a>>(&mut self, request: &R, version: i16) {
        self.sent += 1;
        let header = RequestHeader {
            request_api_key: R::KEY.code(),
            request_api_version: version,
            correlation_id: self.sent,
            client_id: Some("test"),
        };
        let mut encoder = Encoder::new();
        encode_request(&mut encoder, &header, request).expect("is written");
        self.stream.write_all(encoder.bytes()).expect("is sent");
    }

    /// The next answer.
    pub(crate) fn receive<'a, R: ResponseMessage<'a>>(&mut self, version: i16) -> R {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).expect("an answer comes");
        let length = usize::try_from(i32::from_be_bytes(length)).expect("is not negative");
        let mut frame = vec![0; length];
        self.stream.read_exact(&mut frame).expect("the answer is whole");
        // What is read borrows from the frame, and a test is over soon.
        let (header, response) = decode_response(frame.leak(), version).expect("is understood");
        self.received += 1;
        assert_eq!(header.correlation_id, self.received, "answers come in order");
        response
    }
}
