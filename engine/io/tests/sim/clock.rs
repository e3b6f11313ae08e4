//! Virtual time.

use crate::toolbox::{run, world_after};
use millstream_base::ShardId;
use millstream_io::sim::{World, WorldOptions};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

const YEAR: Duration = Duration::from_secs(365 * 86_400);

#[test]
fn years_pass_in_a_few_steps() {
    let (world, _) = world_after(1, |io| async move { io.sleep(YEAR * 10).await });
    assert!(world.now().get() >= u64::try_from((YEAR * 10).as_nanos()).expect("fits"));
}

#[test]
fn the_wall_clock_jumps_and_the_monotonic_one_does_not() {
    let (mut world, node) = world_after(1, |_| async {});
    let ten_years_ms = i64::try_from((YEAR * 10).as_millis()).expect("fits");
    let now =
        move |world: &mut World| run(world, node, |io| async move { (io.now(), io.wall_time()) });
    let (before, wall_before) = now(&mut world);
    for by_ms in [ten_years_ms, -2 * ten_years_ms] {
        world.jump_wall_time(node, by_ms);
    }
    let (after, wall_after) = now(&mut world);
    let jumped_ms = wall_after.checked_sub_ms(wall_before).expect("fits");
    assert!((-ten_years_ms..1000 - ten_years_ms).contains(&jumped_ms), "{jumped_ms}");
    assert!(after - before < Duration::from_secs(1));
}

#[test]
fn a_paused_node_stands_still_while_time_goes_on() {
    let mut world = World::new(1, WorldOptions::default());
    let node = world.node("a");
    let ticks = Rc::new(Cell::new(0));
    let counted = Rc::clone(&ticks);
    drop(world.start::<(), _>(node, ShardId::new(0), |io| async move {
        loop {
            io.sleep(Duration::from_secs(1)).await;
            counted.set(counted.get() + 1);
        }
    }));
    world.run_for(Duration::from_secs(10) + Duration::from_millis(1));
    assert_eq!(ticks.get(), 10);
    world.pause(node);
    world.run_for(Duration::from_secs(60));
    assert_eq!(ticks.get(), 10);
    world.resume(node);
    world.run_for(Duration::from_secs(5));
    assert!((15..=16).contains(&ticks.get()), "{}", ticks.get());
}

#[test]
fn a_world_without_anything_to_do_is_idle() {
    let (mut world, node) = world_after(1, |_| async {});
    assert!(!world.step());
    assert!(!world.run_until(|| false));
    let forever = world.start(node, ShardId::new(0), |_| std::future::pending::<()>());
    assert_eq!(world.run(&forever), None);
    assert!(world.is_up(node));
}
