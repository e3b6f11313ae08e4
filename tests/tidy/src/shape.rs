//! What each Rust file begins with, and what each crate's front page says.

use crate::source::RustSource;
use crate::violation::Violation;

const MODULE_DOC: &str = "module doc";
const INVARIANTS: &str = "invariants";

/// Files that do not begin with a module doc.
#[must_use]
pub fn check_module_doc(path: &str, text: &str) -> Vec<Violation> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if first.starts_with("//! ") {
        return Vec::new();
    }
    let advice = "begin the file with `//! ` and one sentence that says what lives here";
    vec![Violation::new(path, 1, MODULE_DOC, advice)]
}

/// Front pages of engine and net crates without a section "Invariants worth naming".
#[must_use]
pub fn check_invariants(source: &RustSource) -> Vec<Violation> {
    let in_room = source.path.starts_with("engine/") || source.path.starts_with("net/");
    if !in_room || !source.path.ends_with("/src/lib.rs") {
        return Vec::new();
    }
    let is_heading = |comment: &str| comment.trim() == "//! # Invariants worth naming";
    let heading = source.lines.iter().position(|line| is_heading(&line.comment));
    let Some(heading) = heading else {
        let advice = "add `//! # Invariants worth naming`, also about what is absent";
        return vec![Violation::new(&source.path, 1, INVARIANTS, advice)];
    };
    let body = source.lines[heading + 1..].iter().map(|line| line.comment.trim());
    let mut section = body.take_while(|line| line.starts_with("//!") && !line.starts_with("//! #"));
    if section.any(|line| line.starts_with("//! - ")) {
        return Vec::new();
    }
    let advice = "the section names no invariant: list at least one with `//! - `";
    vec![Violation::new(&source.path, heading + 1, INVARIANTS, advice)]
}

#[cfg(test)]
mod shape_test {
    use super::*;

    const LIB: &str = "engine/log/src/lib.rs";

    #[test]
    fn a_file_without_a_module_doc_is_caught() {
        assert_eq!(check_module_doc("a.rs", "use std::fs;\n//! Late.\n").len(), 1);
        assert_eq!(check_module_doc("a.rs", "").len(), 1);
        assert_eq!(check_module_doc("a.rs", "//!\nfn a() {}\n").len(), 1);
        assert_eq!(check_module_doc("a.rs", "//! What lives here.\n"), []);
    }

    #[test]
    fn a_front_page_without_invariants_is_caught() {
        assert_eq!(check_invariants(&RustSource::new(LIB, "//! A log.\n")).len(), 1);
        let empty = "//! # Invariants worth naming\n//!\n//! # Next\n//! - Not one of them.\n";
        assert_eq!(check_invariants(&RustSource::new(LIB, empty)).len(), 1);
        let full = "//! # Invariants worth naming\n//!\n//! - One.\n";
        assert_eq!(check_invariants(&RustSource::new(LIB, full)), []);
        assert_eq!(check_invariants(&RustSource::new("engine/log/src/a.rs", "")), []);
    }
}
