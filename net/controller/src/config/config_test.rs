//! The tables, the layers and what a client is told of them.

use super::*;
use core::time::Duration;

fn layers(file: &BrokerConfig) -> Layers<'_> {
    Layers { topic: None, broker: None, cluster: None, file }
}

fn value_of(entries: &[ConfigEntry], name: &str) -> Option<String> {
    let entry = entries.iter().find(|entry| entry.name == name).expect("listed");
    entry.value.clone()
}

#[test]
fn tables_are_sorted_and_their_defaults_are_permitted() {
    for definition in TOPIC.iter().chain(GROUP).chain(CLIENT_METRICS).chain(brokers()) {
        if let Some(default) = definition.default {
            let value = definition.parse(default).expect(definition.name);
            assert_eq!(value.to_string(), default, "{}", definition.name);
        }
        assert!(definition.doc.ends_with(['.', ':']), "{}", definition.name);
    }
    assert!(TOPIC.is_sorted_by_key(|definition| definition.name));
    for definition in TOPIC {
        assert_eq!(topic(definition.name), Some(definition));
        assert!(definition.default.is_some(), "{}", definition.name);
    }
    for definition in brokers() {
        assert_eq!(broker(definition.name), Some(definition), "sorted by family");
    }
}

#[test]
fn every_synonym_is_a_configuration_of_brokers_with_the_same_default() {
    let file = BrokerConfig::default();
    for definition in TOPIC {
        for synonym in definition.synonyms {
            let Some(found) = broker(synonym.name) else {
                assert!(super::unserved::names().any(|name| name == synonym.name));
                continue;
            };
            assert!(found.valid == definition.valid || found.valid == Valid::Any);
        }
        let resolved = layers(&file).topic(definition);
        assert_eq!(resolved.value, definition.default_value(), "{}", definition.name);
        assert_eq!(resolved.source, Source::Default);
    }
}

#[test]
fn point_101_the_topic_configurations_are_those_of_kafka_4_4() {
    let names: Vec<_> = TOPIC.iter().map(|definition| definition.name).collect();
    let expected = [
        "cleanup.policy",
        "compression.gzip.level",
        "compression.lz4.level",
        "compression.type",
        "compression.zstd.level",
        "delete.retention.ms",
        "errors.deadletterqueue.group.enable",
        "file.delete.delay.ms",
        "flush.messages",
        "flush.ms",
        "follower.replication.throttled.replicas",
        "index.interval.bytes",
        "leader.replication.throttled.replicas",
        "local.retention.bytes",
        "local.retention.ms",
        "max.compaction.lag.ms",
        "max.decompressed.message.bytes",
        "max.message.bytes",
        "message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms",
        "message.timestamp.type",
        "min.cleanable.dirty.ratio",
        "min.compaction.lag.ms",
        "min.insync.replicas",
        "preallocate",
        "remote.copy.lag.bytes",
        "remote.copy.lag.ms",
        "remote.log.copy.disable",
        "remote.log.delete.on.disable",
        "remote.storage.enable",
        "retention.bytes",
        "retention.ms",
        "segment.bytes",
        "segment.index.bytes",
        "segment.jitter.ms",
        "segment.ms",
        "unclean.leader.election.enable",
    ];
    assert_eq!(names, expected);
}

#[test]
fn point_101_a_topic_is_described_with_sources_synonyms_and_docs() {
    let mut file = BrokerConfig::default();
    file.set("log.retention.minutes", "3").expect("a configuration");
    let overrides = [("segment.bytes".to_owned(), "2097152".to_owned())].into();
    let layers = Layers { topic: Some(&overrides), ..layers(&file) };
    let all = Describe { names: None, synonyms: true, documentation: true };
    let entries = describe_topic(layers, all);
    assert_eq!(entries.len(), TOPIC.len(), "all of them");
    assert!(entries.iter().all(|entry| !entry.read_only && entry.documentation.is_some()));
    let retention = entries.iter().find(|entry| entry.name == "retention.ms").expect("listed");
    assert_eq!(retention.value.as_deref(), Some("180000"));
    // As Kafka tells it: what stands before the first under log.retention.ms is left out.
    assert_eq!((retention.source as i8, retention.kind as i8), (5, 5));
    assert_eq!(retention.synonyms, []);
    let lag = entries.iter().find(|entry| entry.name == "remote.copy.lag.ms").expect("listed");
    let names: Vec<_> = lag.synonyms.iter().map(|synonym| synonym.name).collect();
    assert_eq!(names, ["log.remote.copy.lag.ms"]);
    let segment = entries.iter().find(|entry| entry.name == "segment.bytes").expect("listed");
    assert_eq!(segment.source, Source::DynamicTopic);
    assert_eq!(segment.synonyms.len(), 2);

    let names = ["cleanup.policy", "no.such", "preallocate"];
    let some = Describe { names: Some(&names), ..Describe::default() };
    let entries = describe_topic(layers, some);
    let listed: Vec<_> = entries.iter().map(|entry| entry.name).collect();
    assert_eq!(listed, ["cleanup.policy", "preallocate"]);
    assert!(entries.iter().all(|entry| entry.synonyms.is_empty()));
    assert!(entries.iter().all(|entry| entry.documentation.is_none()));
}

#[test]
fn point_101_a_broker_is_described_with_what_can_be_changed() {
    let mut file = BrokerConfig::default();
    file.set("num.partitions", "6").expect("a configuration");
    let cluster = [("log.retention.ms".to_owned(), "77".to_owned())].into();
    let layers = Layers { cluster: Some(&cluster), ..layers(&file) };
    let entries = describe_broker(layers, Describe::default());
    assert_eq!(entries.len(), brokers().count());
    assert_eq!(value_of(&entries, "num.partitions").as_deref(), Some("6"));
    assert_eq!(value_of(&entries, "log.retention.ms").as_deref(), Some("77"));
    assert_eq!(value_of(&entries, "log.dirs"), None);
    let is_read_only = |name| entries.iter().find(|entry| entry.name == name).map(|e| e.read_only);
    assert_eq!(is_read_only("num.partitions"), Some(true));
    assert_eq!(is_read_only("log.retention.ms"), Some(false));
    let all = Describe { synonyms: true, ..Describe::default() };
    let told = |name| {
        let entries = describe_broker(layers, Describe { names: Some(&[name]), ..all });
        let synonyms = entries.into_iter().flat_map(|entry| entry.synonyms);
        synonyms.map(|synonym| synonym.name).collect::<Vec<_>>()
    };
    assert_eq!(told("log.retention.ms"), ["log.retention.ms", "log.retention.hours"]);
    assert_eq!(told("log.retention.minutes"), [""; 0]);
    assert_eq!(told("log.retention.hours"), ["log.retention.hours"]);
    let of_all = describe_cluster(layers, Describe::default());
    assert_eq!(of_all.len(), 1);
    assert_eq!(
        (of_all[0].name, of_all[0].source),
        ("log.retention.ms", Source::DynamicDefaultBroker)
    );
}

#[test]
fn groups_are_described_with_their_own_source() {
    let overrides = [("consumer.session.timeout.ms".to_owned(), "50000".to_owned())].into();
    let file = BrokerConfig::default();
    let all = Describe { synonyms: true, ..Describe::default() };
    let entries = describe_group(layers(&file), Some(&overrides), all);
    assert_eq!(entries.len(), GROUP.len());
    assert_eq!(value_of(&entries, "consumer.session.timeout.ms").as_deref(), Some("50000"));
    assert_eq!(value_of(&entries, "streams.num.standby.replicas").as_deref(), Some("0"));
    let sources: Vec<_> = entries.iter().map(|entry| entry.source).collect();
    assert_eq!(sources.iter().filter(|source| **source == Source::Group).count(), 1);
    let names = |name| {
        let entry = entries.iter().find(|entry| entry.name == name).expect("listed");
        entry.synonyms.iter().map(|synonym| synonym.name).collect::<Vec<_>>()
    };
    let timeout = ["consumer.session.timeout.ms", "group.consumer.session.timeout.ms"];
    assert_eq!(names(timeout[0]), timeout);
    assert_eq!(names("streams.assignor.name"), ["group.streams.assignors"]);
}

#[test]
fn a_properties_file_of_kafka_is_taken() {
    let text = "# The basics\nprocess.roles=broker,controller\nnode.id=4\n\
                controller.quorum.bootstrap.servers=localhost:9093\n\
                listeners=PLAINTEXT://:9092,CONTROLLER://:9093\n\
                controller.listener.names=CONTROLLER\nnum.network.threads=3\nnum.io.threads=8\n\
                socket.send.buffer.bytes=-1\nlog.dirs=/var/data\nnum.partitions = 8\n\
                offsets.topic.replication.factor=1\nlog.retention.hours=-1\n\
                log.segment.bytes=1073741824\nlog.retention.check.interval.ms=300000\n\
                group.initial.rebalance.delay.ms=0\nconnections.max.idle.ms=-1\n";
    let config = BrokerConfig::from_properties(text).expect("a file");
    let settings = config.settings();
    assert_eq!((settings.node_id, settings.partition_count), (4, 8));
    assert_eq!(settings.listeners, ["PLAINTEXT://:9092", "CONTROLLER://:9093"]);
    assert_eq!(settings.data_directories, ["/var/data"]);
    assert_eq!(settings.offsets.replica_count, 1);
    assert_eq!(settings.groups.initial_rebalance_delay, Duration::ZERO);
    assert_eq!(settings.network.idle, None);
    assert_eq!(settings.network.send_buffer_bytes, None);
    let ignored: Vec<_> = config.ignored().map(|(name, _)| name).collect();
    assert!(ignored.contains(&"num.io.threads") && !ignored.contains(&"num.partitions"));
    let topic = TopicConfig::new(layers(&config));
    assert_eq!(topic.retention, None, "-1 is for ever in hours too");
}

#[test]
fn the_defaults_are_those_of_kafka_where_it_matters() {
    let settings = BrokerConfig::default().settings();
    assert!(settings.auto_create_topics && settings.delete_topics);
    assert_eq!((settings.partition_count, settings.replica_count), (1, 1));
    assert_eq!(settings.network.request_bytes_max, 104_857_600);
    assert_eq!(settings.network.idle, Some(Duration::from_mins(10)));
    assert_eq!(settings.network.fetch_sessions_max, 1000);
    assert_eq!(settings.groups.session_timeout_min, Duration::from_secs(6));
    assert_eq!(settings.groups.session_timeout_max, Duration::from_mins(30));
    assert_eq!(settings.groups.initial_rebalance_delay, Duration::from_secs(3));
    assert_eq!(settings.offsets.partition_count, 50);
    assert_eq!(settings.offsets.retention, Duration::from_hours(7 * 24));
    assert_eq!(settings.offsets.metadata_bytes_max, 4096);
    assert_eq!(settings.producer_expiration, Duration::from_hours(24));
    assert_eq!(settings.data_directories, [""; 0], "nobody chose one");
    assert_eq!(settings.node_id, 1);
}

#[test]
fn the_older_name_of_a_node_counts_where_it_alone_is_set() {
    let node = |text: &str| BrokerConfig::from_properties(text).expect("a file").settings().node_id;
    assert_eq!(node("broker.id=7"), 7);
    assert_eq!(node("broker.id=7\nnode.id=8"), 8);
    assert_eq!(node("broker.id=-1"), 1);
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    for (text, expected) in [
        ("auto.create.topic.enable=true", "did you mean auto.create.topics.enable?"),
        ("num.partitions=0", "num.partitions must be at least 1, not \"0\""),
        ("num.partitions=many", "num.partitions must be a whole number of 32 bits, not \"many\""),
        ("compression.type=lz5", "one of uncompressed, zstd, lz4, snappy, gzip, producer"),
        ("compression.gzip.level=0", "-1, or from 1 to 9"),
        ("log.cleaner.min.cleanable.ratio=1.5", "from 0 to 1"),
        ("log.cleanup.policy=delete,delete", "each at most once"),
        ("listeners=a,,b", "a list without empty or repeated items"),
        ("zzzzzzzzz=1", "unknown configuration \"zzzzzzzzz\""),
        (
            "group.min.session.timeout.ms=5000\ngroup.max.session.timeout.ms=4000",
            "group.min.session.timeout.ms must not be greater than group.max.session.timeout.ms",
        ),
        (
            "log.cleaner.min.compaction.lag.ms=2\nlog.cleaner.max.compaction.lag.ms=1",
            "must not be greater than log.cleaner.max.compaction.lag.ms",
        ),
    ] {
        let fault = BrokerConfig::from_properties(text).expect_err(text).to_string();
        assert!(fault.contains(expected), "{text}: {fault}");
    }
}

#[test]
fn throttled_replicas_are_a_star_or_pairs() {
    let definition = topic("leader.replication.throttled.replicas").expect("known");
    for good in ["", "*", "0:1", "0:1, 12:3"] {
        assert!(definition.parse(good).is_ok(), "{good}");
    }
    for bad in ["*,0:1", "0", "0:", ":1", "0:1:2", "a:b", "-1:2"] {
        assert!(definition.parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn an_override_that_has_become_impossible_is_as_if_nobody_had_set_it() {
    let file = BrokerConfig::default();
    let overrides = [("retention.ms".to_owned(), "soon".to_owned())].into();
    let layers = Layers { topic: Some(&overrides), ..layers(&file) };
    let config = TopicConfig::new(layers);
    assert_eq!(config.retention, Some(Duration::from_hours(7 * 24)));
}

#[test]
fn values_scale_by_their_unit_and_stop_at_the_edge() {
    assert_eq!(Scale::Hours.to_ms(2), 7_200_000);
    assert_eq!(Scale::Minutes.to_ms(-7), -1);
    assert_eq!(Scale::One.to_ms(-2), -2);
    assert_eq!(Scale::Hours.to_ms(i64::MAX), i64::MAX);
}
