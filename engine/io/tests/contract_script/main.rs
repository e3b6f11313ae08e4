//! A random script of file operations gives the same answers and the same files on both back ends.

mod replay;
mod script;

use millstream_base::ShardId;
use millstream_io::sim::{World, WorldOptions};
use millstream_io::{Shard, ShardOptions, reply};
use script::Step;
use std::path::Path;

const SEED_COUNT: u64 = 24;
const STEP_COUNT: usize = 250;

fn replay_on_uring(seed: u64, script: Vec<Step>) -> Vec<String> {
    let name = format!("contract-script-{seed}");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(std::fs::remove_dir_all(&directory));
    std::fs::create_dir_all(&directory).expect("a scratch directory");
    let (place, (done, answers)) = (directory.clone(), reply());
    let shard = Shard::start(ShardOptions::default(), move |io| async move {
        done.send(replay::replay(&io, &place, script).await);
    });
    let shard = shard.expect("a ring");
    let answers = answers.wait().expect("the shard answers");
    shard.join().expect("ends without a panic");
    std::fs::remove_dir_all(&directory).expect("removed");
    answers
}

fn replay_on_sim(seed: u64, script: Vec<Step>) -> Vec<String> {
    let mut world = World::new(seed, WorldOptions::default());
    let node = world.node("a");
    let directory = Path::new("/script");
    world.disk(node).create_directory(directory);
    let running = world.start(node, ShardId::new(0), |io| async move {
        replay::replay(&io, directory, script).await
    });
    world.run(&running).expect("the script comes to its end")
}

#[test]
fn both_back_ends_give_the_same_answers() {
    let (mut good_count, mut bad_count) = (0, 0);
    for seed in 0..SEED_COUNT {
        let script = script::random(seed, STEP_COUNT);
        let real = replay_on_uring(seed, script.clone());
        let simulated = replay_on_sim(seed, script);
        let pairs = real.iter().zip(&simulated).enumerate();
        for (index, (real, simulated)) in pairs {
            assert_eq!(simulated, real, "seed {seed}, step {index}: simulated against real");
        }
        assert_eq!(real.len(), simulated.len());
        good_count += real.iter().filter(|line| line.contains(": Ok(")).count();
        bad_count += real.iter().filter(|line| line.contains(": Err(")).count();
    }
    // A script in which everything fails, or nothing, would prove little.
    assert!(good_count > 1000 && bad_count > 1000, "{good_count} good, {bad_count} bad");
}
