//! The codec from outside, one behaviour per file.

#![forbid(unsafe_code)]

mod gaps;
