//! The file system that a directory lies on.

use super::{Fact, text};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// One line of `/proc/self/mountinfo`, see proc_pid_mountinfo(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) point: PathBuf,
    pub(crate) kind: String,
    pub(crate) source: String,
    /// Of the mount and of the file system.
    pub(crate) options: Vec<String>,
    /// The device's numbers, as `254:0`.
    pub(crate) numbers: String,
}

/// File systems that keep nothing over a power cut.
const VOLATILE: [&str; 2] = ["tmpfs", "ramfs"];

impl Mount {
    pub(super) fn of(directory: &Path) -> Option<Self> {
        let directory = directory.canonicalize().ok()?;
        Self::find(&text("/proc/self/mountinfo"), &directory)
    }

    /// The mount that covers an absolute path: the longest one, and of equals the last.
    fn find(mountinfo: &str, directory: &Path) -> Option<Self> {
        let mounts = mountinfo.lines().filter_map(Self::parse);
        let covering = mounts.filter(|mount| directory.starts_with(&mount.point));
        covering.max_by_key(|mount| mount.point.components().count())
    }

    fn parse(line: &str) -> Option<Self> {
        let (own, file_system) = line.split_once(" - ")?;
        let own: Vec<&str> = own.split(' ').collect();
        let mut file_system = file_system.split(' ');
        let (kind, source) = (file_system.next()?, file_system.next()?);
        let options = own.get(5)?.split(',').chain(file_system.next().unwrap_or("").split(','));
        let mut all: Vec<String> = Vec::new();
        for option in options.filter(|option| !option.is_empty()) {
            if !all.iter().any(|known| known == option) {
                all.push(option.to_owned());
            }
        }
        Some(Self {
            point: PathBuf::from(unescape(own.get(4)?)),
            kind: kind.to_owned(),
            source: source.to_owned(),
            options: all,
            numbers: (*own.get(2)?).to_owned(),
        })
    }

    /// Whether nothing here survives a power cut.
    pub(crate) fn is_volatile(&self) -> bool {
        VOLATILE.contains(&self.kind.as_str())
    }

    pub(crate) fn has(&self, option: &str) -> bool {
        self.options.iter().any(|own| own == option)
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        let Self { kind, source, point, .. } = self;
        vec![
            Fact::new("file system", format!("{kind} on {source} at {}", point.display())),
            Fact::new("mount options", self.options.join(", ")),
        ]
    }
}

/// Spaces and the like are written as three octal digits.
fn unescape(text: &str) -> OsString {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) if *first == b'\\' => {
                bytes.push(code);
                rest = &behind[3..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    OsString::from_vec(bytes)
}

#[cfg(test)]
mod mount_test {
    use super::*;

    const MOUNTS: &str = "\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 27 259:1 / /var/my\\040data rw,noatime shared:1 - xfs /dev/nvme0n1p1 rw,attr2
31 27 0:25 / /var rw - tmpfs tmpfs rw,size=1k
32 27 0:26 / /var rw - tmpfs later rw
broken line
33 27 0:27
";

    #[test]
    fn the_longest_mount_covers_a_path_and_the_last_of_equals() {
        let of = |path: &str| Mount::find(MOUNTS, Path::new(path)).expect("/ covers all");
        assert_eq!(of("/var/my data/x").kind, "xfs");
        assert_eq!(of("/var/my data/x").numbers, "259:1");
        assert_eq!(of("/var/other").source, "later");
        assert_eq!(of("/variable").source, "/dev/vda");
        assert_eq!(Mount::find("", Path::new("/")), None);
    }

    #[test]
    fn options_of_both_kinds_are_there_once() {
        let root = Mount::find(MOUNTS, Path::new("/")).expect("it is there");
        assert_eq!(root.options, ["rw", "relatime", "discard"]);
        assert!(root.has("discard") && !root.has("nobarrier") && !root.is_volatile());
        assert!(Mount::find(MOUNTS, Path::new("/var")).expect("it is there").is_volatile());
    }

    #[test]
    fn an_escape_that_is_none_stays_as_it_is() {
        assert_eq!(unescape("a\\134b\\9\\"), OsString::from("a\\b\\9\\"));
    }
}
