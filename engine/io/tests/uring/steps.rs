//! The steps down from the best kernel: which one is taken, what is said, and the clear refusal at
//! the end of them.

use crate::common::{on_shard, options, pair, pattern, steps};
use millstream_io::{
    Io, IoError, RingFeatures, Shard, ShardOptions, Slice, Stream, TaskRun, ZeroCopySend,
};

#[test]
fn what_is_switched_off_is_not_used() {
    for features in steps() {
        on_shard(options(features), move |io| async move {
            let found = io.capabilities().features.expect("a ring has features");
            // The kernel may lack what is wanted, never the other way round.
            assert!(found.task_run >= features.task_run);
            assert!(!found.multishot_accept || features.multishot_accept);
            assert!(!found.multishot_receive || features.multishot_receive);
            assert!(!found.multishot_receive || found.provided_buffers);
            assert!(!found.ring_messages || features.ring_messages);
            let never = ZeroCopySend::Never;
            assert!(
                found.zero_copy_send == features.zero_copy_send || found.zero_copy_send == never
            );
            assert!(io.capabilities().completions_max >= io.capabilities().submissions_max);
        });
    }
}

#[test]
fn each_step_is_said_in_words() {
    let features = RingFeatures { task_run: TaskRun::Interrupting, ..RingFeatures::default() };
    on_shard(options(features), |io| async move {
        let said = io.capabilities().to_string();
        assert!(said.contains("completions are delivered: by interrupting"), "{said}");
        assert!(said.starts_with("io_uring: Linux "), "{said}");
    });
}

async fn send_and_receive(from: &mut Stream, to: &mut Stream, slice: Slice) {
    let expected = slice.to_vec();
    from.send(vec![slice]).await.expect("sends");
    let mut got = Vec::new();
    while got.len() < expected.len() {
        got.extend_from_slice(&to.receive_provided().await.expect("receives").expect("bytes"));
    }
    assert!(got == expected);
}

async fn large_slice(io: &Io) -> Slice {
    let mut buffer = io.buffers().buffer(64 << 10).expect("a buffer");
    buffer.copy_from_slice(&pattern(64 << 10));
    buffer.freeze()
}

#[test]
fn a_connection_whose_sends_are_copied_sends_the_plain_way() {
    let features = RingFeatures { zero_copy_send: ZeroCopySend::Always, ..RingFeatures::default() };
    on_shard(options(features), |io| async move {
        if io.capabilities().features.expect("a ring").zero_copy_send == ZeroCopySend::Never {
            return;
        }
        let (mut client, mut server) = pair(&io).await;
        send_and_receive(&mut client, &mut server, Slice::from(&[1; 16383][..])).await;
        assert_eq!(io.activity().zero_copy_send_count, 0, "too small to pay");
        send_and_receive(&mut client, &mut server, large_slice(&io).await).await;
        while io.activity().zero_copy_held_count > 0 {
            io.yield_now().await;
        }
        // The peer is on this host, so the kernel had to copy, and says so.
        let first = io.activity();
        assert_eq!((first.zero_copy_send_count, first.zero_copy_copied_count), (1, 1));
        for _ in 0..8 {
            send_and_receive(&mut client, &mut server, large_slice(&io).await).await;
        }
        assert_eq!(io.activity().zero_copy_send_count, 1);
        io.buffers().shrink();
        assert_eq!(io.buffers().usage().lent_bytes, 0);
        // Another connection tries for itself.
        let (mut client, mut server) = pair(&io).await;
        send_and_receive(&mut client, &mut server, large_slice(&io).await).await;
        assert_eq!(io.activity().zero_copy_send_count, 2);
    });
}

#[test]
fn a_peer_on_this_host_is_sent_to_the_plain_way() {
    on_shard(ShardOptions::default(), |io| async move {
        let (mut client, mut server) = pair(&io).await;
        send_and_receive(&mut client, &mut server, large_slice(&io).await).await;
        assert_eq!(io.activity().zero_copy_send_count, 0);
    });
}

#[test]
fn memory_that_was_sent_outlives_a_shard_that_ends() {
    let features = RingFeatures { zero_copy_send: ZeroCopySend::Always, ..RingFeatures::default() };
    on_shard(options(features), |io| async move {
        let (mut client, server) = pair(&io).await;
        client.send(vec![large_slice(&io).await]).await.expect("sends");
        drop(server);
    });
}

#[test]
fn a_kernel_that_forbids_io_uring_is_refused_in_words() {
    // A filter holds for its thread and those that the thread starts, so not for other tests.
    let thread = std::thread::Builder::new().spawn(|| {
        forbid_io_uring();
        Shard::start(ShardOptions::default(), |_| async {}).expect_err("there is no ring")
    });
    let refusal = thread.expect("a thread").join().expect("no panic");
    assert_eq!(refusal, IoError::RingRefused { errno: libc::EPERM });
    assert!(refusal.to_string().contains("kernel refuses io_uring"), "{refusal}");
}

/// Makes io_uring_setup(2) fail with EPERM on this thread, as containers do, see seccomp(2).
fn forbid_io_uring() {
    let statement = |code: u32, jt: u8, k: u32| libc::sock_filter {
        code: u16::try_from(code).expect("codes are small"),
        jt,
        jf: 0,
        k,
    };
    let setup = u32::try_from(libc::SYS_io_uring_setup).expect("call numbers are small");
    let errno = libc::EPERM.unsigned_abs();
    let mut filter = [
        // The call's number is the first field of the data that a filter sees.
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        libc::sock_filter {
            jf: 1,
            ..statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, setup)
        },
        statement(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ERRNO | errno),
        statement(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let length = u16::try_from(filter.len()).expect("four");
    let program = libc::sock_fprog { len: length, filter: filter.as_mut_ptr() };
    // SAFETY: takes no pointers, and only narrows what this thread may do.
    let result = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(result, 0);
    let mode = libc::SECCOMP_MODE_FILTER;
    // SAFETY: the program and its filter live through the call, which copies them.
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program, 0, 0) };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
}
