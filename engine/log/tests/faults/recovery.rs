//! A crash in recovery, at each of its steps, and again and again: it comes to the same end.

use crate::machine::{Look, Machine, Trying, stride};
use millstream_base::Random;
use millstream_io::sim::{Crash, PowerCut};
use std::cell::RefCell;
use std::rc::Rc;

const SEED: u64 = 2;

/// A machine whose script ended without a farewell, so that there is much to recover, and that then
/// lost its power.
fn fallen() -> Machine {
    let mut machine = Machine::new(SEED);
    machine.run_script().expect("nobody kills it").expect("nothing fails");
    machine.world.cut_power(machine.node, PowerCut::Random);
    machine
}

/// Opens the log and goes down before the event of this number, counted from the opening;
/// `false` if it was open before that.
fn die_in_recovery(machine: &mut Machine, event: u64, crash: Crash) -> bool {
    let event = machine.world.event_count(machine.node) + event;
    machine.world.crash_at(machine.node, event, crash);
    let opened = machine.run(|io, _| async move {
        let directory = millstream_log::Directory::open(&io, "/data".as_ref(), 1).await?;
        let options = crate::script::engine_options();
        millstream_log::Engine::open(&io, &directory, options).await.map(drop)
    });
    let has_died = opened.is_none();
    opened.into_iter().for_each(|result| result.expect("a healthy machine"));
    machine.world.kill(machine.node);
    has_died
}

/// How many events an opening has.
fn recovery_event_count() -> u64 {
    let mut machine = fallen();
    (0..)
        .find(|event| !die_in_recovery(&mut machine, 1 << event, Crash::Kill))
        .map_or(0, |event| 1 << event)
}

#[test]
fn recovering_what_was_recovered_changes_nothing() {
    let mut machine = fallen();
    let first = machine.look();
    machine.world.kill(machine.node);
    for _ in 0..3 {
        let again: Vec<Look> = machine.look();
        assert_eq!(again, first);
        machine.world.cut_power(machine.node, PowerCut::Random);
    }
    assert!(first.len() >= 3, "{first:?}");
}

#[test]
fn a_crash_at_every_step_of_recovery_twice_over_comes_to_the_same_end() {
    let mut machine = fallen();
    let (before, promised) = (machine.disk().snapshot(), machine.model.borrow().clone());
    let expected = machine.look();
    machine.world.kill(machine.node);
    let mut random = Random::new(SEED);
    let mut died_count = 0;
    let span = recovery_event_count();
    for event in (0..span).step_by(stride(3)) {
        for crash in [Crash::Kill, Crash::Power(PowerCut::Random)] {
            let second = random.below(span);
            let _trying = Trying((event, second, crash));
            machine.disk().restore(&before);
            machine.model = Rc::new(RefCell::new(promised.clone()));
            died_count += u64::from(die_in_recovery(&mut machine, event, crash));
            died_count += u64::from(die_in_recovery(&mut machine, second, crash));
            assert_eq!(machine.look(), expected);
            machine.world.kill(machine.node);
        }
    }
    assert!(died_count > 20, "{died_count}");
}
