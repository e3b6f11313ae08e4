//! Sockets of a shard: listeners, and streams with their two halves.

/// How a listening socket is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenOptions {
    /// Several sockets may listen on one address, and the kernel spreads connections over them
    /// (`SO_REUSEPORT`): one listener per shard.
    pub reuse_port: bool,
    /// How many connections may wait to be accepted; the kernel's own limit binds too.
    pub backlog_max: u32,
    /// The congestion control of accepted connections (`TCP_CONGESTION`), such as `cubic`. The
    /// machine's default where it is `None`.
    pub congestion_control: Option<String>,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self { reuse_port: false, backlog_max: 1024, congestion_control: None }
    }
}

/// How a connection is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectOptions {
    /// As [`ListenOptions::congestion_control`].
    pub congestion_control: Option<String>,
}
