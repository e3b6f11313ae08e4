//! Settings of the kernel that a broker feels.

use super::{Fact, chosen, text};

/// Each empty where the kernel does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) kernel: String,
    pub(crate) clock: String,
    /// The congestion control of connections that do not choose one.
    pub(crate) congestion: String,
    pub(crate) congestion_choices: Vec<String>,
    /// Whether memory is given in huge pages: `always`, `madvise` or `never`.
    pub(crate) huge_pages: String,
    /// `None` without a limit.
    pub(crate) locked_bytes_max: Option<u64>,
    pub(crate) memory_bytes: u64,
}

impl Settings {
    pub(super) fn read() -> Self {
        let line = |path: &str| text(path).trim().to_owned();
        let network = "/proc/sys/net/ipv4/";
        let choices = line(&format!("{network}tcp_available_congestion_control"));
        let huge_pages = text("/sys/kernel/mm/transparent_hugepage/enabled");
        Self {
            kernel: line("/proc/sys/kernel/osrelease"),
            clock: line("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
            congestion: line(&format!("{network}tcp_congestion_control")),
            congestion_choices: choices.split_whitespace().map(str::to_owned).collect(),
            huge_pages: chosen(&huge_pages).unwrap_or_default().to_owned(),
            locked_bytes_max: locked_bytes_max(&text("/proc/self/limits")),
            memory_bytes: memory_bytes(&text("/proc/meminfo")),
        }
    }

    /// Whether asking for the time costs a system call.
    pub(crate) fn is_clock_slow(&self) -> bool {
        let fast = ["tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"];
        !self.clock.is_empty() && !fast.contains(&self.clock.as_str())
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        let locked = match self.locked_bytes_max {
            Some(bytes) => format!("{} KiB", bytes >> 10),
            None => String::from("no limit"),
        };
        let known = |text: &str| if text.is_empty() { "unknown" } else { text }.to_owned();
        let congestion =
            format!("{} of {}", known(&self.congestion), self.congestion_choices.join(", "));
        vec![
            Fact::new("kernel", format!("Linux {}", known(&self.kernel))),
            Fact::new("memory", format!("{:.1} GiB", gib(self.memory_bytes))),
            Fact::new("transparent huge pages", known(&self.huge_pages)),
            Fact::new("memory that may be locked", locked),
            Fact::new("clock", known(&self.clock)),
            Fact::new("congestion control", congestion),
        ]
    }
}

#[expect(clippy::cast_precision_loss, reason = "a size for people")]
fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

/// The soft limit in `/proc/self/limits`, see proc_pid_limits(5).
fn locked_bytes_max(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max locked memory"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What `/proc/meminfo` says of all memory; 0 if nothing.
fn memory_bytes(meminfo: &str) -> u64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib: Option<u64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0).saturating_mul(1024)
}

#[cfg(test)]
mod settings_test {
    use super::*;

    #[test]
    fn the_soft_limit_counts() {
        let limits = "Limit  Soft Limit  Hard Limit  Units\n\
                      Max locked memory         8388608              unlimited   bytes\n";
        assert_eq!(locked_bytes_max(limits), Some(8_388_608));
        let limits = "Max locked memory         unlimited            unlimited   bytes\n";
        assert_eq!(locked_bytes_max(limits), None);
        assert_eq!(locked_bytes_max(""), None);
    }

    #[test]
    fn memory_is_counted_in_bytes() {
        assert_eq!(memory_bytes("MemTotal:       2048 kB\nMemFree: 1 kB\n"), 2 << 20);
        assert_eq!(memory_bytes("MemTotal:\n"), 0);
    }

    #[test]
    fn a_clock_behind_a_system_call_is_slow() {
        let of = |clock: &str| Settings { clock: clock.to_owned(), ..Settings::default() };
        assert!(of("hpet").is_clock_slow() && of("acpi_pm").is_clock_slow());
        assert!(!of("tsc").is_clock_slow() && !of("").is_clock_slow());
    }

    #[test]
    fn the_choice_is_in_brackets() {
        assert_eq!(chosen("always [madvise] never\n"), Some("madvise"));
        assert_eq!((chosen("none"), chosen("[open")), (None, None));
    }
}
