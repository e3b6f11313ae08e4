//! A broker in this process that can be started again, a folder, and the program under test.

use millstream_broker::{Node, NodeOptions};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("verify-{test}-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a path of letters").to_owned()
    }

    /// Waits until a file has so many lines.
    pub(crate) fn wait_for_lines(&self, path: &str, count: usize) {
        assert!(Path::new(path).starts_with(&self.0), "a file of this test");
        let is_there = || std::fs::read_to_string(path).is_ok_and(|it| it.lines().count() >= count);
        while !is_there() {
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A broker that goes with its data when this is dropped.
pub(crate) struct Broker {
    node: Option<Node>,
    options: NodeOptions,
    _folder: Folder,
}

impl Broker {
    pub(crate) fn start(test: &str) -> Self {
        Self::open(test, None)
    }

    /// One that sends its clients to a port where somebody else listens.
    pub(crate) fn start_behind(test: &str, port: u16) -> Self {
        Self::open(test, Some((String::from("127.0.0.1"), port)))
    }

    fn open(test: &str, advertise: Option<(String, u16)>) -> Self {
        let folder = Folder::new(&format!("data-{test}"));
        let options = NodeOptions {
            data: folder.0.join("data"),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            advertise,
            cores: vec![0],
            spin: Duration::ZERO,
            config: Default::default(),
        };
        let node = Some(Node::start(&options).expect("the broker starts"));
        Self { node, options, _folder: folder }
    }

    pub(crate) fn address(&self) -> String {
        self.node.as_ref().expect("it runs").address().to_string()
    }

    /// Ends it, until it is started again.
    pub(crate) fn stop(&mut self) {
        let Some(node) = self.node.take() else { return };
        self.options.listen = node.address();
        node.stop().expect("it ends");
    }

    /// Ends it if it runs, and starts it again at the same address.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.node = Some(Node::start(&self.options).expect("the broker starts again"));
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(node) = self.node.take() {
            drop(node.stop());
        }
    }
}

/// Runs `millstream-bench verify`.
pub(crate) fn verify(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_millstream-bench"));
    program.arg("verify").args(arguments).output().expect("the program runs")
}
