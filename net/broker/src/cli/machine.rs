//! What the machine under a broker is like.

use std::fs::OpenOptions;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Writes that are measured; enough to see what the disk does, few enough to disturb nobody.
const COMMITS: usize = 3;
const BLOCK: [u8; 4096] = [0x5a; 4096];

/// How long the disk takes to make 4 KiB durable: the middle of a few, written over what is there
/// already, as a journal does it. Leaves no file.
pub(crate) fn commit_latency(directory: &Path) -> io::Result<Duration> {
    let path = directory.join(format!("probe-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    // The file lives on without its name, and goes with this process however that ends.
    std::fs::remove_file(&path)?;
    file.write_all(&BLOCK)?;
    file.sync_data()?;
    let mut latencies = [Duration::ZERO; COMMITS];
    for latency in &mut latencies {
        let begin = now();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&BLOCK)?;
        file.sync_data()?;
        *latency = now() - begin;
    }
    latencies.sort_unstable();
    Ok(latencies[COMMITS / 2])
}

/// The time of this process, which no simulation owns.
#[expect(clippy::disallowed_methods, reason = "the program around the node, not the node")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Memory of this process that is in RAM.
pub(crate) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kib.checked_mul(1024)
}

/// What the machine is called, for clients to find it by.
pub(crate) fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}
