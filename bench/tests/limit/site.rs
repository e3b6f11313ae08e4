//! A limit in a process of its own, and a client over a bare socket.

use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::{
    Encoder, ProduceRequest, Records, RequestHeader, RequestMessage, ResponseMessage,
    decode_response, encode_request,
};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

pub(crate) const TOPIC: &str = "a-topic";
pub(crate) const PRODUCE_VERSION: i16 = 9;

/// A directory of one test, which goes with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let name = format!("limit-{test}-{}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn entry_count(&self) -> usize {
        std::fs::read_dir(&self.0).expect("it is there").count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A server that is ready. It goes with the test, also with one that fails.
pub(crate) struct Served {
    child: Child,
    _output: BufReader<ChildStdout>,
    address: String,
}

pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_millstream-bench"))
}

impl Served {
    pub(crate) fn start(folder: &Folder, more: &[&str]) -> Self {
        let mut child = program()
            .args(["limit", "serve", "--listen", "127.0.0.1:0", "--journal-mib", "16", "--dir"])
            .arg(folder.path())
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut ready = String::new();
        output.read_line(&mut ready).expect("a line");
        let address = ready.trim().strip_prefix("ready ").unwrap_or_default().to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{ready:?}");
        Self { child, _output: output, address }
    }

    pub(crate) fn connect(&self) -> Client {
        Client { stream: TcpStream::connect(&self.address).expect("it listens") }
    }

    /// Ends it with a signal; its exit code.
    pub(crate) fn end(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &id]).status();
        assert!(sent.expect("kill(1) is there").success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
}

impl Client {
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server reads");
    }

    /// The next answer, without its length; empty at the end of the connection.
    pub(crate) fn receive(&mut self) -> Vec<u8> {
        let mut length = [0; 4];
        if self.stream.read_exact(&mut length).is_err() {
            return Vec::new();
        }
        let mut answer = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("small")];
        self.stream.read_exact(&mut answer).expect("the whole answer");
        answer
    }
}

/// The frame of a request with its length.
pub(crate) fn frame<'a, Q: RequestMessage<'a>>(id: i32, version: i16, request: &Q) -> Vec<u8> {
    let header = RequestHeader {
        request_api_key: Q::KEY.code(),
        request_api_version: version,
        correlation_id: id,
        client_id: Some("test"),
    };
    let mut encoder = Encoder::new();
    encode_request(&mut encoder, &header, request).expect("sound");
    encoder.into_parts().0
}

/// The frame of a Produce of so many bytes of records for one partition.
pub(crate) fn produce(id: i32, index: i32, record_bytes: usize) -> Vec<u8> {
    let records = vec![7; record_bytes];
    let partition = PartitionProduceData { index, records: Records::Borrowed(&records) };
    let topic =
        TopicProduceData { name: TOPIC, partition_data: vec![partition], ..Default::default() };
    let request = ProduceRequest {
        acks: -1,
        timeout_ms: 30_000,
        topic_data: vec![topic],
        ..Default::default()
    };
    frame(id, PRODUCE_VERSION, &request)
}

/// The id and the content of an answer.
pub(crate) fn read<'a, R: ResponseMessage<'a>>(answer: &'a [u8], version: i16) -> (i32, R) {
    let (header, response) = decode_response(answer, version).expect("a sound answer");
    (header.correlation_id, response)
}
