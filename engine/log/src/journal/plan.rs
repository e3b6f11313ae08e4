//! The recovery planner: from what lies in a journal to what is done about it. Pure, and the one
//! place where a torn tail is told from rot.
//!
//! A frame that is missing or damaged either was never acknowledged, and is cut off together with
//! what lies behind it; or it was, and rotted since, and cutting it off would lose acknowledged
//! records without a word. The frames themselves tell: each carries `synced_upto`, how far the
//! journal was stable when it was sealed. Each decision has its [`Verdict`]; the table is in
//! `docs/formats/journal.md`.
//!
//! Frames are followed by their sequences and hashes and not by their places: each has its own
//! place under its checksum, so one that lies where it should not is never seen.

use crate::flaw::{self, Flaw};
use crate::journal::frame::{FrameHash, FrameHeader, Place};
use crate::journal::lineage::{Link, trace};
use crate::journal::survey::Sighting;
use millstream_base::limits::JOURNAL_CHUNK_BYTES;

pub use crate::journal::lineage::PassedOver;
pub use crate::journal::start::JournalStart;

/// What recovery does, in this order, and where the journal goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is done with each sequence from the start on, without a gap.
    pub steps: Vec<Step>,
    /// The epoch of the next opening: above all that any frame or the checkpoint names. The
    /// checkpoint alone is not enough, since the one that knew of the last opening may be lost.
    pub next_epoch: u32,
    /// The sequence of the next frame. Its opening's `epoch_start`, and its `synced_upto`: all that
    /// is replayed is made stable before it is sealed.
    pub next_sequence: u64,
    /// Where the next frame may lie; `None` for the first place of any chunk that holds no frame
    /// of this plan, as where a chunk is full or where it is not known what lies behind rot.
    pub next_place: Option<Place>,
    /// What the next frame carries as its `previous_hash`: the hash of the last frame that could be
    /// told.
    pub previous_hash: FrameHash,
    /// Every frame before it is known to have been stable once, whatever became of it.
    pub proven_synced: u64,
    /// Why the plan ends where it does: [`CleanEnd`](Verdict::CleanEnd),
    /// [`TornPayload`](Verdict::TornPayload), [`TornMissing`](Verdict::TornMissing),
    /// [`TornRun`](Verdict::TornRun) or [`RotEnd`](Verdict::RotEnd).
    pub verdict: Verdict,
    /// Frames that were found and are in no step.
    pub passed_over: PassedOver,
}

/// What is done with one frame, or with a stretch of lost ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The frame is whole: its entries happened.
    Replay(FrameHeader),
    /// These frames were synced and are damaged. What they held is lost to this copy and may have
    /// been acknowledged: it must fail closed, and never be cut off.
    Rot {
        /// The first of them.
        first_sequence: u64,
        /// The last of them.
        last_sequence: u64,
        /// The header, if it can be read: then it is one frame, and only its payload is damaged.
        header: Option<FrameHeader>,
        /// [`RotPayload`](Verdict::RotPayload), [`RotMissing`](Verdict::RotMissing) or
        /// [`RotEnd`](Verdict::RotEnd).
        verdict: Verdict,
    },
}

/// The label of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// No frame follows, and none was proven to: the journal ended here.
    CleanEnd,
    /// The frame's header is right and its payload wrong, and nothing proves that it was synced.
    TornPayload,
    /// The frame is not there and later ones are, and nothing proves that it was synced.
    TornMissing,
    /// The frame is whole, but a run that it names is not, and nothing proves that it was synced.
    TornRun,
    /// The frame's header is right and its payload wrong, and it was synced.
    RotPayload,
    /// The frame is not there, and it was synced; a later one goes on.
    RotMissing,
    /// The frame is not there, and it was synced; none goes on.
    RotEnd,
}

/// Decides what is done with all frames from `start` on.
///
/// `sightings` are those of all chunks, in any order. A later call with the same bytes gives the
/// same plan, and one with what an opening by this plan added gives the same steps and the added
/// ones behind them: recovery may be killed at any point and begun anew.
#[must_use]
pub fn plan(start: &JournalStart, sightings: &[Sighting]) -> Plan {
    let synced = sightings.iter().map(|sighting| sighting.header.synced_upto);
    let proven_synced = synced.fold(start.synced_upto, u64::max);
    let epochs = sightings.iter().map(|sighting| sighting.header.epoch);
    let newest_epoch = epochs.fold(start.epoch, u32::max);
    let mut passed_over = PassedOver::default();
    let history = trace(start, sightings, &mut passed_over);
    let is_in_chunk = (start.place.position as usize) < JOURNAL_CHUNK_BYTES;
    let mut planner = Planner {
        must_name: Some(start.previous_hash),
        plan: Plan {
            steps: Vec::with_capacity(history.len()),
            next_epoch: newest_epoch.checked_add(1).expect("no header holds the greatest epoch"),
            next_sequence: start.sequence,
            next_place: Some(start.place).filter(|_| is_in_chunk),
            previous_hash: start.previous_hash,
            proven_synced,
            verdict: Verdict::CleanEnd,
            passed_over,
        },
    };
    planner.walk(&history);
    planner.plan
}

impl Plan {
    /// Ends the plan before frame `sequence`, since a run that it names is not whole.
    ///
    /// The frame must be replayed by this plan, and must not be [proven](Self::proven_synced):
    /// where it is, the run has rotted, and its range fails closed instead.
    pub fn cut(&mut self, sequence: u64) {
        assert!(sequence >= self.proven_synced, "frame {sequence} was synced with its runs");
        let found = self.steps.iter().enumerate().find_map(|(index, step)| match step {
            Step::Replay(header) if header.sequence == sequence => Some((index, *header)),
            _ => None,
        });
        let (index, header) = found.expect("only what is replayed is cut");
        self.passed_over.unproven_count += self.steps.len() - index;
        self.steps.truncate(index);
        self.next_sequence = sequence;
        self.next_place = Some(header.place);
        self.previous_hash = header.previous_hash;
        self.verdict = Verdict::TornRun;
    }

    /// The steps that replay a frame.
    pub fn replays(&self) -> impl Iterator<Item = &FrameHeader> {
        self.steps.iter().filter_map(|step| match step {
            Step::Replay(header) => Some(header),
            Step::Rot { .. } => None,
        })
    }

    /// Whether anything that was synced is damaged.
    #[must_use]
    pub fn has_rot(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Rot { .. }))
    }
}

struct Planner {
    plan: Plan,
    /// The hash that the next frame must name; `None` behind frames whose hash is lost.
    must_name: Option<FrameHash>,
}

impl Planner {
    /// Goes through the history once; each turn of the loop disposes of one frame, or of the
    /// stretch before it.
    fn walk(&mut self, history: &[Link]) {
        let mut rest = history;
        while let Some((link, behind)) = rest.split_first() {
            let sequence = link.header().sequence;
            assert!(sequence >= self.plan.next_sequence, "the history is in order");
            if sequence > self.plan.next_sequence {
                if !self.is_proven() {
                    return self.end_torn(Verdict::TornMissing, rest);
                }
                // Beyond what is proven the frames were still in flight: rot ends there, and the
                // next turn finds a torn tail.
                let rot_end = sequence.min(self.plan.proven_synced);
                self.lose_until(rot_end, Verdict::RotMissing);
            } else if self.must_name.is_some_and(|hash| hash != link.header().previous_hash) {
                rest = self.disown(rest);
            } else if link.sighting.payload.is_ok() {
                self.follow(link, Step::Replay(*link.header()));
                rest = behind;
            } else if self.is_proven() {
                self.follow(link, rot_payload(link.header()));
                rest = behind;
            } else {
                return self.end_torn(Verdict::TornPayload, rest);
            }
        }
        if self.is_proven() {
            self.lose_until(self.plan.proven_synced, Verdict::RotEnd);
            self.plan.verdict = Verdict::RotEnd;
        }
    }

    /// Whether the next frame was synced once.
    fn is_proven(&self) -> bool {
        self.plan.next_sequence < self.plan.proven_synced && !flaw::is_on(Flaw::CutAtRot)
    }

    fn follow(&mut self, link: &Link, step: Step) {
        self.plan.steps.push(step);
        self.plan.next_sequence += 1;
        self.plan.next_place = link.header().next_place();
        self.plan.previous_hash = link.hash;
        self.must_name = Some(link.hash);
    }

    fn lose_until(&mut self, end: u64, verdict: Verdict) {
        assert!(end > self.plan.next_sequence, "something is lost");
        let first_sequence = self.plan.next_sequence;
        let rot = Step::Rot { first_sequence, last_sequence: end - 1, header: None, verdict };
        self.plan.steps.push(rot);
        self.plan.next_sequence = end;
        // Nobody knows how far the lost frames reached, and damage is evidence: nothing is written
        // over it.
        self.plan.next_place = None;
        self.must_name = None;
    }

    /// Passes over frames that follow each other, but not the one before them: the ending of
    /// another history.
    fn disown<'h>(&mut self, rest: &'h [Link]) -> &'h [Link] {
        let joined = rest.windows(2).take_while(|pair| pair[1].names(&pair[0])).count();
        let (disowned, rest) = rest.split_at(joined + 1);
        self.plan.passed_over.disowned_count += disowned.len();
        rest
    }

    fn end_torn(&mut self, verdict: Verdict, unproven: &[Link]) {
        self.plan.passed_over.unproven_count += unproven.len();
        self.plan.verdict = verdict;
    }
}

fn rot_payload(header: &FrameHeader) -> Step {
    Step::Rot {
        first_sequence: header.sequence,
        last_sequence: header.sequence,
        header: Some(*header),
        verdict: Verdict::RotPayload,
    }
}

#[cfg(test)]
#[path = "exhaustive_test.rs"]
mod exhaustive_test;
#[cfg(test)]
#[path = "plan_test.rs"]
mod plan_test;
#[cfg(test)]
#[path = "world_test.rs"]
mod world_test;
