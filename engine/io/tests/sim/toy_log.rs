//! Negative controls: a small log, right, and with one flaw each that the world must find.

use crate::toolbox::SECTOR_BYTES;
use millstream_base::crc::crc32c;
use millstream_base::{Position, Random, ShardId};
use millstream_io::sim::{Crash, PowerCut, World, WorldOptions};
use millstream_io::{Buffer, Durability, Io, OpenOptions, Result, Slice};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

const PATH: &str = "/data/log";
const RECORD_BYTES: usize = 3 * SECTOR_BYTES;

/// What the log does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    /// Answers when the write is done, before the sync.
    AcknowledgesBeforeSync,
    /// Submits the sync together with the write that it should cover.
    SyncsTooEarly,
    /// Does not sync the directory in which it made its file.
    ForgetsTheDirectory,
    /// Takes a record for whole when its first word is there.
    SkipsTheChecksum,
    /// Tries a failed sync again and believes the second answer.
    RetriesTheSync,
}

/// Number, checksum, then bytes that depend on the number.
fn record(number: u64) -> Slice {
    let mut buffer = Buffer::unpooled(RECORD_BYTES);
    Random::new(number).fill(&mut buffer[12..]);
    buffer[..8].copy_from_slice(&(number + 1).to_le_bytes());
    let crc = crc32c(&buffer[12..]) ^ crc32c(&buffer[..8]);
    buffer[8..12].copy_from_slice(&crc.to_le_bytes());
    buffer.freeze()
}

fn is_whole(bytes: &[u8], number: u64, flaw: Flaw) -> bool {
    if bytes.len() < RECORD_BYTES || bytes[..8] != (number + 1).to_le_bytes() {
        return false;
    }
    let crc = crc32c(&bytes[12..RECORD_BYTES]) ^ crc32c(&bytes[..8]);
    flaw == Flaw::SkipsTheChecksum || bytes[8..12] == crc.to_le_bytes()
}

/// Appends records for ever; notes the number of each that is acknowledged.
async fn append(io: Io, flaw: Flaw, acknowledged: Rc<RefCell<u64>>) -> Result<()> {
    io.create_directory(Path::new("/data")).await?;
    io.sync_directory(Path::new("/")).await?;
    let file = io.open(Path::new(PATH), OpenOptions::write_direct()).await?;
    if flaw != Flaw::ForgetsTheDirectory {
        io.sync_directory(Path::new("/data")).await?;
    }
    for number in 0.. {
        let position = Position::new(number * RECORD_BYTES as u64);
        let write = file.write_at(vec![record(number)], position, Durability::Written);
        let early = (flaw == Flaw::SyncsTooEarly).then(|| file.sync_data());
        write.await?;
        if flaw == Flaw::AcknowledgesBeforeSync {
            *acknowledged.borrow_mut() = number + 1;
        }
        let synced = match early {
            Some(early) => early.await,
            None => file.sync_data().await,
        };
        match synced {
            Err(_) if flaw == Flaw::RetriesTheSync => file.sync_data().await?,
            synced => synced?,
        }
        *acknowledged.borrow_mut() = number + 1;
    }
    Ok(())
}

/// One run, one power cut, one recovery. `Err` says how the log broke its word.
fn trial(seed: u64, flaw: Flaw) -> std::result::Result<(), String> {
    let mut random = Random::new(seed);
    let mut world = World::new(seed, WorldOptions::default());
    let node = world.node("a");
    if random.chance(1, 2) {
        world.fail_operation(node, 6 + random.below(40), millstream_io::sim::EIO);
    }
    world.crash_at(node, random.below(100), Crash::Power(PowerCut::Random));
    let acknowledged = Rc::new(RefCell::new(0));
    let noted = Rc::clone(&acknowledged);
    let running = world.start(node, ShardId::new(0), |io| append(io, flaw, noted));
    if world.run(&running).is_some() {
        world.cut_power(node, PowerCut::Random);
    }
    let acknowledged = *acknowledged.borrow();
    let bytes = world.disk(node).read_file(Path::new(PATH)).unwrap_or_default();
    let records = bytes.chunks(RECORD_BYTES).zip(0..);
    let recovered: Vec<_> =
        records.take_while(|(bytes, number)| is_whole(bytes, *number, flaw)).collect();
    if (recovered.len() as u64) < acknowledged {
        return Err(format!("{acknowledged} acknowledged, {} recovered", recovered.len()));
    }
    let wrong = recovered.iter().find(|(bytes, number)| **bytes != *record(*number));
    wrong.map_or(Ok(()), |(_, number)| Err(format!("record {number} is not what was written")))
}

#[test]
fn a_right_log_keeps_its_word() {
    for seed in 0..400 {
        assert_eq!(trial(seed, Flaw::None), Ok(()), "seed {seed}");
    }
}

#[test]
fn each_flaw_is_found_within_a_few_seeds() {
    for flaw in [
        Flaw::AcknowledgesBeforeSync,
        Flaw::SyncsTooEarly,
        Flaw::ForgetsTheDirectory,
        Flaw::SkipsTheChecksum,
        Flaw::RetriesTheSync,
    ] {
        let found = (0..100).find(|seed| trial(*seed, flaw).is_err());
        assert!(found.is_some(), "{flaw:?} was not found in 100 seeds");
    }
}
