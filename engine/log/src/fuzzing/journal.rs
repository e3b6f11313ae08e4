//! Frames, entries, survey and plan.

use super::script::Script;
use crate::cursor::Writer;
use crate::identity::LogId;
use crate::journal::frame::{FRAME_HEADER_BYTES, FrameHash, FrameHeader, Place, frame_bytes};
use crate::journal::plan::{JournalStart, Plan, Step, Verdict, plan};
use crate::journal::survey::{Sighting, survey};
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{ShardId, crc};

const LOG_ID: LogId = LogId([0x11; 16]);
const SHARD: ShardId = ShardId::new(2);
const CHUNK: u32 = 3;
const CHUNK_BYTES: usize = 16 * BLOCK_BYTES;
const CRC: usize = FRAME_HEADER_BYTES - 4;

/// The input as a frame, with its checksum and without; then as a journal that was written, torn
/// and damaged, which is surveyed and planned.
pub fn journal(data: &[u8]) {
    there_and_back(data);
    let mut script = Script::new(data);
    let start = JournalStart {
        place: Place { chunk: CHUNK, position: 0 },
        sequence: script.number(),
        previous_hash: FrameHash::new(script.number()),
        synced_upto: script.number(),
        epoch: 1 + u32::from(script.byte() % 4),
        epoch_start: script.number(),
    };
    let chunk = make_chunk(&mut script, start.previous_hash);
    let Ok(sightings) = survey(CHUNK, &chunk, LOG_ID, SHARD) else { return };
    check_sightings(&chunk, &sightings);
    if start.find_malformed().is_some() {
        return;
    }
    let found = plan(&start, &sightings);
    let mut reversed = sightings.clone();
    reversed.reverse();
    assert_eq!(plan(&start, &reversed), found, "the order of the chunks means nothing");
    check_plan(&start, &sightings, &found);
    check_cut(found, script.below(256));
}

/// What is read is written the same.
fn there_and_back(data: &[u8]) {
    let mut sealed = data.to_vec();
    seal(&mut sealed);
    for bytes in [data, &sealed] {
        let Ok(header) = FrameHeader::decode(bytes) else { continue };
        let mut again = [0; FRAME_HEADER_BYTES];
        header.encode(&mut again);
        assert_eq!(again, bytes[..FRAME_HEADER_BYTES]);
    }
    // Entries without the luck of a checksum: all that follows eight bytes.
    let Some((front, payload)) = data.split_at_checked(8) else { return };
    let header = FrameHeader {
        payload_bytes: u32::try_from(payload.len()).unwrap_or(0),
        entry_count: u32::from(front[0] % 16),
        payload_crc: crc::crc32c(payload),
        ..blank_header()
    };
    let Ok(payload) = header.check_payload(payload) else { return };
    let mut entries = payload.entries();
    while let Some(entry) = entries.next() {
        let Ok(entry) = entry else { continue };
        let mut again = vec![0xee; entry.body_bytes() + 64];
        let entry_bytes = entry.encode(&mut again);
        let begin = entries.position().start - 16;
        assert_eq!(again[..entry_bytes], payload.bytes()[begin..begin + entry_bytes]);
        assert!(!format!("{entry:?}").is_empty());
    }
    assert!(entries.next().is_none(), "nothing follows the end");
}

fn seal(bytes: &mut [u8]) {
    let Some(header) = bytes.first_chunk_mut::<FRAME_HEADER_BYTES>() else { return };
    let mut writer = Writer::new(header);
    writer.bytes(b"MSTFRAME").u16(1);
    let sum = crc::crc32c(&header[..CRC]);
    header[CRC..].copy_from_slice(&sum.to_le_bytes());
}

fn blank_header() -> FrameHeader {
    FrameHeader {
        log_id: LOG_ID,
        shard: SHARD,
        epoch: 1,
        epoch_start: 0,
        sequence: 0,
        place: Place { chunk: CHUNK, position: 0 },
        frame_bytes: 4096,
        payload_bytes: 0,
        entry_count: 0,
        payload_crc: 0,
        previous_hash: FrameHash::NONE,
        synced_upto: 0,
        wall_time: millstream_base::Timestamp::NONE,
    }
}

/// Writes what the script says: frames over frames, most of them naming an earlier one, some with
/// fields that nobody writes, some damaged.
fn make_chunk(script: &mut Script<'_>, first_hash: FrameHash) -> Vec<u8> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut hashes = vec![first_hash];
    while !script.is_over() {
        let at = script.below(CHUNK_BYTES / BLOCK_BYTES) * BLOCK_BYTES;
        let previous = hashes[script.below(hashes.len().min(256))];
        let frame = make_frame(script, at, previous);
        let end = (at + frame.len()).min(CHUNK_BYTES);
        chunk[at..end].copy_from_slice(&frame[..end - at]);
        if let Ok(header) = FrameHeader::decode(&frame) {
            hashes.push(header.hash());
        }
        if script.byte() >= 224 {
            let damaged = at + script.below(4) * BLOCK_BYTES + script.below(256);
            chunk[damaged % CHUNK_BYTES] ^= script.byte() | 1;
        }
    }
    chunk
}

fn make_frame(script: &mut Script<'_>, at: usize, previous: FrameHash) -> Vec<u8> {
    let epoch = script.byte() % 5;
    let (sequence, mut synced_upto, mut epoch_start) =
        (script.number(), script.number(), script.number());
    // Mostly as a writer has them, or nearly no frame would be seen.
    if script.byte() < 240 {
        synced_upto = synced_upto.min(sequence);
        epoch_start = epoch_start.min(synced_upto);
    }
    let payload_bytes = script.below(256) * 20;
    let payload = script.bytes(payload_bytes.min(64));
    let mut frame = vec![0; frame_bytes(payload_bytes)];
    frame[FRAME_HEADER_BYTES..][..payload.len()].copy_from_slice(payload);
    let sum = crc::crc32c(&frame[FRAME_HEADER_BYTES..][..payload_bytes]);
    let size = |bytes: usize| u32::try_from(bytes).expect("a short chunk");
    let frame_size = size(frame.len());
    let mut writer = Writer::new(&mut frame);
    writer.bytes(b"MSTFRAME").u16(1).u16(SHARD.get()).u32(u32::from(epoch));
    writer.bytes(&LOG_ID.0).u32(CHUNK).u32(size(at)).u32(frame_size);
    writer.u32(size(payload_bytes)).u32(0).u32(sum);
    writer.u64(sequence).u64(epoch_start).u64(synced_upto).u64(previous.get());
    seal(&mut frame);
    frame
}

fn check_sightings(chunk: &[u8], sightings: &[Sighting]) {
    let position = |sighting: &Sighting| sighting.header.place.position as usize;
    assert!(sightings.is_sorted_by(|left, right| position(left) < position(right)));
    for sighting in sightings {
        let bytes = &chunk[position(sighting)..];
        let place = sighting.header.place;
        assert_eq!(FrameHeader::decode_at(bytes, LOG_ID, SHARD, place), Ok(sighting.header));
        let payload = sighting.header.check_payload(&bytes[FRAME_HEADER_BYTES..]);
        assert_eq!(payload.map(|_| ()), sighting.payload);
    }
}

/// What holds for any journal, also one that no writer could have left.
fn check_plan(start: &JournalStart, sightings: &[Sighting], plan: &Plan) {
    let mut next_sequence = start.sequence;
    let mut must_name = Some(start.previous_hash);
    for step in &plan.steps {
        let (first, last) = match step {
            Step::Replay(header) => {
                let is_whole = |found: &Sighting| found.header == *header && found.payload.is_ok();
                assert!(sightings.iter().any(is_whole), "only whole frames are replayed");
                let is_named = must_name.is_none_or(|hash| hash == header.previous_hash);
                assert!(is_named, "frames follow each other");
                must_name = Some(header.hash());
                (header.sequence, header.sequence)
            }
            Step::Rot { first_sequence, last_sequence, header, .. } => {
                assert!(*last_sequence < plan.proven_synced, "only what was synced is rot");
                must_name = header.map(|header| header.hash());
                (*first_sequence, *last_sequence)
            }
        };
        assert!(first == next_sequence && last >= first, "steps follow each other");
        next_sequence = last + 1;
    }
    assert_eq!(plan.next_sequence, next_sequence);
    assert!(plan.next_sequence >= plan.proven_synced, "what was synced is never cut off");
    let is_newer = |sighting: &Sighting| sighting.header.epoch < plan.next_epoch;
    assert!(sightings.iter().all(is_newer) && start.epoch < plan.next_epoch);
    let single = plan.steps.iter().filter(|step| step.header().is_some()).count();
    let passed_over = plan.passed_over;
    let sum = passed_over.recycled_count + passed_over.replaced_count;
    let sum = sum + passed_over.disowned_count + passed_over.unproven_count;
    assert_eq!(single + sum, sightings.len(), "each frame is in a step or passed over");
}

fn check_cut(mut plan: Plan, choice: usize) {
    let is_free = |header: &&FrameHeader| header.sequence >= plan.proven_synced;
    let unproven: Vec<_> = plan.replays().filter(is_free).map(|header| header.sequence).collect();
    let Some(sequence) = unproven.get(choice) else { return };
    plan.cut(*sequence);
    assert_eq!((plan.next_sequence, plan.verdict), (*sequence, Verdict::TornRun));
    assert!(plan.replays().all(|header| header.sequence < *sequence));
}

impl Step {
    /// The frame that the step is about, if it is about one.
    fn header(&self) -> Option<&FrameHeader> {
        match self {
            Self::Replay(header) => Some(header),
            Self::Rot { header, .. } => header.as_ref(),
        }
    }
}
