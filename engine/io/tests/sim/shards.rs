//! Several shards, their lives and their ends.

use crate::toolbox::{durable_file, open, run, world_after};
use millstream_base::ShardId;
use millstream_io::sim::{World, WorldOptions};
use millstream_io::{Priority, channel};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

#[test]
fn shards_talk_through_channels_in_many_orders() {
    let mut orders = std::collections::BTreeSet::new();
    for seed in 0..32 {
        let mut world = World::new(seed, WorldOptions::default());
        let node = world.node("a");
        let (sender, mut inbox) = channel(1);
        for shard in 1..4 {
            let sender = sender.clone();
            drop(world.start(node, ShardId::new(shard), |io| async move {
                io.yield_now().await;
                sender.send(shard).await.expect("the reader is there");
            }));
        }
        drop(sender);
        let order = run(&mut world, node, |_| async move {
            let mut received = VecDeque::new();
            while inbox.receive(&mut received).await {}
            Vec::from(received)
        });
        assert_eq!(order.len(), 3);
        orders.insert(order);
    }
    assert!(orders.len() > 3, "{orders:?}");
}

#[test]
fn a_kill_drops_all_tasks_and_frees_locks() {
    let mut world = World::new(1, WorldOptions::default());
    let node = world.node("a");
    let held = Rc::new(());
    let inside = Rc::clone(&held);
    let running = world.start(node, ShardId::new(0), |io| async move {
        let file = durable_file(&io).await;
        file.lock().await.expect("locks");
        let sleeper = io.clone();
        let task = io.spawn(Priority::Background, async move {
            sleeper.sleep(Duration::from_secs(3600)).await;
            drop(inside);
        });
        task.await;
        drop(file);
    });
    world.run_for(Duration::from_secs(1));
    assert!(world.is_up(node) && Rc::strong_count(&held) == 2);
    world.kill(node);
    assert!(!world.is_up(node) && Rc::strong_count(&held) == 1);
    assert_eq!(world.run(&running), None);
    run(&mut world, node, |io| async move {
        open(&io, "/file").await.lock().await.expect("the lock went with the process");
    });
}

#[test]
fn the_end_of_the_main_future_ends_its_tasks_and_finishes_its_writes() {
    let seen = Rc::new(RefCell::new(0));
    let counted = Rc::clone(&seen);
    let (mut world, node) = world_after(1, |io| async move {
        let file = durable_file(&io).await;
        let timer = io.clone();
        drop(io.spawn(Priority::Foreground, async move {
            loop {
                *counted.borrow_mut() += 1;
                timer.sleep(Duration::from_millis(1)).await;
            }
        }));
        io.sleep(Duration::from_millis(10)).await;
        let slices = vec![crate::toolbox::filled(2, 8192)];
        let position = millstream_base::Position::ZERO;
        drop(file.write_at(slices, position, millstream_io::Durability::Written));
    });
    let count = *seen.borrow();
    assert!((5..20).contains(&count), "{count}");
    world.run_for(Duration::from_secs(1));
    assert_eq!(*seen.borrow(), count);
    let bytes = world.disk(node).read_file(std::path::Path::new("/file"));
    assert_eq!(bytes, Some(vec![2; 8192]));
}

#[test]
fn a_file_kept_beyond_its_shard_does_no_harm() {
    let (mut world, node) = world_after(1, |_| async {});
    let file = run(&mut world, node, |io| async move { durable_file(&io).await });
    let late = file.sync_data();
    drop(late);
    drop(file);
    assert!(!world.step());
}
