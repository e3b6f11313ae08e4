//! What a shard found its kernel to have: to be said once, at start.

use super::features::{RingFeatures, TaskRun, ZeroCopySend};
use std::fmt;

/// What backs the shard's operations, and on which step it stands where the kernel lacks the best.
/// Its `Display` is one line for each feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// What the ring uses; `None` in a simulation, which has no ring.
    pub features: Option<RingFeatures>,
    /// The kernel's release.
    pub kernel: String,
    /// How many submissions fit the ring.
    pub submissions_max: u32,
    /// How many completions fit the ring; further ones wait in the kernel.
    pub completions_max: u32,
    /// Whether buffers get huge pages.
    pub huge_pages: HugePages,
    /// The limit on locked memory (`RLIMIT_MEMLOCK`), `None` without one. A ring counts against it
    /// before Linux 5.12 only.
    pub locked_bytes_max: Option<u64>,
    /// How many descriptors the process may have: a shard's start raises the limit
    /// (`RLIMIT_NOFILE`) as far as it may be raised without privileges.
    pub descriptors_max: u64,
}

/// What the machine says about transparent huge pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HugePages {
    /// All memory may get them.
    Always,
    /// Memory that asks for them, as our buffers do.
    OnRequest,
    /// Switched off: large direct reads cost up to three times as much.
    Never,
    /// It does not say.
    Unknown,
}

impl HugePages {
    pub(super) fn of_this_machine() -> Self {
        let setting = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
        Self::from_setting(&setting.unwrap_or_default())
    }

    /// From the kernel's list of choices, with the one in force in brackets.
    fn from_setting(setting: &str) -> Self {
        let choices =
            [("[always]", Self::Always), ("[madvise]", Self::OnRequest), ("[never]", Self::Never)];
        let found = choices.iter().find(|(choice, _)| setting.contains(choice));
        found.map_or(Self::Unknown, |(_, pages)| *pages)
    }
}

impl Capabilities {
    /// Those of a simulation.
    pub(crate) fn simulated() -> Self {
        Self {
            features: None,
            kernel: String::from("simulated"),
            submissions_max: u32::MAX,
            completions_max: u32::MAX,
            huge_pages: HugePages::Unknown,
            locked_bytes_max: None,
            descriptors_max: u64::MAX,
        }
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(features) = &self.features else { return write!(f, "io: simulated") };
        let (submissions, completions) = (self.submissions_max, self.completions_max);
        writeln!(
            f,
            "io_uring: Linux {}, {submissions} submissions, {completions} completions",
            self.kernel
        )?;
        let task_run = match features.task_run {
            TaskRun::Deferred => "when asked for (best)",
            TaskRun::Cooperative => "at the next call (no DEFER_TASKRUN before Linux 6.1)",
            TaskRun::Interrupting => "by interrupting (no COOP_TASKRUN before Linux 5.19)",
        };
        writeln!(f, "completions are delivered: {task_run}")?;
        let yes_no = |has: bool, lack: &'static str| if has { "yes" } else { lack };
        writeln!(f, "multishot accept: {}", yes_no(features.multishot_accept, "no, one by one"))?;
        writeln!(f, "multishot receive: {}", yes_no(features.multishot_receive, "no, one by one"))?;
        let own = "no, each receive holds a buffer";
        writeln!(f, "buffers taken by the kernel: {}", yes_no(features.provided_buffers, own))?;
        let zero_copy = match features.zero_copy_send {
            ZeroCopySend::Never => "no",
            ZeroCopySend::Remote => "to other hosts, from 16 KiB on",
            ZeroCopySend::Always => "to all peers, from 16 KiB on",
        };
        writeln!(f, "sends without a copy: {zero_copy}")?;
        let wakes = yes_no(features.ring_messages, "no, through an eventfd");
        writeln!(f, "shards wake each other through the ring: {wakes}")?;
        let huge_pages = match self.huge_pages {
            HugePages::Always | HugePages::OnRequest => "yes",
            HugePages::Never => "no (transparent_hugepage/enabled is never)",
            HugePages::Unknown => "unknown",
        };
        writeln!(f, "huge pages: {huge_pages}")?;
        match self.locked_bytes_max {
            Some(bytes) => writeln!(f, "memory that may be locked: {} KiB", bytes >> 10)?,
            None => writeln!(f, "memory that may be locked: no limit")?,
        }
        write!(f, "descriptors: {}", self.descriptors_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_in_brackets_is_the_one_in_force() {
        assert_eq!(HugePages::from_setting("always [madvise] never\n"), HugePages::OnRequest);
        assert_eq!(HugePages::from_setting("[always] madvise never\n"), HugePages::Always);
        assert_eq!(HugePages::from_setting("always madvise [never]\n"), HugePages::Never);
        assert_eq!(HugePages::from_setting(""), HugePages::Unknown);
    }

    #[test]
    fn each_feature_is_said_on_a_line_of_its_own() {
        let mut capabilities = Capabilities::simulated();
        assert_eq!(capabilities.to_string().lines().count(), 1);
        capabilities.features = Some(RingFeatures::default());
        assert_eq!(capabilities.to_string().lines().count(), 10);
        let features = RingFeatures { multishot_accept: false, ..RingFeatures::default() };
        capabilities.features = Some(features);
        assert!(capabilities.to_string().contains("multishot accept: no"));
    }
}
