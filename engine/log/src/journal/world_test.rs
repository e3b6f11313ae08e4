//! A journal as its writer leaves it, for tests of the planner: openings, frames in flight, power
//! cuts, rot. Beside the disk it keeps the truth, and holds every plan against it.

use crate::identity::LogId;
use crate::journal::frame::{FrameFault, FrameHash, FrameHeader, Place};
use crate::journal::plan::{JournalStart, Plan, Step, Verdict, plan};
use crate::journal::survey::Sighting;
use millstream_base::limits::{BLOCK_BYTES, JOURNAL_CHUNK_BYTES};
use millstream_base::{ShardId, Timestamp};
use std::collections::BTreeMap;

const FRAME_BYTES: u32 = 4096;
const BROKEN: FrameFault = FrameFault::PayloadChecksum { got: 1, expected: 2 };

/// What a power cut leaves of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// All of it.
    Whole,
    /// Nothing of it: what was there before is there still.
    Absent,
    /// The first sector and not all others.
    TornPayload,
    /// Not the first sector, but some of the others: the older header stands before garbage.
    TornHeader,
}

/// How one frame on disk is damaged later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rot {
    /// Its header cannot be read.
    Header,
    /// Its payload is wrong.
    Payload,
    /// The write was lost, or went to free space elsewhere: an older copy is seen.
    Older,
}

/// A frame that was sealed.
#[derive(Clone, Copy, Debug)]
struct Sealed {
    header: FrameHeader,
    is_acknowledged: bool,
    is_rotten: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) start: JournalStart,
    /// What the checkpoint before that one says.
    older: JournalStart,
    /// What each place holds, with what it held before, newest last.
    disk: BTreeMap<Place, Vec<Option<Sighting>>>,
    /// The one true history, by sequence; `None` where it is lost.
    history: Vec<Option<Sealed>>,
    next_place: Place,
    previous_hash: FrameHash,
}

fn sighting(header: FrameHeader, payload: Result<(), FrameFault>) -> Sighting {
    Sighting { header, payload, unreadable: None }
}

impl World {
    /// A journal that was just made: the first opening, no frame yet.
    pub(crate) fn new() -> Self {
        let place = Place { chunk: 0, position: 0 };
        let start = JournalStart {
            place,
            sequence: 0,
            previous_hash: FrameHash::NONE,
            synced_upto: 0,
            epoch: 1,
            epoch_start: 0,
        };
        let (disk, history) = (BTreeMap::new(), Vec::new());
        let previous_hash = FrameHash::NONE;
        Self { start, older: start, disk, history, next_place: place, previous_hash }
    }

    pub(crate) fn next_sequence(&self) -> u64 {
        self.history.len() as u64
    }

    pub(crate) fn header(&self, sequence: u64) -> FrameHeader {
        self.history[index(sequence)].expect("not lost").header
    }

    /// Seals the next frame; nothing of it is on disk yet.
    pub(crate) fn seal(&mut self, synced_upto: u64) -> u64 {
        let sequence = self.next_sequence();
        let header = FrameHeader {
            log_id: LogId([1; 16]),
            shard: ShardId::new(0),
            epoch: self.start.epoch,
            epoch_start: self.start.epoch_start,
            sequence,
            place: self.next_place,
            frame_bytes: FRAME_BYTES,
            payload_bytes: 0,
            entry_count: 0,
            payload_crc: 0,
            previous_hash: self.previous_hash,
            synced_upto: synced_upto.max(self.start.epoch_start),
            wall_time: Timestamp::NONE,
        };
        self.previous_hash = header.hash();
        self.next_place = header.next_place().expect("tests stay within a chunk");
        self.history.push(Some(Sealed { header, is_acknowledged: false, is_rotten: false }));
        sequence
    }

    /// Lets the write of a sealed frame end so.
    pub(crate) fn land(&mut self, sequence: u64, fate: Fate) {
        let header = self.header(sequence);
        let under = self.disk.entry(header.place).or_default();
        let old = under.last().copied().flatten();
        match fate {
            Fate::Whole => under.push(Some(sighting(header, Ok(())))),
            Fate::Absent => {}
            Fate::TornPayload => under.push(Some(sighting(header, Err(BROKEN)))),
            Fate::TornHeader => under.push(old.map(|old| Sighting { payload: Err(BROKEN), ..old })),
        }
    }

    /// Tells the callers of all frames before `sequence` that they are stable.
    pub(crate) fn acknowledge(&mut self, sequence: u64) {
        for sealed in self.history[..index(sequence)].iter_mut().flatten() {
            sealed.is_acknowledged = true;
        }
    }

    /// Seals, writes and acknowledges the next frame, with nothing else in flight.
    pub(crate) fn append(&mut self) -> u64 {
        let sequence = self.seal(self.next_sequence());
        self.land(sequence, Fate::Whole);
        self.acknowledge(sequence + 1);
        sequence
    }

    /// Damages a frame that is on disk.
    pub(crate) fn rot(&mut self, sequence: u64, rot: Rot) {
        let Some(sealed) = &mut self.history[index(sequence)] else { return };
        sealed.is_rotten = true;
        let under = self.disk.get_mut(&sealed.header.place).expect("it was written");
        match rot {
            Rot::Header => under.push(None),
            Rot::Payload => {
                let top = under.last_mut().expect("it was written");
                *top = top.map(|sighting| Sighting { payload: Err(BROKEN), ..sighting });
            }
            Rot::Older => {
                under.pop();
            }
        }
    }

    pub(crate) fn sightings(&self) -> Vec<Sighting> {
        self.disk.values().filter_map(|under| under.last().copied().flatten()).collect()
    }

    /// Plans, and holds the plan against the truth.
    pub(crate) fn plan(&self) -> Plan {
        let mut sightings = self.sightings();
        let found = plan(&self.start, &sightings);
        sightings.reverse();
        assert_eq!(plan(&self.start, &sightings), found, "the order of the chunks means nothing");
        self.check(&found);
        found
    }

    /// Opens the journal by `plan`. Everything that was replayed is stable then. Where the place of
    /// the next frame is free to choose, or `moves_on`, it goes to a new chunk.
    pub(crate) fn open(&mut self, plan: &Plan, moves_on: bool) {
        self.history.truncate(index(plan.next_sequence));
        self.history.resize(index(plan.next_sequence), None);
        for (sequence, sealed) in (0..).zip(&mut self.history) {
            let is_replayed = plan.replays().any(|header| header.sequence == sequence);
            *sealed = sealed.filter(|_| is_replayed || sequence < self.start.sequence);
        }
        self.acknowledge(plan.next_sequence);
        let chunk = self.disk.keys().map(|place| place.chunk + 1).max().unwrap_or(0);
        let fresh = Place { chunk, position: 0 };
        self.next_place = plan.next_place.filter(|_| !moves_on).unwrap_or(fresh);
        self.previous_hash = plan.previous_hash;
        self.older = self.start;
        self.start.epoch = plan.next_epoch;
        self.start.epoch_start = plan.next_sequence;
        self.start.synced_upto = plan.next_sequence;
    }

    /// Takes a checkpoint: recovery starts at `sequence`, and what is before it may go.
    pub(crate) fn checkpoint(&mut self, sequence: u64) {
        let header = self.history.get(index(sequence)).map(|sealed| sealed.expect("whole").header);
        let next = (self.next_place, self.previous_hash);
        let (place, previous_hash) =
            header.map_or(next, |header| (header.place, header.previous_hash));
        let stable = self.history.iter().flatten().filter(|sealed| sealed.is_acknowledged).count();
        let synced_upto = self.start.synced_upto.max(stable as u64);
        self.older = self.start;
        self.start = JournalStart { place, sequence, previous_hash, synced_upto, ..self.start };
    }

    /// The newer checkpoint cannot be read.
    pub(crate) fn fall_back(&mut self) {
        self.start = self.older;
    }

    fn check(&self, plan: &Plan) {
        let mut next_sequence = self.start.sequence;
        for step in &plan.steps {
            let (first, last) = match step {
                Step::Replay(header) => (header.sequence, header.sequence),
                Step::Rot { first_sequence, last_sequence, .. } => {
                    (*first_sequence, *last_sequence)
                }
            };
            assert_eq!(first, next_sequence, "steps follow each other: {plan:?}");
            assert!(last >= first);
            next_sequence = last + 1;
        }
        assert_eq!(plan.next_sequence, next_sequence);
        for header in plan.replays() {
            let sealed = self.history.get(index(header.sequence)).copied().flatten();
            let is_true = sealed.is_some_and(|sealed| sealed.header == *header);
            assert!(is_true, "replays what was replaced: {header:?} in {plan:?}");
        }
        let sealed = self.history.iter().flatten();
        let kept = sealed.clone().filter(|sealed| sealed.header.sequence >= self.start.sequence);
        kept.for_each(|sealed| self.check_frame(plan, sealed));
        let was_lost = self.history[index(self.start.sequence)..].contains(&None);
        let is_rotten = was_lost || sealed.clone().any(|sealed| sealed.is_rotten);
        assert!(is_rotten || !plan.has_rot(), "takes a torn tail for rot: {plan:?}");
        let position = plan.next_place.map_or(0, |place| place.position as usize);
        assert!(position.is_multiple_of(BLOCK_BYTES) && position < JOURNAL_CHUNK_BYTES);
    }

    fn check_frame(&self, plan: &Plan, sealed: &Sealed) {
        let sequence = sealed.header.sequence;
        let is_replayed = plan.replays().any(|header| header.sequence == sequence);
        if !sealed.is_acknowledged {
            return;
        }
        if sequence < plan.next_sequence {
            // Between first and next every sequence has its step, so what is not replayed is rot.
            assert!(is_replayed || sealed.is_rotten, "fails {sequence} closed: {plan:?}");
            return;
        }
        // The one residual case: rot, and no frame that was sealed after the acknowledgement is
        // left to prove it.
        let history = self.history[..=index(sequence)].iter().flatten();
        let rotten = history.filter(|sealed| sealed.is_rotten).map(|sealed| sealed.header.sequence);
        let proofs = self.sightings().into_iter().map(|sighting| sighting.header.synced_upto);
        let proof = proofs.fold(self.start.synced_upto, u64::max);
        let is_residual = rotten.into_iter().any(|rotten| rotten >= proof);
        assert!(is_residual && plan.next_sequence >= proof, "loses {sequence}: {plan:?}");
        assert_ne!(plan.verdict, Verdict::RotEnd);
    }
}

impl PartialEq for Sealed {
    fn eq(&self, other: &Self) -> bool {
        self.header == other.header
    }
}

fn index(sequence: u64) -> usize {
    usize::try_from(sequence).expect("short histories")
}
