//! Connections: what arrives, what is refused, how they end.

use super::toolbox::{errno, eventually, poll_once};
use millstream_io::{Buffer, ConnectOptions, Io, ListenOptions, Listener, Priority, Slice, Stream};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;

fn local() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

async fn listen(io: &Io) -> Listener {
    io.listen(local(), ListenOptions::default()).await.expect("listens")
}

async fn connect(io: &Io, address: SocketAddr) -> Stream {
    io.connect(address, ConnectOptions::default()).await.expect("connects")
}

/// The end that connected and the one that was accepted.
async fn pair(io: &Io) -> (Stream, Stream) {
    let mut listener = listen(io).await;
    let client = connect(io, listener.local_address()).await;
    (client, listener.accept().await.expect("accepts"))
}

/// Bytes in which a shift or a gap shows.
fn pattern(length_bytes: usize) -> Vec<u8> {
    (0..length_bytes).map(|index| (index * 31 + index / 255).to_le_bytes()[0]).collect()
}

async fn send(stream: &mut Stream, bytes: &[u8]) {
    stream.send(vec![Slice::from(bytes)]).await.expect("sends");
}

/// Receives so many bytes, into buffers of this and of that kind.
async fn receive(stream: &mut Stream, length_bytes: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < length_bytes {
        let left_bytes = length_bytes - all.len();
        let (count, buffer) = stream.receive(Buffer::unpooled(left_bytes.min(5000))).await;
        let count = count.expect("receives");
        assert!(count > 0, "the stream ended after {} bytes", all.len());
        all.extend_from_slice(&buffer[..count]);
        if all.len() + (16 << 10) <= length_bytes {
            let chunk = stream.receive_provided().await.expect("receives").expect("more");
            all.extend_from_slice(&chunk);
        }
    }
    all
}

/// How a stream from which nothing more is expected ends: the error number, if any.
async fn end(stream: &mut Stream) -> Option<i32> {
    match stream.receive_provided().await {
        Ok(None) => None,
        Ok(Some(chunk)) => panic!("{} bytes instead of the end", chunk.len()),
        Err(error) => error.errno(),
    }
}

pub(crate) async fn bytes_arrive_in_order_both_ways(io: Io, _: PathBuf) {
    const LENGTH_BYTES: usize = 300_000;
    let (mut client, mut server) = pair(&io).await;
    let echo = io.spawn(Priority::Foreground, async move {
        let all = receive(&mut server, LENGTH_BYTES).await;
        send(&mut server, &all).await;
        server
    });
    let all = pattern(LENGTH_BYTES);
    let whole = Slice::from(all.as_slice());
    let slices = vec![whole.slice(0..1), whole.slice(1..1), whole.slice(1..LENGTH_BYTES)];
    client.send(slices).await.expect("sends");
    assert!(receive(&mut client, LENGTH_BYTES).await == all);
    drop(echo.await);
    assert_eq!(end(&mut client).await, None);
}

pub(crate) async fn many_connections_do_not_mix(io: Io, _: PathBuf) {
    const COUNT: u16 = 50;
    let mut listener = listen(&io).await;
    let address = listener.local_address();
    let clients: Vec<_> = (0..COUNT)
        .map(|number| {
            let inner = io.clone();
            io.spawn(Priority::Foreground, async move {
                let mut client = connect(&inner, address).await;
                send(&mut client, &number.to_le_bytes()).await;
                assert_eq!(receive(&mut client, 2).await, (number + 1).to_le_bytes());
            })
        })
        .collect();
    let mut servers = Vec::new();
    for _ in 0..COUNT {
        let mut server = listener.accept().await.expect("accepts");
        servers.push(io.spawn(Priority::Foreground, async move {
            let bytes = receive(&mut server, 2).await;
            let number = u16::from_le_bytes([bytes[0], bytes[1]]);
            send(&mut server, &(number + 1).to_le_bytes()).await;
        }));
    }
    for task in clients.into_iter().chain(servers) {
        task.await;
    }
}

pub(crate) async fn a_shut_direction_leaves_the_other_open(io: Io, _: PathBuf) {
    let (mut client, mut server) = pair(&io).await;
    send(&mut client, b"question").await;
    client.shutdown().await.expect("shuts down");
    assert_eq!(receive(&mut server, 8).await, b"question");
    assert_eq!(end(&mut server).await, None);
    assert_eq!(end(&mut server).await, None, "the end stays the end");
    send(&mut server, b"answer").await;
    assert_eq!(receive(&mut client, 6).await, b"answer");
    let refused = client.send(vec![Slice::from(b"more".as_slice())]).await;
    assert_eq!(errno(refused), Some(libc::EPIPE));
}

pub(crate) async fn a_dropped_stream_ends_its_peer(io: Io, _: PathBuf) {
    let (mut client, server) = pair(&io).await;
    drop(server);
    assert_eq!(end(&mut client).await, None);
    let refused = eventually(&io, async || {
        client.send(vec![Slice::from(b"nobody reads this".as_slice())]).await.err()
    });
    let errno = refused.await.errno();
    assert!(matches!(errno, Some(libc::EPIPE | libc::ECONNRESET)), "{errno:?}");
}

pub(crate) async fn a_stream_closed_with_unread_bytes_is_reset(io: Io, _: PathBuf) {
    let (mut client, mut server) = pair(&io).await;
    send(&mut client, &pattern(1000)).await;
    assert_eq!(receive(&mut server, 10).await, pattern(10));
    let (left_bytes, _) = server.receive(Buffer::unpooled(1)).await;
    assert_eq!(left_bytes, Ok(1));
    drop(server);
    let ended = eventually(&io, async || match client.receive_provided().await {
        Err(error) => Some(error.errno()),
        Ok(None) => Some(None),
        Ok(Some(_)) => None,
    });
    assert_eq!(ended.await, Some(libc::ECONNRESET));
}

pub(crate) async fn bytes_that_nobody_takes_hold_the_sender_up(io: Io, _: PathBuf) {
    let (mut client, mut server) = pair(&io).await;
    let (sent, is_sent) = (flood(), Rc::new(Cell::new(false)));
    let (block, done) = (sent[0].clone(), Rc::clone(&is_sent));
    let sending = io.spawn(Priority::Foreground, async move {
        client.send(sent).await.expect("sends");
        done.set(true);
    });
    for _ in 0..100 {
        io.yield_now().await;
    }
    assert_eq!(receive(&mut server, block.len()).await, *block);
    assert!(!is_sent.get(), "the sockets hold less than what is sent");
    for _ in 1..FLOOD_BLOCK_COUNT {
        assert!(receive(&mut server, block.len()).await == *block);
    }
    sending.await;
}

const FLOOD_BLOCK_COUNT: usize = 384;

/// More than any socket holds: 24 MiB.
fn flood() -> Vec<Slice> {
    let block = Slice::from(pattern(64 << 10).as_slice());
    vec![block; FLOOD_BLOCK_COUNT]
}

pub(crate) async fn a_dropped_receive_loses_no_byte(io: Io, _: PathBuf) {
    let (mut client, mut server) = pair(&io).await;
    assert!(poll_once(server.receive(Buffer::unpooled(3))).await.is_none());
    send(&mut client, b"one two").await;
    assert_eq!(receive(&mut server, 7).await, b"one two");
    assert!(poll_once(server.receive_provided()).await.is_none());
    send(&mut client, b"three four").await;
    assert_eq!(receive(&mut server, 10).await, b"three four");
}

pub(crate) async fn a_paused_receive_loses_no_byte_and_no_error(io: Io, _: PathBuf) {
    let (mut client, server) = pair(&io).await;
    let (mut receiving, _sending) = server.split();
    receiving.pause().await;
    assert!(poll_once(receiving.receive_provided()).await.is_none());
    for part in [b"one ".as_slice(), b"two ", b"three"] {
        send(&mut client, part).await;
    }
    let first = receiving.receive_provided().await.expect("receives").expect("more");
    let mut all = first.to_vec();
    // One that is given up half-way, and a second one behind the first.
    let _given_up: Option<()> = poll_once(receiving.pause()).await;
    receiving.pause().await;
    receiving.pause().await;
    while all.len() < 13 {
        let chunk = receiving.receive_provided().await.expect("receives").expect("more");
        all.extend_from_slice(&chunk);
        receiving.pause().await;
    }
    assert_eq!(all, b"one two three");
    drop(client);
    receiving.pause().await;
    assert!(receiving.receive_provided().await.expect("the end").is_none());
}

pub(crate) async fn a_dropped_accept_loses_no_connection(io: Io, _: PathBuf) {
    let mut listener = listen(&io).await;
    assert!(poll_once(listener.accept()).await.is_none());
    let mut clients = Vec::new();
    for _ in 0..30 {
        clients.push(connect(&io, listener.local_address()).await);
    }
    let mut unseen = BTreeSet::new();
    for client in &clients {
        unseen.insert(client.local_address().await.expect("an address"));
    }
    for _ in 0..30 {
        let server = listener.accept().await.expect("accepts");
        assert!(unseen.remove(&server.peer_address().await.expect("an address")));
    }
    assert!(poll_once(listener.accept()).await.is_none());
}

pub(crate) async fn a_send_given_up_half_way_ends_the_direction(io: Io, _: PathBuf) {
    let (mut client, server) = pair(&io).await;
    assert!(poll_once(client.send(flood())).await.is_none());
    let refused = client.send(vec![Slice::from(b"more".as_slice())]).await;
    assert_eq!(errno(refused), Some(libc::EPIPE));
    drop((client, server));
    eventually(&io, async || (io.activity().in_flight_count == 0).then_some(())).await;
}

pub(crate) async fn nobody_listens_after_the_listener_is_gone(io: Io, _: PathBuf) {
    let listener = listen(&io).await;
    let address = listener.local_address();
    let mut waiting = connect(&io, address).await;
    drop(listener);
    let refused =
        eventually(&io, async || io.connect(address, ConnectOptions::default()).await.err());
    assert_eq!(refused.await.errno(), Some(libc::ECONNREFUSED));
    assert_eq!(end(&mut waiting).await, Some(libc::ECONNRESET));
}

pub(crate) async fn addresses_are_checked(io: Io, _: PathBuf) {
    let listener = listen(&io).await;
    let address = listener.local_address();
    let taken = io.listen(address, ListenOptions::default()).await;
    assert_eq!(errno(taken), Some(libc::EADDRINUSE));
    let shared = ListenOptions { reuse_port: true, ..ListenOptions::default() };
    assert_eq!(errno(io.listen(address, shared.clone()).await), Some(libc::EADDRINUSE));
    let first = io.listen(local(), shared.clone()).await.expect("listens");
    let second = io.listen(first.local_address(), shared).await.expect("listens beside it");
    assert_eq!(first.local_address(), second.local_address());
    // From the block that is for documentation only (RFC 5737).
    let foreign = SocketAddr::from(([192, 0, 2, 1], 0));
    let refused = io.listen(foreign, ListenOptions::default()).await;
    assert_eq!(errno(refused), Some(libc::EADDRNOTAVAIL));
    let congestion_control = Some("no such thing".to_owned());
    let options = ListenOptions { congestion_control, ..ListenOptions::default() };
    assert_eq!(errno(io.listen(local(), options).await), Some(libc::ENOENT));
}

pub(crate) async fn both_ends_know_each_other(io: Io, _: PathBuf) {
    let (client, server) = pair(&io).await;
    assert_eq!(client.local_address().await, server.peer_address().await);
    assert_eq!(client.peer_address().await, server.local_address().await);
    assert!(client.local_address().await.expect("an address").ip().is_loopback());
}
