//! What a document points to is there: Markdown links, and paths that are named in backticks.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::source::RustSource;
use crate::violation::Violation;

/// Top folders whose paths are checked when they stand in backticks.
const TOPS: &[&str] = &["engine/", "tests/", "docs/", "fuzz/", "bench/", ".ci/"];

const RULE: &str = "link";

/// Every file of the tree and every folder above one.
#[derive(Debug)]
pub struct Places {
    paths: BTreeSet<PathBuf>,
}

impl Places {
    /// Gathers the places from the paths of all files.
    pub fn new<'path>(files: impl Iterator<Item = &'path str>) -> Self {
        let ancestors = files.flat_map(|file| Path::new(file).ancestors());
        Self { paths: ancestors.map(Path::to_owned).collect() }
    }

    fn has(&self, path: &Path) -> bool {
        self.paths.contains(path)
    }
}

/// Links of a Markdown document, and paths in its backticks, that lead nowhere.
#[must_use]
pub fn check_markdown(path: &str, text: &str, places: &Places) -> Vec<Violation> {
    let mut violations = Vec::new();
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut is_block = false;
    for (index, line) in text.lines().enumerate() {
        is_block ^= line.starts_with("```");
        if is_block {
            continue;
        }
        let linked = link_targets(line).map(|target| (target, normal(&folder.join(target))));
        let named = named_paths(line).map(|named| (named, PathBuf::from(named)));
        let missing = linked.chain(named).filter(|(_, place)| !places.has(place));
        violations.extend(missing.map(|(target, _)| violation(path, index + 1, target)));
    }
    violations
}

/// Paths in the backticks of a Rust file's comments that lead nowhere.
#[must_use]
pub fn check_comments(source: &RustSource, places: &Places) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in source.numbered_lines() {
        let missing = named_paths(&line.comment).filter(|named| !places.has(Path::new(named)));
        violations.extend(missing.map(|named| violation(&source.path, number, named)));
    }
    violations
}

fn violation(path: &str, line: usize, target: &str) -> Violation {
    let advice = format!("`{target}` is not in the tree: mend the path, or take it out");
    Violation::new(path, line, RULE, advice)
}

/// Targets of `[text](target)` inside the tree, without the part behind `#`.
fn link_targets(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let inside = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    inside.filter_map(|target| target.split('#').next())
}

fn named_paths(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|quoted| TOPS.iter().any(|top| quoted.starts_with(top)));
    let plain = paths.filter(|path| !path.contains([' ', '*', '<', '…', ':']));
    plain.map(|path| path.trim_end_matches('/'))
}

/// `a/../b` as `b`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod link_test {
    use super::*;

    fn caught(line: &str) -> usize {
        let places = Places::new(["docs/a.md", "engine/log/src/lib.rs", "README.md"].into_iter());
        check_markdown("docs/a.md", line, &places).len()
    }

    #[test]
    fn a_link_that_leads_nowhere_is_caught() {
        assert_eq!(caught("see [b](b.md)"), 1);
        assert_eq!(caught("see [a](a.md), [c](../README.md#run-it), [d](../engine/log)"), 0);
        assert_eq!(caught("see [a](https://example.org/b.md) and [above](#above)"), 0);
    }

    #[test]
    fn a_named_path_that_is_not_there_is_caught() {
        assert_eq!(caught("in `engine/log/src/gone.rs`"), 1);
        assert_eq!(caught("in `engine/log/src/lib.rs`, `engine/log/`, `engine/log`"), 0);
        assert_eq!(caught("in `docs/*.md`, `net/wire`, `engine/<room>`"), 0);
        assert_eq!(caught("```\n`engine/gone`\n```\n"), 0);
    }

    #[test]
    fn comments_are_held_to_it_and_strings_are_not() {
        let places = Places::new(["docs/a.md"].into_iter());
        let text = "//! See `docs/b.md`.\nconst B: &str = \"`docs/b.md`\";\n";
        assert_eq!(check_comments(&RustSource::new("a.rs", text), &places).len(), 1);
    }
}
