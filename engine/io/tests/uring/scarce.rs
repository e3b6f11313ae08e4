//! A ring that is far too small, a disk and a table of descriptors that are full: operations are
//! retried or fail cleanly, and all goes on when there is room again.

use crate::common::{Scratch, alone, local, on_shard, options, pair, steps};
use millstream_base::Position;
use millstream_io::{
    Buffer, ConnectOptions, Durability, File, Io, IoError, ListenOptions, OpenOptions, Priority,
    RingFeatures, Shard, ShardOptions, Slice, Stream,
};
use std::path::Path;

async fn write_and_read_back(file: File, index: u8) {
    let position = Position::new(u64::from(index) * 512);
    let slice = Slice::from(&[index; 512][..]);
    file.write_at(vec![slice], position, Durability::Written).await.expect("writes");
    let (count, buffer) = file.read_at(Buffer::unpooled(512), position).await;
    assert_eq!(count, Ok(512));
    assert!(buffer.iter().all(|byte| *byte == index));
}

async fn echo(mut stream: Stream) {
    while let Some(chunk) = stream.receive_provided().await.expect("receives") {
        stream.send(vec![chunk]).await.expect("sends");
    }
}

async fn ask_and_answer(mut stream: Stream, index: u8) {
    stream.send(vec![Slice::from(&[index][..])]).await.expect("sends");
    let answer = stream.receive_provided().await.expect("receives").expect("an answer");
    assert_eq!(&answer[..], [index]);
}

#[test]
fn hundreds_of_operations_pass_a_ring_of_two() {
    for features in steps() {
        let options = ShardOptions { ring_entries: 2, ..options(features) };
        on_shard(options, |io| async move {
            assert_eq!(io.capabilities().submissions_max, 2);
            assert!(io.capabilities().completions_max <= 8);
            let scratch = Scratch::new("ring-of-two");
            let write = OpenOptions { write: true, create: true, ..OpenOptions::default() };
            let file = io.open(&scratch.path("file"), write).await.expect("opens");
            let mut tasks = Vec::new();
            for index in 0..=255_u8 {
                let work = write_and_read_back(file.clone(), index);
                tasks.push(io.spawn(Priority::Foreground, work));
                if index % 4 == 0 {
                    let (client, server) = pair(&io).await;
                    drop(io.spawn(Priority::Background, echo(server)));
                    tasks.push(io.spawn(Priority::Background, ask_and_answer(client, index)));
                }
            }
            for task in tasks {
                task.await;
            }
        });
    }
}

#[test]
fn a_thousand_completions_at_once_overflow_a_queue_of_eight_and_all_arrive() {
    for features in steps() {
        let options = ShardOptions { ring_entries: 2, ..options(features) };
        on_shard(options, |io| async move {
            let root = OpenOptions { directory: true, ..OpenOptions::default() };
            let opened = (0..1000).map(|_| io.spawn(Priority::Foreground, opens(io.clone(), root)));
            for task in opened.collect::<Vec<_>>() {
                task.await;
            }
        });
    }
}

async fn opens(io: Io, options: OpenOptions) {
    drop(io.open(Path::new("/"), options).await.expect("opens"));
}

#[test]
fn a_write_beyond_the_limit_of_a_file_is_cut_short_and_says_no_space() {
    alone("scarce::a_write_beyond_the_limit_of_a_file_is_cut_short_and_says_no_space", || {
        // SAFETY: changes what a signal does; no handler runs. The default would end the process.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        set_limit(libc::RLIMIT_FSIZE, 40_000);
        on_shard(ShardOptions::default(), |io| async move {
            let scratch = Scratch::new("limited-file");
            let write = OpenOptions { write: true, create: true, ..OpenOptions::default() };
            let file = io.open(&scratch.path("file"), write).await.expect("opens");
            let slice = Slice::from(&[7; 30_000][..]);
            let twice = vec![slice.clone(), slice];
            let outcome = file.write_at(twice, Position::new(0), Durability::Written).await;
            assert!(outcome.as_ref().is_err_and(IoError::is_no_space), "{outcome:?}");
            assert_eq!(file.length_bytes().await, Ok(40_000), "what fitted was written");
            let (count, buffer) = file.read_at(Buffer::unpooled(50_000), Position::new(0)).await;
            assert_eq!(count, Ok(40_000), "and is read up to the end");
            assert!(buffer[..40_000].iter().all(|byte| *byte == 7));
        });
    });
}

#[test]
fn without_descriptors_operations_fail_cleanly_and_no_connection_is_lost() {
    alone("scarce::without_descriptors_operations_fail_cleanly_and_no_connection_is_lost", || {
        for features in steps() {
            on_shard(options(features), run_out_of_descriptors);
        }
    });
}

async fn run_out_of_descriptors(io: Io) {
    set_limit(libc::RLIMIT_NOFILE, 64);
    let mut listener = io.listen(local(), ListenOptions::default()).await.expect("listens");
    let address = listener.local_address();
    let client = io.connect(address, ConnectOptions::default()).await.expect("connects");
    let root = OpenOptions { directory: true, ..OpenOptions::default() };
    let mut files = Vec::new();
    let refused = loop {
        match io.open(Path::new("/"), root).await {
            Ok(file) => files.push(file),
            Err(error) => break error,
        }
    };
    assert!(refused.is_out_of_descriptors(), "{refused}");
    let refused = listener.accept().await.expect_err("no descriptor for it");
    assert!(refused.is_out_of_descriptors(), "{refused}");
    let refused = io.connect(address, ConnectOptions::default()).await;
    assert!(refused.is_err_and(|error| error.is_out_of_descriptors()));
    let refused = io.listen(local(), ListenOptions::default()).await;
    assert!(refused.is_err_and(|error| error.is_out_of_descriptors()));
    let refused = Shard::start(ShardOptions::default(), |_| async {});
    assert!(refused.is_err_and(|error| error.is_out_of_descriptors()));
    // What needs no descriptor goes on.
    assert!(files[0].length_bytes().await.is_ok());
    drop(files);
    let server = loop {
        match listener.accept().await {
            Ok(stream) => break stream,
            // The files close in the background.
            Err(error) => assert!(error.is_out_of_descriptors(), "{error}"),
        }
    };
    drop(io.spawn(Priority::Foreground, echo(server)));
    ask_and_answer(client, 7).await;
}

/// For good: a shard's start raises the limits that it may raise.
fn set_limit(resource: libc::__rlimit_resource_t, value: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: value, rlim_max: value };
    // SAFETY: `limit` is a valid limit.
    assert_eq!(unsafe { libc::setrlimit(resource, &raw const limit) }, 0);
}

#[test]
fn a_shard_that_holds_all_receive_buffers_is_told_so_and_loses_no_byte() {
    let best = RingFeatures::default();
    let own = RingFeatures { provided_buffers: false, ..best };
    for features in [best, own] {
        let options = ShardOptions { receive_buffer_count: 1, ..options(features) };
        on_shard(options, |io| async move {
            let (mut client, mut server) = pair(&io).await;
            let mut held = Vec::new();
            let mut refused_count = 0;
            for number in 0..2000_u32 {
                let number = number.to_le_bytes();
                client.send(vec![Slice::from(&number[..])]).await.expect("sends");
                let chunk = loop {
                    match server.receive_provided().await {
                        Ok(chunk) => break chunk.expect("more bytes"),
                        Err(error) => assert!(error.are_buffers_spent(), "{error}"),
                    }
                    refused_count += 1;
                    held.clear();
                };
                assert_eq!(chunk[..], number);
                held.push(chunk);
            }
            assert!(refused_count > 0, "memory has a limit");
        });
    }
}
