//! Where recovery begins to read the journal.

use crate::journal::frame::{FrameHash, Place};
use millstream_base::limits::{BLOCK_BYTES, JOURNAL_CHUNK_BYTES};

/// What a checkpoint says about the journal: everything before `sequence` is in the segments and in
/// the checkpoint itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalStart {
    /// Where the first frame to be replayed lies, or the next would have gone. Frames are found by
    /// their sequences; this is where to go on if there are none.
    pub place: Place,
    /// The sequence of the first frame to be replayed.
    pub sequence: u64,
    /// The hash of the frame before it.
    pub previous_hash: FrameHash,
    /// Every frame with a smaller sequence was stable when the checkpoint was written.
    pub synced_upto: u64,
    /// The opening that wrote the checkpoint. Each opening writes one before its first frame, so
    /// that no two have the same epoch.
    pub epoch: u32,
    /// The sequence of that opening's first frame; older frames from there on were given up.
    pub epoch_start: u64,
}

impl JournalStart {
    /// Names the first field that no writer leaves so.
    pub(crate) fn find_malformed(&self) -> Option<&'static str> {
        let position = self.place.position as usize;
        let is_placed = position.is_multiple_of(BLOCK_BYTES) && position <= JOURNAL_CHUNK_BYTES;
        let rules = [
            ((1..u32::MAX).contains(&self.epoch), "epoch"),
            (is_placed, "position"),
            (self.sequence <= self.synced_upto, "sequence"),
            (self.epoch_start <= self.synced_upto, "epoch_start"),
            (self.synced_upto < u64::MAX, "synced_upto"),
        ];
        rules.iter().find(|(holds, _)| !holds).map(|(_, field)| *field)
    }
}
