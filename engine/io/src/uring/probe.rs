//! Finding out what the kernel has, step by step down from the best.

use super::capabilities::{Capabilities, HugePages};
use super::features::{RingFeatures, TaskRun, ZeroCopySend};
use crate::error::{IoError, Result};
use io_uring::{IoUring, Probe, opcode};

/// Completions that fit the ring per submission: a multishot operation has many.
const COMPLETIONS_PER_SUBMISSION: u32 = 4;

/// What no shard can do without; all of it is there from Linux 5.15 on.
const NEEDED_OPERATIONS: [(u8, &str); 14] = [
    (opcode::OpenAt::CODE, "openat"),
    (opcode::Close::CODE, "close"),
    (opcode::Read::CODE, "read"),
    (opcode::Writev::CODE, "writev"),
    (opcode::Fsync::CODE, "fsync"),
    (opcode::Fallocate::CODE, "fallocate"),
    (opcode::RenameAt::CODE, "renameat"),
    (opcode::UnlinkAt::CODE, "unlinkat"),
    (opcode::MkDirAt::CODE, "mkdirat"),
    (opcode::AsyncCancel::CODE, "async_cancel"),
    (opcode::Accept::CODE, "accept"),
    (opcode::Connect::CODE, "connect"),
    (opcode::Recv::CODE, "recv"),
    (opcode::SendMsg::CODE, "sendmsg"),
];

/// The best ring that the kernel grants and `wanted` allows, and what it can do.
pub(super) fn open(entries: u32, wanted: RingFeatures) -> Result<(IoUring, Capabilities)> {
    let (ring, task_run) = build(entries, wanted.task_run)?;
    let mut probe = Probe::new();
    ring.submitter().register_probe(&mut probe).map_err(|error| refused(&error))?;
    let lacks = NEEDED_OPERATIONS.iter().any(|(code, _)| !probe.is_supported(*code));
    if lacks || !ring.params().is_feature_ext_arg() || !ring.params().is_feature_nodrop() {
        return Err(IoError::RingRefused { errno: libc::ENOSYS });
    }
    // Multishot flags cannot be probed themselves; each is known to be there when an operation of
    // the same or a later kernel is: socket(2) as an operation came with multishot accept (5.19)
    // and buffer rings, SEND_ZC with multishot receive (6.0). Reports of use (6.2) have no
    // companion; the next operation after them is the multishot read (6.7).
    let since_5_19 = probe.is_supported(opcode::Socket::CODE);
    let since_6_0 = probe.is_supported(opcode::SendZc::CODE);
    let since_6_7 = probe.is_supported(opcode::ReadMulti::CODE);
    let provided_buffers = wanted.provided_buffers && since_5_19;
    let zero_copy = since_6_7 && probe.is_supported(opcode::SendMsgZc::CODE);
    let features = RingFeatures {
        task_run,
        multishot_accept: wanted.multishot_accept && since_5_19,
        multishot_receive: wanted.multishot_receive && since_6_0 && provided_buffers,
        provided_buffers,
        zero_copy_send: if zero_copy { wanted.zero_copy_send } else { ZeroCopySend::Never },
        ring_messages: wanted.ring_messages && probe.is_supported(opcode::MsgRingData::CODE),
    };
    let capabilities = Capabilities {
        features: Some(features),
        kernel: kernel_release(),
        submissions_max: ring.params().sq_entries(),
        completions_max: ring.params().cq_entries(),
        huge_pages: HugePages::of_this_machine(),
        locked_bytes_max: locked_bytes_max(),
        descriptors_max: raise_descriptors_max(),
    };
    Ok((ring, capabilities))
}

fn build(entries: u32, best: TaskRun) -> Result<(IoUring, TaskRun)> {
    let steps = [TaskRun::Deferred, TaskRun::Cooperative, TaskRun::Interrupting];
    let mut refusal = None;
    for step in steps.into_iter().filter(|step| *step >= best) {
        match build_step(entries, step) {
            Ok(ring) => return Ok((ring, step)),
            // An unknown flag. Anything else (forbidden, no memory) no other flag would mend.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => refusal = Some(error),
            Err(error) => return Err(refused(&error)),
        }
    }
    Err(refused(&refusal.expect("the last step is always tried")))
}

fn build_step(entries: u32, step: TaskRun) -> std::io::Result<IoUring> {
    let mut builder = IoUring::builder();
    let entries = entries.max(1);
    builder.setup_cqsize(entries.saturating_mul(COMPLETIONS_PER_SUBMISSION)).setup_clamp();
    match step {
        // The flag tells, without a system call, whether one is due: see `Ring::poll`.
        TaskRun::Deferred => {
            builder.setup_single_issuer().setup_defer_taskrun().setup_taskrun_flag();
        }
        TaskRun::Cooperative => {
            builder.setup_coop_taskrun().setup_taskrun_flag();
        }
        TaskRun::Interrupting => {}
    }
    builder.build(entries)
}

fn refused(error: &std::io::Error) -> IoError {
    let errno = error.raw_os_error().unwrap_or(0);
    match errno {
        // Not a word against rings as such.
        libc::EMFILE | libc::ENFILE | libc::ENOMEM => {
            IoError::Os { operation: "io_uring_setup", path: None, errno }
        }
        _ => IoError::RingRefused { errno },
    }
}

fn kernel_release() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.trim().to_owned()
}

/// The limit on memory that a process may lock, of which old kernels let a ring take its own;
/// `None` if there is none.
fn locked_bytes_max() -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid place for the answer.
    let result = unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut limit) };
    (result == 0 && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}

/// Raises the process's limit on descriptors as far as it may, and says what it is. The soft limit
/// is 1024 on most machines, for the sake of programs that use select(2).
fn raise_descriptors_max() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid place for the answer.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return 0;
    }
    let raised = libc::rlimit { rlim_cur: limit.rlim_max, ..limit };
    // SAFETY: `raised` is a limit that the process may set: no higher than its hard one.
    let result = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const raised) };
    if result == 0 { raised.rlim_cur } else { limit.rlim_cur }
}
