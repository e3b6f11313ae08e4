//! What a batch costs: checking, iterating, building, per codec where it matters.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use millstream_base::limits::BATCH_BYTES_MAX;
use millstream_base::{Random, Timestamp};
use millstream_batch::{
    BatchBuilder, BuilderOptions, CheckOptions, Compression, DecompressLimit, Origin, Scratch,
    check,
};

const OPTIONS: CheckOptions =
    CheckOptions { batch_bytes_max: BATCH_BYTES_MAX, origin: Origin::Producer };
/// 150 records of 100 bytes: a batch of about 16 KiB.
const RECORD_COUNT: u32 = 150;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    checking(&mut criterion);
    iterating(&mut criterion);
    building(&mut criterion);
    criterion.final_summary();
}

fn checking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("check");
    for record_count in [1, RECORD_COUNT, 10 * RECORD_COUNT] {
        let bytes = build(Compression::None, record_count);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        let id = BenchmarkId::from_parameter(bytes.len());
        group.bench_with_input(id, &bytes, |bencher, bytes| {
            bencher.iter(|| check(black_box(bytes), OPTIONS).map(|batch| batch.next_offset()));
        });
    }
    group.finish();
}

fn iterating(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("iterate");
    group.throughput(Throughput::Elements(u64::from(RECORD_COUNT)));
    let mut scratch = Scratch::new();
    for compression in Compression::ALL {
        let bytes = build(compression, RECORD_COUNT);
        let batch = check(&bytes, OPTIONS).expect("built");
        group.bench_function(compression.to_string(), |bencher| {
            bencher.iter(|| {
                let records = batch.records(DecompressLimit::DEFAULT, &mut scratch).expect("built");
                records.filter_map(|record| record.ok()?.value().map(<[u8]>::len)).sum::<usize>()
            });
        });
    }
    group.finish();
}

fn building(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build");
    group.throughput(Throughput::Elements(u64::from(RECORD_COUNT)));
    let value = value();
    for compression in Compression::ALL {
        let options = options(compression);
        let mut builder = BatchBuilder::new(options);
        group.bench_function(compression.to_string(), |bencher| {
            bencher.iter(|| {
                builder.restart(options);
                fill(&mut builder, RECORD_COUNT, &value);
                builder.finish().expect("not empty").len()
            });
        });
    }
    group.finish();
}

fn options(compression: Compression) -> BuilderOptions {
    BuilderOptions { compression, batch_bytes_max: BATCH_BYTES_MAX, ..Default::default() }
}

fn build(compression: Compression, record_count: u32) -> Vec<u8> {
    let mut builder = BatchBuilder::new(options(compression));
    fill(&mut builder, record_count, &value());
    builder.finish().expect("not empty").to_vec()
}

fn fill(builder: &mut BatchBuilder, record_count: u32, value: &[u8]) {
    for index in 0..record_count {
        let timestamp = Timestamp::new(1_700_000_000_000 + i64::from(index));
        builder.append(timestamp, None, Some(value), &[]).expect("fits");
    }
}

/// Half noise, half text, so that codecs have something to do.
fn value() -> [u8; 100] {
    let mut value = [b'x'; 100];
    Random::new(1).fill(&mut value[..50]);
    value
}
