//! F38: what a newer version wrote is refused with its place, and nothing is written.

use crate::toolbox::{
    DATA, Machine, SHARD, append, create, index, open, read_on, segment, try_open,
};
use millstream_base::{Offset, crc};
use millstream_log::checkpoint::CheckpointFault;
use millstream_log::{LogError, PartitionId};
use std::path::{Path, PathBuf};

const PARTITION: PartitionId = PartitionId::new(0);
const FRAME_HEADER_BYTES: usize = 128;

/// A directory with a partition, some of it in a segment and some in the journal only.
fn machine() -> Machine {
    let mut machine = Machine::new(7);
    machine.run(|io| async move {
        let engine = open(&io).await;
        create(&engine, "a").await;
        append(&engine, PARTITION, 5_000).await.expect("appends");
        engine.close().await.expect("closes");
    });
    machine.run(|io| async move {
        let engine = open(&io).await;
        append(&engine, PARTITION, 100).await.expect("appends");
    });
    machine
}

/// What the opening says to the directory as it is now. It must leave every byte alone.
fn refusal(machine: &mut Machine) -> LogError {
    let before = machine.files();
    let opened = machine.run(|io| async move { try_open(&io).await.map(|_| ()) });
    let error = opened.expect_err("what is newer is refused");
    assert!(before == machine.files(), "nothing is written: {error}");
    assert!(!error.is_retriable());
    error
}

fn assert_newer_format(error: &LogError, expected: &Path) {
    let LogError::NewerFormat { path, version: 2 } = error else { panic!("{error:?}") };
    assert_eq!(path, expected);
    let text = error.to_string();
    assert!(text.contains("use a newer one") && text.contains(expected.to_str().expect("text")));
}

fn assert_newer_content(error: &LogError, expected: &Path) {
    let LogError::NewerContent { path, what: "options of a partition" | "an entry" } = error else {
        panic!("{error:?}")
    };
    assert_eq!(path, expected);
    assert!(error.to_string().contains("use a newer one"), "{error}");
}

/// Sets the version behind the magic and seals the bytes again.
fn bump(bytes: &mut [u8], crc_at: usize, crc_of: impl FnOnce(&[u8]) -> u32) {
    bytes[8] = 2;
    let sum = crc_of(bytes);
    bytes[crc_at..crc_at + 4].copy_from_slice(&sum.to_le_bytes());
}

#[test]
fn a_newer_identity_is_refused() {
    let mut machine = machine();
    let path = PathBuf::from(DATA).join("identity");
    machine.patch(&path, |bytes| bump(bytes, 4092, |bytes| crc::crc32c(&bytes[..4092])));
    assert_newer_format(&refusal(&mut machine), &path);
}

#[test]
fn a_newer_checkpoint_is_refused_whichever_of_the_two_it_is() {
    for number in [0, 1] {
        let mut machine = machine();
        let path = PathBuf::from(format!("{SHARD}/checkpoint-{number}"));
        machine.patch(&path, |bytes| bump(bytes, 124, |bytes| crc::crc32c(&bytes[..124])));
        assert_newer_format(&refusal(&mut machine), &path);
    }
}

/// Seals body and header of a checkpoint again.
fn reseal_checkpoint(bytes: &mut [u8]) {
    let size = usize::try_from(u64::from_le_bytes(*bytes[88..].first_chunk().expect("8")));
    let body_crc = crc::crc32c(&bytes[128..][..size.expect("short")]);
    bytes[100..104].copy_from_slice(&body_crc.to_le_bytes());
    let header_crc = crc::crc32c(&bytes[..124]);
    bytes[124..128].copy_from_slice(&header_crc.to_le_bytes());
}

#[test]
fn a_checkpoint_with_newer_options_is_refused_and_no_older_one_is_used() {
    let mut machine = machine();
    for number in [0, 1] {
        let path = PathBuf::from(format!("{SHARD}/checkpoint-{number}"));
        let before = machine.files().remove(&path).expect("is there");
        let options_at = 128 + 42;
        if before[options_at] != 32 {
            continue;
        }
        machine.patch(&path, |bytes| {
            // Eight bytes more of options, as a field that was added would bring.
            bytes.splice(options_at + 34..options_at + 34, [1; 8]);
            bytes[options_at] = 40;
            bytes[88] += 8;
            bytes.truncate(before.len());
            reseal_checkpoint(bytes);
        });
        assert_newer_content(&refusal(&mut machine), &path);
        machine.patch(&path, |bytes| *bytes = before);
    }
}

#[test]
fn a_checkpoint_that_means_what_cannot_be_is_refused_and_no_older_one_is_used() {
    let mut machine = machine();
    let path = PathBuf::from(format!("{SHARD}/checkpoint-0"));
    machine.patch(&path, |bytes| {
        bytes[128 + 32] |= 2;
        reseal_checkpoint(bytes);
    });
    let error = refusal(&mut machine);
    let LogError::Checkpoint { path: found, fault } = error else { panic!("{error:?}") };
    assert_eq!(found, path);
    assert_eq!(fault, CheckpointFault::Malformed { field: "flags", index: Some(0) });
}

/// The position of the last frame in the journal's first chunk.
fn last_frame(bytes: &[u8]) -> usize {
    let sequence = |at: &usize| u64::from_le_bytes(*bytes[at + 56..].first_chunk().expect("8"));
    let frames = (0..bytes.len()).step_by(4096).filter(|at| bytes[*at..].starts_with(b"MSTFRAME"));
    frames.max_by_key(sequence).expect("some frame")
}

fn chunk() -> PathBuf {
    PathBuf::from(format!("{SHARD}/journal/00000000.chunk"))
}

#[test]
fn a_newer_frame_is_refused() {
    let mut machine = machine();
    machine.patch(&chunk(), |bytes| {
        let at = last_frame(bytes);
        bump(&mut bytes[at..], 124, |bytes| crc::crc32c(&bytes[..124]));
    });
    assert_newer_format(&refusal(&mut machine), &chunk());
}

/// Puts another entry first into the last frame, which is to be replayed, and seals it again.
fn replace_entry(machine: &Machine, entry: &[u8]) {
    machine.patch(&chunk(), |bytes| {
        let at = last_frame(bytes);
        let frame = &mut bytes[at..];
        frame[FRAME_HEADER_BYTES..][..entry.len()].copy_from_slice(entry);
        let payload_bytes = u32::try_from(entry.len()).expect("short");
        frame[44..48].copy_from_slice(&payload_bytes.to_le_bytes());
        let payload_crc = crc::crc32c(&frame[FRAME_HEADER_BYTES..][..entry.len()]);
        frame[48..52].copy_from_slice(&1u32.to_le_bytes());
        frame[52..56].copy_from_slice(&payload_crc.to_le_bytes());
        let sum = crc::crc32c(&frame[..124]);
        frame[124..128].copy_from_slice(&sum.to_le_bytes());
    });
}

#[test]
fn an_entry_of_an_unknown_kind_is_refused() {
    let mut machine = machine();
    replace_entry(&machine, &[99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_newer_content(&refusal(&mut machine), &chunk());
}

#[test]
fn an_entry_with_newer_options_is_refused() {
    let mut machine = machine();
    let mut entry = vec![0; 16 + 48];
    // Configure, with forty bytes of options and padding.
    entry[0] = 6;
    entry[4] = 42;
    entry[16] = 40;
    machine.patch(&chunk(), |_| {});
    replace_entry(&machine, &entry);
    assert_newer_content(&refusal(&mut machine), &chunk());
}

/// The index with its block of a newer version, behind a wrong one if so asked.
fn bump_index(machine: &Machine, behind_damage: bool) {
    machine.patch(&index(0, 0), |bytes| {
        let block = bytes[..4096].to_vec();
        if behind_damage {
            bytes[100] ^= 1;
            bytes.extend(&block);
        }
        let at = bytes.len() - 4096;
        let crc_of = |block: &[u8]| crc::crc32c_append(crc::crc32c(&block[..60]), &block[64..4096]);
        bump(&mut bytes[at..], 60, crc_of);
    });
}

#[test]
fn a_newer_index_is_refused_at_its_first_use() {
    for behind_damage in [false, true] {
        let mut machine = machine();
        bump_index(&machine, behind_damage);
        let before = machine.files();
        machine.run(|io| async move {
            let engine = open(&io).await;
            let (count, error) = read_on(&engine, PARTITION, Offset::ZERO).await;
            assert_eq!(count, 0);
            assert_newer_format(&error.expect("refused"), &index(0, 0));
            // Settling needs it too: the engine stops, and says why.
            let mut refused = None;
            while refused.is_none() {
                refused = append(&engine, PARTITION, 100).await.err();
                io.sleep(std::time::Duration::from_millis(20)).await;
            }
            assert_newer_format(&refused.expect("above"), &index(0, 0));
            let closed = engine.close().await.expect_err("is stopped");
            assert_newer_format(&closed, &index(0, 0));
        });
        for path in [index(0, 0), segment(0, 0)] {
            assert!(before.get(&path) == machine.files().get(&path), "{}", path.display());
        }
    }
}

#[test]
fn a_newer_index_stops_a_run_before_it_is_written() {
    let mut machine = machine();
    bump_index(&machine, false);
    machine.run(|io| async move {
        let engine = open(&io).await;
        let options = millstream_log::PartitionOptions::default().batch_bytes_max(4 << 20);
        engine.configure(PARTITION, options).await.expect("is told");
        let error = append(&engine, PARTITION, 3 << 20).await.expect_err("cannot be written");
        assert_newer_format(&error, &index(0, 0));
    });
}
