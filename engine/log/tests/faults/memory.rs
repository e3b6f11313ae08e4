//! Memory is bounded: by what slow readers may hold, and by what there is.

use crate::machine::Machine;
use crate::script::{Actor, engine_options, open};
use millstream_base::{Offset, PartitionId};
use millstream_io::Slice;
use millstream_log::{LogError, PartitionOptions, ReadLimit};
use std::time::Duration;

const MEBIBYTE: usize = 1 << 20;

/// Reads everything there is and holds on to it.
async fn hold(
    actor: &Actor,
    id: PartitionId,
    offset: &mut Offset,
    held: &mut Vec<Slice>,
) -> Result<bool, LogError> {
    let limit = ReadLimit { bytes_max: MEBIBYTE };
    let fetched = actor.engine.read(id, *offset, limit, held).await?;
    *offset = fetched.next_offset;
    Ok(fetched.is_tail)
}

#[test]
fn a_reader_that_holds_what_it_got_pins_a_bounded_part_and_is_then_served_from_disk() {
    let mut machine = Machine::new(13);
    let outcome = machine.run(|io, model| async move {
        let mut actor = open(&io, &model).await?;
        let id = actor.create("held", PartitionOptions::default()).await?;
        let (mut offset, mut held, mut disk_count) = (Offset::ZERO, Vec::new(), 0);
        let limit_bytes = engine_options().buffers_bytes_max();
        for _ in 0..120 {
            actor.append(&[(id, 900_000)]).await?;
            match hold(&actor, id, &mut offset, &mut held).await {
                // Reads from disk take buffers, too, and are refused before appends are.
                Err(LogError::Busy) => {}
                is_tail => disk_count += u32::from(!is_tail?),
            }
            let lent_bytes = io.buffers().usage().lent_bytes;
            assert!(lent_bytes <= limit_bytes, "{lent_bytes} of {limit_bytes}");
        }
        let held_bytes: usize = held.iter().map(|slice| slice.len()).sum();
        assert!(held_bytes > 40 * MEBIBYTE, "{held_bytes} are held");
        assert!(disk_count > 0, "some of it came from disk");
        let first = held.first().expect("some").to_vec();
        held.truncate(1);
        while offset < actor.engine.watermarks(id)?.stable {
            hold(&actor, id, &mut offset, &mut held).await?;
            held.truncate(1);
        }
        assert_eq!(&first[..], &held[0][..], "what is held does not change");
        Ok::<_, LogError>(())
    });
    outcome.expect("nobody kills it").expect("nothing fails");
    machine.world.kill(machine.node);
    machine.recover();
}

#[test]
fn where_memory_is_short_appends_are_refused_and_go_on_when_there_is_some() {
    let mut machine = Machine::new(14);
    let outcome = machine.run(|io, model| async move {
        let mut actor = open(&io, &model).await?;
        let id = actor.create("short", PartitionOptions::default()).await?;
        actor.append(&[(id, 300)]).await?;
        // Somebody else on the shard takes all buffers there are.
        let mut taken = Vec::new();
        while let Ok(region) = io.buffers().region() {
            taken.push(region);
        }
        let mut refused = 0;
        for _ in 0..40 {
            match actor.offer(id, 100_000) {
                Err(LogError::Busy) => refused += 1,
                offered => {
                    offered?;
                }
            }
            io.yield_now().await;
        }
        assert!(refused > 0, "an engine without memory refuses");
        drop(taken);
        io.sleep(Duration::from_millis(5)).await;
        actor.append(&[(id, 300)]).await
    });
    outcome.expect("nobody kills it").expect("nothing fails");
    machine.world.kill(machine.node);
    machine.recover();
}
