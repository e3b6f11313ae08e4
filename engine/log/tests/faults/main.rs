//! The fault table, row by row: what becomes of the log when the world fails it.
//!
//! Some of these try everything in turn, and only a part of it in an ordinary run;
//! `MILLSTREAM_FAULTS=1` tries all. The negative controls need the feature `flaws`.

#[path = "../harness/mod.rs"]
#[cfg_attr(
    not(feature = "flaws"),
    expect(dead_code, reason = "the random workload is the crash test's")
)]
mod harness;

mod clock;
mod damage;
mod devices;
mod failing;
mod files;
#[cfg(feature = "flaws")]
mod flaws;
mod flips;
mod machine;
mod many;
mod memory;
mod power_cut;
mod recovery;
mod retention;
mod script;
