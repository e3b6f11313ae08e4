//! A folder that is there for one measurement and gone after it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Owns a fresh folder and removes it with all it holds when dropped, also while a panic unwinds.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes a folder below `dir` that nobody else uses.
    pub(crate) fn new(dir: &Path) -> io::Result<Self> {
        let path = dir.join(format!("millstream-peers-{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("warning: {} is left behind: {error}", self.path.display());
        }
    }
}

#[cfg(test)]
mod scratch_test {
    use super::*;

    #[test]
    fn is_gone_with_its_content_when_dropped() {
        let scratch = Scratch::new(&std::env::temp_dir()).expect("the folder is new");
        let path = scratch.path().to_owned();
        fs::write(path.join("a"), b"a").expect("the folder is writable");
        assert!(Scratch::new(&std::env::temp_dir()).is_err(), "nobody else gets the same folder");
        drop(scratch);
        assert!(!path.exists());
    }
}
