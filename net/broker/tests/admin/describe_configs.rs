//! DescribeConfigs: what is told of which resource.

use crate::client::{Answer, Client};
use crate::site::{Site, with_each_shard_count};
use millstream_wire::message::k32_describe_configs::{
    DescribeConfigsResource, DescribeConfigsResourceResult,
};
use millstream_wire::{DescribeConfigsRequest, DescribeConfigsResponse, ErrorCode};

pub(crate) const TOPIC: i8 = 2;
pub(crate) const BROKER: i8 = 4;
pub(crate) const LOGGER: i8 = 8;
pub(crate) const METRICS: i8 = 16;
pub(crate) const GROUP: i8 = 32;

pub(crate) fn describe(client: &mut Client, version: i16, kind: i8, name: &str) -> Answer {
    let resource = DescribeConfigsResource {
        resource_type: kind,
        resource_name: name,
        configuration_keys: None,
    };
    client.ask(
        version,
        &DescribeConfigsRequest {
            resources: vec![resource],
            include_synonyms: true,
            include_documentation: version >= 3,
        },
    )
}

/// The one value, and where it comes from.
pub(crate) fn value(client: &mut Client, kind: i8, name: &str, config: &str) -> (String, i8) {
    let answer = describe(client, 4, kind, name);
    let response: DescribeConfigsResponse<'_> = answer.read();
    assert_eq!(response.results[0].error_code, ErrorCode::NONE, "{:?}", response.results[0]);
    let found = find(&response.results[0].configs, config);
    (found.value.expect("has a value").to_owned(), found.config_source)
}

fn find<'a, 'r>(
    configs: &'r [DescribeConfigsResourceResult<'a>],
    name: &str,
) -> &'r DescribeConfigsResourceResult<'a> {
    configs.iter().find(|config| config.name == name).expect("is among them")
}

#[test]
fn a_topic_has_all_configurations_with_their_sources() {
    with_each_shard_count("describe-topic", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[("retention.ms", "1000")]);
        for version in 1..=4 {
            let answer = describe(&mut client, version, TOPIC, "orders");
            let response: DescribeConfigsResponse<'_> = answer.read();
            let configs = &response.results[0].configs;
            assert!(configs.len() > 30, "{} configurations", configs.len());
            let set = find(configs, "retention.ms");
            assert_eq!((set.value, set.config_source), (Some("1000"), 1), "version {version}");
            let sources: Vec<_> = set.synonyms.iter().map(|one| (one.name, one.source)).collect();
            assert_eq!(sources, [("retention.ms", 1)]);
            let policy = find(configs, "cleanup.policy");
            assert_eq!((policy.value, policy.config_source), (Some("delete"), 5));
            assert!(!policy.read_only && !policy.is_sensitive);
            // Long and list.
            let kinds = if version >= 3 { (5, 7) } else { (0, 0) };
            assert_eq!((set.config_type, policy.config_type), kinds, "version {version}");
            let is_told = policy.documentation.is_some_and(|text| !text.is_empty());
            assert_eq!(is_told, version >= 3, "version {version}");
        }
    });
}

#[test]
fn names_choose_and_no_names_are_all() {
    with_each_shard_count("describe-names", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[]);
        let mut count = |configuration_keys: Option<Vec<&str>>| {
            let resource = DescribeConfigsResource {
                resource_type: TOPIC,
                resource_name: "orders",
                configuration_keys,
            };
            let resources = vec![resource];
            let request = DescribeConfigsRequest { resources, ..DescribeConfigsRequest::default() };
            let answer = client.ask(4, &request);
            let response: DescribeConfigsResponse<'_> = answer.read();
            let configs = &response.results[0].configs;
            assert!(configs.iter().all(|config| config.synonyms.is_empty()), "nobody asked");
            assert!(configs.iter().all(|config| config.documentation.is_none()), "nobody asked");
            configs.len()
        };
        let all = count(None);
        assert_eq!(count(Some(Vec::new())), all, "as in Kafka");
        assert_eq!(count(Some(vec!["segment.bytes", "nothing.known", "segment.bytes"])), 1);
    });
}

#[test]
fn each_resource_is_answered_on_its_own() {
    with_each_shard_count("describe-each", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[]);
        let asked = [
            (TOPIC, "orders", ErrorCode::NONE),
            (TOPIC, "nobody", ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            (TOPIC, "not a name", ErrorCode::INVALID_TOPIC_EXCEPTION),
            (TOPIC, "", ErrorCode::INVALID_TOPIC_EXCEPTION),
            (TOPIC, "orders", ErrorCode::NONE),
            (BROKER, "1", ErrorCode::NONE),
            (BROKER, "", ErrorCode::NONE),
            (BROKER, "2", ErrorCode::INVALID_REQUEST),
            (BROKER, "one", ErrorCode::INVALID_REQUEST),
            (BROKER, "99999999999", ErrorCode::INVALID_REQUEST),
            (LOGGER, "1", ErrorCode::NONE),
            (LOGGER, "", ErrorCode::INVALID_REQUEST),
            (METRICS, "any", ErrorCode::NONE),
            (METRICS, "", ErrorCode::INVALID_REQUEST),
            (GROUP, "any", ErrorCode::NONE),
            (GROUP, "", ErrorCode::INVALID_REQUEST),
            (0, "", ErrorCode::INVALID_REQUEST),
            (i8::MAX, "x", ErrorCode::INVALID_REQUEST),
            (i8::MIN, "x", ErrorCode::INVALID_REQUEST),
        ];
        let resource = |(kind, name, _): &(i8, &'static str, ErrorCode)| DescribeConfigsResource {
            resource_type: *kind,
            resource_name: name,
            configuration_keys: None,
        };
        let resources = asked.iter().map(resource).collect();
        let request = DescribeConfigsRequest { resources, ..DescribeConfigsRequest::default() };
        let answer = client.ask(4, &request);
        let response: DescribeConfigsResponse<'_> = answer.read();
        assert_eq!(response.results.len(), asked.len());
        for (result, (kind, name, error)) in response.results.iter().zip(asked) {
            assert_eq!((result.resource_type, result.resource_name), (kind, name));
            assert_eq!(result.error_code, error, "{kind} {name:?}: {:?}", result.error_message);
            assert_eq!(result.error_message.is_some(), error != ErrorCode::NONE);
            let is_listed = error == ErrorCode::NONE && kind != LOGGER && !name.is_empty();
            assert_eq!(!result.configs.is_empty(), is_listed, "{kind} {name:?}");
        }
        let none = client.ask(1, &DescribeConfigsRequest::default());
        assert!(none.read::<DescribeConfigsResponse<'_>>().results.is_empty());
    });
}

#[test]
fn a_broker_tells_what_may_be_changed() {
    with_each_shard_count("describe-broker", |site| {
        let mut client = site.client();
        let answer = describe(&mut client, 4, BROKER, "1");
        let response: DescribeConfigsResponse<'_> = answer.read();
        let configs = &response.results[0].configs;
        assert!(configs.len() > 80, "{} configurations", configs.len());
        let node = find(configs, "node.id");
        assert_eq!((node.value, node.read_only), (Some("1"), true));
        assert!(!find(configs, "log.retention.ms").read_only);
        for config in configs {
            let is_secret = config.is_sensitive;
            assert!(!is_secret || config.value.is_none(), "{} is a secret", config.name);
        }
    });
}

#[test]
fn an_answer_holds_so_many_configurations_and_no_more() {
    let site = Site::new("describe-bound", 1);
    let mut client = site.client();
    let resource = DescribeConfigsResource {
        resource_type: BROKER,
        // The longer name has room in the request for what it takes in memory.
        resource_name: "0000001",
        configuration_keys: None,
    };
    let resources = vec![resource; 6000];
    let request = DescribeConfigsRequest { resources, ..DescribeConfigsRequest::default() };
    let answer = client.ask(4, &request);
    let response: DescribeConfigsResponse<'_> = answer.read();
    assert_eq!(response.results.len(), 6000);
    let count: usize = response.results.iter().map(|result| result.configs.len()).sum();
    assert!((400_000..401_000).contains(&count), "{count} configurations");
    let last = response.results.last().expect("many");
    assert_eq!((last.error_code, last.configs.len()), (ErrorCode::INVALID_REQUEST, 0));
}

#[test]
fn a_broker_tells_the_addresses_and_the_directory_that_it_has() {
    with_each_shard_count("describe-in-force", |site| {
        let mut client = site.client();
        let data = site.0.data().to_str().expect("text").to_owned();
        let listener = format!("PLAINTEXT://{}", site.0.address());
        for (name, expected) in [
            ("listeners", &listener),
            ("advertised.listeners", &listener),
            ("log.dirs", &data),
            ("node.id", &String::from("1")),
            ("broker.id", &String::from("1")),
        ] {
            let (got, _) = value(&mut client, BROKER, "1", name);
            assert_eq!(got, *expected, "{name}");
        }
        assert_eq!(value(&mut client, BROKER, "1", "log.dirs").1, 4, "a static one");
    });
}
