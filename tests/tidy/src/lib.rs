//! Holds the tree against its style: all that can be counted is counted here, so that a reviewer
//! reads for sense and never for commas.
//!
//! One file is one group of rules. A rule is a pure function from text to [`Violation`]s; the
//! tests in `tests/tidy/tests/tree.rs` run each rule over the real tree, and the tests beside each
//! rule show it a small offence that it must catch.
//!
//! # Invariants worth naming
//!
//! - A rule reads text and nothing else: no file system, no clock, no environment. Only
//!   [`tree::Tree`] touches files.
//! - Lists of exceptions name single files and only shrink: an entry that is no longer needed is
//!   itself a violation.
//! - Every violation says where, which rule, and what to do about it.
//! - No rule looks inside string literals for banned words; that is how this package can name them.
#![forbid(unsafe_code)]

pub mod decision;
pub mod fault;
pub mod format;
pub mod layer;
pub mod link;
pub mod package;
pub mod shape;
pub mod sharing;
pub mod size;
pub mod source;
pub mod text;
pub mod tree;
pub mod unsafety;
pub mod violation;
pub mod word;

pub use source::RustSource;
pub use tree::Tree;
pub use violation::Violation;
