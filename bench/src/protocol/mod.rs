//! Kafka's protocol as far as a limit speaks it, without any I/O: shared with the limits on other
//! runtimes, so that they differ in how they move bytes and in nothing else.

mod control;
mod produced;
mod topics;

pub use control::{Control, SERVED};
pub use produced::ProduceAnswers;
