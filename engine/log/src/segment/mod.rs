//! Segments: the files in which the batches of a partition settle.

pub mod index;
