//! What lies in a chunk: every frame that can be told, whatever lies between them.

use crate::identity::LogId;
use crate::journal::entry::EntryFault;
use crate::journal::frame::{FRAME_HEADER_BYTES, FrameFault, FrameHeader, Place};
use millstream_base::ShardId;
use millstream_base::limits::{BLOCK_BYTES, JOURNAL_CHUNK_BYTES};

/// A frame whose header was found right, at the place that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The header.
    pub header: FrameHeader,
    /// Whether its payload is what the header vouches for, and if not, why.
    pub payload: Result<(), FrameFault>,
    /// The first entry that this program cannot read, where the payload's checksum is right: then
    /// it is no rot, and was meant.
    pub unreadable: Option<EntryFault>,
}

/// Finds all frames of `shard` in the bytes of one chunk file, in the order of their positions.
///
/// Every block may begin a frame. Behind a whole frame the search goes on at its end, since its
/// payload is known and holds what clients sent; behind any other header it goes on at the next
/// block, since a frame that was torn, or a length that lies, must hide nothing.
///
/// A chunk file may be shorter than a chunk; what is beyond a chunk's length is not looked at.
///
/// # Errors
/// [`FrameFault::Newer`] if a frame of a newer version lies at its place: this program cannot tell
/// what it means, and must not write.
pub fn survey(
    chunk: u32,
    bytes: &[u8],
    log_id: LogId,
    shard: ShardId,
) -> Result<Vec<Sighting>, FrameFault> {
    let bytes = &bytes[..bytes.len().min(JOURNAL_CHUNK_BYTES)];
    survey_from(Place { chunk, position: 0 }, bytes, log_id, shard)
}

/// As [`survey`], for the bytes of a chunk from `start` on, which begins a region: each frame lies
/// within one.
pub(crate) fn survey_from(
    start: Place,
    bytes: &[u8],
    log_id: LogId,
    shard: ShardId,
) -> Result<Vec<Sighting>, FrameFault> {
    let mut sightings = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let position = start.position + u32::try_from(at).expect("a chunk is short");
        let place = Place { position, ..start };
        let sighting = sight(&bytes[at..], log_id, shard, place)?;
        sightings.extend(sighting);
        let whole = sighting.filter(|sighting| sighting.payload.is_ok());
        at += whole.map_or(BLOCK_BYTES, |whole| whole.header.frame_bytes as usize);
    }
    Ok(sightings)
}

/// Whether the first block of a chunk file belongs to this journal, or to none.
///
/// Each chunk begins with a frame once it is used. One frame that lies where it should not may be
/// the disk's doing, and costs that frame. But where nothing of ours is behind it, the whole file
/// is in the wrong place, and what should be there was perhaps acknowledged.
///
/// # Errors
/// [`FrameFault::Foreign`] and [`FrameFault::Misplaced`].
pub(crate) fn check_owner(
    chunk: u32,
    bytes: &[u8],
    log_id: LogId,
    shard: ShardId,
) -> Result<(), FrameFault> {
    match FrameHeader::decode_at(bytes, log_id, shard, Place { chunk, position: 0 }) {
        Err(fault @ (FrameFault::Foreign { .. } | FrameFault::Misplaced { .. })) => Err(fault),
        _ => Ok(()),
    }
}

fn sight(
    bytes: &[u8],
    log_id: LogId,
    shard: ShardId,
    place: Place,
) -> Result<Option<Sighting>, FrameFault> {
    let header = match FrameHeader::decode_at(bytes, log_id, shard, place) {
        Ok(header) => header,
        Err(newer @ FrameFault::Newer { .. }) => return Err(newer),
        Err(_) => return Ok(None),
    };
    let payload = header.check_payload(&bytes[FRAME_HEADER_BYTES..]);
    let unreadable = payload.ok().and_then(|payload| payload.entries().find_map(Result::err));
    Ok(Some(Sighting { header, payload: payload.map(|_| ()), unreadable }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::frame::{FrameHash, frame_bytes};
    use millstream_base::{Random, Timestamp, crc};

    const LOG_ID: LogId = LogId([7; 16]);
    const SHARD: ShardId = ShardId::new(1);
    const CHUNK: u32 = 9;

    /// Puts a frame with `payload` at `position`, over what was there.
    fn put(chunk: &mut [u8], position: usize, sequence: u64, payload: &[u8]) {
        let header = FrameHeader {
            log_id: LOG_ID,
            shard: SHARD,
            epoch: 1,
            epoch_start: 0,
            sequence,
            place: Place { chunk: CHUNK, position: u32::try_from(position).expect("short") },
            frame_bytes: u32::try_from(frame_bytes(payload.len())).expect("short"),
            payload_bytes: u32::try_from(payload.len()).expect("short"),
            entry_count: 0,
            payload_crc: crc::crc32c(payload),
            previous_hash: FrameHash::NONE,
            synced_upto: 0,
            wall_time: Timestamp::NONE,
        };
        header.encode(&mut chunk[position..]);
        chunk[position + FRAME_HEADER_BYTES..][..payload.len()].copy_from_slice(payload);
    }

    fn seen(chunk: &[u8]) -> Vec<(u64, bool)> {
        let sightings = survey(CHUNK, chunk, LOG_ID, SHARD).expect("nothing newer");
        sightings.iter().map(|found| (found.header.sequence, found.payload.is_ok())).collect()
    }

    fn chunk() -> Vec<u8> {
        let mut chunk = vec![0; 64 * BLOCK_BYTES];
        let mut payload = vec![0; 10_000];
        Random::new(5).fill(&mut payload);
        put(&mut chunk, 0, 10, &payload);
        put(&mut chunk, 3 * BLOCK_BYTES, 11, b"short");
        put(&mut chunk, 20 * BLOCK_BYTES, 12, &payload[..4000]);
        chunk
    }

    #[test]
    fn frames_are_found_across_gaps() {
        assert_eq!(seen(&chunk()), [(10, true), (11, true), (12, true)]);
        assert_eq!(seen(&[]), []);
        assert_eq!(seen(&vec![0; JOURNAL_CHUNK_BYTES + BLOCK_BYTES]), []);
    }

    #[test]
    fn behind_a_torn_frame_every_block_is_looked_at() {
        let mut chunk = chunk();
        chunk[BLOCK_BYTES + 77] ^= 1;
        put(&mut chunk, 2 * BLOCK_BYTES, 3, b"an older frame inside of it");
        assert_eq!(seen(&chunk), [(10, false), (3, true), (11, true), (12, true)]);
    }

    #[test]
    fn a_whole_frame_hides_what_its_payload_holds() {
        let mut chunk = chunk();
        let mut inner = vec![0; 2 * BLOCK_BYTES];
        // As a client might send it: a frame, at the very place that it names.
        put(&mut chunk, BLOCK_BYTES, 99, b"inner");
        inner.copy_from_slice(&chunk[FRAME_HEADER_BYTES..][..2 * BLOCK_BYTES]);
        put(&mut chunk, 0, 10, &inner);
        assert_eq!(seen(&chunk), [(10, true), (11, true), (12, true)]);
    }

    #[test]
    fn a_chunk_cut_short_shows_what_is_left() {
        let chunk = chunk();
        assert_eq!(seen(&chunk[..BLOCK_BYTES]), [(10, false)]);
        assert_eq!(seen(&chunk[..3 * BLOCK_BYTES + 100]), [(10, true)]);
        assert_eq!(seen(&chunk[..3 * BLOCK_BYTES + 133]), [(10, true), (11, true)]);
        assert_eq!(seen(&chunk[..127]), []);
    }

    #[test]
    fn frames_of_other_places_shards_and_logs_are_not_seen() {
        let chunk = chunk();
        assert_eq!(survey(CHUNK + 1, &chunk, LOG_ID, SHARD), Ok(vec![]));
        assert_eq!(survey(CHUNK, &chunk, LogId([8; 16]), SHARD), Ok(vec![]));
        assert_eq!(survey(CHUNK, &chunk, LOG_ID, ShardId::new(2)), Ok(vec![]));
        assert_eq!(seen(&chunk[3 * BLOCK_BYTES..]), [], "a block later, all are misplaced");
    }

    #[test]
    fn a_newer_frame_refuses_the_chunk() {
        let mut chunk = chunk();
        let frame = &mut chunk[20 * BLOCK_BYTES..][..FRAME_HEADER_BYTES];
        frame[8] = 2;
        assert_eq!(seen(&chunk), [(10, true), (11, true)], "rot in the version is rot");
        let frame = &mut chunk[20 * BLOCK_BYTES..][..FRAME_HEADER_BYTES];
        let sum = crc::crc32c(&frame[..124]);
        frame[124..].copy_from_slice(&sum.to_le_bytes());
        let newer = FrameFault::Newer { version: 2 };
        assert_eq!(survey(CHUNK, &chunk, LOG_ID, SHARD), Err(newer));
    }
}
