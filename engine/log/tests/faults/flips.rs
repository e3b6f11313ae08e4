//! A flipped bit anywhere in any file is detected before the bytes are used, or does no harm.

use crate::damage::Damage;
use crate::machine::{Machine, Trying, stride};
use millstream_base::Position;
use millstream_base::limits::BLOCK_BYTES;
use millstream_log::LogError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const SEED: u64 = 4;
/// Files up to this size are flipped byte by byte where everything is tried.
const SMALL_BYTES: usize = 2 * BLOCK_BYTES;

/// A machine whose log died with some of its data in segments and some only in its journal.
fn dead() -> Machine {
    let mut machine = Machine::new(SEED);
    machine.run_script().expect("nobody kills it").expect("nothing fails");
    machine.world.kill(machine.node);
    machine
}

/// Blocks of a file that hold anything, by their positions.
pub(crate) fn used_blocks(bytes: &[u8]) -> Vec<usize> {
    let blocks = bytes.chunks(BLOCK_BYTES).enumerate();
    let used = blocks.filter(|(_, block)| block.iter().any(|byte| *byte != 0));
    used.map(|(index, _)| index * BLOCK_BYTES).collect()
}

/// Where to flip: all that begins a block, and every so many bytes of the rest.
fn positions(bytes: &[u8]) -> Vec<usize> {
    let ordinary = if bytes.len() <= SMALL_BYTES { stride(577) } else { stride(577).max(61) * 211 };
    let mut found = Vec::new();
    let mut next = 0;
    for block in used_blocks(bytes) {
        let end = (block + BLOCK_BYTES).min(bytes.len());
        next = next.max(block);
        while next < end {
            found.push(next);
            next += ordinary;
        }
    }
    found
}

/// The last frame's place: it has one block, with the script's last batch.
fn last_frame(machine: &Machine) -> (PathBuf, usize) {
    let path = Path::new("/data/shard-0/journal/00000000.chunk");
    let bytes = machine.disk().read_file(path).expect("the first chunk is the only one used");
    (path.to_owned(), *used_blocks(&bytes).last().expect("has frames"))
}

/// What a flip came to, in a word.
fn word(outcome: &Result<Damage, LogError>) -> &'static str {
    match outcome {
        Ok(damage) if damage.is_none() => "no harm",
        Ok(damage) if damage.lost.is_empty() => "closed",
        Ok(_) => "lost",
        Err(
            LogError::Identity { .. }
            | LogError::Checkpoint { .. }
            | LogError::NotALog { .. }
            | LogError::NewerFormat { .. },
        ) => "refused",
        Err(error) => panic!("an error that says what to do, not {error:?}"),
    }
}

#[test]
fn every_flip_in_every_file_is_detected_or_does_no_harm() {
    let mut machine = dead();
    let before = machine.disk().snapshot();
    let (last_path, last_position) = last_frame(&machine);
    let mut words: BTreeMap<_, u64> = BTreeMap::new();
    for path in machine.disk().files() {
        let bytes = machine.disk().read_file(&path).expect("is listed");
        for position in positions(&bytes) {
            let _trying = Trying((&path, position));
            machine.disk().restore(&before);
            let bit = u32::try_from(position % 8).expect("below 8");
            machine.disk().flip_bit(&path, Position::new(position as u64), bit);
            let written_bytes = machine.disk().usage().written_bytes;
            let outcome = machine.assess();
            let word = word(&outcome);
            let is_last = path == last_path && position >= last_position;
            // The one case that one copy on one disk cannot tell from a torn tail.
            assert!(word != "lost" || is_last, "{outcome:?}");
            let has_written = machine.disk().usage().written_bytes > written_bytes;
            assert!(word != "refused" || !has_written, "who refuses does not write");
            *words.entry(word).or_default() += 1;
        }
    }
    println!("{words:?}");
    assert!(["no harm", "closed", "refused"].iter().all(|word| words[word] > 0), "{words:?}");
}
