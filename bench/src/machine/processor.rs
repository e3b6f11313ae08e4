//! The processor: its kind, its cores, and what of its instructions matters here.

use super::{Fact, text};
use std::collections::BTreeSet;

/// Instructions that checksums are made with.
const FLAGS: [&str; 5] = ["sse4_2", "pclmulqdq", "vpclmulqdq", "avx512f", "crc32"];

/// As the kernel describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Processor {
    pub(crate) model: String,
    /// What the kernel runs threads on.
    pub(crate) thread_count: usize,
    /// Cores with execution units of their own; 0 where it does not say.
    pub(crate) core_count: usize,
    pub(crate) socket_count: usize,
    flags: Vec<&'static str>,
    /// Whether this is a guest.
    pub(crate) is_virtual: bool,
    /// The sizes of the caches of the first core, smallest first.
    caches: Vec<String>,
    governor: Option<String>,
}

impl Processor {
    pub(super) fn read() -> Self {
        let mut processor = Self::parse(&text("/proc/cpuinfo"));
        let folder = "/sys/devices/system/cpu/cpu0";
        for index in 0..CACHE_LEVELS_MAX {
            let cache = format!("{folder}/cache/index{index}");
            let (level, kind) = (text(format!("{cache}/level")), text(format!("{cache}/type")));
            if !level.is_empty() && kind.trim() != "Instruction" {
                let (level, size) = (level.trim(), text(format!("{cache}/size")));
                processor.caches.push(format!("L{level} {}", size.trim()));
            }
        }
        let governor = text(format!("{folder}/cpufreq/scaling_governor"));
        processor.governor = Some(governor.trim().to_owned()).filter(|name| !name.is_empty());
        processor
    }

    /// From `/proc/cpuinfo`, see proc_cpuinfo(5).
    fn parse(cpuinfo: &str) -> Self {
        let mut processor = Self::default();
        let (mut sockets, mut cores) = (BTreeSet::new(), BTreeSet::new());
        let mut socket = "";
        for line in cpuinfo.lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match name.trim() {
                "processor" => processor.thread_count += 1,
                "model name" if processor.model.is_empty() => {
                    value.clone_into(&mut processor.model)
                }
                "physical id" => {
                    socket = value;
                    sockets.insert(value);
                }
                "core id" => {
                    cores.insert((socket, value));
                }
                // As the kernel calls them for x86, and for ARM.
                "flags" | "Features" => processor.set_flags(value),
                _ => {}
            }
        }
        (processor.core_count, processor.socket_count) = (cores.len(), sockets.len());
        processor
    }

    fn set_flags(&mut self, value: &str) {
        let has = |flag: &str| value.split(' ').any(|found| found == flag);
        self.flags = FLAGS.into_iter().filter(|flag| has(flag)).collect();
        self.is_virtual = has("hypervisor");
    }

    /// Whether clocks may be slowed down to save power.
    pub(crate) fn saves_power(&self) -> bool {
        self.governor.as_deref().is_some_and(|governor| governor != "performance")
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        let model = if self.model.is_empty() { "unknown" } else { &self.model };
        let guest = if self.is_virtual { ", a virtual machine" } else { "" };
        let mut facts = vec![Fact::new("processor", format!("{model}{guest}"))];
        let (threads, cores) = (self.thread_count, self.core_count);
        let sockets = self.socket_count;
        let topology = match cores {
            0 => counted(threads, "thread"),
            _ => [(sockets, "socket"), (cores, "core"), (threads, "thread")]
                .map(|(count, name)| counted(count, name))
                .join(", "),
        };
        facts.push(Fact::new("topology", topology));
        if !self.caches.is_empty() {
            facts.push(Fact::new("caches", self.caches.join(", ")));
        }
        facts.push(Fact::new("instructions for checksums", self.flags.join(", ")));
        facts.extend(self.governor.as_ref().map(|name| Fact::new("clock governor", name)));
        facts
    }
}

fn counted(count: usize, name: &str) -> String {
    if count == 1 { format!("1 {name}") } else { format!("{count} {name}s") }
}

/// Caches that are looked for.
const CACHE_LEVELS_MAX: usize = 8;

#[cfg(test)]
mod processor_test {
    use super::*;

    const TWO_THREADS_OF_ONE_CORE: &str = "\
processor\t: 0
model name\t: Fast 9000 @ 3.00GHz
physical id\t: 0
core id\t\t: 0
flags\t\t: fpu sse4_2 pclmulqdq hypervisor

processor\t: 1
model name\t: Fast 9000 @ 3.00GHz
physical id\t: 0
core id\t\t: 0
flags\t\t: fpu sse4_2 pclmulqdq hypervisor
";

    #[test]
    fn threads_are_not_cores() {
        let processor = Processor::parse(TWO_THREADS_OF_ONE_CORE);
        assert_eq!(processor.model, "Fast 9000 @ 3.00GHz");
        let counts = (processor.thread_count, processor.core_count, processor.socket_count);
        assert_eq!(counts, (2, 1, 1));
        assert_eq!(processor.flags, ["sse4_2", "pclmulqdq"]);
        assert!(processor.is_virtual);
    }

    #[test]
    fn the_same_core_number_on_two_sockets_is_two_cores() {
        let text = "physical id : 0\ncore id : 0\nphysical id : 1\ncore id : 0\n";
        let processor = Processor::parse(text);
        assert_eq!((processor.core_count, processor.socket_count), (2, 2));
    }

    #[test]
    fn a_processor_that_says_little_is_described_with_little() {
        let processor = Processor::parse("processor\t: 0\nFeatures\t: fp crc32\n");
        assert_eq!((processor.thread_count, processor.core_count), (1, 0));
        assert_eq!(processor.flags, ["crc32"]);
        assert!(!processor.is_virtual && !processor.saves_power());
        assert_eq!(processor.facts()[0].value, "unknown");
        assert_eq!(processor.facts()[1].value, "1 thread");
    }
}
