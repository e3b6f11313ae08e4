//! The program under test, and a folder for its journal.

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

/// Runs `millstream-bench verify`.
pub(crate) fn verify(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_millstream-bench"));
    program.arg("verify").args(arguments).output().expect("the program runs")
}
