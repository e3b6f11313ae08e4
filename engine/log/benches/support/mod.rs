//! What the benches of the engine share. Each bench is a program of its own and uses a part.

pub(crate) mod arguments;
pub(crate) mod bare;
pub(crate) mod batch;
pub(crate) mod load;
pub(crate) mod process;
pub(crate) mod scratch;
pub(crate) mod shard;
pub(crate) mod table;

/// Whatever goes wrong ends the bench with a sentence.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
/// The result of a step of a bench.
pub(crate) type Result<T> = std::result::Result<T, Error>;
