//! The cores that this process may use.

use super::{Fact, text};

/// Their numbers, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cores(Vec<usize>);

impl Cores {
    pub(super) fn read() -> Self {
        Self::parse(&text("/proc/self/status"))
    }

    /// From `/proc/self/status`, see proc_pid_status(5).
    fn parse(status: &str) -> Self {
        let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        let mut cores = Vec::new();
        for part in list.unwrap_or_default().trim().split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            if let (Ok(first), Ok(last)) = (first.parse::<usize>(), last.parse::<usize>()) {
                cores.extend(first..=last.min(first.saturating_add(CORES_MAX)));
            }
        }
        Self(cores)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The number of a core by its index among those of the process.
    pub(crate) fn number(&self, index: usize) -> Option<usize> {
        self.0.get(index % self.0.len().max(1)).copied()
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        let numbers: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        vec![Fact::new("cores of this process", numbers.join(", "))]
    }
}

/// More cores than any machine has.
const CORES_MAX: usize = 1 << 16;

#[cfg(test)]
mod cores_test {
    use super::*;

    #[test]
    fn ranges_and_single_cores_are_read() {
        let cores = Cores::parse("Name:\tx\nCpus_allowed_list:\t0,2-4,9\nMems_allowed:\t1\n");
        assert_eq!(cores, Cores(vec![0, 2, 3, 4, 9]));
        assert_eq!((cores.count(), cores.number(1), cores.number(5)), (5, Some(2), Some(0)));
    }

    #[test]
    fn nonsense_is_no_core() {
        for status in ["", "Cpus_allowed_list:\t\n", "Cpus_allowed_list:\tx-y,-1\n"] {
            assert_eq!(Cores::parse(status).count(), 0, "{status:?}");
        }
        assert_eq!(Cores::default().number(0), None);
    }
}
