//! Files of segments that nothing speaks of any more go in the background, and nothing else does.

use crate::toolbox::{Machine, append, create, index, open, read_on, segment};
use millstream_base::Offset;
use std::time::Duration;

#[test]
fn orphaned_segments_of_a_partition_go_and_all_others_stay() {
    let mut machine = Machine::new(5);
    machine.run(|io| async move {
        let engine = open(&io).await;
        let partition = create(&engine, "a").await;
        for _ in 0..10 {
            append(&engine, partition, 1_000).await.expect("appends");
        }
        engine.close().await.expect("closes");
    });
    let disk = machine.disk();
    let known = [segment(0, 0), index(0, 0)];
    let orphans = [segment(0, 3), index(0, 3), index(0, 9)];
    // One that may be made yet under this very name, and what is no segment at all.
    let others = [segment(0, 10), segment(0, 7).with_extension("text")];
    for path in orphans.iter().chain(&others) {
        disk.write_file(path, &[1; 4096]);
    }
    let looked = disk.clone();
    machine.run(|io| async move {
        let engine = open(&io).await;
        let partition = engine.partitions()[0];
        io.sleep(Duration::from_secs(1)).await;
        assert!(orphans.iter().all(|path| looked.read_file(path).is_none()), "are gone");
        for path in known.iter().chain(&others) {
            assert!(looked.read_file(path).is_some(), "{} stays", path.display());
        }
        append(&engine, partition, 1_000).await.expect("appends");
        assert_eq!(read_on(&engine, partition, Offset::ZERO).await.0, 11);
        engine.close().await.expect("closes");
    });
    machine.run(|io| async move {
        let engine = open(&io).await;
        assert_eq!(read_on(&engine, engine.partitions()[0], Offset::ZERO).await.0, 11);
    });
}
