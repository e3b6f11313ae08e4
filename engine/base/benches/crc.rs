//! CRC-32C by size: ours, and the two crates it chooses from.

use std::hint::black_box;

use crc_fast::{CrcAlgorithm, Digest};
use criterion::{BenchmarkId, Criterion, Throughput};
use millstream_base::{Random, crc};

const SIZES_BYTES: [usize; 12] = [12, 49, 64, 100, 128, 192, 256, 512, 1024, 4096, 16_384, 1 << 20];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    whole(&mut criterion);
    append(&mut criterion);
    criterion.final_summary();
}

fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("crc32c");
    for size_bytes in SIZES_BYTES {
        let bytes = noise(size_bytes);
        group.throughput(Throughput::Bytes(size_bytes as u64));
        group.bench_with_input(BenchmarkId::new("ours", size_bytes), &bytes, |bencher, bytes| {
            bencher.iter(|| crc::crc32c(black_box(bytes)));
        });
        group.bench_with_input(BenchmarkId::new("crc32c", size_bytes), &bytes, |bencher, bytes| {
            bencher.iter(|| crc32c::crc32c(black_box(bytes)));
        });
        group.bench_with_input(
            BenchmarkId::new("crc-fast", size_bytes),
            &bytes,
            |bencher, bytes| {
                bencher.iter(|| crc_fast::crc32_iscsi(black_box(bytes)));
            },
        );
    }
    group.finish();
}

fn append(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("crc32c_append");
    for size_bytes in SIZES_BYTES {
        let bytes = noise(size_bytes);
        group.throughput(Throughput::Bytes(size_bytes as u64));
        group.bench_with_input(BenchmarkId::new("ours", size_bytes), &bytes, |bencher, bytes| {
            bencher.iter(|| crc::crc32c_append(black_box(7), black_box(bytes)));
        });
        group.bench_with_input(
            BenchmarkId::new("crc-fast", size_bytes),
            &bytes,
            |bencher, bytes| {
                bencher.iter(|| {
                    let mut digest =
                        Digest::new_with_init_state(CrcAlgorithm::Crc32Iscsi, black_box(7));
                    digest.update(black_box(bytes));
                    digest.finalize()
                });
            },
        );
    }
    group.finish();
}

fn noise(size_bytes: usize) -> Vec<u8> {
    let mut bytes = vec![0; size_bytes];
    Random::new(1).fill(&mut bytes);
    bytes
}
