//! A broker in a process of its own, and commands against it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Instant;

/// A directory of one test, which goes with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let name = format!("millstream-cli-{test}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn data(&self) -> String {
        self.0.join("data").display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A broker that is ready. It goes with the test, also with one that fails.
pub(crate) struct Broker {
    child: Child,
    _output: BufReader<ChildStdout>,
    pub(crate) ready: String,
    pub(crate) address: String,
}

pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_millstream"))
}

impl Broker {
    /// Starts one on a free port, and waits for its line.
    pub(crate) fn start(folder: &Folder) -> Self {
        Self::start_with(folder, &[])
    }

    pub(crate) fn start_with(folder: &Folder, more: &[&str]) -> Self {
        let errors = File::create(folder.path().join("stderr")).expect("a file");
        let mut child = program()
            .args(["start", "--data", &folder.data(), "--listen", "127.0.0.1:0"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut ready = String::new();
        output.read_line(&mut ready).expect("a line");
        let address = ready.split(' ').nth(1).unwrap_or_default().to_owned();
        assert!(ready.starts_with("ready 127.0.0.1:"), "{ready:?}");
        Self { child, _output: output, ready, address }
    }

    /// The rest of a line that it says on standard error; waits for it.
    pub(crate) fn said(folder: &Folder, beginning: &str) -> String {
        loop {
            let said = std::fs::read_to_string(folder.path().join("stderr")).expect("a file");
            let whole = said.rfind('\n').map_or("", |end| &said[..end]);
            let mut lines = whole.lines().filter_map(|line| line.strip_prefix(beginning));
            if let Some(rest) = lines.next() {
                return rest.to_owned();
            }
        }
    }

    /// Runs a command against it, with this on its standard input.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Output {
        let arguments = [arguments, &["--bootstrap", &self.address]].concat();
        run(&arguments, input)
    }

    /// As [`Self::run`], for a command that succeeds; what it said.
    pub(crate) fn ok(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Begins a command against it that goes on.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Running {
        let child = program()
            .args(arguments)
            .args(["--bootstrap", &self.address])
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Running { child, output }
    }

    /// Ends it with a signal; the exit code, and how long that took.
    pub(crate) fn end(mut self, signal: &str) -> (Option<i32>, std::time::Duration) {
        let begun = now();
        send(&self.child, signal);
        let status = self.child.wait().expect("it ends");
        (status.code(), now() - begun)
    }

    /// Ends it as a power cut would, as far as a process can be.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

/// A command under way.
pub(crate) struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Running {
    /// The next line that it writes; waits for it.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        line
    }

    /// Ends it with a signal; its exit code, and what else it has written.
    pub(crate) fn end(mut self, signal: &str) -> (Option<i32>, String) {
        send(&self.child, signal);
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).expect("text");
        (self.child.wait().expect("it ends").code(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends a signal to a process that the test started.
fn send(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([&format!("-{signal}"), &id]).status();
    assert!(sent.expect("kill runs").success());
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = program()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut standard_input = child.stdin.take().expect("it is piped");
    // A command that fails early reads nothing.
    drop(standard_input.write_all(input.as_bytes()));
    drop(standard_input);
    child.wait_with_output().expect("it ends")
}

/// Runs the program to an end with this exit code; what it said on standard error.
pub(crate) fn fails(arguments: &[&str], code: i32) -> String {
    let output = run(arguments, "");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

#[expect(clippy::disallowed_methods, reason = "how long another process takes")]
fn now() -> Instant {
    Instant::now()
}
