//! A queue: many producers append at once, and one reader replays what they wrote, as it comes.
//!
//! ```sh
//! cargo run --release --example queue -p millstream-log
//! ```
//!
//! Each producer waits until its record is on stable media before it makes the next; all of them
//! share the durable writes. The example ends by itself and removes its directory.

use millstream_log::{Log, LogError, NewRecord, Offset, Partition};
use std::collections::BTreeMap;

const PRODUCERS: u64 = 32;
const RECORDS_EACH: u64 = 500;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::temp_dir().join(format!("millstream-queue-{}", std::process::id()));
    let log = Log::open(&path)?;
    let jobs = log.partition("jobs")?;
    let outcome = run(&jobs);
    drop((jobs, log));
    std::fs::remove_dir_all(&path)?;
    println!("{}", outcome?);
    Ok(())
}

/// Runs producers and reader side by side; says how fast they were.
fn run(jobs: &Partition) -> Result<String, LogError> {
    std::thread::scope(|scope| {
        let producers: Vec<_> =
            (0..PRODUCERS).map(|producer| scope.spawn(move || produce(jobs, producer))).collect();
        let summary = consume(jobs)?;
        for producer in producers {
            producer.join().expect("a producer does not panic")?;
        }
        Ok(summary)
    })
}

fn produce(jobs: &Partition, producer: u64) -> Result<(), LogError> {
    for number in 0..RECORDS_EACH {
        let job = NewRecord::keyed(producer.to_string(), number.to_string());
        jobs.append(job).wait()?;
    }
    Ok(())
}

/// Reads every record once, and waits where there is none yet.
fn consume(jobs: &Partition) -> Result<String, LogError> {
    let mut next_number = BTreeMap::new();
    let mut next_offset = Offset::ZERO;
    let mut replay = jobs.replay(next_offset);
    let mut times = None;
    while next_offset.get().cast_unsigned() < PRODUCERS * RECORDS_EACH {
        jobs.wait_beyond(next_offset).wait()?;
        for record in replay.by_ref() {
            let record = record?;
            let number = next_number.entry(record.key).or_insert(0);
            assert_eq!(record.value, Some(number.to_string().into_bytes()), "in order");
            *number += 1;
            next_offset = record.offset.checked_add(1).expect("offsets are far from their end");
            let (first, _) = times.unwrap_or((record.timestamp, record.timestamp));
            times = Some((first, record.timestamp));
        }
    }
    let (first, last) = times.expect("there are records");
    let took_ms = last.checked_sub_ms(first).unwrap_or(0).max(1);
    let records = PRODUCERS * RECORDS_EACH;
    let rate = i128::from(records) * 1000 / i128::from(took_ms);
    Ok(format!(
        "{PRODUCERS} producers, {records} records, each on stable media before the next of its \
         producer: {took_ms} ms, {rate} records/s"
    ))
}
