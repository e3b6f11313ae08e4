//! Each operation of the script fails in turn: once, or from then on.

use crate::machine::{Machine, Trying, stride};
use crate::script::{self, Outcome};
use millstream_base::ShardId;
use millstream_io::sim::{
    EIO, EMFILE, ENOSPC, Fault, FaultEffect, FaultMoment, OperationClass, PowerCut,
};
use millstream_log::LogError;
use std::collections::BTreeMap;
use std::rc::Rc;

const SEED: u64 = 3;

fn operation_count() -> u64 {
    let mut machine = Machine::new(SEED);
    machine.run_script().expect("nobody kills it").expect("nothing fails");
    machine.world.operation_count(machine.node)
}

/// What a run came to, in a word, for the count of how it went.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Ok(()) => "went on",
        Err(LogError::Poisoned(_)) => "poisoned",
        Err(LogError::Io(_)) => "an error of the disk",
        Err(LogError::DiskFull) => "refused: the disk is full",
        Err(error) => panic!("what should the caller make of this: {error:?}"),
    }
}

/// After the failure: the process ends, by itself or with the power, and on a healthy disk
/// everything that was promised is there.
fn come_back(machine: &mut Machine, is_power_lost: bool) {
    if is_power_lost {
        machine.world.cut_power(machine.node, PowerCut::Random);
    } else {
        machine.world.kill(machine.node);
    }
    machine.disk().clear_faults();
    machine.recover();
}

fn fail_once(operation: u64, errno: i32) -> &'static str {
    let _trying = Trying((operation, errno));
    let mut machine = Machine::new(SEED);
    machine.world.fail_operation(machine.node, operation, errno);
    let outcome = machine.run_script().expect("nobody kills it");
    come_back(&mut machine, operation.is_multiple_of(2));
    word(&outcome)
}

/// A checkpoint finds no room, also with the reserve given up; the next one has all of its work to
/// do. Which of the openings of the file that is decides which checkpoint.
fn fill_up_a_checkpoint(opening: u64) -> &'static str {
    let _trying = Trying(opening);
    let mut machine = Machine::new(SEED);
    for (name, index) in [("0", opening), ("0", opening + 1), ("1", opening), ("1", opening + 1)] {
        machine.disk().add_fault(Fault {
            class: OperationClass::Open,
            path: Some(format!("/data/shard-0/checkpoint-{name}").into()),
            moment: FaultMoment::Once(index),
            effect: FaultEffect::Errno(ENOSPC),
        });
    }
    let outcome = machine.run_script().expect("nobody kills it");
    come_back(&mut machine, true);
    word(&outcome)
}

#[test]
fn a_checkpoint_that_finds_no_room_is_made_up_for_by_the_next() {
    let words: Vec<_> = (0..12).map(fill_up_a_checkpoint).collect();
    println!("{words:?}");
    assert!(words.iter().filter(|word| **word == "went on").count() > 3, "{words:?}");
}

#[test]
fn where_descriptors_run_out_segments_that_rest_are_closed_for_others() {
    let mut words: BTreeMap<_, u64> = BTreeMap::new();
    for opening in 0..30 {
        let _trying = Trying(opening);
        let mut machine = Machine::new(SEED);
        machine.disk().add_fault(Fault {
            class: OperationClass::Open,
            path: Some("/data/shard-0/segments".into()),
            moment: FaultMoment::Once(opening),
            effect: FaultEffect::Errno(EMFILE),
        });
        let outcome = machine.run_script().expect("nobody kills it");
        come_back(&mut machine, opening.is_multiple_of(2));
        *words.entry(word(&outcome)).or_default() += 1;
    }
    println!("{words:?}");
    assert!(words.get("went on").is_some_and(|count| *count > 20), "{words:?}");
}

#[test]
fn an_error_at_every_operation_in_turn_is_reported_and_loses_nothing() {
    let mut words: BTreeMap<_, u64> = BTreeMap::new();
    for operation in (0..operation_count()).step_by(stride(3)) {
        *words.entry(fail_once(operation, EIO)).or_default() += 1;
    }
    println!("{words:?}");
    assert!(words.len() == 3, "some are survived, some poison, some end an opening: {words:?}");
}

#[test]
fn a_disk_that_fails_from_any_operation_on_is_reported_and_nothing_is_lost() {
    for operation in (0..operation_count()).step_by(stride(5)) {
        let _trying = Trying(operation);
        let mut machine = Machine::new(SEED);
        let (node, model) = (machine.node, Rc::clone(&machine.model));
        let running = machine.world.start(node, ShardId::new(0), |io| script::run(io, model));
        while machine.world.operation_count(node) < operation {
            machine.world.step();
        }
        machine.disk().add_fault(Fault {
            class: OperationClass::Any,
            path: None,
            moment: FaultMoment::Always,
            effect: FaultEffect::Errno(EIO),
        });
        let outcome = machine.world.run(&running).expect("an answer, not silence");
        match outcome {
            // A read that fails twice closes its range.
            Err(LogError::Quarantined { .. }) => {}
            outcome => assert_ne!(word(&outcome), "refused: the disk is full"),
        }
        come_back(&mut machine, operation.is_multiple_of(2));
    }
}

#[test]
fn a_full_disk_at_every_operation_in_turn_is_refused_or_waited_for() {
    let mut words: BTreeMap<_, u64> = BTreeMap::new();
    for operation in (0..operation_count()).step_by(stride(3)) {
        *words.entry(fail_once(operation, ENOSPC)).or_default() += 1;
    }
    println!("{words:?}");
    assert!(words.get("went on").is_some_and(|count| *count > 10), "{words:?}");
}
