//! A broker of a comparison: started for it and ended with it, or one that runs already.

use super::process::Usage;
use crate::failure::Failure;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// With what brokers are started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means<'a> {
    pub(super) directory: &'a Path,
    pub(super) millstream: &'a Path,
    pub(super) kafka: &'a Path,
    pub(super) core: usize,
}

/// A broker that serves.
#[derive(Debug)]
pub(super) struct Broker {
    name: String,
    address: String,
    /// Absent where it is not ours.
    child: Option<Child>,
}

impl Broker {
    /// Starts the broker of this name, or takes note of `NAME=HOST:PORT`.
    pub(super) fn start(name: &str, means: &Means<'_>) -> Result<Self, Failure> {
        if let Some((name, address)) = name.split_once('=') {
            let (name, address) = (name.to_owned(), address.to_owned());
            return Ok(Self { name, address, child: None });
        }
        let words = words(name, means)?;
        let mut command = Command::new("taskset");
        command.arg("--cpu-list").arg(means.core.to_string()).args(words);
        let log = means.directory.join(format!("{name}.log"));
        let log = std::fs::File::create(&log)
            .map_err(|error| Failure::directory(format!("{}: {error}", log.display())))?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn();
        let child = child.map_err(|error| Failure::failed(format!("taskset: {error}")))?;
        // From here on it is ended whatever happens.
        let mut broker = Self { name: name.to_owned(), address: String::new(), child: Some(child) };
        broker.address = broker.ready().ok_or_else(|| {
            let log = std::fs::read_to_string(means.directory.join(format!("{name}.log")));
            Failure::failed(format!("{name} does not start: {}", log.unwrap_or_default().trim()))
        })?;
        Ok(broker)
    }

    /// Waits for the line `ready HOST:PORT …`; whoever fails to start ends and so closes it.
    fn ready(&mut self) -> Option<String> {
        let output = self.child.as_mut()?.stdout.take()?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).ok()?;
        line.strip_prefix("ready ")?.split_whitespace().next().map(str::to_owned)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// What it has used; `None` where it is not ours.
    pub(super) fn usage(&self) -> Option<Usage> {
        self.child.as_ref().map(|child| Usage::of(child.id()))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // Asked to end, so that what it has started ends too.
        let id = child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        if !asked.is_ok_and(|status| status.success()) {
            drop(child.kill());
        }
        drop(child.wait());
    }
}

/// The command of a broker, which prints `ready HOST:PORT` when it serves.
fn words(name: &str, means: &Means<'_>) -> Result<Vec<PathBuf>, Failure> {
    let data = means.directory.join(name);
    let limit = |more: &[&str]| {
        let this = std::env::current_exe().unwrap_or_else(|_| "millstream-bench".into());
        let dir = std::fs::create_dir_all(&data);
        dir.map_err(|error| Failure::directory(format!("{}: {error}", data.display())))?;
        let fixed = ["limit", "serve", "--listen", "127.0.0.1:0", "--core", "0"];
        let mut words = vec![this];
        words.extend(fixed.iter().chain(more).map(PathBuf::from));
        words.extend(["--dir".into(), data.clone()]);
        Ok(words)
    };
    let kafka = |more: &[&str]| {
        let mut words = vec![means.kafka.to_owned(), "--data".into(), data.clone()];
        words.extend(more.iter().map(PathBuf::from));
        Ok(words)
    };
    match name {
        "millstream" => {
            let fixed = ["start", "--listen", "127.0.0.1:0", "--cores", "1", "--data"];
            let mut words = vec![means.millstream.to_owned()];
            words.extend(fixed.map(PathBuf::from));
            words.push(data);
            Ok(words)
        }
        "limit" => limit(&[]),
        "limit-second-write" => limit(&["--second-write"]),
        "kafka" => kafka(&[]),
        "kafka-fsync" => kafka(&["--fsync"]),
        _ => Err(Failure::usage(format!(
            "`{name}` is no broker: millstream, limit, limit-second-write, kafka, kafka-fsync, or \
             NAME=HOST:PORT"
        ))),
    }
}
