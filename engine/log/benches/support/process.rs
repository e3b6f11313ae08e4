//! What the kernel says of this process and thread.

use super::Result;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Time on a core of the calling thread so far.
pub(crate) fn thread_time() -> Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let run_ns = text.split_whitespace().next().ok_or("an empty schedstat")?.parse()?;
    Ok(Duration::from_nanos(run_ns))
}

/// Bytes that this process has caused to be written to disks so far.
pub(crate) fn device_written_bytes() -> Result<u64> {
    field("/proc/self/io", "write_bytes:")
}

/// Resident memory of this process.
pub(crate) fn resident_bytes() -> Result<u64> {
    Ok(field("/proc/self/smaps_rollup", "Rss:")? * 1024)
}

/// Bytes that a folder takes on disk, with all below it.
pub(crate) fn disk_bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let of_entry = |entry: fs::DirEntry| {
        use std::os::unix::fs::MetadataExt;
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => disk_bytes(&entry.path()),
            Ok(metadata) => metadata.blocks() * 512,
            // Removed meanwhile.
            Err(_) => 0,
        }
    };
    entries.flatten().map(of_entry).sum()
}

fn field(path: &str, name: &str) -> Result<u64> {
    let text = fs::read_to_string(path)?;
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(value.ok_or_else(|| format!("{path} has no {name}"))?.parse()?)
}
