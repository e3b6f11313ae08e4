//! What a shard does beside its clients: snapshots of what leaders know, producers that expire,
//! readers that nobody came back to.

use crate::partition::Partition;
use crate::shard::Shard;
use millstream_replica::SnapshotStore;
use std::rc::Rc;
use std::time::Duration;

/// How often leaders are looked at.
const INTERVAL: Duration = Duration::from_secs(10);

/// Runs for as long as the shard does. What fails here is tried again the next time: nothing that
/// clients were told depends on it.
pub(crate) async fn run(shard: Rc<Shard>) {
    loop {
        shard.io.sleep(INTERVAL).await;
        shard.read_ahead.expire(shard.io.now());
        let expiration = shard.facts.settings.producer_expiration;
        for partition in served(&shard) {
            if let Some(leader) = partition.known_leader() {
                leader.borrow_mut().expire_producers(shard.io.now(), expiration);
            }
            drop(partition.save(&shard, false));
            shard.io.yield_now().await;
        }
        if shard.snapshots.borrow().wants_rewrite() {
            drop(SnapshotStore::rewrite(&shard.snapshots, &shard.engine).await);
        }
    }
}

/// Saves what every leader knows, so that the next start reads no headers.
pub(crate) async fn finish(shard: &Shard) {
    if shard.engine.flush().await.is_ok() {
        served(shard).iter().for_each(|partition| drop(partition.save(shard, true)));
    }
}

fn served(shard: &Shard) -> Vec<Rc<Partition>> {
    shard.partitions.borrow().values().map(Rc::clone).collect()
}
