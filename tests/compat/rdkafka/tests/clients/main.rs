//! Real librdkafka against a broker of ours: codecs, headers, times, groups, administration.
#![forbid(unsafe_code)]

mod wait;

use millstream_site::Broker;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use std::time::Duration;
use wait::wait;

/// Long: a test waits for what comes, and fails only where nothing does.
const PATIENCE: Duration = Duration::from_secs(60);

/// A record as it went in and should come out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sent {
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
    time_ms: i64,
}

fn config(broker: &Broker) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker.address().to_string());
    config
}

fn sample(number: i64) -> Sent {
    let text = format!("value {number} ").repeat(20).into_bytes();
    Sent {
        key: (number % 3 != 0).then(|| format!("key {number}").into_bytes()),
        value: match number % 5 {
            0 => None,
            1 => Some(Vec::new()),
            _ => Some(text),
        },
        headers: (0..number % 3)
            .map(|index| (format!("h{index}"), (index == 1).then(|| vec![0, 255])))
            .collect(),
        time_ms: 1_700_000_000_000 + number * 1000,
    }
}

fn produce(config: &ClientConfig, topic: &str, samples: &[Sent]) {
    let producer: BaseProducer = config.create().expect("a producer");
    for sample in samples {
        let headers = sample.headers.iter().fold(OwnedHeaders::new(), |all, (key, value)| {
            all.insert(Header { key, value: value.as_ref() })
        });
        let mut record = BaseRecord::<[u8], [u8]>::to(topic)
            .partition(0)
            .timestamp(sample.time_ms)
            .headers(headers);
        if let Some(key) = &sample.key {
            record = record.key(key);
        }
        if let Some(value) = &sample.value {
            record = record.payload(value);
        }
        producer.send(record).map_err(|(error, _)| error).expect("queued");
    }
    producer.flush(PATIENCE).expect("all were acknowledged");
}

fn received(message: &impl Message) -> Sent {
    let headers = message.headers().map_or_else(Vec::new, |headers| {
        let owned =
            |header: Header<'_, &[u8]>| (header.key.to_owned(), header.value.map(<[u8]>::to_vec));
        headers.iter().map(owned).collect()
    });
    Sent {
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers,
        time_ms: message.timestamp().to_millis().expect("a time"),
    }
}

/// The next records that a consumer gets.
fn take(consumer: &BaseConsumer, count: usize) -> Vec<(i64, Sent)> {
    // Events of the group end a poll too.
    let poll = || (0..60).find_map(|_| consumer.poll(Duration::from_secs(1)));
    let next = || {
        let message = poll().expect("a record in time").expect("a sound one");
        (message.offset(), received(&message))
    };
    (0..count).map(|_| next()).collect()
}

fn assigned(config: &ClientConfig, topic: &str, offset: Offset) -> BaseConsumer {
    let mut config = config.clone();
    config.set("group.id", "nobody").set("enable.auto.commit", "false");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, offset).expect("an offset");
    consumer.assign(&list).expect("assigned");
    consumer
}

#[test]
fn every_codec_brings_back_what_went_in() {
    let broker = Broker::start("codecs");
    let samples: Vec<Sent> = (0..200).map(sample).collect();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let mut config = config(&broker);
        config.set("compression.codec", codec).set("linger.ms", "20");
        produce(&config, codec, &samples);
        let consumer = assigned(&config, codec, Offset::Beginning);
        let got = take(&consumer, samples.len());
        for (index, (offset, got)) in got.into_iter().enumerate() {
            assert_eq!(usize::try_from(offset).ok(), Some(index), "{codec}");
            assert_eq!(got, samples[index], "{codec}: {index}");
        }
    }
}

#[test]
fn a_time_leads_to_its_record() {
    let broker = Broker::start("times");
    let samples: Vec<Sent> = (0..50).map(sample).collect();
    produce(&config(&broker), "times", &samples);
    let consumer = assigned(&config(&broker), "times", Offset::Beginning);
    let mut wanted = TopicPartitionList::new();
    let time = Offset::Offset(samples[30].time_ms - 1);
    wanted.add_partition_offset("times", 0, time).expect("a time");
    let found = consumer.offsets_for_times(wanted, PATIENCE).expect("found");
    let found = found.elements_for_topic("times")[0].offset();
    assert_eq!(found, Offset::Offset(30));
    assert_eq!(consumer.fetch_watermarks("times", 0, PATIENCE).expect("known"), (0, 50));
}

#[test]
fn an_idempotent_producer_stores_each_record_once() {
    let broker = Broker::start("idempotent");
    let mut config = config(&broker);
    config.set("enable.idempotence", "true").set("batch.num.messages", "7");
    let samples: Vec<Sent> = (0..500).map(sample).collect();
    produce(&config, "once", &samples);
    let consumer = assigned(&config, "once", Offset::Beginning);
    assert_eq!(consumer.fetch_watermarks("once", 0, PATIENCE).expect("known"), (0, 500));
    let got: Vec<Sent> = take(&consumer, 500).into_iter().map(|(_, sent)| sent).collect();
    assert_eq!(got, samples);
}

#[test]
fn a_group_goes_on_where_it_committed_also_after_a_restart() {
    let mut broker = Broker::start("group");
    let samples: Vec<Sent> = (0..100).map(sample).collect();
    produce(&config(&broker), "grouped", &samples);
    let member = |broker: &Broker| {
        let mut config = config(broker);
        config.set("group.id", "readers").set("auto.offset.reset", "earliest");
        config.set("enable.auto.commit", "false");
        let member: BaseConsumer = config.create().expect("a member");
        member.subscribe(&["grouped"]).expect("subscribed");
        member
    };
    let first = member(&broker);
    let got = take(&first, 40);
    assert_eq!(got.last().map(|(offset, _)| *offset), Some(39));
    let mut position = TopicPartitionList::new();
    position.add_partition_offset("grouped", 0, Offset::Offset(40)).expect("an offset");
    first.commit(&position, CommitMode::Sync).expect("committed");
    drop(first);
    broker.restart();
    let second = member(&broker);
    let got = take(&second, 60);
    assert_eq!(got.first().map(|(offset, _)| *offset), Some(40));
    assert_eq!(got.last().map(|(_, sent)| sent), samples.last());
}

#[test]
fn topics_are_made_changed_and_removed() {
    let broker = Broker::start("admin");
    let admin: AdminClient<DefaultClientContext> = config(&broker).create().expect("an admin");
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    let topic = NewTopic::new("made", 2, TopicReplication::Fixed(1)).set("retention.ms", "12345");
    let made = wait(admin.create_topics(&[topic], &options)).expect("answered");
    assert_eq!(made, [Ok(String::from("made"))]);
    let grown = NewPartitions::new("made", 5);
    let grown = wait(admin.create_partitions(&[grown], &options)).expect("answered");
    assert_eq!(grown, [Ok(String::from("made"))]);
    let resource = ResourceSpecifier::Topic("made");
    let value = |name: &str| {
        let described = wait(admin.describe_configs(&[resource], &options)).expect("answered");
        let described = described.into_iter().next().expect("one").expect("known");
        let entry = described.entries.iter().find(|entry| entry.name == name).expect("a name");
        entry.value.clone()
    };
    assert_eq!(value("retention.ms").as_deref(), Some("12345"));
    let altered = AlterConfig::new(resource).set("retention.ms", "54321");
    let altered = wait(admin.alter_configs(&[altered], &options)).expect("answered");
    assert!(altered.iter().all(Result::is_ok), "{altered:?}");
    assert_eq!(value("retention.ms").as_deref(), Some("54321"));
    let count = || {
        let metadata = admin.inner().fetch_metadata(None, PATIENCE).expect("answered");
        let found = metadata.topics().iter().find(|topic| topic.name() == "made");
        found.map(|topic| topic.partitions().len())
    };
    assert_eq!(count(), Some(5));
    let removed = wait(admin.delete_topics(&["made"], &options)).expect("answered");
    assert_eq!(removed, [Ok(String::from("made"))]);
    assert_eq!(count(), None);
}
