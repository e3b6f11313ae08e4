//! What the fuzz targets call, here so that their corpora are replayed by the ordinary tests.
//!
//! Not part of the API. A finding is a panic: of the code under test, or of what is asserted here
//! about its answer.

mod checkpoint;
mod index;
mod journal;
mod script;

pub use checkpoint::checkpoint;
pub use index::index;
pub use journal::journal;
