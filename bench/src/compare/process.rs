//! What a process and its children have used, as /proc says it (proc(5)).

use std::fs;

/// The clock of /proc's times: USER_HZ, which Linux shows to programs as 100 everywhere.
const TICKS_PER_SECOND: f64 = 100.0;

/// Of a process and all that it has started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usage {
    /// Seconds of processor time since the beginning.
    pub(super) cpu_seconds: f64,
    /// Bytes of memory now.
    pub(super) memory_bytes: u64,
}

impl Usage {
    /// Of the process with this id.
    pub(super) fn of(root: u32) -> Self {
        let all: Vec<Stat> = stats().collect();
        let mut family = vec![root];
        let mut usage = Self::default();
        while let Some(id) = family.pop() {
            family.extend(all.iter().filter(|stat| stat.parent == id).map(|stat| stat.id));
            if let Some(stat) = all.iter().find(|stat| stat.id == id) {
                usage.cpu_seconds += stat.ticks / TICKS_PER_SECOND;
                usage.memory_bytes += memory_bytes(id);
            }
        }
        usage
    }
}

#[derive(Debug, PartialEq)]
struct Stat {
    id: u32,
    parent: u32,
    ticks: f64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // A name in brackets may hold anything, also a bracket.
        let (front, rest) = text.rsplit_once(')')?;
        let id = front.split(' ').next()?.parse().ok()?;
        let mut fields = rest.split_whitespace();
        let parent = fields.nth(1)?.parse().ok()?;
        let user: f64 = fields.nth(9)?.parse().ok()?;
        let system: f64 = fields.next()?.parse().ok()?;
        Some(Self { id, parent, ticks: user + system })
    }
}

fn stats() -> impl Iterator<Item = Stat> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let name = entry.file_name();
        name.to_str()?.parse::<u32>().ok()?;
        Stat::parse(&fs::read_to_string(entry.path().join("stat")).ok()?)
    })
}

fn memory_bytes(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}

#[cfg(test)]
mod process_test {
    use super::*;

    #[test]
    fn a_line_of_proc_is_read_whatever_the_name_is() {
        let line = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 1 0 9 1 1";
        assert_eq!(Stat::parse(line), Some(Stat { id: 42, parent: 7, ticks: 200.0 }));
        assert_eq!(Stat::parse("42 (a"), None);
        assert_eq!(Stat::parse(""), None);
    }

    #[test]
    fn this_process_uses_memory() {
        assert!(Usage::of(std::process::id()).memory_bytes > 0);
        assert_eq!(Usage::of(u32::MAX), Usage::default());
    }
}
