//! Lookups by time, held against the model.

use super::model::Known;
use millstream_base::{Offset, Timestamp};

/// Whether `found` is a right answer to a lookup of `timestamp` in a log that began within
/// `start..=start_after` and was stable at least up to `stable`.
pub(crate) fn check_lookup(
    known: &Known,
    timestamp: Timestamp,
    (start, start_after, stable): (Offset, Offset, Offset),
    found: Option<(Offset, Timestamp)>,
) {
    let first = first_record(known, timestamp, start, stable);
    let first_after = first_record(known, timestamp, start_after, stable);
    match found {
        None => assert!(
            first_after.is_none(),
            "{}: {timestamp} is at {first_after:?}, and was not found",
            known.name
        ),
        Some((offset, time)) => {
            let (base, sent) = known.holder(offset).expect("what is found was sent");
            let index = u32::try_from(offset.get() - base.get()).expect("within a batch");
            assert_eq!(sent.times.at(index), time, "{}: the time of {offset}", known.name);
            assert!(time >= timestamp, "{}: {time} is before {timestamp}", known.name);
            let is_first = first_after.is_none_or(|first| offset <= first);
            let is_late = first.is_none_or(|first| offset >= first);
            assert!(
                is_first && is_late,
                "{}: {offset}, not {first:?} or {first_after:?}; {timestamp}, {start}, {start_after}, {stable}",
                known.name
            );
        }
    }
}

fn first_record(known: &Known, timestamp: Timestamp, start: Offset, end: Offset) -> Option<Offset> {
    let batches = known.sent.range(..end).filter(|(_, sent)| sent.next > start);
    let records = batches.flat_map(|(first, sent)| {
        (0..sent.print.record_count)
            .map(move |index| (Offset::new(first.get() + i64::from(index)), sent.times.at(index)))
    });
    let mut matching = records.filter(|(offset, time)| *offset >= start && *time >= timestamp);
    matching.next().map(|(offset, _)| offset)
}
