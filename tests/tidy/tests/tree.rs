//! The whole tree against each rule: one test per rule, so that a failure names its rule.
#![forbid(unsafe_code)]

use millstream_tidy::tree::TextFile;
use millstream_tidy::violation::report;
use millstream_tidy::{
    RustSource, Tree, Violation, decision, fault, format, link, package, shape, sharing, size,
    text, unsafety, word,
};

fn tree() -> Tree {
    Tree::read().expect("the tree can be read")
}

fn assert_clean(violations: &[Violation]) {
    assert!(violations.is_empty(), "{} violations:{}", violations.len(), report(violations));
}

fn assert_sources_clean(rule: impl Fn(&RustSource) -> Vec<Violation>) {
    let sources = tree().rust_sources();
    assert!(sources.len() > 10, "the tree has Rust files: {}", sources.len());
    assert_clean(&sources.iter().flat_map(rule).collect::<Vec<_>>());
}

fn assert_files_clean(suffix: &str, rule: impl Fn(&str, &str) -> Vec<Violation>) {
    let tree = tree();
    let files: Vec<_> = tree.files.iter().filter(|file| file.path.ends_with(suffix)).collect();
    assert!(!files.is_empty(), "the tree has files that end in {suffix:?}");
    assert_clean(&files.iter().flat_map(|file| rule(&file.path, &file.text)).collect::<Vec<_>>());
}

#[test]
fn files_are_short() {
    assert_files_clean(".rs", |path, text| size::check(path, text, size::EXCEPTIONS));
    let tree = tree();
    let paths: Vec<_> = tree.files.iter().map(|file| file.path.as_str()).collect();
    assert_clean(&size::check_exceptions(&paths, size::EXCEPTIONS));
}

#[test]
fn only_the_io_room_is_unsafe() {
    assert_sources_clean(unsafety::check);
}

#[test]
fn no_banned_word_is_in_the_code() {
    assert_sources_clean(word::check);
}

#[test]
fn memory_is_shared_in_the_named_places_only() {
    assert_sources_clean(|source| sharing::check(source, sharing::PLACES));
    let tree = tree();
    let paths: Vec<_> = tree.files.iter().map(|file| file.path.as_str()).collect();
    assert_clean(&sharing::check_places(&paths, sharing::PLACES));
}

#[test]
fn lines_are_narrow() {
    assert_sources_clean(text::check_width);
}

#[test]
fn white_space_is_clean() {
    assert_files_clean("", text::check_space);
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    assert_files_clean("", text::check_machine_paths);
}

#[test]
fn every_file_begins_with_a_module_doc() {
    assert_files_clean(".rs", shape::check_module_doc);
}

#[test]
fn every_front_page_names_its_invariants() {
    assert_sources_clean(shape::check_invariants);
}

#[test]
fn every_package_has_the_prefix_and_the_lint_table() {
    assert_files_clean("/Cargo.toml", package::check);
}

#[test]
fn decision_pages_are_numbered_and_complete() {
    let tree = tree();
    let pages = tree.files.iter().filter(|file| file.path.starts_with(decision::FOLDER));
    let pages: Vec<_> = pages.map(|file| (file.path.as_str(), file.text.as_str())).collect();
    assert!(!pages.is_empty(), "the tree has decision pages");
    assert_clean(&decision::check(&pages));
}

#[test]
fn every_format_document_has_a_golden_test() {
    assert_clean(&format::check(&tree().files));
}

#[test]
fn every_test_in_the_fault_table_exists() {
    let tree = tree();
    let table = tree.files.iter().find(|file| file.path == fault::DOCUMENT);
    let table = table.expect("the tree has a fault table");
    assert!(table.text.contains("| F1 |"), "the table has rows");
    assert_clean(&fault::check(&table.text, &tree.rust_sources()));
}

#[test]
fn every_link_leads_somewhere() {
    let tree = tree();
    let places = link::Places::new(tree.paths.iter().map(String::as_str));
    let documents = tree.files.iter().filter(|file| file.path.ends_with(".md"));
    let check = |file: &TextFile| link::check_markdown(&file.path, &file.text, &places);
    assert_clean(&documents.flat_map(check).collect::<Vec<_>>());
    assert_sources_clean(|source| link::check_comments(source, &places));
}
