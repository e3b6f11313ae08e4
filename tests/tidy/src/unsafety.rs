//! Where unsafe code may live: in `engine/io`, and nowhere else.

use crate::source::{RustSource, contains_word};
use crate::violation::Violation;

/// The one room that may hold unsafe code.
const HOME: &str = "engine/io/";
const RULE: &str = "unsafe";

/// The token outside its home, and crate roots that do not forbid it.
#[must_use]
pub fn check(source: &RustSource) -> Vec<Violation> {
    if source.path.starts_with(HOME) {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for (number, line) in source.numbered_lines() {
        if contains_word(&line.code, "unsafe") {
            let advice = "only engine/io holds unsafe code: ask it for a safe function";
            violations.push(Violation::new(&source.path, number, RULE, advice));
        }
    }
    if is_crate_root(&source.path) && !forbids(source) {
        let advice = "add `#![forbid(unsafe_code)]` below the crate's doc";
        violations.push(Violation::new(&source.path, 1, RULE, advice));
    }
    violations
}

fn is_crate_root(path: &str) -> bool {
    path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs")
}

fn forbids(source: &RustSource) -> bool {
    source.lines.iter().any(|line| line.code.trim() == "#![forbid(unsafe_code)]")
}

#[cfg(test)]
mod unsafety_test {
    use super::*;

    #[test]
    fn the_token_is_caught_outside_its_home_only() {
        let text = "//! A.\nfn a() {\n    unsafe { b() }\n}\n";
        let violations = check(&RustSource::new("engine/log/src/a.rs", text));
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].line, 3);
        assert_eq!(check(&RustSource::new("engine/io/src/a.rs", text)), []);
    }

    #[test]
    fn prose_and_lint_names_are_not_the_token() {
        let text =
            "//! Nothing unsafe.\n#![deny(unsafe_op_in_unsafe_fn)]\nconst A: &str = \"unsafe\";\n";
        assert_eq!(check(&RustSource::new("engine/log/src/a.rs", text)), []);
    }

    #[test]
    fn a_crate_that_does_not_forbid_it_is_caught() {
        assert_eq!(check(&RustSource::new("engine/log/src/lib.rs", "//! A.\n")).len(), 1);
        let commented = "//! A.\n// #![forbid(unsafe_code)]\n";
        assert_eq!(check(&RustSource::new("engine/log/src/lib.rs", commented)).len(), 1);
        let good = "//! A.\n#![forbid(unsafe_code)]\n";
        assert_eq!(check(&RustSource::new("engine/log/src/lib.rs", good)), []);
    }
}
