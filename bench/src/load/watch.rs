//! How much of its cores this process uses.

use std::fs;
use std::time::Duration;

/// Processor time of the shards of this process, looked at second by second.
#[derive(Debug)]
pub(crate) struct Watch {
    first: Option<Look>,
    last: Option<Look>,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    at: Duration,
    used: Duration,
}

impl Watch {
    /// Nothing was looked at yet.
    pub(crate) fn start() -> Self {
        Self { first: None, last: None }
    }

    /// Looks. The first look is the beginning.
    pub(crate) fn look(&mut self) {
        let Some(look) = look() else { return };
        self.first.get_or_insert(look);
        self.last = Some(look);
    }

    /// How many cores were in use between the first look and the last.
    pub(crate) fn busy(&self) -> f64 {
        let (Some(first), Some(last)) = (self.first, self.last) else { return 0.0 };
        let elapsed = last.at.saturating_sub(first.at).as_secs_f64();
        let used = last.used.saturating_sub(first.used).as_secs_f64();
        if elapsed > 0.0 { used / elapsed } else { 0.0 }
    }
}

fn look() -> Option<Look> {
    let mut used = Duration::ZERO;
    for task in fs::read_dir("/proc/self/task").ok()? {
        let path = task.ok()?.path();
        let name = fs::read_to_string(path.join("comm")).unwrap_or_default();
        if name.starts_with("shard-") {
            used += on_core(&fs::read_to_string(path.join("schedstat")).unwrap_or_default());
        }
    }
    Some(Look { at: uptime(&fs::read_to_string("/proc/uptime").ok()?)?, used })
}

/// The first figure of `schedstat`: nanoseconds on a core.
fn on_core(text: &str) -> Duration {
    let first = text.split_whitespace().next().and_then(|figure| figure.parse().ok());
    Duration::from_nanos(first.unwrap_or(0))
}

/// The first figure of `/proc/uptime`: seconds since the machine started.
fn uptime(text: &str) -> Option<Duration> {
    let seconds = text.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod watch_test {
    use super::*;

    #[test]
    fn the_files_of_the_kernel_are_read() {
        assert_eq!(on_core("1500000000 77 3\n"), Duration::from_millis(1500));
        assert_eq!(on_core(""), Duration::ZERO);
        assert_eq!(uptime("12.50 40.00\n"), Some(Duration::from_millis(12_500)));
        assert_eq!(uptime("soon"), None);
    }

    #[test]
    fn use_is_time_on_a_core_within_time() {
        let look = |at, used| Look { at: Duration::from_secs(at), used: Duration::from_secs(used) };
        let watch = Watch { first: Some(look(10, 1)), last: Some(look(14, 4)) };
        assert!((watch.busy() - 0.75).abs() < 1e-9);
        assert!(Watch::start().busy() < f64::EPSILON);
    }
}
