//! How long a file may grow. (Function length and nesting are clippy's: see `clippy.toml`.)

use crate::violation::Violation;

/// Lines a file may have.
pub const FILE_LINES_MAX: usize = 500;
/// Lines that even a named exception may not pass.
pub const FILE_LINES_WALL: usize = 1000;

/// Files that may pass [`FILE_LINES_MAX`], each with the lines it had when it was named here.
/// The list only shrinks: no entry is added without a decision page, and none grows.
pub const EXCEPTIONS: &[(&str, usize)] = &[];

const RULE: &str = "file length";

/// Rust files beyond their length.
#[must_use]
pub fn check(path: &str, text: &str, exceptions: &[(&str, usize)]) -> Vec<Violation> {
    let line_count = text.lines().count();
    let named = exceptions.iter().find(|(exception, _)| *exception == path);
    let line_max = named.map_or(FILE_LINES_MAX, |(_, lines)| *lines).min(FILE_LINES_WALL);
    if line_count > line_max {
        let advice = format!("{line_count} lines, at most {line_max}: split it by its nouns");
        return vec![Violation::new(path, 1, RULE, advice)];
    }
    if named.is_some() && line_count <= FILE_LINES_MAX {
        let advice = format!("only {line_count} lines now: take it off the list of exceptions");
        return vec![Violation::new(path, 1, RULE, advice)];
    }
    Vec::new()
}

/// Exceptions whose file is gone.
#[must_use]
pub fn check_exceptions(paths: &[&str], exceptions: &[(&str, usize)]) -> Vec<Violation> {
    let gone = exceptions.iter().filter(|(exception, _)| !paths.contains(exception));
    gone.map(|(path, _)| Violation::new(path, 1, RULE, "is gone: take it off the list")).collect()
}

#[cfg(test)]
mod size_test {
    use super::*;

    #[test]
    fn a_long_file_is_caught_and_a_full_one_is_not() {
        assert_eq!(check("a.rs", &"x\n".repeat(FILE_LINES_MAX + 1), &[]).len(), 1);
        assert_eq!(check("a.rs", &"x\n".repeat(FILE_LINES_MAX), &[]), []);
    }

    #[test]
    fn an_exception_neither_grows_nor_outlives_its_need() {
        let exceptions = [("a.rs", 600)];
        assert_eq!(check("a.rs", &"x\n".repeat(600), &exceptions), []);
        assert_eq!(check("a.rs", &"x\n".repeat(601), &exceptions).len(), 1);
        assert_eq!(check("a.rs", &"x\n".repeat(100), &exceptions).len(), 1);
        assert_eq!(check_exceptions(&["b.rs"], &exceptions).len(), 1);
        assert_eq!(check_exceptions(&["a.rs"], &exceptions), []);
    }

    #[test]
    fn the_wall_holds_for_exceptions_too() {
        let exceptions = [("a.rs", 5000)];
        assert_eq!(check("a.rs", &"x\n".repeat(FILE_LINES_WALL + 1), &exceptions).len(), 1);
    }
}
