//! Lengths after a power cut.

use crate::toolbox::{durable_file, filled, sectors, world_after, write};
use millstream_base::Position;
use millstream_io::sim::PowerCut;
use millstream_io::{Durability, File};
use std::path::Path;

/// The sectors of `/file` after `change` and a power cut, for 64 seeds.
fn outcomes(change: impl AsyncFn(&File) + Copy + 'static) -> Vec<Vec<u8>> {
    let outcome = |seed| {
        let (mut world, node) = world_after(seed, |io| async move {
            let file = durable_file(&io).await;
            change(&file).await;
        });
        world.cut_power(node, PowerCut::Random);
        let bytes = world.disk(node).read_file(Path::new("/file")).expect("its name was synced");
        sectors(&bytes)
    };
    (0..64).map(outcome).collect()
}

#[test]
fn an_extension_may_be_lost_or_come_without_its_bytes() {
    let outcomes = outcomes(async |file| {
        write(file, 8192, filled(2, 4096), Durability::Written).await;
    });
    assert!(outcomes.iter().all(|sectors| sectors[..16] == [1; 16]));
    assert!(outcomes.iter().any(|sectors| sectors.len() == 16), "lost");
    assert!(outcomes.iter().any(|sectors| sectors[16..] == [2; 8]), "kept");
    let hollow = outcomes.iter().filter(|sectors| sectors[16..].contains(&0));
    assert!(hollow.count() > 5, "long, but without its bytes");
}

#[test]
fn a_synced_extension_is_kept() {
    let outcomes = outcomes(async |file| {
        write(file, 8192, filled(2, 4096), Durability::Written).await;
        file.sync_data().await.expect("syncs");
    });
    let expected = [[1; 8], [1; 8], [2; 8]].concat();
    assert!(outcomes.iter().all(|sectors| *sectors == expected));
}

#[test]
fn a_stable_write_brings_the_length_that_it_needs() {
    let outcomes = outcomes(async |file| {
        write(file, 8192, filled(2, 4096), Durability::Written).await;
        write(file, 12288, filled(3, 4096), Durability::Stable).await;
    });
    assert!(outcomes.iter().all(|sectors| sectors.len() == 32 && sectors[24..] == [3; 8]));
    assert!(outcomes.iter().any(|sectors| sectors[16..24].contains(&0)), "the hole may stay one");
}

#[test]
fn a_cut_may_be_undone_until_it_is_synced() {
    let unsynced = outcomes(async |file| file.set_length(4096).await.expect("cuts"));
    assert!(unsynced.iter().any(|sectors| *sectors == [1; 16]));
    assert!(unsynced.iter().any(|sectors| *sectors == [1; 8]));
    let synced = outcomes(async |file| {
        file.set_length(4096).await.expect("cuts");
        file.sync_data().await.expect("syncs");
    });
    assert!(synced.iter().all(|sectors| *sectors == [1; 8]));
}

#[test]
fn what_was_cut_off_does_not_come_back_when_the_file_grows() {
    let outcomes = outcomes(async |file| {
        write(file, 0, filled(2, 8192), Durability::Written).await;
        file.set_length(0).await.expect("cuts");
        file.set_length(8192).await.expect("extends");
        file.sync_data().await.expect("syncs");
    });
    assert!(outcomes.iter().all(|sectors| *sectors == [0; 16]));
}

#[test]
fn an_unsynced_cut_between_two_writes_never_mixes_them_below_its_length() {
    let outcomes = outcomes(async |file| {
        file.set_length(0).await.expect("cuts");
        write(file, 0, filled(2, 4096), Durability::Stable).await;
    });
    assert!(
        outcomes.iter().all(|sectors| *sectors == [2; 8]),
        "the stable write comes with the cut"
    );
}

#[test]
fn reserved_space_is_kept_by_a_sync() {
    let outcomes = outcomes(async |file| {
        file.allocate(Position::ZERO, 16384).await.expect("allocates");
        file.sync_data().await.expect("syncs");
    });
    assert!(outcomes.iter().all(|sectors| *sectors == [vec![1; 16], vec![0; 16]].concat()));
}
