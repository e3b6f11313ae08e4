//! The scanner tells code, comments and literals apart.

use super::*;

fn code(text: &str) -> String {
    let lines = RustSource::new("a.rs", text).lines;
    lines.iter().map(|line| line.code.trim_end()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_line_comment_ends_with_its_line() {
    assert_eq!(code("a // b\nc"), "a\nc");
    assert_eq!(RustSource::new("a.rs", "a // b\n").lines[0].comment.trim(), "// b");
}

#[test]
fn block_comments_nest() {
    assert_eq!(code("/* a /* b */ c */d"), "                 d");
}

#[test]
fn strings_hide_their_words_and_comment_marks() {
    assert_eq!(code(r#"x("// no", y)"#), "x(       , y)");
    assert_eq!(code(r#"x("\" // no", y)"#), "x(          , y)");
}

#[test]
fn raw_strings_end_at_their_own_hashes() {
    assert_eq!(code("x(r#\"a \" b\"#, y)").replace(' ', ""), "x(,y)");
    assert_eq!(code("x(br\"a\\\", y)").replace(' ', ""), "x(,y)");
}

#[test]
fn an_identifier_that_ends_in_r_begins_no_raw_string() {
    assert_eq!(code("for\"a\"r").replace(' ', ""), "forr");
}

#[test]
fn lifetimes_are_code_and_characters_are_not() {
    assert_eq!(code("&'a str"), "&'a str");
    assert_eq!(code(r"f('\'', 'x', '\u{1}')").replace(' ', ""), "f(,,)");
}

#[test]
fn an_unfinished_literal_runs_to_the_end() {
    assert_eq!(code("a \"b\nc"), "a\n");
    assert_eq!(code("a /* b\nc"), "a\n");
}

#[test]
fn literal_characters_are_counted_with_their_quotes() {
    assert_eq!(RustSource::new("a.rs", "x(\"ab\")").lines[0].literal_count, 4);
}

#[test]
fn words_are_whole_words() {
    assert!(contains_word("a unsafe {", "unsafe"));
    assert!(!contains_word("unsafe_code", "unsafe"));
    assert!(contains_word("dbg!(x)", "dbg!("));
    assert!(!contains_word("my_dbg!(x)", "dbg!("));
}

#[test]
fn tests_begin_at_the_test_module_or_with_the_file() {
    let source = RustSource::new("engine/log/src/a.rs", "fn a() {}\n#[cfg(test)]\nmod a_test {}\n");
    assert_eq!(source.production_lines().count(), 1);
    assert_eq!(source.numbered_lines().count(), 3);
    assert_eq!(RustSource::new("engine/log/tests/a.rs", "a\n").production_lines().count(), 0);
    assert_eq!(RustSource::new("engine/log/src/a_test.rs", "a\n").production_lines().count(), 0);
}
