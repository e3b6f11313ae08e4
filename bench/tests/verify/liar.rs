//! Somebody between a client and a broker who does to one request what a broken broker would.

use millstream_batch::patch;
use millstream_wire::message::k00_produce::{PartitionProduceResponse, TopicProduceResponse};
use millstream_wire::{
    Encoder, ProduceResponse, Request, RequestHeader, decode_request, encode_response,
};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The requests to Produce before the one that meets the lie.
const HONEST_COUNT: usize = 3;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Lie {
    /// Acknowledges what never gets to the broker.
    Swallow,
    /// Sends it twice.
    Double,
    /// Acknowledges it, and sends it behind the next one.
    Delay,
    /// Changes a byte of a record, and makes the checksum right.
    Flip,
}

pub(crate) struct Liar {
    lie: Lie,
    listener: TcpListener,
}

static PRODUCED: AtomicUsize = AtomicUsize::new(0);
/// What is sent behind the next one.
static DELAYED: Mutex<Option<Vec<u8>>> = Mutex::new(None);

impl Liar {
    pub(crate) fn bind(lie: Lie) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        PRODUCED.store(0, Ordering::Relaxed);
        Self { lie, listener }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().expect("bound").port()
    }

    /// Serves until the test's process ends; gives its own address.
    pub(crate) fn serve(self, broker: String) -> String {
        let address = self.listener.local_addr().expect("bound").to_string();
        let serving = move || {
            for client in self.listener.incoming() {
                let (client, broker) = (client.expect("a client"), broker.clone());
                let lie = self.lie;
                spawn(move || between(client, &broker, lie));
            }
        };
        spawn(serving);
        address
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's threads are no shards")]
fn spawn(body: impl FnOnce() + Send + 'static) {
    drop(std::thread::spawn(body));
}

/// One request after the other, until either side ends.
fn between(mut client: TcpStream, broker: &str, lie: Lie) {
    let mut broker = TcpStream::connect(broker).expect("it listens");
    while let Some(frame) = receive(&mut client) {
        let is_produce = frame.starts_with(&[0, 0]);
        let is_lie = is_produce && PRODUCED.fetch_add(1, Ordering::Relaxed) == HONEST_COUNT;
        let answer = if is_lie {
            tell(frame, &mut broker, lie)
        } else {
            send(&mut broker, &frame);
            let answer = receive(&mut broker);
            let delayed = DELAYED.lock().expect("no test has failed").take_if(|_| is_produce);
            if let Some(delayed) = delayed {
                send(&mut broker, &delayed);
                receive(&mut broker);
            }
            answer
        };
        let Some(answer) = answer else { break };
        send(&mut client, &answer);
    }
}

fn tell(mut frame: Vec<u8>, broker: &mut TcpStream, lie: Lie) -> Option<Vec<u8>> {
    match lie {
        Lie::Swallow => return Some(pretend(&frame)),
        Lie::Delay => {
            let answer = pretend(&frame);
            *DELAYED.lock().expect("no test has failed") = Some(frame);
            return Some(answer);
        }
        Lie::Double => {
            send(broker, &frame);
            receive(broker)?;
        }
        Lie::Flip => {
            let (begin, end) = records(&frame);
            frame[end - 2] ^= 1;
            patch::reseal(&mut frame[begin..end]);
        }
    }
    send(broker, &frame);
    receive(broker)
}

/// Where in a frame its one batch is.
fn records(frame: &[u8]) -> (usize, usize) {
    let (_, request) = decode_request(frame).expect("a request");
    let Request::Produce(request) = request else { panic!("another request") };
    let records = request.topic_data[0].partition_data[0].records.borrowed().expect("records");
    let begin = records.as_ptr() as usize - frame.as_ptr() as usize;
    (begin, begin + records.len())
}

/// Says that it was stored.
fn pretend(frame: &[u8]) -> Vec<u8> {
    let (header, request): (RequestHeader<'_>, _) = decode_request(frame).expect("a request");
    let Request::Produce(request) = request else { panic!("another request") };
    let topic = &request.topic_data[0];
    let partition = PartitionProduceResponse {
        index: topic.partition_data[0].index,
        base_offset: 1_000_000,
        ..PartitionProduceResponse::default()
    };
    let responses = vec![TopicProduceResponse {
        name: topic.name,
        partition_responses: vec![partition],
        ..TopicProduceResponse::default()
    }];
    let response = ProduceResponse { responses, ..ProduceResponse::default() };
    let mut encoder = Encoder::new();
    let (id, version) = (header.correlation_id, header.request_api_version);
    encode_response(&mut encoder, id, version, &response).expect("a small response");
    encoder.bytes()[4..].to_vec()
}

fn receive(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let mut frame = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("small")];
    stream.read_exact(&mut frame).ok()?;
    Some(frame)
}

fn send(stream: &mut TcpStream, frame: &[u8]) {
    let length = u32::try_from(frame.len()).expect("small").to_be_bytes();
    // The other side may have gone; then the next receive says so.
    drop(stream.write_all(&length).and_then(|()| stream.write_all(frame)));
}
