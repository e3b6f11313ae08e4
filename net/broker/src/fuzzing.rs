//! What the fuzz target calls, here so that its corpus is replayed by the ordinary tests.
//!
//! Not part of the API. A finding is a panic: of the code under test, or of what is asserted here
//! about its answers.

use crate::node::{NodeOptions, Single};
use bytes::{Buf, Bytes, BytesMut};
use millstream_base::ShardId;
use millstream_controller::config::BrokerConfig;
use millstream_io::sim::{World, WorldOptions};
use millstream_io::{ConnectOptions, Io, Priority, ReceiveHalf, SendHalf, Slice};
use millstream_wire::{ApiVersionsRequest, Encoder, RequestHeader, RequestMessage, encode_request};
use std::net::SocketAddr;
use std::path::PathBuf;

/// A request that declares more is not received.
const REQUEST_BYTES_MAX: u64 = 1 << 20;
/// How long a silent connection is kept, in the world's own time.
const IDLE_MS: u64 = 2000;
/// A broker that is asked for so little is never busy for longer.
const STEP_COUNT_MAX: u64 = 5_000_000;

/// One connection of a node that has nothing yet: bytes in, its state machine, bytes out, on a
/// simulated disk and network. The first byte of the input is the world's seed, the others are what
/// the client sends before it ends its direction.
///
/// Whatever that was: answers are whole frames, each to a request that was sent, in their order;
/// the connection ends; the next client is served; and the node ends well.
pub fn connection(input: &[u8]) {
    let Some((seed, sent)) = input.split_first() else { return };
    let options = WorldOptions {
        buffers_bytes_max: 512 << 20,
        step_count_max: STEP_COUNT_MAX,
        ..WorldOptions::default()
    };
    let mut world = World::new(u64::from(*seed), options);
    let node = world.node("broker");
    let sent = Bytes::copy_from_slice(sent);
    let talk = world.start(node, ShardId::new(0), |io| talk(io, sent));
    world.run(&talk).expect("the talk comes to an end");
}

async fn talk(io: Io, sent: Bytes) {
    let settings =
        [("socket.request.max.bytes", REQUEST_BYTES_MAX), ("connections.max.idle.ms", IDLE_MS)];
    let options = node_options(&settings);
    let node = Single::start(io.clone(), options).await.expect("an empty disk");
    let address = node.address();
    let received = exchange(&io, address, sent.clone()).await;
    check_answers(&sent, received);
    let question = api_versions();
    let received = exchange(&io, address, question.clone()).await;
    assert!(!received.is_empty(), "the next client is served");
    check_answers(&question, received);
    node.stop().await.expect("ends well");
}

/// A node of a world, with settings by their Kafka names.
pub(crate) fn node_options(settings: &[(&str, u64)]) -> NodeOptions {
    let mut config = BrokerConfig::default();
    for (name, value) in settings {
        config.set(name, &value.to_string()).expect("a setting");
    }
    NodeOptions {
        data: PathBuf::from("/data"),
        listen: "127.0.0.1:9092".parse().expect("an address"),
        advertise: None,
        cores: vec![0],
        spin: std::time::Duration::ZERO,
        prefault_bytes: 0,
        config,
    }
}

/// The frame of the answer, by a connection of its own.
#[cfg(test)]
pub(crate) async fn ask<'a, R: RequestMessage<'a>>(
    io: &Io,
    address: SocketAddr,
    request: &R,
    version: i16,
) -> Bytes {
    let received = exchange(io, address, frame(request, version)).await;
    frames(received).pop().expect("an answer")
}

/// Sends all, and receives all until the other end has nothing more to say.
pub(crate) async fn exchange(io: &Io, address: SocketAddr, sent: Bytes) -> Bytes {
    let stream = io.connect(address, ConnectOptions::default()).await.expect("it listens");
    let (receiving, sending) = stream.split();
    let writing = io.spawn(Priority::Foreground, send(sending, sent));
    let received = receive(receiving).await;
    writing.await;
    received
}

async fn send(mut half: SendHalf, sent: Bytes) {
    // The other end may have closed the connection on what came before.
    if half.send(vec![Slice::from(&*sent)]).await.is_ok() {
        drop(half.shutdown().await);
    }
}

async fn receive(mut half: ReceiveHalf) -> Bytes {
    let mut received = BytesMut::new();
    while let Ok(Some(chunk)) = half.receive_provided().await {
        received.extend_from_slice(&chunk);
    }
    received.freeze()
}

/// The frames of a direction, as far as they are whole: a connection that is given up is cut
/// anywhere.
pub(crate) fn frames(mut bytes: Bytes) -> Vec<Bytes> {
    let mut frames = Vec::new();
    while let Some(length) = bytes.first_chunk() {
        let length = usize::try_from(i32::from_be_bytes(*length)).ok();
        let Some(length) = length.filter(|length| *length <= bytes.len() - 4) else { break };
        bytes.advance(4);
        frames.push(bytes.split_to(length));
    }
    frames
}

fn check_answers(sent: &Bytes, received: Bytes) {
    let requests = frames(sent.clone());
    let mut asked = requests.iter().filter_map(|request| request.get(4..8));
    for answer in frames(received) {
        let id = answer.get(..4).expect("an answer names its request");
        assert!(asked.any(|asked| asked == id), "an answer to a request, in its turn");
    }
}

fn api_versions() -> Bytes {
    frame(&ApiVersionsRequest::default(), 0)
}

/// A request as it is sent.
pub(crate) fn frame<'a, R: RequestMessage<'a>>(request: &R, version: i16) -> Bytes {
    let header = RequestHeader {
        request_api_key: R::KEY.code(),
        request_api_version: version,
        correlation_id: 7,
        client_id: None,
    };
    let mut encoder = Encoder::new();
    encode_request(&mut encoder, &header, request).expect("fits");
    Bytes::copy_from_slice(encoder.bytes())
}
