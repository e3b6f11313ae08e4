//! How a manifest introduces its package: the prefix, and the lint table.

use crate::layer::PREFIX;
use crate::violation::Violation;

const RULE: &str = "package";

/// Manifests (other than the root's) whose package lacks the prefix or the shared lint table.
#[must_use]
pub fn check(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    let named = value(text, "[package]", "name");
    let room = named.and_then(|(_, name)| name.trim_matches('"').strip_prefix(PREFIX));
    if room.is_none_or(str::is_empty) {
        let line = named.map_or(1, |(line, _)| line);
        let advice = format!("name the package `{PREFIX}<room>`");
        violations.push(Violation::new(path, line, RULE, advice));
    }
    if value(text, "[lints]", "workspace").is_none_or(|(_, value)| value != "true") {
        let advice = "inherit the lint table: add `[lints]` with `workspace = true`";
        violations.push(Violation::new(path, 1, RULE, advice));
    }
    violations
}

/// Line number and text of `key` in `section`, as far as our plain manifests need it.
fn value<'text>(text: &'text str, section: &str, key: &str) -> Option<(usize, &'text str)> {
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line == section;
        }
        let Some((name, value)) = line.split_once('=').filter(|_| inside) else {
            continue;
        };
        if name.trim() == key {
            return Some((index + 1, value.trim()));
        }
    }
    None
}

#[cfg(test)]
mod package_test {
    use super::*;

    const GOOD: &str = "[package]\nname = \"millstream-log\"\n\n[lints]\nworkspace = true\n";

    #[test]
    fn a_good_manifest_passes() {
        assert_eq!(check("engine/log/Cargo.toml", GOOD), []);
    }

    #[test]
    fn a_name_without_the_prefix_is_caught() {
        let violations = check("a/Cargo.toml", &GOOD.replace("millstream-", ""));
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].line, 2);
        assert_eq!(check("a/Cargo.toml", &GOOD.replace("-log", "-")).len(), 1);
    }

    #[test]
    fn a_package_without_the_lint_table_is_caught() {
        assert_eq!(check("a/Cargo.toml", &GOOD.replace("[lints]", "[features]")).len(), 1);
        assert_eq!(check("a/Cargo.toml", &GOOD.replace("true", "false")).len(), 1);
    }
}
