//! What the crash test and its relatives share: a workload on a simulated machine, a model of what
//! was promised, and the checkers that hold the one against the other.

pub(crate) mod batches;
pub(crate) mod checkers;
pub(crate) mod life;
pub(crate) mod lookup;
pub(crate) mod model;
pub(crate) mod profile;
pub(crate) mod workload;
pub(crate) mod world;
