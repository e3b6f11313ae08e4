//! A power cut, and a kill, before each submission and completion of the script in turn.

use crate::machine::{Machine, Trying, stride};
use millstream_io::sim::{Crash, PowerCut};
use std::cell::RefCell;
use std::rc::Rc;

const SEED: u64 = 1;

/// How many events the script has when nothing goes wrong.
pub(crate) fn event_count() -> u64 {
    let mut machine = Machine::new(SEED);
    machine.run_script().expect("nobody kills it").expect("nothing fails");
    machine.world.event_count(machine.node)
}

/// A machine that went down just before an event of the script.
fn crashed(event: u64, crash: Crash) -> Machine {
    let mut machine = Machine::new(SEED);
    machine.world.crash_at(machine.node, event, crash);
    if let Some(outcome) = machine.run_script() {
        // The last events are those of operations that nobody waits for any more.
        outcome.expect("nothing fails");
        machine.world.crash(machine.node, crash);
    }
    machine
}

/// Four ends that the disk may make of one power cut.
const CUTS: [&str; 4] = ["first", "second", "third", "fourth"];

#[test]
fn a_power_cut_at_every_boundary_loses_nothing_that_was_acknowledged() {
    let count = event_count();
    assert!(count > 300, "a script of {count} events is no script");
    for event in (0..count).step_by(stride(11)) {
        let mut machine = crashed(event, Crash::Power(PowerCut::Undecided));
        let (before, promised) = (machine.disk().snapshot(), machine.model.borrow().clone());
        for cut in CUTS {
            let _trying = Trying((event, cut));
            machine.disk().restore(&before);
            machine.disk().decide(PowerCut::Random);
            machine.model = Rc::new(RefCell::new(promised.clone()));
            machine.recover();
            machine.world.kill(machine.node);
        }
    }
}

#[test]
fn a_kill_at_every_boundary_loses_nothing_that_was_acknowledged() {
    for event in (0..event_count()).step_by(stride(11)) {
        let _trying = Trying(event);
        let mut machine = crashed(event, Crash::Kill);
        machine.recover();
    }
}
