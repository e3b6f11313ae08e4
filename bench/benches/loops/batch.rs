//! Record batches: checksum, check, building.

use crate::stopwatch::time;
use millstream_base::{Timestamp, crc};
use millstream_batch::{BatchBuilder, BuilderOptions, CheckOptions, Origin, check};
use std::hint::black_box;
use std::time::Duration;

pub(crate) const OPTIONS: CheckOptions =
    CheckOptions { batch_bytes_max: 1 << 20, origin: Origin::Producer };
/// Records of 100 bytes that make about 16 KiB.
const RECORD_COUNT: usize = 150;

pub(crate) fn crc(times: u64) -> Duration {
    let bytes = vec![0x5a; 16 << 10];
    time(|| {
        for _ in 0..times {
            black_box(crc::crc32c(black_box(&bytes)));
        }
    })
}

pub(crate) fn check_batch(times: u64) -> Duration {
    let bytes = of_records(RECORD_COUNT);
    time(|| {
        for _ in 0..times {
            let checked = check(black_box(&bytes), OPTIONS);
            black_box(checked.expect("built").next_offset());
        }
    })
}

pub(crate) fn build(times: u64) -> Duration {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    time(|| {
        for _ in 0..times {
            builder.restart(BuilderOptions::default());
            fill(&mut builder, RECORD_COUNT);
            black_box(builder.finish().expect("not empty").len());
        }
    })
}

/// A batch of so many records of 100 bytes.
pub(crate) fn of_records(record_count: usize) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    fill(&mut builder, record_count);
    builder.finish().expect("not empty").to_vec()
}

fn fill(builder: &mut BatchBuilder, record_count: usize) {
    let value = [0x5a; 100];
    for index in 0..record_count {
        let timestamp = Timestamp::new(1_700_000_000_000 + i64::try_from(index).expect("few"));
        builder.append(timestamp, None, Some(&value), &[]).expect("it fits");
    }
}
