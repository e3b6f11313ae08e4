//! Scripts, as data.

use millstream_base::Random;
use millstream_io::{Durability, OpenOptions};

/// Names of a small tree, so that steps meet: files and directories under the same names.
const PATHS: [&str; 8] = ["a", "b", "c", "d", "d/a", "d/b", "c/a", "e"];

/// How many files a script has open at a time.
pub(crate) const SLOT_COUNT: u64 = 4;

/// One step. A slot is a place for an open file.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Open { slot: u64, path: &'static str, options: OpenOptions },
    Close { slot: u64 },
    Write { slot: u64, position: u64, piece_bytes: Vec<u64>, byte: u8, durability: Durability },
    Read { slot: u64, position: u64, length_bytes: u64 },
    SetLength { slot: u64, length_bytes: u64 },
    Allocate { slot: u64, position: u64, length_bytes: u64 },
    Length { slot: u64 },
    Sync { slot: u64 },
    Rename { from: &'static str, to: &'static str },
    RemoveFile { path: &'static str },
    RemoveDirectory { path: &'static str },
    CreateDirectory { path: &'static str },
    List { path: &'static str },
    SyncDirectory { path: &'static str },
}

/// The script of a seed.
pub(crate) fn random(seed: u64, step_count: usize) -> Vec<Step> {
    let mut random = Random::new(seed);
    (0..step_count).map(|_| step(&mut random)).collect()
}

fn step(random: &mut Random) -> Step {
    let slot = random.below(SLOT_COUNT);
    match random.below(28) {
        0..4 => Step::Open { slot, path: path(random), options: options(random) },
        4 => Step::Close { slot },
        5..11 => write(random, slot),
        11..15 => {
            let (position, length_bytes) = (place(random), place(random));
            Step::Read { slot, position, length_bytes }
        }
        15 => Step::SetLength { slot, length_bytes: place(random) },
        16 => {
            let (position, length_bytes) = (place(random), place(random));
            Step::Allocate { slot, position, length_bytes }
        }
        17 => Step::Length { slot },
        18 => Step::Sync { slot },
        19..22 => Step::Rename { from: path(random), to: path(random) },
        22 => Step::RemoveFile { path: path(random) },
        23 => Step::RemoveDirectory { path: path(random) },
        24..26 => Step::CreateDirectory { path: path(random) },
        26 => Step::List { path: path(random) },
        _ => Step::SyncDirectory { path: path(random) },
    }
}

fn write(random: &mut Random, slot: u64) -> Step {
    let piece_bytes = (0..random.below(4)).map(|_| place(random)).collect();
    let stable = random.chance(1, 4);
    let durability = if stable { Durability::Stable } else { Durability::Written };
    let byte = random.next_u64().to_le_bytes()[0];
    Step::Write { slot, position: place(random), piece_bytes, byte, durability }
}

fn path(random: &mut Random) -> &'static str {
    PATHS[usize::try_from(random.below(PATHS.len() as u64)).expect("below a length")]
}

/// A position or length, often at the border of a block.
fn place(random: &mut Random) -> u64 {
    let block_bytes = 4096;
    match random.below(4) {
        0 => 0,
        1 => random.below(20) * block_bytes,
        2 => random.below(20) * block_bytes + 511 + random.below(3),
        _ => random.below(80_000),
    }
}

fn options(random: &mut Random) -> OpenOptions {
    if random.chance(1, 8) {
        return OpenOptions { directory: true, ..OpenOptions::default() };
    }
    OpenOptions {
        write: random.chance(7, 8),
        create: random.chance(3, 4),
        create_new: random.chance(1, 8),
        truncate: random.chance(1, 8),
        direct: random.chance(1, 3),
        directory: false,
    }
}
