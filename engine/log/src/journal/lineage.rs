//! Which of the frames that were found are of one history: the one that the last opening went on.
//!
//! Space is recycled, and what an opening gave up is left where it lies. So frames of older turns
//! and of abandoned endings lie among the others, whole and with right checksums.

use crate::journal::frame::{FrameHash, FrameHeader};
use crate::journal::start::JournalStart;
use crate::journal::survey::Sighting;
use millstream_base::hash::Set;
use std::collections::BTreeMap;

/// A frame and its hash, which is computed once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) sighting: Sighting,
    pub(super) hash: FrameHash,
}

/// Frames that were found and are not of the history; by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PassedOver {
    /// Older than the start: what recycled space held before.
    pub recycled_count: usize,
    /// Given up by a later opening, as that opening's own frames or the checkpoint say.
    pub replaced_count: usize,
    /// A frame behind it, or the checkpoint before it, names another in its place.
    pub disowned_count: usize,
    /// Behind a torn tail: whole perhaps, but never acknowledged, and without what came before.
    pub unproven_count: usize,
}

impl Link {
    pub(super) fn header(&self) -> &FrameHeader {
        &self.sighting.header
    }

    /// Whether this frame says that it comes right behind `other`.
    pub(super) fn names(&self, other: &Self) -> bool {
        self.header().previous_hash == other.hash
    }
}

/// The frames of the history from `start` on, in the order of their sequences, each sequence once.
///
/// Two neighbours in the list either name each other, or some frames are missing between them.
/// What is behind a torn tail is still in the list: whether anything was synced is not asked here.
pub(super) fn trace(
    start: &JournalStart,
    sightings: &[Sighting],
    passed_over: &mut PassedOver,
) -> Vec<Link> {
    let mut live = find_live(start, sightings, passed_over);
    live.sort_by_key(|link| (link.header().sequence, link.header().place));
    let hashes: Set<_> = live.iter().map(|link| link.hash).collect();
    let is_known = |hash| hashes.contains(&hash) || hash == start.previous_hash;
    let mut history: Vec<Link> = Vec::with_capacity(live.len());
    // Backwards, since each frame names the one before it, and none the one behind it. The last
    // live frame is of the newest opening that left any.
    for link in live.into_iter().rev() {
        if history.last().is_none_or(|next| may_precede(&link, next, is_known)) {
            history.push(link);
        } else {
            passed_over.disowned_count += 1;
        }
    }
    history.reverse();
    history
}

/// Whether `link` can be of the history that goes on, at once or after a gap, with `next`.
fn may_precede(link: &Link, next: &Link, is_known: impl Fn(FrameHash) -> bool) -> bool {
    if next.names(link) {
        // Nobody writes a frame that names one of its own sequence, but bytes can say so.
        return link.header().sequence < next.header().sequence;
    }
    // An opening goes on from what it could read. Where `next` names a frame that lies further
    // back, an opening found `link` unreadable and went on without it; it stays so, even if it can
    // be read today. Where it names one that is lost, and no sequence is free between the two, that
    // lost one stood in place of `link`.
    let is_apart = link.header().sequence + 1 < next.header().sequence;
    is_apart && !is_known(next.header().previous_hash)
}

/// Leaves out what comes before the start, and what a later opening replaced.
fn find_live(
    start: &JournalStart,
    sightings: &[Sighting],
    passed_over: &mut PassedOver,
) -> Vec<Link> {
    let limits = replaced_from(start, sightings);
    let mut live = Vec::new();
    for sighting in sightings {
        let FrameHeader { epoch, sequence, .. } = sighting.header;
        let later = limits.range((core::ops::Bound::Excluded(epoch), core::ops::Bound::Unbounded));
        if sequence < start.sequence {
            passed_over.recycled_count += 1;
        } else if later.take(1).any(|(_, limit)| *limit <= sequence) {
            passed_over.replaced_count += 1;
        } else {
            live.push(Link { sighting: *sighting, hash: sighting.header.hash() });
        }
    }
    live
}

/// For each epoch that is known of, the sequence from which on it or a later one wrote anew.
///
/// One frame of an opening is enough to know all that it gave up, since each carries the start of
/// its epoch. Also frames before the start count: they are old, but they do not lie.
fn replaced_from(start: &JournalStart, sightings: &[Sighting]) -> BTreeMap<u32, u64> {
    let mut limits = BTreeMap::from([(start.epoch, start.epoch_start)]);
    for sighting in sightings {
        let FrameHeader { epoch, epoch_start, .. } = sighting.header;
        let limit = limits.entry(epoch).or_insert(epoch_start);
        *limit = epoch_start.min(*limit);
    }
    let mut lowest = u64::MAX;
    for limit in limits.values_mut().rev() {
        lowest = lowest.min(*limit);
        *limit = lowest;
    }
    limits
}
