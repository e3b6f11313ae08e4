//! A crash at any point of retention: the log is as before, or as after.

use crate::machine::{Machine, Trying, stride};
use crate::script::{Outcome, Shared, open};
use millstream_io::Io;
use millstream_io::sim::{Crash, PowerCut};
use millstream_log::PartitionOptions;

const SEED: u64 = 12;

/// Fills a partition that keeps little, and waits until the rest is gone, files and all.
async fn retain(io: Io, model: Shared) -> Outcome {
    let mut actor = open(&io, &model).await?;
    let options = PartitionOptions::default().segment_bytes(8192).retention_bytes(20_000);
    let id = match actor.engine.partitions().first() {
        Some(id) => *id,
        None => actor.create("short", options).await?,
    };
    for _ in 0..6 {
        actor.append(&[(id, 7000)]).await?;
    }
    actor.settle().await;
    actor.settle().await;
    let start = actor.engine.watermarks(id)?.start;
    assert!(start.get() > 0, "retention took something");
    Ok(())
}

#[test]
fn a_crash_at_any_point_of_retention_leaves_the_log_as_before_or_as_after() {
    let mut machine = Machine::new(SEED);
    machine.run(retain).expect("nobody kills it").expect("nothing fails");
    let last = machine.world.event_count(machine.node);
    for event in (0..last).step_by(stride(7)) {
        let _trying = Trying(event);
        let crash = match event.is_multiple_of(2) {
            true => Crash::Power(PowerCut::Random),
            false => Crash::Kill,
        };
        let mut machine = Machine::new(SEED);
        machine.world.crash_at(machine.node, event, crash);
        machine.run(retain).into_iter().for_each(|outcome| outcome.expect("nothing fails"));
        machine.world.crash(machine.node, crash);
        machine.recover();
        machine.world.kill(machine.node);
        machine.run(retain).expect("nobody kills it").expect("it goes on from there");
    }
}
