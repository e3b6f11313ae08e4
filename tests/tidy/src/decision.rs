//! Decision pages: numbered without gaps, each with the same four sections.

use crate::violation::Violation;

/// The folder of the pages.
pub const FOLDER: &str = "docs/decisions/";

/// What every page says, as headings of the second level.
const SECTIONS: &[&str] = &["Context", "Choice", "Figures", "What would change our mind"];

const RULE: &str = "decision page";

/// Pages (path and text) with a missing or doubled number, or without one of the sections.
/// Number 0 is the template.
#[must_use]
pub fn check(pages: &[(&str, &str)]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut numbered = Vec::new();
    for (path, text) in pages {
        match number(path) {
            Some(number) => numbered.push((number, *path)),
            None => violations.push(page(path, "name the page `NNNN-<what-was-decided>.md`")),
        }
        violations.extend(check_sections(path, text));
    }
    numbered.sort_unstable();
    for (expected, (found, path)) in numbered.iter().enumerate() {
        if *found != expected {
            let advice = format!("number {found} where {expected:04} comes next: renumber it");
            violations.push(page(path, &advice));
            break;
        }
    }
    violations
}

fn check_sections(path: &str, text: &str) -> Vec<Violation> {
    let has = |section: &str| text.lines().any(|line| line == format!("## {section}"));
    let missing = SECTIONS.iter().filter(|section| !has(section));
    missing.map(|section| page(path, &format!("add the section `## {section}`"))).collect()
}

fn page(path: &str, advice: &str) -> Violation {
    Violation::new(path, 1, RULE, advice)
}

fn number(path: &str) -> Option<usize> {
    let name = path.strip_prefix(FOLDER)?.strip_suffix(".md")?;
    let (digits, title) = name.split_once('-')?;
    let well_formed = digits.len() == 4 && !title.is_empty();
    digits.parse().ok().filter(|_| well_formed)
}

#[cfg(test)]
mod decision_test {
    use super::*;

    fn text() -> String {
        SECTIONS.iter().map(|section| format!("## {section}\n")).collect()
    }

    fn caught(paths: &[&str]) -> usize {
        let text = text();
        let pages: Vec<_> = paths.iter().map(|path| (*path, text.as_str())).collect();
        check(&pages).len()
    }

    #[test]
    fn gaps_and_doubles_are_caught() {
        assert_eq!(caught(&["docs/decisions/0000-a.md", "docs/decisions/0001-b.md"]), 0);
        assert_eq!(caught(&["docs/decisions/0000-a.md", "docs/decisions/0002-b.md"]), 1);
        assert_eq!(caught(&["docs/decisions/0000-a.md", "docs/decisions/0000-b.md"]), 1);
    }

    #[test]
    fn a_page_without_number_is_caught() {
        assert_eq!(caught(&["docs/decisions/0000-a.md", "docs/decisions/b.md"]), 1);
        assert_eq!(caught(&["docs/decisions/0000-a.md", "docs/decisions/1-b.md"]), 1);
    }

    #[test]
    fn a_missing_section_is_caught() {
        let text = text().replace("## Figures\n", "");
        assert_eq!(check(&[("docs/decisions/0000-a.md", &text)]).len(), 1);
    }
}
