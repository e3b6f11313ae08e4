//! What must hold whenever an engine is open.

use super::batches::{FROM_LOG, Fingerprint};
use super::model::{Existence, Known, Model, Sent};
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Offset, PartitionId, Timestamp};
use millstream_batch::Batches;
use millstream_io::Slice;
use millstream_log::{Engine, Fetched, LogError, PartitionInfo, ReadLimit, Watermarks};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Holds everything that recovery found against the model, and then takes it for the truth.
/// Gives back what the disk said where it did not give what it has.
pub(crate) async fn check_recovered(
    engine: &Engine,
    model: &RefCell<Model>,
) -> Result<(), LogError> {
    check_presence(engine, &mut model.borrow_mut());
    let mut survivors = Vec::new();
    let ids: Vec<PartitionId> = model.borrow().partitions.keys().copied().collect();
    for id in ids {
        let info = engine.describe(id).expect("was listed");
        let now = engine.io().wall_time();
        check_info(&info, &model.borrow().partitions[&id], now);
        // Retention may move the start while the log is read; what is read from there on is right.
        let end = info.watermarks.stable;
        let start = read_back(engine, id, &info, model).await?;
        assert_eq!(engine.watermarks(id).expect("there").stable, end, "nobody appends yet");
        survivors.push((id, start, end, info));
    }
    check_order(&model.borrow(), &survivors.iter().map(|found| (found.0, found.2)).collect());
    let mut model = model.borrow_mut();
    for (id, start, end, info) in survivors {
        let known = model.partitions.get_mut(&id).expect("checked above");
        known.rebase(start, end, info.options);
    }
    model.checked_life = model.life;
    Ok(())
}

/// What was acknowledged to be there is there, what was acknowledged to be gone is not.
fn check_presence(engine: &Engine, model: &mut Model) {
    let found: BTreeSet<PartitionId> = engine.partitions().into_iter().collect();
    for id in &found {
        assert!(model.partitions.contains_key(id), "partition {id} was never made, or is gone");
    }
    let (last_life, last_ticket) = newest_ticket(engine, model);
    model.partitions.retain(|id, known| {
        if found.contains(id) {
            let by_name = engine.find(&known.name);
            assert_eq!(by_name, Some(*id), "a name leads to its partition");
            return true;
        }
        assert_ne!(known.existence, Existence::Here, "partition {id} is lost");
        let is_older = last_ticket.is_some_and(|last| known.created < (last_life, last));
        let is_lost = known.existence == Existence::Creating && is_older;
        assert!(!is_lost, "partition {id}: made before a batch that is there");
        false
    });
}

/// The ticket of the newest batch that survived, of the last life.
fn newest_ticket(engine: &Engine, model: &Model) -> (u64, Option<millstream_log::Ticket>) {
    let survives = |id: &PartitionId, first: Offset| {
        engine.watermarks(*id).is_ok_and(|watermarks| first < watermarks.stable)
    };
    let tickets = model.partitions.iter().flat_map(|(id, known)| {
        let there = known.sent.iter().filter(|(first, _)| survives(id, **first));
        there.map(|(_, sent)| sent.ticket)
    });
    let newest = tickets.filter(|(life, _)| *life == model.checked_life).max();
    (model.checked_life, newest.map(|(_, ticket)| ticket))
}

fn check_info(info: &PartitionInfo, known: &Known, now: Timestamp) {
    let Watermarks { start, settled, stable, next, .. } = info.watermarks;
    let id = info.id;
    assert_eq!(info.name, known.name, "partition {id}");
    assert!(start <= stable && settled <= stable && stable == next, "{:?}", info.watermarks);
    assert!(!info.is_suspect && info.quarantine.is_empty(), "partition {id}: nothing is damaged");
    let is_known = info.options == known.options || known.wished.contains(&info.options);
    assert!(is_known, "partition {id}: {:?} was never asked for", info.options);
    let is_whole = stable >= known.promised_end() && known.is_border(stable);
    // A log that begins inside of a batch may be cut through it, and is then empty.
    let is_cut = known.cuts.iter().any(|cut| stable == start.max(cut.end));
    assert!(
        is_whole || is_cut,
        "partition {id}: ends at {stable}; promised up to {}, sent up to {}, cuts {:?}",
        known.promised_end(),
        known.next,
        known.cuts
    );
    check_start(info, known, now);
}

/// The start is where it was asked to be, or where retention may put it.
pub(crate) fn check_start(info: &PartitionInfo, known: &Known, now: Timestamp) {
    let (id, start) = (info.id, info.watermarks.start);
    assert!(start >= known.start_min, "partition {id}: {start} before {}", known.start_min);
    if start <= known.start_max {
        return;
    }
    let policies = known.wished.iter().chain([&known.options]);
    // Each batch may have been settled alone, and then it took whole blocks.
    let left = known.sent.range(start..).map(|(_, sent)| sent.print.length_bytes);
    let left_bytes: usize = left.map(|bytes| bytes.next_multiple_of(BLOCK_BYTES)).sum();
    let allows = |options: &millstream_log::PartitionOptions| {
        let by_size = options.retention_bytes.is_some_and(|limit| left_bytes as u64 >= limit);
        let by_time = options.retention.is_some_and(|retention| {
            let limit_ms = i64::try_from(retention.as_millis()).expect("short");
            let mut gone = known.sent.range(known.start_max..start);
            gone.all(|(_, sent)| now.get() - sent.max_timestamp().get() > limit_ms)
        });
        by_size || by_time
    };
    assert!(
        policies.clone().any(allows),
        "partition {id}: starts at {start}, asked for {}; {:?}, {info:?}",
        known.start_max,
        policies.collect::<Vec<_>>()
    );
}

/// The journal is one sequence for all partitions: what is there has everything before it there.
fn check_order(model: &Model, ends: &Vec<(PartitionId, Offset)>) {
    let of_last_life = |sent: &Sent| sent.ticket.0 == model.checked_life;
    let mut newest = None;
    for (id, end) in ends {
        let there = model.partitions[id].sent.range(..*end).map(|(_, sent)| sent);
        newest = newest.max(there.filter(|sent| of_last_life(sent)).map(|sent| sent.ticket).max());
    }
    for (id, end) in ends {
        let known = &model.partitions[id];
        let missing = known.sent.range(*end..).map(|(_, sent)| sent);
        let oldest = missing.filter(|sent| of_last_life(sent)).map(|sent| sent.ticket).min();
        let is_prefix = oldest.is_none_or(|oldest| newest.is_none_or(|newest| newest <= oldest));
        assert!(
            is_prefix || !known.cuts.is_empty(),
            "partition {id}: {oldest:?} is gone, {newest:?} is there"
        );
    }
}

/// Reads the whole log; gives where it starts by then.
async fn read_back(
    engine: &Engine,
    id: PartitionId,
    info: &PartitionInfo,
    model: &RefCell<Model>,
) -> Result<Offset, LogError> {
    let end = info.watermarks.stable;
    let mut offset = info.watermarks.start;
    let limit = ReadLimit { bytes_max: 300_000 };
    let mut slices = Vec::new();
    while offset < end {
        slices.clear();
        match engine.read(id, offset, limit, &mut slices).await {
            Ok(fetched) => {
                assert!(fetched.next_offset > offset, "a read goes on");
                check_read(&model.borrow().partitions[&id], offset, limit, fetched, &slices);
                offset = fetched.next_offset;
            }
            Err(LogError::OutOfRange { start_offset, .. }) if start_offset > offset => {
                offset = start_offset;
            }
            Err(LogError::Busy) => engine.io().yield_now().await,
            Err(error) => return Err(error),
        }
    }
    assert_eq!(offset, end.max(info.watermarks.start), "a log ends where it says");
    Ok(engine.watermarks(id)?.start)
}

/// What a read gave is what was sent: in order, without a gap, to the last byte.
pub(crate) fn check_read(
    known: &Known,
    offset: Offset,
    limit: ReadLimit,
    fetched: Fetched,
    slices: &[Slice],
) {
    let total: usize = slices.iter().map(|slice| slice.len()).sum();
    assert_eq!(total, fetched.bytes, "a read says how much it gave");
    let mut expected = offset;
    let mut batch_count = 0;
    for slice in slices {
        for batch in Batches::new(slice, FROM_LOG) {
            let batch = batch.unwrap_or_else(|fault| panic!("{}: {fault}", known.name));
            let Some((first, sent)) = known.holder(expected) else {
                panic!("{}: nothing was sent at {expected}", known.name)
            };
            let is_first = batch_count == 0;
            assert!(first == expected || is_first, "{}: a batch is cut", known.name);
            assert_eq!(batch.base_offset(), first, "{}: from {expected}", known.name);
            assert_eq!(Fingerprint::of(&batch), sent.print, "{}: at {first}", known.name);
            expected = sent.next;
            batch_count += 1;
        }
    }
    assert_eq!(fetched.next_offset, expected, "a read says where to go on");
    assert!(total <= limit.bytes_max || batch_count == 1, "a read keeps its limit");
}
