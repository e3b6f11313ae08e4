//! The disk under a file system.

use super::interrupts;
use super::mount::Mount;
use super::{Fact, chosen, text};
use std::path::Path;

/// What the kernel believes of a disk's own cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteCache {
    /// It loses what it has not been told to flush.
    Back,
    /// What it has taken is stable, or its cache is protected.
    Through,
    /// The kernel does not say.
    Unknown,
}

/// A block device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) model: String,
    pub(crate) write_cache: WriteCache,
    /// Whether it takes single writes that bypass its cache.
    pub(crate) has_forced_writes: bool,
    pub(crate) is_rotational: bool,
    pub(crate) scheduler: String,
    pub(crate) queue_count: usize,
    /// The cores that take its interrupts, as far as is known.
    pub(crate) interrupt_cores: Vec<usize>,
}

impl Device {
    pub(super) fn of(mount: &Mount) -> Option<Self> {
        let folder = Path::new("/sys/dev/block").join(&mount.numbers).canonicalize().ok()?;
        let disk = if folder.join("queue").is_dir() { folder } else { folder.parent()?.to_owned() };
        disk.join("queue").is_dir().then(|| Self::read(&disk))
    }

    fn read(disk: &Path) -> Self {
        let line = |name: &str| text(disk.join(name)).trim().to_owned();
        let queues = std::fs::read_dir(disk.join("mq")).map_or(0, Iterator::count);
        let scheduler = line("queue/scheduler");
        Self {
            name: disk.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            model: line("device/model"),
            write_cache: write_cache(&line("queue/write_cache")),
            has_forced_writes: line("queue/fua") == "1",
            is_rotational: line("queue/rotational") == "1",
            scheduler: chosen(&scheduler).unwrap_or(&scheduler).to_owned(),
            queue_count: queues,
            interrupt_cores: interrupts::cores(&text("/proc/interrupts"), &names(disk)),
        }
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        let cache = match self.write_cache {
            WriteCache::Back => "write back: a flush is needed",
            WriteCache::Through => "write through: no flush is needed",
            WriteCache::Unknown => "unknown",
        };
        let forced = if self.has_forced_writes { "yes" } else { "no: each sync is a flush" };
        let Self { name, model, scheduler, queue_count, .. } = self;
        let mut facts = vec![
            Fact::new("disk", format!("{name} {model}").trim().to_owned()),
            Fact::new("its cache", cache),
            Fact::new("writes past its cache (FUA)", forced),
            Fact::new("its queues", format!("{queue_count}, scheduler {scheduler}")),
        ];
        if !self.interrupt_cores.is_empty() {
            let cores: Vec<_> = self.interrupt_cores.iter().map(ToString::to_string).collect();
            facts.push(Fact::new("cores that take its interrupts", cores.join(", ")));
        }
        facts
    }
}

fn write_cache(text: &str) -> WriteCache {
    match text {
        "write back" => WriteCache::Back,
        "write through" => WriteCache::Through,
        _ => WriteCache::Unknown,
    }
}

/// What its interrupts may be called by: the names on the way to the disk, nearest first.
fn names(disk: &Path) -> Vec<String> {
    let names = disk.components().rev().map(|part| part.as_os_str().to_string_lossy().into_owned());
    names.filter(|name| name != "block" && !name.contains(':')).take(NAMES_MAX).collect()
}

/// How far up from the disk its controller is.
const NAMES_MAX: usize = 3;

#[cfg(test)]
mod device_test {
    use super::*;

    #[test]
    fn the_kernels_words_for_a_cache() {
        assert_eq!(write_cache("write back"), WriteCache::Back);
        assert_eq!(write_cache("write through"), WriteCache::Through);
        assert_eq!(write_cache(""), WriteCache::Unknown);
    }

    #[test]
    fn a_disk_that_says_nothing_is_read_all_the_same() {
        let device = Device::read(Path::new("/nowhere/block/sda"));
        assert_eq!((device.name.as_str(), device.queue_count), ("sda", 0));
        assert_eq!(device.write_cache, WriteCache::Unknown);
        assert_eq!(device.facts()[0].value, "sda");
    }

    #[test]
    fn a_controller_is_looked_for_above_its_disk() {
        let disk = Path::new("/sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda");
        assert_eq!(names(disk)[..2], ["vda", "virtio1"]);
        let disk = Path::new("/sys/devices/pci0000:00/0000:00:02.0/nvme/nvme0/nvme0n1");
        assert_eq!(names(disk), ["nvme0n1", "nvme0", "nvme"]);
    }
}
