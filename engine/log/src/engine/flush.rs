//! The flusher: seals frames at the tick and keeps a few durable writes in flight.

use super::Inner;
use crate::flaw::{self, Flaw};
use crate::journal::entry::Entry;
use crate::journal::frame::{FRAME_HEADER_BYTES, FrameHeader, Place};
use crate::journal::ledger::{Flight, FrameRecord};
use crate::journal::staging::Frame;
use crate::partition::room_bytes;
use crate::run::SealedRun;
use millstream_base::limits::{BLOCK_BYTES, REGION_BYTES};
use millstream_base::{Offset, PartitionId, Position};
use millstream_io::{Durability, File, IoError, Priority, Slice};
use std::rc::Rc;

/// A frame is written beside another one only if so much is waiting: the transfer of it is worth
/// overlapping. Two small writes at once only queue at the disk's one flush, and what is staged
/// meanwhile misses both.
const OVERLAPPED_BYTES_MIN: usize = 64 << 10;
/// From here on what waits goes beside more than one other: the disk is behind then, and has more
/// done in a moment the more it is given.
const DEEP_BYTES_MIN: usize = 512 << 10;

/// Runs until the engine closes or is poisoned.
pub(crate) async fn run(inner: Rc<Inner>) {
    loop {
        let is_over = inner.work.until(|| inner.wants_flush()).await;
        if is_over {
            break;
        }
        // Everybody who has something to append in this tick goes first: one write for all.
        inner.io.tick_end().await;
        while inner.is_gathering() {
            inner.io.next_tick().await;
            inner.io.tick_end().await;
        }
        if let Err(error) = flush_next(&inner).await {
            inner.poison(error);
        }
    }
    inner.room.notify();
}

impl Inner {
    /// Whether a frame can be written now (`false`), or never again (`true`).
    fn wants_flush(&self) -> Option<bool> {
        let state = self.state.borrow();
        if state.fault.is_some() || (state.is_closing && state.staging.is_empty()) {
            return Some(true);
        }
        let in_flight_count = state.ledger.in_flight_count();
        let staged_bytes = state.staging.staged_bytes();
        let is_worth_it = staged_bytes >= OVERLAPPED_BYTES_MIN;
        let is_much = staged_bytes >= DEEP_BYTES_MIN || state.staging.has_full_frame();
        let has_slot = in_flight_count == 0
            || (in_flight_count < self.options.flush_depth_max as u64 && is_worth_it)
            || (in_flight_count < self.options.flush_depth_full_max as u64 && is_much);
        (has_slot && !state.staging.is_empty()).then_some(false)
    }
}

impl Inner {
    /// Takes the next frame to be sealed. Until it is, whoever waits for it waits in the state.
    fn take_frame(&self) -> Option<Frame> {
        let mut state = self.state.borrow_mut();
        let mut frame = state.staging.take()?;
        assert!(state.sealing_waiters.is_empty(), "one frame is sealed at a time");
        state.sealing_waiters = std::mem::take(&mut frame.waiters);
        Some(frame)
    }
}

/// A sealed frame and where everything goes.
struct Sealed {
    sequence: u64,
    place: Place,
    journal: File,
    bytes: Slice,
    runs: Vec<(SealedRun, File)>,
}

async fn flush_next(inner: &Rc<Inner>) -> std::result::Result<(), IoError> {
    let Some(frame) = inner.take_frame() else { return Ok(()) };
    let mut run_files = Vec::with_capacity(frame.runs.len());
    for run in &frame.runs {
        let room = run.position..run.position + room_bytes(run.filled_bytes);
        let file = inner.segment_for_run(run.partition, run.segment, room).await;
        run_files.push(file.map_err(io_cause)?);
    }
    let placed = || {
        let mut state = inner.state.borrow_mut();
        match state.fault {
            Some(_) => Some(None),
            None => state.chunks.place(frame.region_position, frame.sequence).map(Some),
        }
    };
    let place = inner.work.until(placed).await;
    let Some((place, journal)) = place else { return Ok(()) };
    let sealed = inner.seal(frame, place, journal, run_files);
    submit(inner, sealed);
    Ok(())
}

/// The part of a fault that poisons: what the disk said.
fn io_cause(error: crate::LogError) -> IoError {
    match error {
        crate::LogError::Io(cause) | crate::LogError::Poisoned(cause) => (*cause).clone(),
        _ => IoError::Closed,
    }
}

impl Inner {
    /// Fixes a frame: run entries, header, hash chain. Its bytes never change again.
    fn seal(&self, mut frame: Frame, place: Place, journal: File, files: Vec<File>) -> Sealed {
        let mut state = self.state.borrow_mut();
        let sequence = frame.sequence;
        let mut items = Vec::new();
        let mut runs = Vec::with_capacity(files.len());
        let mut run_bytes = 0;
        for (run, file) in std::mem::take(&mut frame.runs).into_iter().zip(files) {
            let sealed = run.seal();
            for place in &sealed.places {
                frame.push_entry(&Entry::Run { partition: sealed.partition, run: *place });
            }
            items.extend(sealed.items(sequence).map(|item| (sealed.partition, item)));
            run_bytes += sealed.bytes.len() as u64;
            runs.push((sealed, file));
        }
        let frame_bytes = frame.filled_bytes.next_multiple_of(BLOCK_BYTES);
        frame.buffer[frame.filled_bytes..frame_bytes].fill(0);
        // Whoever asks from now on waits for a later frame, and need not wake for this one.
        self.crowd.part();
        let header = self.header(&state, &frame, place, frame_bytes);
        header.encode(&mut frame.buffer[..FRAME_HEADER_BYTES]);
        let bytes = frame.buffer.split_to(frame_bytes).freeze();
        let rest_position = frame.region_position + frame_bytes;
        assert!(rest_position <= REGION_BYTES, "a frame lies within its region");
        state.staging.put_rest(frame.buffer, rest_position);
        let batch_count = frame.batches.len() + items.len();
        let mut touched: Vec<_> = frame.batches.iter().map(|batch| batch.partition).collect();
        touched.extend(items.iter().map(|(partition, _)| *partition));
        touched.dedup();
        let waiters = std::mem::take(&mut state.sealing_waiters);
        let record = FrameRecord {
            place,
            previous_hash: header.previous_hash,
            memory_bytes: frame_bytes as u64 + run_bytes,
            memory_before_bytes: 0,
            unsettled_count: u32::try_from(batch_count).expect("a frame's batches fit 2 MiB"),
            touched,
            flight: Some(Flight {
                is_written: false,
                bytes: bytes.clone(),
                batches: frame.batches,
                runs: items,
                waiters,
            }),
        };
        state.ledger.push(sequence, record, header.hash());
        state.counters.frames.add(1);
        state.counters.journal_bytes.add(frame_bytes as u64);
        state.counters.run_bytes.add(run_bytes);
        state.tail_demand.fade(frame_bytes as u64 + run_bytes);
        Sealed { sequence, place, journal, bytes, runs }
    }

    fn header(
        &self,
        state: &super::state::State,
        frame: &Frame,
        place: Place,
        frame_bytes: usize,
    ) -> FrameHeader {
        let payload = &frame.buffer[FRAME_HEADER_BYTES..frame.filled_bytes];
        let small = |bytes: usize| u32::try_from(bytes).expect("a frame is below 4 GiB");
        FrameHeader {
            log_id: self.log_id,
            shard: self.shard,
            epoch: self.epoch,
            epoch_start: self.epoch_start,
            sequence: frame.sequence,
            place,
            frame_bytes: small(frame_bytes),
            payload_bytes: small(payload.len()),
            entry_count: frame.entry_count,
            payload_crc: frame.payload_crc(),
            previous_hash: state.ledger.last_hash(),
            synced_upto: state.ledger.stable_sequence(),
            wall_time: self.io.wall_time(),
        }
    }
}

/// Hands the writes of a frame to the disk; a task of its own waits for them.
fn submit(inner: &Rc<Inner>, sealed: Sealed) {
    let Sealed { sequence, place, journal, bytes, runs } = sealed;
    let mut partitions: Vec<_> = runs.iter().map(|(run, _)| run.partition).collect();
    partitions.dedup();
    let position = Position::new(u64::from(place.position));
    let frame_write = journal.write_at(vec![bytes], position, durability(Flaw::FrameNotStable));
    let run_writes: Vec<_> = gather(runs)
        .into_iter()
        .map(|(start, file, slices)| file.write_at(slices, start, durability(Flaw::RunNotStable)))
        .collect();
    let (done, begun) = (Rc::clone(inner), inner.io.now());
    inner.read_window.frame_goes(begun);
    let task = inner.io.spawn(Priority::Foreground, async move {
        let outcome = async {
            // Runs are acknowledged without a checkpoint, so the names of their files must be
            // durable too.
            for partition in partitions {
                done.sync_new_names(partition).await.map_err(io_cause)?;
            }
            frame_write.await?;
            for write in run_writes {
                write.await?;
            }
            Ok(())
        };
        match outcome.await {
            Ok(()) => {
                let took = done.io.tick_time() - begun;
                done.state.borrow_mut().commits.record(took);
                done.frame_written(sequence);
            }
            Err(error) => done.poison(error),
        }
    });
    drop(task);
}

fn durability(flaw: Flaw) -> Durability {
    if flaw::is_on(flaw) { Durability::Written } else { Durability::Stable }
}

/// Runs that touch each other in one segment become one write.
fn gather(runs: Vec<(SealedRun, File)>) -> Vec<(Position, File, Vec<Slice>)> {
    let mut writes: Vec<GatheredRun> = Vec::new();
    for (run, file) in runs {
        let owner = (run.partition, run.segment);
        let end = run.position + run.bytes.len() as u64;
        let touched =
            writes.iter_mut().find(|write| (write.owner, write.end) == (owner, run.position));
        match touched {
            Some(write) => {
                write.slices.push(run.bytes);
                write.end = end;
            }
            None => {
                let start = Position::new(run.position);
                writes.push(GatheredRun { owner, start, end, file, slices: vec![run.bytes] });
            }
        }
    }
    writes.into_iter().map(|write| (write.start, write.file, write.slices)).collect()
}

struct GatheredRun {
    owner: (PartitionId, Offset),
    start: Position,
    end: u64,
    file: File,
    slices: Vec<Slice>,
}
