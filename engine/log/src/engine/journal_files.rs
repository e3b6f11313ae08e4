//! The files of a journal at an opening: whether they are all there, and what lies in them.

use crate::checkpoint::Checkpoint;
use crate::error::{LogError, Result};
use crate::journal::chunks;
use crate::journal::entry::EntryFaultKind;
use crate::journal::frame::{FrameFault, Place};
use crate::journal::plan::Plan;
use crate::journal::survey::{Sighting, check_owner, survey_from};
use crate::stored_options::OptionsFault;
use millstream_base::Position;
use millstream_base::limits::{JOURNAL_CHUNK_BYTES, REGION_BYTES};
use millstream_io::{Buffer, File, Io, OpenOptions};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

/// Chunk files by their numbers, each with its length.
pub(super) type ChunkFiles = BTreeMap<u32, (File, u64)>;

/// Regions that are read at once.
const READS_IN_FLIGHT_MAX: usize = 4;

/// Opens the chunks of a journal; refuses if some are missing.
pub(super) async fn open_chunks(
    io: &Io,
    path: &Path,
    checkpoint: &Checkpoint,
) -> Result<ChunkFiles> {
    let journal = path.join("journal");
    let mut files = BTreeMap::new();
    for entry in io.list_directory(&journal).await? {
        let Some(chunk) = chunks::chunk_number(&entry.name) else { continue };
        let options = OpenOptions { create: false, ..OpenOptions::write_direct() };
        let file = io.open(&journal.join(&entry.name), options).await?;
        files.insert(chunk, (file, entry.length_bytes));
    }
    let lengths = files.iter().map(|(chunk, (_, length_bytes))| (*chunk, *length_bytes)).collect();
    match chunks::find_missing(&lengths, checkpoint.journal.place.chunk) {
        None => Ok(files),
        Some((chunk, reason)) => {
            Err(LogError::NotALog { path: chunks::chunk_path(&journal, chunk), reason })
        }
    }
}

/// Looks through all chunks for frames, region by region, since each frame lies within one. Some
/// are read while one is looked through.
pub(super) async fn survey_all(
    io: &Io,
    files: &ChunkFiles,
    checkpoint: &Checkpoint,
    path: &Path,
) -> Result<Vec<Sighting>> {
    let mut waiting = files.iter().flat_map(|(chunk, (file, length_bytes))| {
        let end = (*length_bytes).min(JOURNAL_CHUNK_BYTES as u64);
        (0..end).step_by(REGION_BYTES).map(move |position| (*chunk, file, position))
    });
    let mut reads = VecDeque::new();
    let mut spares: Vec<Buffer> = Vec::new();
    let mut survey = Survey { checkpoint, sightings: Vec::new(), chunk: None };
    loop {
        while reads.len() < READS_IN_FLIGHT_MAX {
            let Some((chunk, file, position)) = waiting.next() else { break };
            let buffer = spares.pop().unwrap_or_else(|| survey_buffer(io));
            let reading = file.read_at(buffer, Position::new(position));
            reads.push_back((chunk, file, position, reading));
        }
        let Some((chunk, file, position, reading)) = reads.pop_front() else { break };
        let (mut result, mut buffer) = reading.await;
        if result.is_err() {
            // One retry (F9): nothing of a journal can be given up as long as it may be read.
            (result, buffer) = file.read_at(buffer, Position::new(position)).await;
        }
        let found = survey.add(chunk, position, &buffer[..result?]);
        found.map_err(|(chunk, fault)| refuse(path, chunk, &fault))?;
        spares.push(buffer);
    }
    survey.end_chunk().map_err(|(chunk, fault)| refuse(path, chunk, &fault))?;
    drop(spares);
    io.buffers().shrink();
    Ok(survey.sightings)
}

/// From the pool if it has any: its memory comes in large pages, which are taken at once.
fn survey_buffer(io: &Io) -> Buffer {
    io.buffers().region().unwrap_or_else(|_| Buffer::unpooled(REGION_BYTES))
}

/// Refuses a journal that would have to be replayed through an entry that cannot be read. Asked
/// before anything is written. Entries of frames that are passed over do not count: they are old.
pub(super) fn check_entries(sightings: &[Sighting], plan: &Plan, path: &Path) -> Result<()> {
    for Sighting { header, unreadable, .. } in sightings {
        let Some(fault) = unreadable else { continue };
        if !plan.replays().any(|replayed| replayed == header) {
            continue;
        }
        let path = chunks::chunk_path(&path.join("journal"), header.place.chunk);
        let what = match fault.kind {
            EntryFaultKind::UnknownKind { .. } => "an entry",
            EntryFaultKind::Options(OptionsFault::Newer { .. }) => "options of a partition",
            _ => {
                let reason = "a frame with a right checksum holds entries that nobody writes";
                return Err(LogError::NotALog { path, reason });
            }
        };
        return Err(LogError::NewerContent { path, what });
    }
    Ok(())
}

fn refuse(path: &Path, chunk: u32, fault: &FrameFault) -> LogError {
    let path = chunks::chunk_path(&path.join("journal"), chunk);
    match fault {
        FrameFault::Newer { version } => LogError::NewerFormat { path, version: *version },
        _ => LogError::NotALog {
            path,
            reason: "the chunk belongs to another log or place; restore the right one",
        },
    }
}

struct Survey<'s> {
    checkpoint: &'s Checkpoint,
    sightings: Vec<Sighting>,
    chunk: Option<Beginning>,
}

/// The beginning of the chunk that is being looked through.
struct Beginning {
    chunk: u32,
    /// Sightings in the chunks before.
    sighting_count: usize,
    /// Whose its first block is.
    owner: std::result::Result<(), FrameFault>,
}

impl Survey<'_> {
    /// Looks through one region. Those of a chunk come one after the other.
    fn add(
        &mut self,
        chunk: u32,
        position: u64,
        bytes: &[u8],
    ) -> std::result::Result<(), (u32, FrameFault)> {
        let Checkpoint { log_id, shard, .. } = *self.checkpoint;
        if position == 0 {
            self.end_chunk()?;
            let owner = check_owner(chunk, bytes, log_id, shard);
            let sighting_count = self.sightings.len();
            self.chunk = Some(Beginning { chunk, sighting_count, owner });
        }
        let position = u32::try_from(position).expect("a chunk is short");
        let found = survey_from(Place { chunk, position }, bytes, log_id, shard);
        self.sightings.extend(found.map_err(|fault| (chunk, fault))?);
        Ok(())
    }

    /// A chunk without any frame of ours is not ours if its beginning is somebody else's.
    fn end_chunk(&mut self) -> std::result::Result<(), (u32, FrameFault)> {
        match self.chunk.take() {
            Some(it) if it.sighting_count == self.sightings.len() => {
                it.owner.map_err(|fault| (it.chunk, fault))
            }
            _ => Ok(()),
        }
    }
}
