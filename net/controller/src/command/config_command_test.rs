//! Commands on configurations.

use super::command_test::{controller, create, registration};
use super::*;
use crate::Controller;
use crate::config::{BrokerConfig, CleanupPolicy, Source};
use crate::error::RefusalKind;
use crate::record::Resource;
use millstream_log::Flush;

fn change(name: &str, operation: AlterOperation, value: Option<&str>) -> ConfigChange {
    ConfigChange { name: name.to_owned(), operation, value: value.map(str::to_owned) }
}

fn set(name: &str, value: &str) -> ConfigChange {
    change(name, AlterOperation::Set, Some(value))
}

fn topic(name: &str) -> ConfigResource {
    ConfigResource::Topic(name.to_owned())
}

fn with_topic() -> Controller {
    let mut controller = controller(&[1], &[]);
    let _ = create(&mut controller, vec![NewTopic::new("a")]);
    controller
}

fn alter_one(
    controller: &mut Controller,
    resource: ConfigResource,
    configs: Vec<ConfigChange>,
) -> Option<RefusalKind> {
    let resources = vec![AlterResource { resource, configs }];
    let request = IncrementalAlterConfigs { resources, validate_only: false };
    let outcome = controller.incremental_alter_configs(&request);
    assert_eq!(outcome.response.len(), 1);
    let kind = outcome.response[0].1.as_ref().err().map(|refusal| refusal.kind);
    assert!(kind.is_none() || outcome.records.is_empty(), "a refusal changes nothing");
    kind
}

fn overrides(controller: &Controller) -> Vec<(String, String)> {
    let id = controller.image().topic("a").expect("made").id();
    let set = controller.image().overrides(&Resource::Topic(id)).cloned().unwrap_or_default();
    set.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn point_102_each_operation_does_what_its_name_says() {
    let mut controller = with_topic();
    let steps: [(ConfigChange, &[(&str, &str)]); 7] = [
        (set("retention.ms", "1000"), &[("retention.ms", "1000")]),
        (
            change("cleanup.policy", AlterOperation::Append, Some("compact")),
            &[("cleanup.policy", "delete,compact"), ("retention.ms", "1000")],
        ),
        (
            change("cleanup.policy", AlterOperation::Append, Some("compact, delete")),
            &[("cleanup.policy", "delete,compact"), ("retention.ms", "1000")],
        ),
        (
            change("cleanup.policy", AlterOperation::Subtract, Some("delete")),
            &[("cleanup.policy", "compact"), ("retention.ms", "1000")],
        ),
        (change("retention.ms", AlterOperation::Delete, None), &[("cleanup.policy", "compact")]),
        (
            change("segment.ms", AlterOperation::Delete, Some("ignored")),
            &[("cleanup.policy", "compact")],
        ),
        (change("cleanup.policy", AlterOperation::Delete, None), &[]),
    ];
    for (change, expected) in steps {
        let kind = alter_one(&mut controller, topic("a"), vec![change.clone()]);
        assert_eq!(kind, None, "{change:?}");
        assert_eq!(overrides(&controller), pairs(expected), "{change:?}");
    }
}

#[test]
fn point_102_refusals_name_what_is_wrong_and_change_nothing() {
    use AlterOperation::{Append, Set, Subtract};
    let cases = [
        (topic("none"), vec![set("retention.ms", "1")], RefusalKind::UnknownTopicOrPartition),
        (topic("no/ne"), vec![set("retention.ms", "1")], RefusalKind::InvalidTopic),
        (topic("a"), vec![set("retention.msec", "1")], RefusalKind::InvalidConfig),
        (topic("a"), vec![set("retention.ms", "-2")], RefusalKind::InvalidConfig),
        (topic("a"), vec![change("retention.ms", Set, None)], RefusalKind::InvalidConfig),
        (topic("a"), vec![change("retention.ms", Append, Some("1"))], RefusalKind::InvalidConfig),
        (topic("a"), vec![change("cleanup.policy", Subtract, None)], RefusalKind::InvalidConfig),
        (
            topic("a"),
            vec![change("cleanup.policy", Append, Some("shred"))],
            RefusalKind::InvalidConfig,
        ),
        (
            topic("a"),
            vec![set("retention.ms", "1"), set("retention.ms", "2")],
            RefusalKind::InvalidRequest,
        ),
        (
            topic("a"),
            vec![set("min.compaction.lag.ms", "9"), set("max.compaction.lag.ms", "8")],
            RefusalKind::InvalidConfig,
        ),
        (topic("a"), vec![set("remote.storage.enable", "true")], RefusalKind::InvalidConfig),
        (
            topic("a"),
            vec![set("cleanup.policy", &"delete,".repeat(10_000))],
            RefusalKind::InvalidConfig,
        ),
        (
            ConfigResource::Broker(NodeId::new(7)),
            vec![set("log.retention.ms", "1")],
            RefusalKind::BrokerIdNotRegistered,
        ),
        (
            ConfigResource::Broker(NodeId::new(1)),
            vec![set("num.partitions", "1")],
            RefusalKind::InvalidRequest,
        ),
        (ConfigResource::Cluster, vec![set("no.such", "1")], RefusalKind::InvalidConfig),
        (
            ConfigResource::Group(String::new()),
            vec![set("consumer.session.timeout.ms", "1")],
            RefusalKind::InvalidRequest,
        ),
    ];
    for (resource, changes, kind) in cases {
        let mut controller = with_topic();
        let before = controller.image().clone();
        let got = alter_one(&mut controller, resource.clone(), changes.clone());
        assert_eq!(got, Some(kind), "{resource:?}");
        assert_eq!(controller.image(), &before);
    }
}

#[test]
fn an_unknown_configuration_is_told_the_nearest() {
    let mut controller = with_topic();
    let resources =
        vec![AlterResource { resource: topic("a"), configs: vec![set("retention_ms", "1")] }];
    let request = IncrementalAlterConfigs { resources, validate_only: true };
    let outcome = controller.incremental_alter_configs(&request);
    let refusal = outcome.response[0].1.as_ref().expect_err("unknown");
    assert!(refusal.message.contains("did you mean retention.ms?"), "{}", refusal.message);
}

#[test]
fn point_102_alter_configs_replaces_all() {
    let mut controller = with_topic();
    let changes = vec![set("retention.ms", "1"), set("segment.ms", "2")];
    assert_eq!(alter_one(&mut controller, topic("a"), changes), None);
    let configs = vec![
        ("segment.ms".to_owned(), Some("2".to_owned())),
        ("flush.messages".to_owned(), Some("10".to_owned())),
    ];
    let resources = vec![AlterResource { resource: topic("a"), configs }];
    let only_checked = AlterConfigs { resources: resources.clone(), validate_only: true };
    assert_eq!(controller.alter_configs(&only_checked).records, []);
    let outcome = controller.alter_configs(&AlterConfigs { resources, validate_only: false });
    assert_eq!(outcome.response[0].1, Ok(()));
    assert_eq!(outcome.records.len(), 2, "what stays as it was is not recorded");
    assert_eq!(overrides(&controller), pairs(&[("flush.messages", "10"), ("segment.ms", "2")]));
}

#[test]
fn a_resource_that_comes_twice_is_refused_twice() {
    let mut controller = with_topic();
    let resource = || AlterResource { resource: topic("a"), configs: vec![set("segment.ms", "2")] };
    let resources = vec![resource(), resource()];
    let request = IncrementalAlterConfigs { resources, validate_only: false };
    let outcome = controller.incremental_alter_configs(&request);
    assert_eq!(outcome.response.len(), 2);
    assert!(outcome.response.iter().all(|(_, result)| result.is_err()));
    assert_eq!(outcome.records, []);
}

#[test]
fn what_is_set_on_brokers_counts_for_topics() {
    let mut controller = controller(&[1, 2], &[("log.retention.hours", "2")]);
    let _ = create(&mut controller, vec![NewTopic::new("a")]);
    let id = controller.image().topic("a").expect("made").id();
    let mut file = BrokerConfig::default();
    file.set("log.retention.hours", "2").expect("a configuration");
    let retention_ms = |controller: &Controller, node| {
        let config = controller.image().topic_config(id, NodeId::new(node), &file);
        config.retention.expect("not for ever").as_millis()
    };
    assert_eq!(retention_ms(&controller, 1), 7_200_000);
    let all = ConfigResource::Cluster;
    assert_eq!(alter_one(&mut controller, all, vec![set("log.retention.ms", "300")]), None);
    assert_eq!(retention_ms(&controller, 1), 300);
    let one = ConfigResource::Broker(NodeId::new(1));
    assert_eq!(alter_one(&mut controller, one, vec![set("log.retention.ms", "200")]), None);
    assert_eq!([1, 2].map(|node| retention_ms(&controller, node)), [200, 300]);
    assert_eq!(alter_one(&mut controller, topic("a"), vec![set("retention.ms", "100")]), None);
    assert_eq!([1, 2].map(|node| retention_ms(&controller, node)), [100, 100]);
    let layers = controller.image().layers(Some(id), NodeId::new(1), &file);
    let resolved = layers.topic(crate::config::topic("retention.ms").expect("known"));
    let sources: Vec<_> =
        resolved.synonyms.iter().map(|found| (found.name, found.source)).collect();
    let expected = [
        ("retention.ms", Source::DynamicTopic),
        ("log.retention.ms", Source::DynamicBroker),
        ("log.retention.ms", Source::DynamicDefaultBroker),
        ("log.retention.hours", Source::StaticBroker),
        ("log.retention.hours", Source::Default),
    ];
    assert_eq!(sources, expected);
}

#[test]
fn an_appended_list_begins_with_what_counts() {
    let mut controller = controller(&[1], &[("log.cleanup.policy", "compact")]);
    let _ = create(&mut controller, vec![NewTopic::new("a")]);
    let append = change("cleanup.policy", AlterOperation::Append, Some("delete"));
    assert_eq!(alter_one(&mut controller, topic("a"), vec![append]), None);
    assert_eq!(overrides(&controller), pairs(&[("cleanup.policy", "compact,delete")]));
}

#[test]
fn the_engine_gets_what_counts() {
    let mut controller = with_topic();
    let id = controller.image().topic("a").expect("made").id();
    let file = BrokerConfig::default();
    let config =
        |controller: &Controller| controller.image().topic_config(id, NodeId::new(1), &file);
    let fresh = config(&controller);
    assert_eq!(fresh.flush, Flush::Durable, "durable unless somebody chose otherwise");
    assert_eq!(fresh.partition_options().retention_bytes, None);
    assert_eq!(fresh.partition_options().batch_bytes_max, 1_048_588);
    let changes = vec![
        set("flush.messages", "9223372036854775807"),
        set("retention.bytes", "5"),
        set("max.message.bytes", "2147483647"),
    ];
    assert_eq!(alter_one(&mut controller, topic("a"), changes), None);
    let changed = config(&controller).partition_options();
    assert_eq!(changed.flush, Flush::Relaxed);
    assert_eq!(changed.retention_bytes, Some(5));
    assert_eq!(changed.batch_bytes_max, 64 << 20);
    let changes = vec![set("flush.ms", "0"), set("cleanup.policy", "compact")];
    assert_eq!(alter_one(&mut controller, topic("a"), changes), None);
    let compacted = config(&controller);
    assert_eq!(compacted.flush, Flush::Durable, "after each moment is durable");
    assert_eq!(compacted.cleanup, CleanupPolicy { delete: false, compact: true });
    assert_eq!(compacted.partition_options().retention, None, "compaction keeps what it needs");
}

#[test]
fn what_is_set_on_a_group_lies_between_the_bounds_of_the_broker() {
    let (session, heartbeat) = ("consumer.session.timeout.ms", "consumer.heartbeat.interval.ms");
    let group = || ConfigResource::Group("g".to_owned());
    let refused = Some(RefusalKind::InvalidConfig);
    let mut by_default = with_topic();
    let kinds = [
        (vec![set(session, "5")], refused),
        (vec![set(session, "60001")], refused),
        (vec![set(heartbeat, "4999")], refused),
        (vec![set(heartbeat, "15001")], refused),
        (vec![set("share.session.timeout.ms", "44999")], refused),
        (vec![set("streams.heartbeat.interval.ms", "15001")], refused),
        (vec![set("consumer.assignment.interval.ms", "15001")], refused),
        (vec![set(session, "60000"), set(heartbeat, "15000")], None),
    ];
    for (changes, kind) in kinds {
        assert_eq!(alter_one(&mut by_default, group(), changes.clone()), kind, "{changes:?}");
    }
    let mut wider = controller(
        &[1],
        &[
            ("group.consumer.min.session.timeout.ms", "5"),
            ("group.consumer.max.heartbeat.interval.ms", "50000"),
        ],
    );
    let kinds = [
        // The interval that counts is the broker's, 5000.
        (vec![set(session, "5000")], refused),
        (vec![set(session, "5001")], None),
        (vec![set(heartbeat, "5001")], refused),
        (vec![set(session, "50000"), set(heartbeat, "50000")], refused),
        (vec![set(session, "50001"), set(heartbeat, "50000")], None),
    ];
    for (changes, kind) in kinds {
        assert_eq!(alter_one(&mut wider, group(), changes.clone()), kind, "{changes:?}");
    }
}

#[test]
fn groups_and_metrics_have_configurations_of_their_own() {
    let mut controller = with_topic();
    for (resource, good, bad) in [
        (
            ConfigResource::Group("g".to_owned()),
            set("consumer.session.timeout.ms", "50000"),
            set("retention.ms", "1"),
        ),
        (
            ConfigResource::ClientMetrics("m".to_owned()),
            change("metrics", AlterOperation::Append, Some("a.,b.")),
            set("interval.ms", "99"),
        ),
    ] {
        assert_eq!(alter_one(&mut controller, resource.clone(), vec![good]), None);
        let kind = alter_one(&mut controller, resource, vec![bad]);
        assert_eq!(kind, Some(RefusalKind::InvalidConfig));
    }
    let metrics = Resource::ClientMetrics("m".into());
    let set_on = controller.image().overrides(&metrics).expect("set");
    assert_eq!(set_on["metrics"], "a.,b.");
    assert_eq!(controller.image().resources().count(), 2);
    let _ = controller.register_broker(&registration(1, 9));
    assert_eq!(controller.image().resources().count(), 2, "a restart keeps them");
}
