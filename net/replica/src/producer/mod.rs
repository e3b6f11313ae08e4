//! Idempotent producers of one partition: what each sent last, so that nothing is appended twice
//! and nothing out of order (KIP-98, KIP-360).

mod entry;
mod state;

#[cfg(test)]
mod model_test;
#[cfg(test)]
mod state_test;

pub use entry::{BatchMemory, PRODUCER_BATCHES_MAX, ProducerEntry};
pub use state::{ProducerBatch, ProducerFault, ProducerState, Verdict};
