//! White space, width, and paths of one machine: what holds for every text file.

use crate::source::RustSource;
use crate::violation::Violation;

/// Columns of a Rust line, string literals and addresses excepted.
pub const COLUMNS_MAX: usize = 100;

/// Folders of one machine, written in two parts so that this file does not name them.
const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tmp/", "target")];

const SPACE: &str = "white space";
const WIDTH: &str = "line width";
const MACHINE: &str = "machine path";

/// Tabs, carriage returns, blanks at the end of a line, and a missing or doubled last newline.
#[must_use]
pub fn check_space(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let advice = if line.contains('\t') {
            "indent with spaces, not with a tab"
        } else if line.contains('\r') {
            "end the line with a newline alone, without carriage return"
        } else if line.ends_with(char::is_whitespace) {
            "take the blanks off the end of the line"
        } else {
            continue;
        };
        violations.push(Violation::new(path, index + 1, SPACE, advice));
    }
    let line_count = text.lines().count().max(1);
    if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
        let advice = "end the file with exactly one newline";
        violations.push(Violation::new(path, line_count, SPACE, advice));
    }
    violations
}

/// Rust lines beyond [`COLUMNS_MAX`].
#[must_use]
pub fn check_width(source: &RustSource) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in source.numbered_lines() {
        let column_count = line.char_count() - line.literal_count;
        if column_count > COLUMNS_MAX && !line.comment.contains("://") {
            let advice = format!("{column_count} columns, at most {COLUMNS_MAX}: break the line");
            violations.push(Violation::new(&source.path, number, WIDTH, advice));
        }
    }
    violations
}

/// Absolute paths that exist on one machine only.
#[must_use]
pub fn check_machine_paths(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let found = MACHINE_PATHS.iter().find(|machine| begins_path(line, machine));
        violations.extend(found.map(|machine| {
            let advice = format!("`{machine}` is a folder of one machine: use a relative path");
            Violation::new(path, index + 1, MACHINE, advice)
        }));
    }
    violations
}

/// Whether `machine` stands in `line` at the beginning of a path (`net/work/` is another thing).
fn begins_path(line: &str, machine: &str) -> bool {
    line.match_indices(machine).any(|(begin, _)| {
        let before = line[..begin].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "_-./}~".contains(before))
    })
}

#[cfg(test)]
mod text_test {
    use super::*;

    #[test]
    fn stray_white_space_is_caught() {
        for text in ["a \n", "\ta\n", "a\r\n", "a", "a\n\n"] {
            assert_eq!(check_space("a.md", text).len(), 1, "{text:?}");
        }
        assert_eq!(check_space("a.md", "a\n\nb\n"), []);
        assert_eq!(check_space("a.md", ""), []);
    }

    #[test]
    fn a_wide_line_is_caught_unless_a_string_or_an_address_makes_it_wide() {
        let long = "x".repeat(COLUMNS_MAX + 1);
        assert_eq!(check_width(&RustSource::new("a.rs", &long)).len(), 1);
        assert_eq!(check_width(&RustSource::new("a.rs", &format!("// {long}"))).len(), 1);
        assert_eq!(check_width(&RustSource::new("a.rs", &format!("a(\"{long}\")"))), []);
        assert_eq!(check_width(&RustSource::new("a.rs", &format!("// https://{long}"))), []);
        assert_eq!(check_width(&RustSource::new("a.rs", &"é".repeat(COLUMNS_MAX))), []);
    }

    #[test]
    fn a_path_of_one_machine_is_caught() {
        for machine in MACHINE_PATHS {
            assert_eq!(check_machine_paths("a.md", &format!("see {machine}x\n")).len(), 1);
            assert_eq!(check_machine_paths("a.md", &format!("see net{machine}x\n")), []);
        }
    }
}
