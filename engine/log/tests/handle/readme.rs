//! The ten lines that the front page of the repository shows are those that run.

use std::fs;
use std::path::PathBuf;

#[test]
fn the_readme_shows_the_embed_example_as_it_is() {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(package.join(path)).expect("is in the repository");
    let example = read("examples/embed.rs");
    let program = example.lines().skip_while(|line| line.starts_with("//!") || line.is_empty());
    let program: Vec<_> = program.collect();
    assert!(read("../../README.md").contains(&program.join("\n")));
}
