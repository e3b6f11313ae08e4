//! AlterConfigs, IncrementalAlterConfigs and ListConfigResources.

use crate::client::Client;
use crate::describe_configs::{BROKER, GROUP, LOGGER, METRICS, TOPIC, value};
use crate::site::with_each_shard_count;
use millstream_wire::message::{k33_alter_configs as k33, k44_incremental_alter_configs as k44};
use millstream_wire::{
    AlterConfigsRequest, AlterConfigsResponse, ErrorCode, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse, ListConfigResourcesRequest, ListConfigResourcesResponse,
};

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

type Change<'a> = (&'a str, i8, Option<&'a str>);

fn incremental<'a>(
    kind: i8,
    name: &'a str,
    changes: &[Change<'a>],
) -> k44::AlterConfigsResource<'a> {
    let config = |(name, operation, value): &Change<'a>| k44::AlterableConfig {
        name,
        config_operation: *operation,
        value: *value,
    };
    k44::AlterConfigsResource {
        resource_type: kind,
        resource_name: name,
        configs: changes.iter().map(config).collect(),
    }
}

fn change(
    client: &mut Client,
    version: i16,
    resources: Vec<k44::AlterConfigsResource<'_>>,
    validate_only: bool,
) -> Vec<ErrorCode> {
    let expected: Vec<_> =
        resources.iter().map(|one| (one.resource_type, one.resource_name.to_owned())).collect();
    let request = IncrementalAlterConfigsRequest { resources, validate_only };
    let answer = client.ask(version, &request);
    let response: IncrementalAlterConfigsResponse<'_> = answer.read();
    let named = |one: &k44::AlterConfigsResourceResponse<'_>| {
        (one.resource_type, one.resource_name.to_owned())
    };
    assert_eq!(response.responses.iter().map(named).collect::<Vec<_>>(), expected);
    response.responses.iter().map(|one| one.error_code).collect()
}

fn replace(
    client: &mut Client,
    version: i16,
    (kind, name): (i8, &str),
    configs: &[(&str, Option<&str>)],
    validate_only: bool,
) -> ErrorCode {
    let configs = configs.iter().map(|(name, value)| k33::AlterableConfig { name, value: *value });
    let resource = k33::AlterConfigsResource {
        resource_type: kind,
        resource_name: name,
        configs: configs.collect(),
    };
    let request = AlterConfigsRequest { resources: vec![resource], validate_only };
    let answer = client.ask(version, &request);
    let response: AlterConfigsResponse<'_> = answer.read();
    assert_eq!(response.responses.len(), 1);
    response.responses[0].error_code
}

#[test]
fn single_configurations_change_and_stay_changed() {
    with_each_shard_count("incremental", |site| {
        let mut client = site.client();
        client.create("orders", 3, &[("retention.ms", "1000")]);
        for version in 0..=1 {
            let steps: [(Change<'_>, (&str, i8)); 7] = [
                (("cleanup.policy", DELETE, None), ("delete", 5)),
                (("cleanup.policy", APPEND, Some("compact")), ("delete,compact", 1)),
                (("cleanup.policy", SUBTRACT, Some("delete")), ("compact", 1)),
                (("cleanup.policy", SET, Some("delete")), ("delete", 1)),
                (("cleanup.policy", DELETE, None), ("delete", 5)),
                (("cleanup.policy", DELETE, Some("ignored")), ("delete", 5)),
                (("cleanup.policy", SET, Some("compact,delete")), ("compact,delete", 1)),
            ];
            for (step, (expected, source)) in steps {
                let resources = vec![incremental(TOPIC, "orders", &[step])];
                assert_eq!(change(&mut client, version, resources, false), [ErrorCode::NONE]);
                let got = value(&mut client, TOPIC, "orders", "cleanup.policy");
                assert_eq!(got, (expected.to_owned(), source), "version {version}, {step:?}");
            }
        }
        assert_eq!(value(&mut client, TOPIC, "orders", "retention.ms").0, "1000");
        let mut client = site.restart();
        let kept = value(&mut client, TOPIC, "orders", "cleanup.policy");
        assert_eq!(kept, ("compact,delete".to_owned(), 1));
    });
}

#[test]
fn a_replacement_leaves_the_rest_to_the_defaults() {
    with_each_shard_count("replace", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[("retention.ms", "1000"), ("segment.bytes", "2000000")]);
        for (version, text) in [(0, "5000"), (1, "6000"), (2, "7000")] {
            let orders = (TOPIC, "orders");
            let set = [("retention.ms", Some(text))];
            assert_eq!(replace(&mut client, version, orders, &set, false), ErrorCode::NONE);
            let got = value(&mut client, TOPIC, "orders", "retention.ms");
            assert_eq!(got, (text.to_owned(), 1));
            assert_eq!(value(&mut client, TOPIC, "orders", "segment.bytes").1, 5);
            let none = [("retention.ms", Some("1"))];
            assert_eq!(replace(&mut client, version, orders, &none, true), ErrorCode::NONE);
            assert_eq!(value(&mut client, TOPIC, "orders", "retention.ms"), got, "only validated");
        }
        let mut client = site.restart();
        assert_eq!(value(&mut client, TOPIC, "orders", "retention.ms").0, "7000");
        assert_eq!(replace(&mut client, 2, (TOPIC, "orders"), &[], false), ErrorCode::NONE);
        assert_eq!(value(&mut client, TOPIC, "orders", "retention.ms").1, 5);
    });
}

/// A resource, its kind and name, with what is set on it, and what comes of that.
type Case<'a> = (i8, &'a str, (&'a str, Option<&'a str>), ErrorCode);

#[test]
fn a_replacement_that_is_none_is_refused() {
    with_each_shard_count("replace-refused", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[]);
        let long = "9".repeat(32_767);
        let refused: [Case<'_>; 9] = [
            (TOPIC, "orders", ("retention.ms", Some("x")), ErrorCode::INVALID_CONFIG),
            (TOPIC, "orders", ("retention.ms", Some(&long)), ErrorCode::INVALID_CONFIG),
            (TOPIC, "orders", ("retention.ms", None), ErrorCode::INVALID_REQUEST),
            (TOPIC, "orders", ("no.such", Some("1")), ErrorCode::INVALID_CONFIG),
            (TOPIC, "nobody", ("retention.ms", Some("1")), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            (BROKER, "1", ("node.id", Some("2")), ErrorCode::INVALID_REQUEST),
            (BROKER, "7", ("log.retention.ms", Some("2")), ErrorCode::INVALID_REQUEST),
            (LOGGER, "1", ("root", Some("DEBUG")), ErrorCode::INVALID_CONFIG),
            (7, "x", ("root", Some("DEBUG")), ErrorCode::INVALID_REQUEST),
        ];
        for (kind, name, config, error) in refused {
            let got = replace(&mut client, 2, (kind, name), &[config], false);
            assert_eq!(got, error, "{kind} {name} {}", config.0);
        }
        assert_eq!(value(&mut client, TOPIC, "orders", "retention.ms").1, 5, "nothing changed");
    });
}

#[test]
fn one_request_changes_what_can_be_changed() {
    with_each_shard_count("incremental-each", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[]);
        client.create("twice", 1, &[]);
        let set = |text| [("retention.ms", SET, Some(text))];
        let resources = vec![
            incremental(TOPIC, "nobody", &set("1")),
            incremental(TOPIC, "orders", &set("2000")),
            incremental(TOPIC, "twice", &set("1")),
            incremental(TOPIC, "twice", &set("2")),
            incremental(BROKER, "one", &[]),
            incremental(LOGGER, "1", &[("root", SET, Some("DEBUG"))]),
            incremental(GROUP, "", &[]),
            incremental(0, "", &[]),
        ];
        let expected = [
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode::NONE,
            ErrorCode::INVALID_REQUEST,
            ErrorCode::INVALID_REQUEST,
            ErrorCode::INVALID_REQUEST,
            ErrorCode::INVALID_CONFIG,
            ErrorCode::INVALID_REQUEST,
            ErrorCode::INVALID_REQUEST,
        ];
        assert_eq!(change(&mut client, 1, resources, false), expected);
        assert_eq!(value(&mut client, TOPIC, "orders", "retention.ms").0, "2000");
        assert_eq!(value(&mut client, TOPIC, "twice", "retention.ms").1, 5);
        assert!(change(&mut client, 1, Vec::new(), false).is_empty());
        let validated = vec![incremental(TOPIC, "orders", &set("3000"))];
        assert_eq!(change(&mut client, 0, validated, true), [ErrorCode::NONE]);
        assert_eq!(value(&mut client, TOPIC, "orders", "retention.ms").0, "2000");
    });
}

#[test]
fn a_change_that_is_none_is_refused_with_all_of_its_resource() {
    with_each_shard_count("incremental-refused", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[]);
        let refused: [(Change<'_>, ErrorCode); 8] = [
            (("segment.bytes", SET, None), ErrorCode::INVALID_REQUEST),
            (("segment.bytes", SET, Some("-1")), ErrorCode::INVALID_CONFIG),
            (("segment.bytes", APPEND, Some("1")), ErrorCode::INVALID_CONFIG),
            (("segment.bytes", 4, Some("1")), ErrorCode::INVALID_REQUEST),
            (("segment.bytes", i8::MIN, Some("1")), ErrorCode::INVALID_REQUEST),
            (("cleanup.policy", APPEND, Some("forget")), ErrorCode::INVALID_CONFIG),
            (("no.such", DELETE, None), ErrorCode::INVALID_CONFIG),
            (("retention.ms", SET, Some("6")), ErrorCode::INVALID_REQUEST),
        ];
        for (refused, error) in refused {
            let good = ("retention.ms", SET, Some("5"));
            let resources = vec![incremental(TOPIC, "orders", &[good, refused])];
            assert_eq!(change(&mut client, 1, resources, false), [error], "{refused:?}");
            assert_eq!(value(&mut client, TOPIC, "orders", "retention.ms").1, 5, "{refused:?}");
        }
    });
}

#[test]
fn what_is_set_on_brokers_is_the_default_of_topics() {
    with_each_shard_count("broker-layers", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[]);
        let layers = [("", "40000", 3), ("1", "50000", 2)];
        for (broker, text, source) in layers {
            let set = [("log.retention.ms", SET, Some(text))];
            let resources = vec![incremental(BROKER, broker, &set)];
            assert_eq!(change(&mut client, 1, resources, false), [ErrorCode::NONE]);
            let expected = (text.to_owned(), source);
            assert_eq!(value(&mut client, BROKER, "1", "log.retention.ms"), expected);
            assert_eq!(value(&mut client, TOPIC, "orders", "retention.ms"), expected);
        }
        let kept = value(&mut client, BROKER, "", "log.retention.ms");
        assert_eq!(kept, ("40000".to_owned(), 3));
        let mut client = site.restart();
        assert_eq!(value(&mut client, TOPIC, "orders", "retention.ms"), ("50000".to_owned(), 2));
        let delete = [("log.retention.ms", DELETE, None)];
        let resources = vec![incremental(BROKER, "1", &delete)];
        assert_eq!(change(&mut client, 1, resources, false), [ErrorCode::NONE]);
        assert_eq!(value(&mut client, TOPIC, "orders", "retention.ms"), ("40000".to_owned(), 3));
    });
}

fn listed(client: &mut Client, version: i16, kinds: &[i8]) -> (ErrorCode, Vec<(i8, String)>) {
    let request = ListConfigResourcesRequest { resource_types: kinds.to_vec() };
    let answer = client.ask(version, &request);
    let response: ListConfigResourcesResponse<'_> = answer.read();
    let resources = response.config_resources.iter();
    let resources = resources.map(|one| (one.resource_type, one.resource_name.to_owned()));
    (response.error_code, resources.collect())
}

#[test]
fn groups_and_subscriptions_are_there_where_something_is_set() {
    with_each_shard_count("resources", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[]);
        let set = vec![
            incremental(GROUP, "readers", &[("consumer.session.timeout.ms", SET, Some("50000"))]),
            incremental(METRICS, "all", &[("interval.ms", SET, Some("1000"))]),
        ];
        assert_eq!(change(&mut client, 1, set, false), [ErrorCode::NONE; 2]);
        for _ in 0..2 {
            let timeout = value(&mut client, GROUP, "readers", "consumer.session.timeout.ms");
            assert_eq!(timeout, ("50000".to_owned(), 8));
            assert_eq!(value(&mut client, GROUP, "x", "consumer.session.timeout.ms").1, 5);
            let interval = value(&mut client, METRICS, "all", "interval.ms");
            assert_eq!(interval, ("1000".to_owned(), 7));
            client = site.restart();
        }
        let all =
            [(TOPIC, "orders"), (BROKER, "1"), (LOGGER, "1"), (METRICS, "all"), (GROUP, "readers")];
        let all = all.map(|(kind, name)| (kind, name.to_owned()));
        let metrics = vec![all[3].clone()];
        assert_eq!(listed(&mut client, 0, &[]), (ErrorCode::NONE, metrics.clone()));
        assert_eq!(listed(&mut client, 1, &[]), (ErrorCode::NONE, all.to_vec()));
        assert_eq!(listed(&mut client, 1, &[METRICS, METRICS]), (ErrorCode::NONE, metrics));
        let some = vec![all[0].clone(), all[4].clone()];
        assert_eq!(listed(&mut client, 1, &[GROUP, TOPIC]), (ErrorCode::NONE, some));
        let refused = (ErrorCode::UNSUPPORTED_VERSION, Vec::new());
        assert_eq!(listed(&mut client, 1, &[TOPIC, 3]), refused);
        assert_eq!(listed(&mut client, 1, &[i8::MIN]), refused);
    });
}
