//! A disk that lies, fails or dawdles: what is written and read is compared, retried once, and
//! given up for good where that is the only honest answer.

use crate::machine::{Machine, Trying, stride};
use crate::script::{Actor, Outcome, open};
use millstream_base::{Offset, PartitionId};
use millstream_io::sim::{EIO, Fault, FaultEffect, FaultMoment, OperationClass, PowerCut};
use millstream_log::{LogError, PartitionOptions, ReadLimit};
use std::path::PathBuf;
use std::time::Duration;

const SEED: u64 = 8;

fn fault(class: OperationClass, path: &str, moment: FaultMoment, effect: FaultEffect) -> Fault {
    Fault { class, path: Some(PathBuf::from(path)), moment, effect }
}

/// Runs the script while one write lies; then nothing is missing in silence, but perhaps the last
/// batch of all, of which nobody spoke any more.
fn lie_once(path: &str, index: u64, effect: FaultEffect) {
    let _trying = Trying((path, index, effect));
    let mut machine = Machine::new(SEED);
    machine.disk().add_fault(fault(OperationClass::Write, path, FaultMoment::Once(index), effect));
    match machine.run_script().expect("nobody kills it") {
        Ok(()) => {}
        Err(LogError::Quarantined { .. } | LogError::SuspectEnd { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    machine.world.kill(machine.node);
    machine.disk().clear_faults();
    let damage = machine.assess().expect("opens");
    let last = machine.model.borrow().partitions.keys().next_back().copied();
    assert!(damage.lost.len() <= 1, "{damage:?}");
    assert!(damage.lost.first().is_none_or(|(id, _)| Some(*id) == last), "{damage:?}");
}

#[test]
fn a_write_that_is_lost_or_goes_elsewhere_is_noticed() {
    let elsewhere = FaultEffect::Misdirected { by_bytes: 8192 };
    for index in (0..40).step_by(stride(4)) {
        lie_once("/data/shard-0/segments", index, FaultEffect::Lost);
        lie_once("/data/shard-0/segments", index, elsewhere);
    }
    for index in (0..60).step_by(stride(6)) {
        lie_once("/data/shard-0/journal", index, FaultEffect::Lost);
        lie_once("/data/shard-0/journal", index, elsewhere);
    }
}

/// A partition whose batches are all in segments, and nothing of them in memory.
async fn settled(
    io: millstream_io::Io,
    model: crate::script::Shared,
) -> Result<(Actor, PartitionId), LogError> {
    let mut actor = open(&io, &model).await?;
    let options = PartitionOptions::default().segment_bytes(16 << 10);
    let id = actor.create("read", options).await?;
    for _ in 0..4 {
        actor.append(&[(id, 9000)]).await?;
    }
    actor.engine.close().await?;
    drop(actor);
    Ok((open(&io, &model).await?, id))
}

/// Reads everything one batch at a time; how many reads gave bytes, and which offsets did not.
async fn read_all(actor: &Actor, id: PartitionId) -> Result<(usize, Vec<Offset>), LogError> {
    let watermarks = actor.engine.watermarks(id)?;
    let (mut offset, mut good_count, mut bad) = (watermarks.start, 0, Vec::new());
    while offset < watermarks.stable {
        let mut slices = Vec::new();
        let limit = ReadLimit { bytes_max: 1 };
        match actor.engine.read(id, offset, limit, &mut slices).await {
            Ok(fetched) => {
                let model = actor.model.borrow();
                let known = &model.partitions[&id];
                crate::harness::checkers::check_read(known, offset, limit, fetched, &slices);
                good_count += 1;
                offset = fetched.next_offset;
            }
            Err(LogError::Quarantined { next_offset, .. }) => {
                bad.push(offset);
                offset = next_offset;
            }
            Err(error) => return Err(error),
        }
    }
    Ok((good_count, bad))
}

/// What becomes of reads of one segment under a fault.
fn read_under(moment: FaultMoment, effect: FaultEffect) -> (usize, Vec<Offset>) {
    let mut machine = Machine::new(SEED);
    let disk = machine.disk();
    let outcome = machine.run(|io, model| async move {
        let (actor, id) = settled(io, model).await?;
        let segment = "/data/shard-0/segments/0000000000000000/00000000000000000000.log";
        disk.add_fault(fault(OperationClass::Read, segment, moment, effect));
        let outcome = read_all(&actor, id).await?;
        disk.clear_faults();
        Ok::<_, LogError>(outcome)
    });
    outcome.expect("nobody kills it").expect("only the range is closed")
}

#[test]
fn a_read_that_fails_once_is_tried_again_and_served() {
    for effect in [FaultEffect::Errno(EIO), FaultEffect::Rot, FaultEffect::Short { bytes: 512 }] {
        let (good_count, bad) = read_under(FaultMoment::Once(0), effect);
        assert_eq!((good_count, bad), (4, vec![]), "{effect:?}");
    }
}

#[test]
fn a_range_that_cannot_be_read_is_closed_and_the_rest_is_served() {
    for effect in [FaultEffect::Errno(EIO), FaultEffect::Short { bytes: 512 }] {
        let (good_count, bad) = read_under(FaultMoment::Always, effect);
        assert_eq!((good_count, bad), (3, vec![Offset::ZERO]), "{effect:?}");
    }
}

/// Appends while a fault lasts: the first append is refused, and so is every one after it, also
/// when the fault is over.
fn poison(fault: Fault) {
    let _trying = Trying(fault.clone());
    let mut machine = Machine::new(SEED);
    let disk = machine.disk();
    let outcome: Option<Outcome> = machine.run(|io, model| async move {
        let mut actor = open(&io, &model).await?;
        let id = actor.create("poisoned", PartitionOptions::default()).await?;
        actor.append(&[(id, 100)]).await?;
        // The space ahead is zeroed by then.
        actor.settle().await;
        disk.add_fault(fault);
        let ticket = actor.append_one(id, 100).await?;
        let poisoned = actor.engine.stable(ticket).await;
        assert!(matches!(poisoned, Err(LogError::Poisoned(_))), "{poisoned:?}");
        disk.clear_faults();
        io.sleep(Duration::from_secs(60)).await;
        let again = actor.engine.stable(ticket).await;
        assert!(matches!(again, Err(LogError::Poisoned(_))), "never a success later: {again:?}");
        let refused = actor.append(&[(id, 100)]).await;
        assert!(matches!(refused, Err(LogError::Poisoned(_))), "{refused:?}");
        let (read_count, bad) = read_all(&actor, id).await?;
        assert_eq!((read_count, bad), (1, vec![]), "what was acknowledged is served");
        Ok(())
    });
    outcome.expect("nobody kills it").expect("as asserted");
    machine.world.cut_power(machine.node, PowerCut::Random);
    machine.recover();
}

#[test]
fn a_failed_or_short_write_of_the_journal_poisons_for_good() {
    let journal = "/data/shard-0/journal";
    for effect in [FaultEffect::Errno(EIO), FaultEffect::Short { bytes: 512 }] {
        poison(fault(OperationClass::Write, journal, FaultMoment::Once(0), effect));
    }
}

#[test]
fn a_failed_sync_is_never_taken_for_a_success_later() {
    let mut machine = Machine::new(SEED);
    let disk = machine.disk();
    let outcome = machine.run(|io, model| async move {
        let mut actor = open(&io, &model).await?;
        let id = actor.create("synced", PartitionOptions::default()).await?;
        actor.append(&[(id, 9000)]).await?;
        assert!(actor.engine.fault().is_none(), "nothing has failed yet");
        let segments = "/data/shard-0/segments";
        let effect = FaultEffect::Errno(EIO);
        disk.add_fault(fault(OperationClass::Sync, segments, FaultMoment::Once(0), effect));
        actor.settle().await;
        let refused = actor.append(&[(id, 100)]).await;
        assert!(matches!(refused, Err(LogError::Poisoned(_))), "{refused:?}");
        assert!(matches!(actor.engine.fault(), Some(LogError::Poisoned(_))), "it says so");
        let closed = actor.engine.close().await;
        assert!(closed.is_err(), "a log that is poisoned does not close as if all were well");
        Ok::<_, LogError>(())
    });
    outcome.expect("nobody kills it").expect("as asserted");
    machine.world.cut_power(machine.node, PowerCut::Random);
    machine.recover();
}

#[test]
fn a_disk_that_stalls_for_30_seconds_delays_and_acknowledges_nothing_meanwhile() {
    let mut machine = Machine::new(SEED);
    let disk = machine.disk();
    let outcome = machine.run(|io, model| async move {
        let mut actor = open(&io, &model).await?;
        let id = actor.create("slow", PartitionOptions::default()).await?;
        actor.settle().await;
        let stall = FaultEffect::Delay(Duration::from_secs(30));
        let journal = "/data/shard-0/journal";
        disk.add_fault(fault(OperationClass::Write, journal, FaultMoment::Once(0), stall));
        let first = actor.append_one(id, 100).await?;
        io.yield_now().await;
        io.sleep(Duration::from_secs(1)).await;
        // This one's write is quick, and still it waits for the one before it.
        let second = actor.append_one(id, 100).await?;
        io.sleep(Duration::from_secs(28)).await;
        assert!(!actor.engine.is_stable(first)? && !actor.engine.is_stable(second)?);
        assert_eq!(actor.engine.watermarks(id)?.stable, Offset::ZERO, "nothing is served");
        let before = io.now();
        actor.engine.stable(second).await?;
        assert!(actor.engine.is_stable(first)?, "in order");
        assert!(io.now() - before < Duration::from_secs(5), "as soon as the disk goes on");
        model.borrow_mut().promise_all();
        Ok::<_, LogError>(())
    });
    outcome.expect("nobody kills it").expect("a slow disk is no failure");
    machine.world.cut_power(machine.node, PowerCut::Random);
    machine.recover();
}
