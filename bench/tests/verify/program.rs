//! The program under test, and a folder for its journal.

use crate::harness::ask;
use millstream_wire::message::k20_delete_topics::DeleteTopicState;
use millstream_wire::{DeleteTopicsRequest, DeleteTopicsResponse, ErrorCode, decode_response};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
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

/// Begins `millstream-bench verify`.
pub(crate) fn begin(arguments: &[&str]) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_millstream-bench"));
    let program = program.arg("verify").args(arguments);
    program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs")
}

/// Asks a program to end, as Ctrl-C does.
pub(crate) fn interrupt(running: &Child) {
    let id = running.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.expect("a shell has it").success());
}

/// As [`verify`], where no file grows beyond 8 KiB.
pub(crate) fn verify_with_small_files(arguments: &[&str]) -> Output {
    let limited = "trap '' XFSZ; ulimit -f 16; exec \"$@\"";
    let program = env!("CARGO_BIN_EXE_millstream-bench");
    let mut shell = Command::new("sh");
    let shell = shell.args(["-c", limited, "sh", program, "verify"]).args(arguments);
    shell.output().expect("there is a shell")
}

/// Deletes a topic, as another client would.
pub(crate) fn delete_topic(address: &str, name: &str) {
    const VERSION: i16 = 6;
    let topic = DeleteTopicState { name: Some(name), ..DeleteTopicState::default() };
    let request =
        DeleteTopicsRequest { topics: vec![topic], timeout_ms: 30_000, ..Default::default() };
    let frame = ask(address, &request, VERSION);
    let (_, deleted): (_, DeleteTopicsResponse<'_>) =
        decode_response(&frame, VERSION).expect("sound");
    assert_eq!(deleted.responses[0].error_code, ErrorCode::NONE);
}
