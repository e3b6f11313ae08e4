//! A broker in this process, and the program under test.

use millstream_broker::{Node, NodeOptions};
use millstream_wire::{
    Encoder, MetadataRequest, MetadataResponse, RequestHeader, decode_response, encode_request,
};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

/// A broker that goes with its data when this is dropped.
pub(crate) struct Broker {
    node: Option<Node>,
    options: NodeOptions,
}

impl Broker {
    pub(crate) fn start(test: &str) -> Self {
        let name = format!("load-{test}-{}", std::process::id());
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

    /// The topics that it has.
    pub(crate) fn topics(&self) -> Vec<String> {
        const VERSION: i16 = 9;
        let header = RequestHeader {
            request_api_key: 3,
            request_api_version: VERSION,
            correlation_id: 1,
            client_id: None,
        };
        let mut encoder = Encoder::new();
        let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
        encode_request(&mut encoder, &header, &request).expect("encodable");
        let mut stream = TcpStream::connect(self.address()).expect("it listens");
        stream.write_all(encoder.bytes()).expect("it reads");
        let mut length = [0; 4];
        stream.read_exact(&mut length).expect("it answers");
        let mut frame = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("small")];
        stream.read_exact(&mut frame).expect("it answers");
        let (_, response) =
            decode_response::<MetadataResponse<'_>>(&frame, VERSION).expect("Metadata");
        response.topics.iter().filter_map(|topic| topic.name.map(str::to_owned)).collect()
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

/// Runs `millstream-bench load`.
pub(crate) fn load(arguments: Vec<&str>) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_millstream-bench"));
    program.arg("load").args(arguments).output().expect("the program runs")
}
