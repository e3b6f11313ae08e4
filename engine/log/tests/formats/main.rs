//! The disk formats from outside: golden files, and the documents whose tables describe them.
#![forbid(unsafe_code)]

mod checkpoint;
mod golden;
mod identity;
mod journal;
mod segment;
mod table;
