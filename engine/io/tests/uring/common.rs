//! What the tests on a real ring share: a body that runs on a shard, on each step of the kernel's
//! features.

use millstream_io::{
    ConnectOptions, Io, ListenOptions, RingFeatures, Shard, ShardOptions, Stream, TaskRun,
    ZeroCopySend,
};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

/// Runs `body` on a shard of its own; its panics are the test's.
pub(crate) fn on_shard<F>(options: ShardOptions, body: impl FnOnce(Io) -> F + Send + 'static)
where
    F: Future<Output = ()> + 'static,
{
    let shard = Shard::start(options, body).expect("a ring");
    shard.join().expect("the body does not panic");
}

/// Small memory, so that limits are met soon.
pub(crate) fn options(features: RingFeatures) -> ShardOptions {
    ShardOptions { features, receive_buffer_count: 16, ..ShardOptions::default() }
}

/// The best that the kernel has, and each step down from it.
pub(crate) fn steps() -> Vec<RingFeatures> {
    let best = RingFeatures::default();
    let one_by_one = RingFeatures { multishot_accept: false, multishot_receive: false, ..best };
    vec![
        best,
        RingFeatures { zero_copy_send: ZeroCopySend::Always, ..best },
        RingFeatures { task_run: TaskRun::Cooperative, ..best },
        one_by_one,
        RingFeatures {
            task_run: TaskRun::Interrupting,
            provided_buffers: false,
            zero_copy_send: ZeroCopySend::Never,
            ring_messages: false,
            ..one_by_one
        },
    ]
}

/// Any free port of this host.
pub(crate) fn local() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// A pair of connected streams: the one that connected, the one that was accepted.
pub(crate) async fn pair(io: &Io) -> (Stream, Stream) {
    let mut listener = io.listen(local(), ListenOptions::default()).await.expect("listens");
    let address = listener.local_address();
    let client = io.connect(address, ConnectOptions::default()).await.expect("connects");
    (client, listener.accept().await.expect("accepts"))
}

/// Bytes that show a shift: no two windows of 16 of them are the same, but for a period that is
/// prime and so no multiple of any buffer's size.
pub(crate) fn pattern(length_bytes: usize) -> Vec<u8> {
    let period = 0..65_521_usize.min(length_bytes);
    let mut bytes: Vec<u8> =
        period.map(|index| (index.wrapping_mul(167) >> 3).to_le_bytes()[0]).collect();
    while bytes.len() < length_bytes {
        let period = 65_521.min(length_bytes - bytes.len());
        bytes.extend_from_within(0..period);
    }
    bytes
}

/// Polls a future once and drops it, as a `select` would.
pub(crate) async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// A directory for one test, removed with it.
pub(crate) struct Scratch {
    directory: PathBuf,
}

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("millstream-io-{name}-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).expect("a scratch directory");
        Self { directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// How many descriptors of this process name something in the directory.
    pub(crate) fn open_count(&self) -> usize {
        let descriptors = std::fs::read_dir("/proc/self/fd").expect("the kernel lists them");
        let targets = descriptors.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        targets.filter(|target| target.starts_with(&self.directory)).count()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

/// Runs the body of the test `name` in a process of its own, whose limits it may change.
pub(crate) fn alone(name: &str, body: impl FnOnce()) {
    const CHILD: &str = "MILLSTREAM_TEST_CHILD";
    if std::env::var_os(CHILD).is_some_and(|child| child == name) {
        return body();
    }
    let program = std::env::current_exe().expect("the test has a file");
    let mut command = std::process::Command::new(program);
    let output = command.args([name, "--exact", "--nocapture"]).env(CHILD, name).output();
    let output = output.expect("the test starts once more");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
