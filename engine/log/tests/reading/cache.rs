//! What one reader has read from disk is there for the next, and never once it counts no more.

use crate::toolbox::{BATCHES, Site, append, batches, on_a_shard};
use millstream_base::Offset;
use millstream_io::Slice;
use millstream_log::{LogError, ReadLimit};
use std::time::Duration;

/// Reads all from `offset` on; gives offset and time of each batch, and what came from disk.
async fn read(site: &Site, offset: i64, bytes_max: usize) -> (Vec<(i64, i64)>, u64) {
    let before = site.engine.counters().read_bytes.get();
    let mut slices: Vec<Slice> = Vec::new();
    let mut next = Offset::new(offset);
    loop {
        let limit = ReadLimit { bytes_max };
        let fetched = site.engine.read(site.partition, next, limit, &mut slices).await;
        let fetched = fetched.expect("reads");
        if fetched.bytes == 0 {
            break;
        }
        next = fetched.next_offset;
    }
    (batches(&slices), site.engine.counters().read_bytes.get() - before)
}

fn all(from: i64, until: i64, time: i64) -> Vec<(i64, i64)> {
    (from..until).map(|offset| (offset, time)).collect()
}

#[test]
fn who_comes_second_reads_the_same_from_memory() {
    on_a_shard("cache-second", async |io, path| {
        let site = Site::fill(io, path).await;
        let (first, first_bytes) = read(&site, 0, 1 << 20).await;
        assert_eq!(first, all(0, BATCHES, 1));
        assert!(first_bytes >= BATCHES.unsigned_abs() * (16 << 10), "{first_bytes}");
        // Whatever the size of its reads, and wherever it begins.
        for (from, bytes_max) in [(0, 1 << 20), (7, 1 << 20), (0, 100_000), (599, 1)] {
            let (again, bytes) = read(&site, from, bytes_max).await;
            assert_eq!(again, all(from, BATCHES, 1));
            assert_eq!(bytes, 0, "from {from}, {bytes_max} bytes at once");
        }
        site.engine.close().await.expect("closes");
    });
}

#[test]
fn what_was_cut_off_or_deleted_is_not_given_again() {
    on_a_shard("cache-cut", async |io, path| {
        let site = Site::fill(io, path).await;
        let Site { io, engine, partition, .. } = &site;
        read(&site, 0, 1 << 20).await;
        let half = BATCHES / 2;
        let limit = ReadLimit { bytes_max: 1 };
        let at = Offset::new(half);
        // The second time in the same file, batch by batch at the same places.
        for time in [2, 3] {
            engine.truncate(*partition, at).await.expect("cuts");
            assert_eq!(read(&site, 0, 1 << 20).await.0, all(0, half, 1));
            append(engine, *partition, BATCHES, time).await;
            append(engine, *partition, BATCHES, time).await;
            // Until what was appended instead has left the tail.
            let into = &mut Vec::new();
            while engine.read_tail(*partition, at, limit, into).expect("there").is_some() {
                io.sleep(Duration::from_millis(10)).await;
            }
            for _ in 0..2 {
                let (found, _) = read(&site, half, 1 << 20).await;
                assert_eq!(found, all(half, half + 2 * BATCHES, time));
            }
        }
        engine.delete(*partition).await.expect("deletes");
        let gone = engine.read(*partition, at, limit, &mut Vec::new()).await;
        assert!(matches!(gone, Err(LogError::UnknownPartition(_))), "{gone:?}");
        engine.close().await.expect("closes");
    });
}
