//! A folder that is there for one run and gone after it.

use crate::failure::Failure;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Owns a fresh folder and removes it with all it holds when dropped, also while a panic unwinds.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes a folder below `directory`, which must be there, with room for `needed_bytes` and
    /// some to spare for whoever else lives on that disk.
    pub(crate) fn new(directory: &Path, needed_bytes: u64) -> Result<Self, Failure> {
        let cannot = |error: &io::Error| {
            Failure::directory(format!("{} cannot be used: {error}", directory.display()))
        };
        if !fs::metadata(directory).map_err(|error| cannot(&error))?.is_dir() {
            return Err(Failure::directory(format!("{} is no directory", directory.display())));
        }
        let space = millstream_io::space(directory);
        let free_bytes = space.map_err(|error| cannot(&io::Error::other(error)))?.free_bytes;
        let wanted_bytes = needed_bytes.saturating_add(SPARED_BYTES);
        if free_bytes < wanted_bytes {
            return Err(Failure::directory(format!(
                "{} has {} MiB free, and {} are needed; give another --dir",
                directory.display(),
                free_bytes >> 20,
                wanted_bytes >> 20
            )));
        }
        let path = directory.join(format!("millstream-bench-{}", std::process::id()));
        fs::create_dir(&path).map_err(|error| cannot(&error))?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// What is left free on a disk in any case.
const SPARED_BYTES: u64 = 256 << 20;

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("millstream-bench: {} is left behind: {error}", self.path.display());
        }
    }
}

#[cfg(test)]
mod scratch_test {
    use super::*;

    #[test]
    fn is_gone_with_its_content_when_dropped() {
        let scratch = Scratch::new(&std::env::temp_dir(), 0).expect("the folder is new");
        let path = scratch.path().to_owned();
        fs::write(path.join("a"), b"a").expect("the folder is writable");
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn what_cannot_be_used_is_said_before_anything_is_made() {
        let nowhere = std::env::temp_dir().join("millstream-bench-nowhere");
        let refused = Scratch::new(&nowhere, 0).expect_err("it is not there");
        assert_eq!(refused.code(), 4);
        let refused = Scratch::new(&std::env::temp_dir(), u64::MAX).expect_err("no disk has it");
        assert!(refused.to_string().contains("are needed"), "{refused}");
    }
}
