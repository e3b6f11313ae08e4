//! Making a segment's index again from its batches.
//!
//! Only offsets and the batches' own checksums lead the way, and neither knows the partition. So a
//! walk must stay within what a checkpoint says the segment holds, and between two writes the file
//! must hold nothing that could be taken for the next batch: see `docs/formats/segment.md`.

use super::index::{IndexEntry, IndexOwner, stretch_crc};
use super::span::OWN_BATCHES;
use crate::run::STRETCH_BYTES;
use core::ops::Range;
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, Position, Timestamp};
use millstream_batch::header::MAGIC;
use millstream_batch::{CheckedBatch, HEADER_BYTES, HeaderView, check};

/// What a walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// The stretches, in order.
    pub entries: Vec<IndexEntry>,
    /// The offset behind them.
    pub next_offset: Offset,
    /// Why it went no further.
    pub end: WalkEnd,
}

/// Why a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalkEnd {
    /// All offsets were found.
    Complete,
    /// Nothing in the bytes looks like the next batch.
    Exhausted,
    /// The next batch begins at this position, or may, and goes on behind the bytes.
    Cut(Position),
    /// At this position lies what says that it is the next batch, and is damaged. What follows is
    /// not looked at: a client may have put anything inside of it, also batches.
    Damaged(Position),
}

/// Follows the batches in `bytes`, which were read at `from` in the segment file of `owner`, from
/// the one that begins `offsets` to the one that ends them. Where no batch says that it is the next
/// one, the search goes on at the next block, since every write begins a block.
///
/// The end of `offsets` must be what a checkpoint knows: right behind it may lie what a truncation
/// has cut off.
#[must_use]
pub fn walk(owner: &IndexOwner, from: Position, bytes: &[u8], offsets: Range<Offset>) -> Walk {
    let mut entries = Vec::new();
    let mut stretch = Stretch::begin(0, offsets.start);
    let end = loop {
        let found = find_next(&bytes[stretch.end..], stretch.next_offset..offsets.end);
        if let Found::Batch(batch) = &found {
            stretch.push(batch);
        }
        let is_closed = !matches!(found, Found::Batch(_)) || stretch.len() >= STRETCH_BYTES;
        if is_closed && stretch.len() > 0 {
            entries.push(stretch.entry(owner, from, bytes));
            stretch = Stretch::begin(stretch.end, stretch.next_offset);
        }
        match found {
            Found::Batch(_) => {}
            Found::Complete => break WalkEnd::Complete,
            Found::Cut => break WalkEnd::Cut(place(from, stretch.end)),
            Found::Damaged => break WalkEnd::Damaged(place(from, stretch.end)),
            Found::Other => match next_block(from, stretch.end).filter(|at| *at < bytes.len()) {
                Some(at) => stretch = Stretch::begin(at, stretch.next_offset),
                None => break WalkEnd::Exhausted,
            },
        }
    };
    Walk { entries, next_offset: stretch.next_offset, end }
}

enum Found<'a> {
    Batch(CheckedBatch<'a>),
    Complete,
    Cut,
    Damaged,
    Other,
}

/// What lies at the front of `bytes`, if it says that it begins `offsets`.
fn find_next(bytes: &[u8], offsets: Range<Offset>) -> Found<'_> {
    let Range { start: expected, end } = offsets;
    if expected >= end {
        return Found::Complete;
    }
    let Ok(header) = HeaderView::new(bytes) else {
        let front = &bytes[..bytes.len().min(size_of::<i64>())];
        let may_be_next = !front.is_empty() && expected.get().to_be_bytes().starts_with(front);
        return if may_be_next { Found::Cut } else { Found::Other };
    };
    if header.magic() != MAGIC || header.base_offset() != expected {
        return Found::Other;
    }
    let Ok(batch_bytes) = header.batch_bytes() else { return Found::Damaged };
    if batch_bytes > OWN_BATCHES.batch_bytes_max {
        return Found::Damaged;
    }
    match bytes.get(..batch_bytes).map(|batch| check(batch, OWN_BATCHES)) {
        None => Found::Cut,
        Some(Err(_)) => Found::Damaged,
        // A truncation cuts between two batches, so one that reaches over the end is none of ours.
        Some(Ok(batch)) if batch.next_offset() > end => Found::Damaged,
        Some(Ok(batch)) => Found::Batch(batch),
    }
}

/// Batches one behind the other, at indexes into the bytes that are walked through.
struct Stretch {
    start: usize,
    end: usize,
    first_offset: Offset,
    next_offset: Offset,
    max_timestamp: Timestamp,
}

impl Stretch {
    fn begin(at: usize, offset: Offset) -> Self {
        let max_timestamp = Timestamp::new(i64::MIN);
        Self { start: at, end: at, first_offset: offset, next_offset: offset, max_timestamp }
    }

    fn len(&self) -> usize {
        self.end - self.start
    }

    fn push(&mut self, batch: &CheckedBatch<'_>) {
        assert_eq!(batch.base_offset(), self.next_offset, "batches follow each other");
        self.end += batch.bytes().len();
        self.next_offset = batch.next_offset();
        self.max_timestamp = self.max_timestamp.max(batch.max_timestamp());
    }

    fn entry(&self, owner: &IndexOwner, from: Position, bytes: &[u8]) -> IndexEntry {
        let position = place(from, self.start);
        let stretch = &bytes[self.start..self.end];
        IndexEntry {
            first_offset: self.first_offset,
            next_offset: self.next_offset,
            position,
            length_bytes: u32::try_from(stretch.len()).expect("some batches, each below 64 MiB"),
            max_timestamp: self.max_timestamp,
            crc: stretch_crc(owner.partition, owner.segment, position, stretch),
        }
    }
}

fn place(from: Position, at: usize) -> Position {
    from.checked_add(at as u64).expect("a file is shorter than 2^64 bytes")
}

/// The index of the first block behind the byte at `at`.
fn next_block(from: Position, at: usize) -> Option<usize> {
    let position = place(from, at).get().checked_add(1)?;
    let block = position.checked_next_multiple_of(BLOCK_BYTES as u64)?;
    usize::try_from(block - from.get()).ok()
}

const _: () = assert!(HEADER_BYTES < BLOCK_BYTES, "a header is within two blocks");

#[cfg(test)]
#[path = "walk_test.rs"]
mod walk_test;
