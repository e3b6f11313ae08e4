//! The fault table: every test that it names is there, so that no promise leans on a name.

use std::collections::BTreeSet;
use std::path::Path;

use crate::source::RustSource;
use crate::violation::Violation;

/// The document with the table.
pub const DOCUMENT: &str = "docs/faults.md";

const RULE: &str = "fault table";

/// Names in the document of the form `` `file::function` `` for which there is no such function in
/// a test of a file of that name, and rows whose last cell neither names a test nor admits that.
#[must_use]
pub fn check(text: &str, sources: &[RustSource]) -> Vec<Violation> {
    let tests: BTreeSet<String> = sources.iter().flat_map(test_names).collect();
    let mut violations = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for name in names(line).filter(|name| !tests.contains(*name)) {
            let advice = format!("no test is called `{name}`: rename it here, or write `–`");
            violations.push(Violation::new(DOCUMENT, index + 1, RULE, advice));
        }
        if is_row(line) && last_cell(line).is_none_or(|cell| !is_proof(cell)) {
            let advice = "the last cell names tests as `file::function`, or is `–` while none is";
            violations.push(Violation::new(DOCUMENT, index + 1, RULE, advice));
        }
    }
    violations
}

fn names(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|quoted| quoted.contains("::"))
}

/// A row about a fault; the key of the proofs has rows of its own, and one of them is called F too.
fn is_row(line: &str) -> bool {
    let number = line.strip_prefix("| F").and_then(|rest| rest.chars().next());
    number.is_some_and(|digit| digit.is_ascii_digit())
}

fn last_cell(line: &str) -> Option<&str> {
    Some(line.strip_suffix('|')?.rsplit('|').next()?.trim())
}

fn is_proof(cell: &str) -> bool {
    cell == "–" || names(cell).next().is_some()
}

/// `file::function` for each function in the tests of a file. A `mod.rs` or `main.rs` is called by
/// its folder.
fn test_names(source: &RustSource) -> Vec<String> {
    let path = Path::new(&source.path);
    let own = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let file = if matches!(own, "mod" | "main") { folder.unwrap_or(own) } else { own };
    let tests = source.lines.iter().skip(source.test_begin_index);
    let functions = tests.filter_map(|line| {
        let (_, signature) = line.code.split_once("fn ")?;
        signature.split(['(', '<']).next().map(str::trim)
    });
    functions.map(|function| format!("{file}::{function}")).collect()
}

#[cfg(test)]
mod fault_test {
    use super::*;

    fn caught(cell: &str) -> usize {
        let source = RustSource::new("engine/log/tests/power_cut.rs", "#[test]\nfn keeps() {\n");
        check(&format!("| F3 | power cut | as F1 | S | {cell} |\n"), &[source]).len()
    }

    #[test]
    fn a_name_without_a_test_is_caught() {
        assert_eq!(caught("`power_cut::keeps`"), 0);
        assert_eq!(caught("`power_cut::loses`"), 1);
        assert_eq!(caught("`other::keeps`"), 1);
    }

    #[test]
    fn a_row_that_names_nothing_must_say_so() {
        assert_eq!(caught("–"), 0);
        assert_eq!(caught("soon"), 1);
        assert_eq!(caught(""), 1);
    }

    #[test]
    fn production_functions_are_no_tests() {
        let source = RustSource::new("engine/log/src/a.rs", "fn keeps() {}\n");
        assert_eq!(check("see `a::keeps`\n", &[source]).len(), 1);
    }
}
