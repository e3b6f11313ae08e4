//! Very many partitions.

use crate::machine::{Machine, stride};
use crate::script::open;
use millstream_io::sim::PowerCut;
use millstream_log::{LogError, PartitionName, PartitionOptions};

/// As many as the log must bear, where everything is tried.
const PARTITIONS: usize = 100_000;

#[test]
fn a_hundred_thousand_partitions_come_back() {
    let count = PARTITIONS / stride(10);
    let mut machine = Machine::new(15);
    let made = machine.run(move |io, model| async move {
        let actor = open(&io, &model).await?;
        let mut last = None;
        for number in 0..count {
            let name = PartitionName::new(&format!("partition-{number}")).expect("a name");
            loop {
                match actor.engine.create_staged(&name, PartitionOptions::default()) {
                    Err(LogError::Busy) => actor.engine.room().await,
                    created => {
                        last = Some(created?.1);
                        break;
                    }
                }
            }
        }
        actor.engine.stable(last.expect("some")).await
    });
    made.expect("nobody kills it").expect("nothing fails");
    machine.world.cut_power(machine.node, PowerCut::Random);
    let found = machine.run(move |io, _| async move {
        let directory = millstream_log::Directory::open(&io, "/data".as_ref(), 1).await?;
        let options = crate::script::engine_options();
        let engine = millstream_log::Engine::open(&io, &directory, options).await?;
        let last = format!("partition-{}", count - 1);
        assert!(engine.find(&PartitionName::new(&last).expect("a name")).is_some());
        let found = engine.partitions().len();
        engine.close().await?;
        Ok::<_, LogError>(found)
    });
    assert_eq!(found.expect("nobody kills it").expect("nothing fails"), count);
}
