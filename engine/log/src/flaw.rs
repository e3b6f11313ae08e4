//! Bugs on purpose, so that the tests can show that they would find them.
//!
//! Without the feature `flaws` nothing here is more than a constant `false`. No program may be
//! built with it but those tests: decision 0007.

/// A bug that can be put into the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// A frame is acknowledged when the device has taken it, not when it is stable.
    FrameNotStable,
    /// As [`Flaw::FrameNotStable`], for the runs that a frame names.
    RunNotStable,
    /// A frame is acknowledged as soon as a later one is written.
    OutOfOrder,
    /// Recovery replays a frame whatever its checksum says.
    NoChecksum,
    /// Recovery replays the frame of a run without a look at the run.
    NoRunCheck,
    /// Recovery cuts the journal off at the first bad frame, whatever later ones prove.
    CutAtRot,
    /// Recovery serves what it found without making it stable first.
    ServeUnsynced,
    /// Recovery brings back what a truncation took.
    NoBarrier,
    /// The name of a segment is not made durable.
    NoNameSync,
    /// A checkpoint does not sync the segments that it names.
    NoSegmentSync,
    /// A chunk of the journal is used again while it is needed.
    ReleaseEarly,
    /// The files that a checkpoint no longer names go before it is written.
    RemoveEarly,
    /// A read hands out bytes whatever their checksum says.
    NoReadCheck,
}

#[cfg(feature = "flaws")]
mod active {
    use super::Flaw;
    use std::cell::Cell;

    thread_local! {
        static ACTIVE: Cell<Option<Flaw>> = const { Cell::new(None) };
    }

    /// Puts a bug into all engines of this thread, or takes it out again.
    pub fn set(flaw: Option<Flaw>) {
        ACTIVE.set(flaw);
    }

    pub(crate) fn is_on(flaw: Flaw) -> bool {
        ACTIVE.get() == Some(flaw)
    }
}

#[cfg(feature = "flaws")]
pub(crate) use active::is_on;
#[cfg(feature = "flaws")]
pub use active::set;

/// Whether the engine has this bug.
#[cfg(not(feature = "flaws"))]
pub(crate) const fn is_on(_flaw: Flaw) -> bool {
    false
}
