//! What a shard does while there is nothing to do: told in rounds of its loop, not in time.

use crate::common::{local, on_shard, options, steps};
use millstream_io::{Activity, Io, ListenOptions, ShardOptions};
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(20);

/// What the shard did while its only task slept, with a connection that nobody makes.
async fn pause(io: &Io) -> (Activity, Activity) {
    let mut listener = io.listen(local(), ListenOptions::default()).await.expect("listens");
    let accepting = io.spawn(millstream_io::Priority::Foreground, async move {
        drop(listener.accept().await);
    });
    io.sleep(PAUSE).await;
    let before = io.activity();
    io.sleep(PAUSE).await;
    let after = io.activity();
    accepting.cancel();
    (before, after)
}

#[test]
fn an_idle_shard_sleeps_and_makes_no_rounds() {
    for features in steps() {
        on_shard(options(features), |io| async move {
            let (before, after) = pause(&io).await;
            // One sleep and one round are the timer's; two more are left to a kernel that wakes
            // for nothing.
            assert!(after.tick_count - before.tick_count <= 3, "{before:?} {after:?}");
            assert!(after.enter_count - before.enter_count <= 3, "{before:?} {after:?}");
            assert!(after.sleep_count > before.sleep_count, "{before:?} {after:?}");
            assert_eq!(after.spin_count, 0);
        });
    }
}

#[test]
fn a_shard_that_may_spin_looks_for_work_and_then_sleeps() {
    let spin = Duration::from_micros(100);
    on_shard(ShardOptions { spin, ..ShardOptions::default() }, |io| async move {
        let (before, after) = pause(&io).await;
        assert!(after.spin_count > before.spin_count, "{before:?} {after:?}");
        assert!(after.sleep_count > before.sleep_count, "{before:?} {after:?}");
        assert!(after.tick_count - before.tick_count <= 3, "{before:?} {after:?}");
    });
}

#[test]
fn a_shard_that_spins_for_long_does_not_sleep_before_its_timer() {
    let spin = Duration::from_secs(3600);
    on_shard(ShardOptions { spin, ..ShardOptions::default() }, |io| async move {
        let (before, after) = pause(&io).await;
        assert_eq!(after.sleep_count, before.sleep_count);
        assert!(after.spin_count > before.spin_count);
    });
}
