//! Words that stay out of the tree, each with what to do instead.

use crate::source::{Line, RustSource, contains_word};
use crate::violation::Violation;

/// Words banned from the code, tests included.
const CODE: &[(&str, &str)] = &[
    ("todo!", "write it, or return an error that says what is missing"),
    ("unimplemented!", "write it, or return an error that says what is missing"),
    ("dbg!", "take the debugging aid out"),
    ("#[ignore", "a test that does not run proves nothing: make it quick, or delete it"),
    ("should_panic", "a broad panic hides the wrong one: return an error and compare it"),
    ("#[allow(", "use `#[expect(lint, reason = \"…\")]` at the smallest place"),
    ("#![allow(", "use `#[expect(lint, reason = \"…\")]` at the smallest place"),
    ("thread::sleep", "wait for the event, not for time to pass"),
    ("time::sleep", "wait for the event, not for time to pass"),
];

/// Marks banned from code and comments: what is left to do lives in the issues.
const MARKS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

const RULE: &str = "banned word";

/// Banned words and marks, with string literals left out.
#[must_use]
pub fn check(source: &RustSource) -> Vec<Violation> {
    let found = source.numbered_lines().flat_map(|(number, line)| {
        check_line(line).into_iter().map(move |advice| (number, advice))
    });
    found.map(|(number, advice)| Violation::new(&source.path, number, RULE, advice)).collect()
}

fn check_line(line: &Line) -> Vec<String> {
    // `#[ allow (` is the same attribute; rustfmt would join it, but the rule must not need it.
    let code = line.code.replace("# [", "#[").replace("[ ", "[").replace(" (", "(");
    let words = CODE.iter().filter(|(word, _)| contains_word(&code, word));
    let mut advice: Vec<String> = words.map(|(word, how)| format!("`{word}`: {how}")).collect();
    for mark in MARKS {
        if contains_word(&line.code, mark) || contains_word(&line.comment, mark) {
            advice.push(format!("`{mark}`: do it now, or open an issue and leave no mark"));
        }
    }
    advice
}

#[cfg(test)]
mod word_test {
    use super::*;

    fn caught(text: &str) -> usize {
        check(&RustSource::new("engine/log/src/a.rs", text)).len()
    }

    #[test]
    fn each_banned_word_is_caught_in_code() {
        for (word, _) in CODE {
            assert_eq!(caught(&format!("//! A.\n{word})\n")), 1, "{word}");
        }
        assert_eq!(caught("# [ allow (dead_code)]\n"), 1);
        assert_eq!(caught("std::thread::sleep(long)\n"), 1);
    }

    #[test]
    fn each_mark_is_caught_in_code_and_comments() {
        for mark in MARKS {
            assert_eq!(caught(&format!("// {mark}: later\n")), 1, "{mark}");
            assert_eq!(caught(&format!("fn {mark}() {{}}\n")), 1, "{mark}");
        }
    }

    #[test]
    fn strings_and_longer_words_pass() {
        assert_eq!(caught("const A: &str = \"TODO dbg!(\";\n"), 0);
        assert_eq!(caught("fn my_dbg!() {} // MASTODONS\n"), 0);
        assert_eq!(caught("// a comment may name `dbg!` to forbid it\n"), 0);
    }
}
