//! What goes wrong here goes to the person at the terminal, so a sentence is enough.

/// Any error, of ours or of a peer.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
/// The result of everything that may fail here.
pub(crate) type Result<T> = std::result::Result<T, Error>;
