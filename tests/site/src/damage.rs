//! Bytes that rot.

use std::path::Path;

/// Changes a byte of what stands in the segments of a broker's data, which must not run, wherever
/// `text` is the first time in a partition.
///
/// # Panics
/// If it is nowhere.
pub fn damage(data: &Path, text: &str) {
    let segments = data.join("shard-0/segments");
    let partitions = std::fs::read_dir(segments).expect("a shard").map(|it| it.expect("listed"));
    let logs = partitions.map(|it| it.path().join("00000000000000000000.log"));
    let mut damaged_count = 0;
    for log in logs {
        let Ok(mut bytes) = std::fs::read(&log) else { continue };
        let Some(at) = bytes.windows(text.len()).position(|it| it == text.as_bytes()) else {
            continue;
        };
        bytes[at] ^= 1;
        std::fs::write(&log, bytes).expect("written");
        damaged_count += 1;
    }
    assert!(damaged_count > 0, "{text} is on disk");
}
