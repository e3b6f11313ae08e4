//! One offence against one rule, at one place.

use std::fmt;

/// What a rule found: where, which rule, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path from the root of the tree, with forward slashes.
    pub path: String,
    /// Line, counted from 1. A rule about a whole file says 1.
    pub line: usize,
    /// Name of the rule, in a few words.
    pub rule: &'static str,
    /// What is wrong and what to do about it, in one sentence.
    pub advice: String,
}

impl Violation {
    /// Builds a violation at `path`:`line`.
    pub fn new(path: &str, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        assert!(line >= 1, "lines count from 1");
        Self { path: path.to_owned(), line, rule, advice: advice.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: [{}] {}", self.path, self.line, self.rule, self.advice)
    }
}

/// One message for a whole list, one violation per line, for the assertion of a test.
#[must_use]
pub fn report(violations: &[Violation]) -> String {
    violations.iter().map(|violation| format!("\n  {violation}")).collect()
}

#[cfg(test)]
mod violation_test {
    use super::*;

    #[test]
    fn names_place_rule_and_remedy() {
        let violation = Violation::new("engine/log/src/a.rs", 7, "size", "split the file");
        assert_eq!(violation.to_string(), "engine/log/src/a.rs:7: [size] split the file");
        assert_eq!(report(&[violation]), "\n  engine/log/src/a.rs:7: [size] split the file");
    }
}
