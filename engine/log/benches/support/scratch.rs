//! A folder that is there for one measurement and gone after it.

use super::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// Owns a fresh folder and removes it with all it holds when dropped, also while a panic unwinds.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes a folder below `directory` that no other process uses.
    pub(crate) fn new(directory: &Path, name: &str) -> Result<Self> {
        let path = directory.join(format!("millstream-{name}-{}", std::process::id()));
        fs::create_dir_all(directory)?;
        fs::create_dir(&path)
            .map_err(|error| format!("cannot make {}: {error}", path.display()))?;
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
