//! The files of the tree: what git tracks, or everything where there is no git.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::source::RustSource;

/// A text file of the tree.
#[derive(Clone, Debug)]
pub struct TextFile {
    /// Path from the root, with forward slashes.
    pub path: String,
    /// The whole file.
    pub text: String,
}

/// All text files of the tree in order of their paths. Golden files and fuzz corpora are left out
/// (they are data, and no rule of style speaks of data), and so are files that are not UTF-8.
#[derive(Debug)]
pub struct Tree {
    /// The files.
    pub files: Vec<TextFile>,
    /// The paths of all files, data and what is not text included.
    pub paths: Vec<String>,
}

impl Tree {
    /// Reads the tree to which this package belongs.
    ///
    /// # Errors
    /// When a folder or a tracked file cannot be read. A tracked file that is gone is no error: it
    /// was deleted and the deletion is not committed yet.
    pub fn read() -> io::Result<Self> {
        let root = root();
        let mut paths = tracked_paths(&root).map_or_else(|| walked_paths(&root), Ok)?;
        paths.sort();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths.iter().filter(|path| !is_data(path)) {
            if let Some(text) = read_text(&root.join(path))? {
                files.push(TextFile { path: path.clone(), text });
            }
        }
        assert!(files.iter().any(|file| file.path == "Cargo.toml"), "the root has a manifest");
        Ok(Self { files, paths })
    }

    /// The Rust files, scanned.
    #[must_use]
    pub fn rust_sources(&self) -> Vec<RustSource> {
        let rust = self.files.iter().filter(|file| file.path.ends_with(".rs"));
        rust.map(|file| RustSource::new(&file.path, &file.text)).collect()
    }
}

/// The root of the tree.
#[must_use]
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).expect("this package stands two folders below the root").to_owned()
}

/// The paths git knows, or `None` where this is no checkout (a source archive) or git is missing.
fn tracked_paths(root: &Path) -> Option<Vec<String>> {
    if !root.join(".git").exists() {
        return None;
    }
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output().ok()?;
    let listed = output.status.success() && !output.stdout.is_empty();
    let names = listed.then(|| String::from_utf8(output.stdout).ok())??;
    Some(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

fn walked_paths(root: &Path) -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut pending = vec![String::new()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if entry.file_type()?.is_file() {
                paths.push(path);
            } else if entry.file_type()?.is_dir() && !matches!(&*name, "target" | ".git") {
                pending.push(path);
            }
        }
    }
    Ok(paths)
}

fn is_data(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "golden" | "corpus" | "corpora"))
}

fn read_text(path: &Path) -> io::Result<Option<String>> {
    match fs::read(path) {
        Ok(content) => Ok(String::from_utf8(content).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tree_test {
    use super::*;

    #[test]
    fn finds_this_very_file_with_and_without_git() {
        let this_file = "tests/tidy/src/tree.rs";
        let walked = walked_paths(&root()).expect("the tree can be read");
        assert!(walked.iter().any(|path| path == this_file));
        assert!(!walked.iter().any(|path| path.starts_with("target/")));
        assert!(!Tree::read().expect("the tree can be read").rust_sources().is_empty());
    }

    #[test]
    fn golden_files_and_corpora_are_data() {
        assert!(is_data("engine/log/tests/golden/journal.hex"));
        assert!(is_data("fuzz/corpus/batch/1"));
        assert!(!is_data("engine/log/tests/golden_journal.rs"));
    }
}
