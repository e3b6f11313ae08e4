//! What the fuzz target calls, here so that its corpus is replayed by the ordinary tests.
//!
//! Not part of the API.

use millstream_base::{Instant, Random, Timestamp};

use crate::command::Now;
use crate::describe::ListFilter;
use crate::record::{Entry, Record, decode, encode_group, encode_offset};
use crate::replay::Replay;
use crate::settings::Settings;

/// A key, its value, and what follows.
type Split<'data> = (&'data [u8], Option<&'data [u8]>, &'data [u8]);

/// Most records of one log.
const RECORDS_MAX: usize = 64;

/// A log of records: each is two bytes that say how long key and value are, and these. What can be
/// read is written and read again; the whole is replayed, and then everybody falls silent.
pub fn group_records(data: &[u8]) {
    let mut replay = Replay::new(Settings::default(), Random::new(1));
    let mut rest = data;
    for _ in 0..RECORDS_MAX {
        let Some((key, value, tail)) = split(rest) else { break };
        rest = tail;
        if let Ok(entry) = decode(key, value) {
            check_again(&entry);
        }
        let _ = replay.record(key, value);
    }
    let mut now = Now { instant: Instant::ZERO, wall: Timestamp::new(1) };
    let mut coordinator = replay.finish(now);
    for _ in 0..RECORDS_MAX {
        let Some(next) = coordinator.next_deadline() else { break };
        now.instant = now.instant.max(next);
        let mut effects = coordinator.tick(now);
        assert!(effects.answers.is_empty(), "nobody has asked");
        while let Some(append) = effects.appends.pop() {
            append.records.iter().for_each(check_readable);
            effects.appends.extend(coordinator.appended(now, append.id).appends);
        }
    }
    let all = ListFilter::default();
    let listings = coordinator.list(&all);
    listings.for_each(|listing| assert!(coordinator.describe(&listing.group).is_some()));
}

/// The next record. A value length of 255 is a tombstone.
fn split(data: &[u8]) -> Option<Split<'_>> {
    let ([key_bytes, value_bytes], rest) = data.split_first_chunk()?;
    let (key, rest) = rest.split_at_checked(usize::from(*key_bytes))?;
    if *value_bytes == u8::MAX {
        return Some((key, None, rest));
    }
    let (value, rest) = rest.split_at_checked(usize::from(*value_bytes))?;
    Some((key, Some(value), rest))
}

fn check_again(entry: &Entry) {
    let record = match entry {
        Entry::Offset { key, value } => {
            encode_offset(&key.group, &key.topic, key.partition, value.as_ref())
        }
        Entry::Group { group, value } => encode_group(group, value.as_ref()),
        Entry::Foreign { .. } => return,
    };
    let again = decode(&record.key, record.value.as_deref());
    assert_eq!(again.as_ref(), Ok(entry), "there and back");
}

fn check_readable(record: &Record) {
    let read = decode(&record.key, record.value.as_deref());
    assert!(read.is_ok(), "our own record: {read:?}");
}
