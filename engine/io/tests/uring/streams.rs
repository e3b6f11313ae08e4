//! Connections on a real ring: bytes arrive whole and in order, in every way that a kernel has.

use crate::common::{local, on_shard, options, pair, pattern, steps};
use millstream_io::{
    Buffer, ConnectOptions, Io, ListenOptions, Listener, OpenOptions, Priority, RingFeatures,
    Slice, Stream,
};
use std::path::Path;
use std::time::Duration;

/// Takes turns between a buffer of its own and the shard's.
async fn receive_both_ways(stream: &mut Stream, length_bytes: usize) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = Buffer::unpooled(5000);
    while all.len() < length_bytes {
        let (count, filled) = stream.receive(buffer).await;
        buffer = filled;
        all.extend_from_slice(&buffer[..count.expect("receives")]);
        if let Some(chunk) = stream.receive_provided().await.expect("receives") {
            all.extend_from_slice(&chunk);
        }
    }
    all
}

async fn echo(mut stream: Stream) {
    while let Some(chunk) = stream.receive_provided().await.expect("receives") {
        stream.send(vec![chunk]).await.expect("sends");
    }
}

async fn accept_and_echo(io: Io, mut listener: Listener, count: usize) {
    for _ in 0..count {
        let stream = listener.accept().await.expect("accepts");
        drop(io.spawn(Priority::Foreground, echo(stream)));
    }
}

async fn receive_to_end(stream: &mut Stream) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(chunk) = stream.receive_provided().await.expect("receives") {
        all.extend_from_slice(&chunk);
    }
    all
}

#[test]
fn bytes_arrive_whole_and_in_order_then_the_end() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let (mut client, mut server) = pair(&io).await;
            // More than both socket buffers hold, so that sends are cut short, in pieces of all
            // sizes and more of them than one submission may have.
            let sent = pattern(8 << 20);
            let whole = Slice::from(&sent[..]);
            let pieces = (0..4096).map(|index| whole.slice(index * 2048..(index + 1) * 2048));
            let pieces = pieces.collect::<Vec<_>>();
            let sending = io.spawn(Priority::Foreground, async move {
                client.send(pieces).await.expect("sends");
                client.shutdown().await.expect("shuts down");
                client
            });
            assert!(receive_to_end(&mut server).await == sent);
            assert!(matches!(server.receive_provided().await, Ok(None)));
            let (count, _) = server.receive(Buffer::unpooled(16)).await;
            assert_eq!(count, Ok(0));
            drop(sending.await);
        });
    }
}

#[test]
fn both_ways_of_receiving_share_one_stream_of_bytes() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let (mut client, mut server) = pair(&io).await;
            let sent = pattern(1 << 20);
            let whole = Slice::from(&sent[..]);
            let sending = io.spawn(Priority::Foreground, async move {
                client.send(vec![whole]).await.expect("sends");
            });
            // The sender closes behind the last byte, which ends the turn that finds none.
            let all = receive_both_ways(&mut server, sent.len()).await;
            assert!(all == sent);
            sending.await;
        });
    }
}

#[test]
fn an_answer_comes_back_on_each_of_many_connections() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let listener = io.listen(local(), ListenOptions::default()).await.expect("listens");
            let address = listener.local_address();
            let server = io.spawn(Priority::Foreground, accept_and_echo(io.clone(), listener, 64));
            let mut clients = Vec::new();
            for index in 0..64_u8 {
                let mut client =
                    io.connect(address, ConnectOptions::default()).await.expect("connects");
                client.send(vec![Slice::from(&[index][..])]).await.expect("sends");
                clients.push(client);
            }
            for (index, client) in clients.iter_mut().enumerate() {
                let echo = client.receive_provided().await.expect("receives").expect("an answer");
                assert_eq!((echo.len(), usize::from(echo[0])), (1, index));
            }
            server.await;
        });
    }
}

#[test]
fn both_sides_know_each_others_address() {
    on_shard(options(steps()[0]), |io| async move {
        let (client, server) = pair(&io).await;
        let own = client.local_address().await.expect("an address");
        assert_eq!(server.peer_address().await, Ok(own));
        assert_eq!(client.peer_address().await, server.local_address().await);
    });
}

#[test]
fn the_halves_work_apart_and_close_together() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let (client, mut server) = pair(&io).await;
            let (mut receiving, mut sending) = client.split();
            let waiting = io.spawn(Priority::Foreground, async move {
                receiving.receive_provided().await.expect("receives").map(|chunk| chunk.to_vec())
            });
            sending.send(vec![Slice::from(&b"to"[..])]).await.expect("sends");
            let there = server.receive_provided().await.expect("receives").expect("bytes");
            assert_eq!(&there[..], b"to");
            server.send(vec![Slice::from(&b"fro"[..])]).await.expect("sends");
            assert_eq!(waiting.await.as_deref(), Some(&b"fro"[..]));
            // One half is gone with its task, the other one here: the peer sees the end.
            drop(sending);
            assert!(matches!(server.receive_provided().await, Ok(None)));
        });
    }
}

#[test]
fn a_connection_that_nobody_wants_is_refused() {
    on_shard(options(steps()[0]), |io| async move {
        let listener = io.listen(local(), ListenOptions::default()).await.expect("listens");
        let address = listener.local_address();
        drop(listener);
        // The close happens with the next submission, and an answer to it comes after that.
        let options = OpenOptions { directory: true, ..OpenOptions::default() };
        drop(io.open(Path::new("/"), options).await.expect("opens"));
        let refused = io.connect(address, ConnectOptions::default()).await;
        assert!(refused.expect_err("nobody listens").to_string().contains("refused"));
        let unknown = ListenOptions {
            congestion_control: Some(String::from("no such thing")),
            ..ListenOptions::default()
        };
        let refused = io.listen(local(), unknown).await;
        assert!(refused.is_err());
    });
}

#[test]
fn congestion_control_and_a_shared_port_can_be_chosen() {
    on_shard(options(steps()[0]), |io| async move {
        // The one algorithm that every kernel has.
        let congestion_control = Some(String::from("reno"));
        let listen = ListenOptions {
            reuse_port: true,
            congestion_control: congestion_control.clone(),
            ..ListenOptions::default()
        };
        let first = io.listen(local(), listen.clone()).await.expect("listens");
        let second = io.listen(first.local_address(), listen).await.expect("listens beside");
        assert_eq!(first.local_address(), second.local_address());
        let connect = ConnectOptions { congestion_control };
        drop(io.connect(first.local_address(), connect).await.expect("connects"));
    });
}

#[test]
fn a_peer_that_takes_nothing_is_given_up() {
    on_shard(options(RingFeatures::default()), |io| async move {
        let silence_max = Some(Duration::from_millis(300));
        let buffers = Some(64 << 10);
        let options = ListenOptions {
            silence_max,
            send_buffer_bytes: buffers,
            receive_buffer_bytes: buffers,
            ..ListenOptions::default()
        };
        let mut listener = io.listen(local(), options).await.expect("listens");
        let address = listener.local_address();
        let client = io.connect(address, ConnectOptions::default()).await.expect("connects");
        let mut server = listener.accept().await.expect("accepts");
        let block = Slice::from(&pattern(1 << 20)[..]);
        // More than the kernel's largest buffers.
        let refused = server.send(vec![block; 64]).await.expect_err("nobody takes it");
        // The latter where the kernel was waiting for room in the middle of a send.
        let errno = refused.errno();
        assert!(matches!(errno, Some(libc::ETIMEDOUT | libc::EPIPE)), "{errno:?}");
        drop(client);
    });
}
