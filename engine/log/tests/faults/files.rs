//! Whole files go wrong: gone, cut, empty, of another log, of an earlier time, twice, too many.
//! Detected, refused or made again; and an empty folder is never taken for a new one.

use crate::damage::Damage;
use crate::machine::{Machine, Trying};
use millstream_log::LogError;
use std::path::{Path, PathBuf};

/// A machine whose log died with some of its data in segments and some only in its journal.
fn dead(seed: u64) -> Machine {
    let mut machine = Machine::new(seed);
    machine.run_script().expect("nobody kills it").expect("nothing fails");
    machine.world.kill(machine.node);
    machine
}

/// Tries something with each file in turn. Whatever it is, nothing may be missing in silence.
fn try_each(
    machine: &mut Machine,
    change: impl Fn(&Machine, &Path),
) -> Vec<(PathBuf, Result<Damage, LogError>)> {
    let before = machine.disk().snapshot();
    let mut outcomes = Vec::new();
    for path in machine.disk().files() {
        let _trying = Trying(&path);
        machine.disk().restore(&before);
        change(machine, &path);
        let outcome = machine.assess();
        if let Ok(damage) = &outcome {
            assert!(damage.lost.is_empty(), "{}: {damage:?}", path.display());
            assert!(damage.read_count > 0, "{}: a log is never empty by accident", path.display());
        }
        outcomes.push((path.clone(), outcome));
    }
    machine.disk().restore(&before);
    outcomes
}

#[test]
fn a_file_that_is_gone_is_missed() {
    try_each(&mut dead(5), |machine, path| machine.disk().remove_file(path));
}

#[test]
fn a_file_that_was_emptied_is_noticed() {
    try_each(&mut dead(5), |machine, path| machine.disk().set_length(path, 0));
}

#[test]
fn a_file_that_was_cut_in_half_is_noticed() {
    try_each(&mut dead(5), |machine, path| {
        let length = machine.disk().read_file(path).expect("is listed").len() as u64;
        machine.disk().set_length(path, length / 2 / 512 * 512);
    });
}

#[test]
fn a_file_of_another_log_is_told_from_ones_own() {
    let other = dead(6);
    try_each(&mut dead(5), |machine, path| {
        let foreign = other.disk().read_file(path).expect("the same script has the same files");
        machine.disk().write_file(path, &foreign);
    });
}

#[test]
fn two_files_that_changed_places_are_noticed() {
    try_each(&mut dead(5), |machine, path| {
        let disk = machine.disk();
        let files = disk.files();
        let kind = path.extension();
        let twin = files.iter().rev().find(|other| {
            let here = other.parent() == path.parent() || kind.is_some();
            *other != path && other.extension() == kind && here
        });
        let Some(twin) = twin else { return };
        let bytes = [path, twin].map(|path| disk.read_file(path).expect("is listed"));
        disk.write_file(path, &bytes[1]);
        disk.write_file(twin, &bytes[0]);
    });
}

#[test]
fn a_file_that_is_there_twice_does_no_harm() {
    let outcomes = try_each(&mut dead(5), |machine, path| {
        let bytes = machine.disk().read_file(path).expect("is listed");
        let name = path.file_name().expect("a file").to_string_lossy();
        let copy = match path.extension() {
            // Under a name that means something: the next chunk, or a later segment.
            Some(kind) if kind == "chunk" => path.with_file_name("00000007.chunk"),
            Some(kind) => path.with_file_name("00000000000000000777").with_extension(kind),
            None => path.with_file_name(format!("{name} (copy)")),
        };
        machine.disk().write_file(&copy, &bytes);
    });
    for (path, outcome) in outcomes {
        let is_chunk = path.extension().is_some_and(|kind| kind == "chunk");
        match outcome {
            Ok(damage) => assert!(damage.is_none(), "{}: {damage:?}", path.display()),
            Err(LogError::NotALog { .. }) if is_chunk => {}
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
}
