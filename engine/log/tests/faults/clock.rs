//! The wall clock jumps by ten years either way, and retention by time is in force.

use crate::machine::Machine;
use crate::script::open;
use millstream_base::PartitionId;
use millstream_io::sim::PowerCut;
use millstream_log::{LogError, PartitionOptions};
use std::time::Duration;

const TEN_YEARS_MS: i64 = 10 * 365 * 24 * 3600 * 1000;
/// Each batch fills a segment.
const BATCHES: usize = 100;

/// Fills a partition whose records are kept for an hour.
fn filled() -> (Machine, PartitionId) {
    let mut machine = Machine::new(11);
    let made = machine.run(|io, model| async move {
        let mut actor = open(&io, &model).await?;
        let hour = Duration::from_secs(3600);
        let options = PartitionOptions::default().segment_bytes(4096).retention(hour);
        let id = actor.create("timed", options).await?;
        for _ in 0..BATCHES {
            actor.append(&[(id, 4000)]).await?;
        }
        actor.settle().await;
        actor.settle().await;
        Ok::<_, LogError>(id)
    });
    let id = made.expect("nobody kills it").expect("a healthy machine");
    machine.world.cut_power(machine.node, PowerCut::Random);
    (machine, id)
}

/// How many segments are left after each look of retention.
fn segments_after(machine: &mut Machine, id: PartitionId, looks: usize) -> Vec<usize> {
    let counts = machine.run(move |io, model| async move {
        let mut actor = open(&io, &model).await?;
        let mut counts = vec![actor.engine.describe(id)?.segment_count];
        for _ in 0..looks {
            io.sleep(Duration::from_millis(50)).await;
            counts.push(actor.engine.describe(id)?.segment_count);
        }
        let before = actor.engine.watermarks(id)?.next;
        actor.append(&[(id, 300)]).await?;
        assert!(actor.engine.watermarks(id)?.stable > before, "the order goes on");
        Ok::<_, LogError>(counts)
    });
    machine.world.cut_power(machine.node, PowerCut::Random);
    counts.expect("nobody kills it").expect("a healthy machine")
}

#[test]
fn a_jump_forward_takes_only_a_part_at_each_look() {
    let (mut machine, id) = filled();
    machine.world.jump_wall_time(machine.node, TEN_YEARS_MS);
    let counts = segments_after(&mut machine, id, 3);
    // The first look may come before this one's.
    assert!(counts[0] >= BATCHES * 3 / 5, "{counts:?}");
    let falls = counts.windows(2).map(|pair| (pair[0], pair[0] - pair[1]));
    for (before, fall) in falls.clone() {
        assert!(fall <= (before / 4).max(16) * 2, "{counts:?}");
    }
    assert!(falls.map(|(_, fall)| fall).sum::<usize>() > 0, "retention is in force: {counts:?}");
    assert!(*counts.last().expect("some") > 1, "much is left after some looks: {counts:?}");
    machine.recover();
}

#[test]
fn a_jump_back_takes_nothing_and_appends_go_on() {
    let (mut machine, id) = filled();
    machine.world.jump_wall_time(machine.node, -TEN_YEARS_MS);
    let counts = segments_after(&mut machine, id, 3);
    assert!(counts.iter().all(|count| *count >= BATCHES), "{counts:?}");
    machine.recover();
    machine.world.kill(machine.node);
    machine.world.jump_wall_time(machine.node, 2 * TEN_YEARS_MS);
    machine.recover();
}
