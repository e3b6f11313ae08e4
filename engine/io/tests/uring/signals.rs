//! A shard that is interrupted all the time does what it would do in peace.

use crate::common::{Scratch, alone, on_shard, options, pair, pattern, steps};
use millstream_base::Position;
use millstream_io::{Buffer, Durability, Io, OpenOptions, Priority, Slice};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

const BYTES: usize = 1 << 20;

extern "C" fn ignore(_: libc::c_int) {}

#[test]
fn signals_neither_lose_nor_repeat_anything() {
    alone("signals::signals_neither_lose_nor_repeat_anything", || {
        // Without SA_RESTART, so that the kernel's waits end with EINTR.
        // SAFETY: all zeros is a value of this plain C structure.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = ignore as extern "C" fn(libc::c_int) as usize;
        // SAFETY: the handler does nothing, which any moment allows; nobody asks for the old one.
        let set =
            unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()) };
        assert_eq!(set, 0);
        for features in steps() {
            let target = Arc::new(AtomicI32::new(0));
            let done = Arc::new(AtomicBool::new(false));
            let (aim, end) = (Arc::clone(&target), Arc::clone(&done));
            let storm = std::thread::Builder::new().spawn(move || storm(&aim, &end));
            on_shard(options(features), move |io| async move {
                // SAFETY: takes nothing and cannot fail.
                target.store(unsafe { libc::gettid() }, Ordering::Relaxed);
                work(io).await;
                done.store(true, Ordering::Relaxed);
            });
            storm.expect("a thread").join().expect("no panic");
        }
    });
}

fn storm(target: &AtomicI32, done: &AtomicBool) {
    let process = i32::try_from(std::process::id()).expect("process ids are small");
    while !done.load(Ordering::Relaxed) {
        let thread = target.load(Ordering::Relaxed);
        if thread != 0 {
            // SAFETY: a signal with a handler, to a thread of this process or to none.
            unsafe { libc::syscall(libc::SYS_tgkill, process, thread, libc::SIGUSR1) };
        }
        std::thread::yield_now();
    }
}

async fn work(io: Io) {
    let sent = pattern(BYTES);
    let (mut client, mut server) = pair(&io).await;
    let slice = Slice::from(&sent[..]);
    let sending = io.spawn(Priority::Foreground, async move {
        client.send(vec![slice]).await.expect("sends");
    });
    let mut got = Vec::new();
    while got.len() < BYTES {
        got.extend_from_slice(&server.receive_provided().await.expect("receives").expect("bytes"));
    }
    assert!(got == sent);
    sending.await;
    let scratch = Scratch::new("signals");
    let write = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    let file = io.open(&scratch.path("file"), write).await.expect("opens");
    let slice = Slice::from(&sent[..]);
    file.write_at(vec![slice], Position::new(0), Durability::Stable).await.expect("writes");
    file.sync_all().await.expect("syncs");
    let (count, buffer) = file.read_at(Buffer::unpooled(BYTES), Position::new(0)).await;
    assert_eq!(count, Ok(BYTES));
    assert!(buffer[..] == sent[..]);
}
