//! What a command, a look-up, and a start cost among ten thousand topics.
#![forbid(unsafe_code)]

use criterion::{BatchSize, Criterion};
use millstream_base::{NodeId, Random, Timestamp, Uuid};
use millstream_batch::{CheckOptions, Origin, check};
use millstream_controller::config::BrokerConfig;
use millstream_controller::record::{METADATA_BATCH_BYTES_MAX, encode_batch};
use millstream_controller::{
    BrokerRegistration, Controller, CreateTopics, DeleteTopics, NewTopic, TopicSelector,
};
use std::hint::black_box;
use std::sync::Arc;

const TOPICS: usize = 10_000;
const NODE: NodeId = NodeId::new(1);

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    image(&mut criterion);
    criterion.final_summary();
}

fn registration(incarnation: u8) -> BrokerRegistration {
    BrokerRegistration {
        node: NODE,
        incarnation: Uuid::from_bytes([incarnation; 16]),
        rack: None,
        listeners: Vec::new(),
    }
}

fn empty() -> Controller {
    Controller::new(NODE, Arc::new(BrokerConfig::default()), Random::new(1))
}

fn make(controller: &mut Controller, names: impl Iterator<Item = String>) {
    let topics = names.map(NewTopic::new).collect();
    let outcome = controller.create_topics(&CreateTopics { topics, validate_only: false });
    assert!(outcome.response.iter().all(|(_, result)| result.is_ok()));
}

fn filled() -> Controller {
    let mut controller = empty();
    let _ = controller.register_broker(&registration(1));
    make(&mut controller, (0..TOPICS).map(|index| format!("topic.{index}")));
    controller
}

fn image(criterion: &mut Criterion) {
    let mut controller = filled();
    criterion.bench_function("create and delete one topic, image held", |bencher| {
        bencher.iter(|| {
            let held = controller.image().clone();
            make(&mut controller, std::iter::once("one.more".to_owned()));
            let topics = vec![TopicSelector::Name("one.more".to_owned())];
            let deleted = controller.delete_topics(&DeleteTopics { topics });
            (held, deleted)
        });
    });
    let image = controller.image().clone();
    criterion.bench_function("find a topic by name", |bencher| {
        bencher.iter(|| black_box(image.topic(black_box("topic.7777"))));
    });
    let batch = encode_batch(&controller.snapshot(), Timestamp::new(1)).expect("fits");
    println!("the image is a batch of {} bytes", batch.len());
    let options = CheckOptions { batch_bytes_max: METADATA_BATCH_BYTES_MAX, origin: Origin::Log };
    criterion.bench_function("replay the image and register", |bencher| {
        bencher.iter_batched(
            empty,
            |mut controller| {
                let batch = check(&batch, options).expect("sound");
                controller.replay(&batch).expect("records of a controller");
                let registered = controller.register_broker(&registration(2));
                (controller, registered)
            },
            BatchSize::LargeInput,
        );
    });
}
