//! What a ring may use of its kernel.

/// How the kernel delivers completions to the shard's thread, the best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskRun {
    /// When the shard asks for them (`SINGLE_ISSUER | DEFER_TASKRUN`, from 6.1 on).
    #[default]
    Deferred,
    /// At the shard's next system call (`COOP_TASKRUN`, from 5.19 on).
    Cooperative,
    /// By interrupting the shard.
    Interrupting,
}

/// Which sends go without a copy (`SENDMSG_ZC`); in any case only those of 16 KiB or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ZeroCopySend {
    /// None.
    Never,
    /// Those to peers that are not on this host, until the kernel reports that it copies.
    #[default]
    Remote,
    /// Those to all peers, until the kernel reports that it copies.
    Always,
}

/// The best that a ring may use. What the kernel lacks is not used whatever is said here; what is
/// switched off here is not used although the kernel has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingFeatures {
    /// The best way to try; worse ones are tried where the kernel refuses.
    pub task_run: TaskRun,
    /// One submission accepts many connections.
    pub multishot_accept: bool,
    /// One submission receives many times; needs `provided_buffers`.
    pub multishot_receive: bool,
    /// The kernel takes receive buffers from a ring when bytes are there.
    pub provided_buffers: bool,
    /// Which sends go without a copy.
    pub zero_copy_send: ZeroCopySend,
    /// Shards wake each other through their rings instead of an eventfd.
    pub ring_messages: bool,
}

impl Default for RingFeatures {
    fn default() -> Self {
        Self {
            task_run: TaskRun::Deferred,
            multishot_accept: true,
            multishot_receive: true,
            provided_buffers: true,
            zero_copy_send: ZeroCopySend::Remote,
            ring_messages: true,
        }
    }
}
