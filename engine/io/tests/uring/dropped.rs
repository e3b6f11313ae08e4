//! Futures that are dropped half-way: no connection and no byte is lost, no descriptor stays open,
//! no buffer stays lent.

use crate::common::{Scratch, local, on_shard, options, pair, pattern, poll_once, steps};
use millstream_base::Position;
use millstream_io::{
    Buffer, ConnectOptions, Durability, File, Io, ListenOptions, OpenOptions, Priority, Slice,
    Stream,
};
use std::cell::Cell;
use std::rc::Rc;

/// Awaits completions of others until nothing but `count` operations is in flight.
async fn settle(io: &Io, count: u64) {
    while io.activity().in_flight_count > count {
        io.sleep(std::time::Duration::from_millis(1)).await;
    }
}

async fn receive_exactly(stream: &mut Stream, length_bytes: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < length_bytes {
        let chunk = stream.receive_provided().await.expect("receives").expect("more bytes");
        all.extend_from_slice(&chunk);
    }
    all
}

#[test]
fn an_accept_that_was_dropped_loses_no_connection() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let mut listener = io.listen(local(), ListenOptions::default()).await.expect("listens");
            let address = listener.local_address();
            assert!(poll_once(listener.accept()).await.is_none());
            let mut clients = Vec::new();
            // More than may wait, so that the accept is ended and begun again as well.
            for _ in 0..40 {
                let client = io.connect(address, ConnectOptions::default()).await;
                clients.push(client.expect("connects"));
            }
            for _ in 0..40 {
                drop(listener.accept().await.expect("accepts"));
            }
            assert!(poll_once(listener.accept()).await.is_none());
            clients.push(io.connect(address, ConnectOptions::default()).await.expect("connects"));
            drop(listener.accept().await.expect("accepts"));
        });
    }
}

#[test]
fn a_receive_that_was_dropped_loses_no_byte() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let (mut client, mut server) = pair(&io).await;
            assert!(poll_once(server.receive(Buffer::unpooled(7))).await.is_none());
            client.send(vec![Slice::from(&b"first second"[..])]).await.expect("sends");
            let (count, buffer) = server.receive(Buffer::unpooled(100)).await;
            assert_eq!((count, &buffer[..7]), (Ok(7), &b"first s"[..]));
            assert_eq!(receive_exactly(&mut server, 5).await, b"econd");
            assert!(poll_once(server.receive_provided()).await.is_none());
            client.send(vec![Slice::from(&b"third fourth"[..])]).await.expect("sends");
            let (count, buffer) = server.receive(Buffer::unpooled(5)).await;
            assert_eq!((count, &buffer[..]), (Ok(5), &b"third"[..]));
            assert_eq!(receive_exactly(&mut server, 7).await, b" fourth");
        });
    }
}

#[test]
fn bytes_that_nobody_takes_stay_in_the_socket() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let (mut client, mut server) = pair(&io).await;
            assert!(poll_once(server.receive_provided()).await.is_none());
            let sent = pattern(32 << 20);
            let whole = Slice::from(&sent[..]);
            let done = Rc::new(Cell::new(false));
            let seen = Rc::clone(&done);
            let sending = io.spawn(Priority::Foreground, async move {
                client.send(vec![whole]).await.expect("sends");
                done.set(true);
            });
            for _ in 0..1000 {
                io.yield_now().await;
            }
            assert!(!seen.get(), "the sender waits for the receiver");
            let all = receive_exactly(&mut server, sent.len()).await;
            assert!(all == sent);
            sending.await;
        });
    }
}

#[test]
fn a_send_that_was_dropped_ends_the_direction() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let (mut client, server) = pair(&io).await;
            let large = Slice::from(&pattern(32 << 20)[..]);
            assert!(poll_once(client.send(vec![large])).await.is_none());
            let refused = client.send(vec![Slice::from(&b"more"[..])]).await;
            assert!(refused.expect_err("half a message was sent").to_string().contains("pipe"));
            drop((client, server));
            settle(&io, 0).await;
        });
    }
}

#[test]
fn dropped_operations_end_and_their_buffers_come_home() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let mut listener = io.listen(local(), ListenOptions::default()).await.expect("listens");
            let address = listener.local_address();
            assert!(poll_once(listener.accept()).await.is_none());
            drop(poll_once(io.connect(address, ConnectOptions::default())).await);
            let (client, mut server) = pair(&io).await;
            let buffer = io.buffers().buffer(4096).expect("a buffer");
            assert!(poll_once(server.receive(buffer)).await.is_none());
            drop((client, server, listener));
            settle(&io, 0).await;
            io.buffers().shrink();
            assert_eq!(io.buffers().usage().lent_bytes, 0);
        });
    }
}

/// Begins a read and a durable write, whose futures go at a stage: before the kernel has seen
/// them, while it works on them, and when they are done but nobody has asked.
async fn begin_and_drop(io: &Io, file: &File, stage: usize) {
    let buffer = io.buffers().buffer(64 << 10).expect("a buffer");
    let slice = io.buffers().buffer(64 << 10).expect("a buffer").freeze();
    let reading = file.read_at(buffer, Position::new(0));
    let writing = file.write_at(vec![slice], Position::new(64 << 10), Durability::Stable);
    match stage {
        0 => {}
        1 => io.yield_now().await,
        _ => settle(io, 0).await,
    }
    drop((reading, writing));
}

#[test]
fn a_file_operation_may_be_dropped_at_every_stage() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let scratch = Scratch::new("dropped");
            let write = OpenOptions { write: true, create: true, ..OpenOptions::default() };
            let file = io.open(&scratch.path("file"), write).await.expect("opens");
            for stage in 0..3 {
                begin_and_drop(&io, &file, stage).await;
                settle(&io, 0).await;
                io.buffers().shrink();
                assert_eq!(io.buffers().usage().lent_bytes, 0, "stage {stage}");
            }
            assert_eq!(file.length_bytes().await, Ok(128 << 10), "what was submitted happens");
            let opening = poll_once(io.open(&scratch.path("file"), write)).await;
            assert!(opening.is_none());
            drop(file);
            settle(&io, 0).await;
            assert_eq!(scratch.open_count(), 0, "also what was opened for nobody");
        });
    }
}

#[test]
fn a_shard_may_end_with_everything_in_flight() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let scratch = Scratch::new("ended");
            let write = OpenOptions { write: true, create: true, ..OpenOptions::default() };
            let file = io.open(&scratch.path("file"), write).await.expect("opens");
            let mut listener = io.listen(local(), ListenOptions::default()).await.expect("listens");
            let address = listener.local_address();
            let (mut client, mut server) = pair(&io).await;
            let (idle, mut silent) = pair(&io).await;
            let slice = Slice::from(&pattern(16 << 20)[..]);
            let writing = file.write_at(vec![slice.clone()], Position::new(0), Durability::Stable);
            drop(io.spawn(Priority::Foreground, async move {
                drop((silent.receive_provided().await, idle));
            }));
            drop(io.spawn(Priority::Foreground, async move {
                drop(client.send(vec![slice]).await);
            }));
            let ending = io.clone();
            drop(io.spawn(Priority::Foreground, async move {
                drop(ending.connect(address, ConnectOptions::default()).await);
                drop(listener.accept().await);
                drop(listener.accept().await);
            }));
            io.yield_now().await;
            assert!(poll_once(server.receive(Buffer::unpooled(4096))).await.is_none());
            assert!(io.activity().in_flight_count >= 5, "{:?}", io.activity());
            drop(writing);
        });
    }
}
