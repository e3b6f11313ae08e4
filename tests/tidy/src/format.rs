//! Documents of disk formats: each is held by a golden test that names it.

use crate::source::is_test_path;
use crate::tree::TextFile;
use crate::violation::Violation;

/// The folder of the documents.
pub const FOLDER: &str = "docs/formats/";

const RULE: &str = "format document";

/// Documents that no golden test names: a test file with the document's path and the word "golden".
#[must_use]
pub fn check(files: &[TextFile]) -> Vec<Violation> {
    let is_golden = |file: &&TextFile| {
        let own = file.path.starts_with("tests/tidy/");
        is_test_path(&file.path) && !own && file.text.to_lowercase().contains("golden")
    };
    let golden: Vec<_> = files.iter().filter(is_golden).collect();
    let documents =
        files.iter().filter(|file| file.path.starts_with(FOLDER) && file.path.ends_with(".md"));
    let orphans =
        documents.filter(|file| !golden.iter().any(|test| test.text.contains(&file.path)));
    let advice = "no golden test names it: add one that decodes golden bytes as the tables say";
    orphans.map(|file| Violation::new(&file.path, 1, RULE, advice)).collect()
}

#[cfg(test)]
mod format_test {
    use super::*;

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_document_without_a_golden_test_is_caught() {
        let document = file("docs/formats/journal.md", "# Journal\n");
        let test = file("engine/log/tests/golden.rs", "//! Golden: docs/formats/journal.md.\n");
        let other = file("engine/log/tests/golden.rs", "//! Golden: docs/formats/segment.md.\n");
        let source = file("engine/log/src/a.rs", "//! Golden: docs/formats/journal.md.\n");
        assert_eq!(check(&[document.clone(), test]), []);
        assert_eq!(check(&[document.clone(), other]).len(), 1);
        assert_eq!(check(&[document.clone(), source]).len(), 1);
        assert_eq!(check(&[document]).len(), 1);
    }
}
