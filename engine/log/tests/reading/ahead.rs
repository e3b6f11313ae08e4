//! A reader with reads under way gives the same batches as reading one by one, from segments,
//! across into the tail, and behind the end once there is more.

use crate::toolbox::{BATCHES, Site, append, offsets, on_a_shard};
use millstream_base::Offset;
use millstream_io::Io;
use millstream_log::ReadLimit;
use std::path::PathBuf;

async fn run(io: Io, path: PathBuf) {
    let Site { engine, partition, .. } = &Site::fill(io, path).await;
    let partition = *partition;
    append(engine, partition, 10, 1).await;
    for depth in [1, 4] {
        let mut reader = engine.reader(partition, Offset::new(3), depth);
        let mut slices = Vec::new();
        while reader.next(&mut slices).await.expect("reads").bytes > 0 {}
        assert_eq!(offsets(&slices), (3..BATCHES + 10).collect::<Vec<i64>>());
        assert_eq!(reader.next_offset(), Offset::new(BATCHES + 10));
    }
    for bytes_max in [1, 20 << 10, 100_000, 5 << 20] {
        let mut reader = engine.reader(partition, Offset::new(3), 1);
        reader.set_depth(3);
        let mut all = Vec::new();
        loop {
            let mut slices = Vec::new();
            let fetched = reader.read(ReadLimit { bytes_max }, &mut slices).await.expect("reads");
            let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
            assert_eq!(fetched.bytes, bytes);
            assert_eq!(fetched.next_offset, reader.next_offset());
            if bytes == 0 {
                break;
            }
            let offsets = offsets(&slices);
            assert!(bytes <= bytes_max || offsets.len() == 1, "{bytes} bytes of {bytes_max}");
            all.extend(offsets);
        }
        assert_eq!(all, (3..BATCHES + 10).collect::<Vec<i64>>());
    }
    let mut reader = engine.reader(partition, Offset::new(BATCHES + 10), 4);
    let mut slices = Vec::new();
    assert_eq!(reader.next(&mut slices).await.expect("at the end").bytes, 0);
    append(engine, partition, 1, 1).await;
    reader.next(&mut slices).await.expect("reads");
    assert_eq!(offsets(&slices), [BATCHES + 10]);
    engine.close().await.expect("closes");
}

#[test]
fn reads_under_way_give_every_batch_once_and_in_order() {
    on_a_shard("ahead", run);
}
