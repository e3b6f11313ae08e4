//! The cluster and its partitions, as one node tells of them.

use crate::site::with_each_shard_count;
use millstream_wire::message::k43_elect_leaders::TopicPartitions;
use millstream_wire::message::k45_alter_partition_reassignments::{
    ReassignablePartition, ReassignableTopic,
};
use millstream_wire::message::k46_list_partition_reassignments::ListPartitionReassignmentsTopics;
use millstream_wire::message::k48_describe_client_quotas::ComponentData;
use millstream_wire::message::k61_describe_producers::TopicRequest;
use millstream_wire::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, DescribeAclsRequest,
    DescribeAclsResponse, DescribeClientQuotasRequest, DescribeClientQuotasResponse,
    DescribeClusterRequest, DescribeClusterResponse, DescribeProducersRequest,
    DescribeProducersResponse, ElectLeadersRequest, ElectLeadersResponse, ErrorCode,
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, MetadataRequest,
    MetadataResponse,
};

const UNKNOWN: ErrorCode = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;

#[test]
fn the_cluster_is_told_as_metadata_tell_it() {
    with_each_shard_count("cluster", |site| {
        let mut client = site.client();
        let metadata = client.ask(9, &MetadataRequest::default());
        let metadata: MetadataResponse<'_> = metadata.read();
        for version in 0..=2 {
            for is_asked in [false, true] {
                let request = DescribeClusterRequest {
                    include_cluster_authorized_operations: is_asked,
                    include_fenced_brokers: version >= 2,
                    ..DescribeClusterRequest::default()
                };
                let answer = client.ask(version, &request);
                let response: DescribeClusterResponse<'_> = answer.read();
                assert_eq!(response.error_code, ErrorCode::NONE);
                assert_eq!(Some(response.cluster_id), metadata.cluster_id);
                assert_eq!(response.controller_id, metadata.controller_id);
                let [broker] = &response.brokers[..] else { panic!("{response:?}") };
                let known = &metadata.brokers[0];
                let known = (known.node_id, known.host, known.port);
                assert_eq!((broker.broker_id, broker.host, broker.port), known);
                let operations = if is_asked { 0b1_1111_1010_0000 } else { i32::MIN };
                assert_eq!(response.cluster_authorized_operations, operations);
            }
        }
        let cluster_id = metadata.cluster_id.expect("has a name").to_owned();
        let others = [
            (2, ErrorCode::MISMATCHED_ENDPOINT_TYPE),
            (0, ErrorCode::UNSUPPORTED_ENDPOINT_TYPE),
            (i8::MIN, ErrorCode::UNSUPPORTED_ENDPOINT_TYPE),
        ];
        for (endpoint_type, error) in others {
            let request =
                DescribeClusterRequest { endpoint_type, ..DescribeClusterRequest::default() };
            let answer = client.ask(2, &request);
            assert_eq!(answer.read::<DescribeClusterResponse<'_>>().error_code, error);
        }
        let answer = site.restart().ask(0, &DescribeClusterRequest::default());
        assert_eq!(answer.read::<DescribeClusterResponse<'_>>().cluster_id, cluster_id);
    });
}

#[test]
fn no_leader_needs_to_be_elected() {
    with_each_shard_count("elect", |site| {
        let mut client = site.client();
        client.create("orders", 2, &[]);
        for version in 0..=2 {
            let topic = |topic, partitions| TopicPartitions { topic, partitions };
            let asked = vec![topic("orders", vec![1, 0, 2, -1]), topic("nobody", vec![i32::MAX])];
            let request = ElectLeadersRequest {
                topic_partitions: Some(asked),
                ..ElectLeadersRequest::default()
            };
            let answer = client.ask(version, &request);
            let response: ElectLeadersResponse<'_> = answer.read();
            assert_eq!(response.error_code, ErrorCode::NONE);
            let results = response.replica_election_results.iter();
            let results = results.flat_map(|topic| &topic.partition_result);
            let got: Vec<_> = results.map(|one| (one.partition_id, one.error_code)).collect();
            let fine = ErrorCode::ELECTION_NOT_NEEDED;
            let expected = [(1, fine), (0, fine), (2, UNKNOWN), (-1, UNKNOWN), (i32::MAX, UNKNOWN)];
            assert_eq!(got, expected, "version {version}");
            let all = ElectLeadersRequest { topic_partitions: None, ..request.clone() };
            let answer = client.ask(version, &all);
            let response: ElectLeadersResponse<'_> = answer.read();
            assert!(response.replica_election_results.is_empty(), "{response:?}");
            if version > 0 {
                let unclean = ElectLeadersRequest { election_type: 1, ..request.clone() };
                let answer = client.ask(version, &unclean);
                let response: ElectLeadersResponse<'_> = answer.read();
                assert_eq!(response.error_code, ErrorCode::NONE);
                let unknown = ElectLeadersRequest { election_type: 2, ..request };
                let answer = client.ask(version, &unknown);
                let response: ElectLeadersResponse<'_> = answer.read();
                assert_eq!(response.error_code, ErrorCode::INVALID_REQUEST);
            }
        }
    });
}

#[test]
fn partitions_stay_where_they_are() {
    with_each_shard_count("reassign", |site| {
        let mut client = site.client();
        client.create("orders", 1, &[]);
        let cases: [(i32, Option<Vec<i32>>, ErrorCode); 7] = [
            (0, Some(vec![1]), ErrorCode::NONE),
            (0, None, ErrorCode::NO_REASSIGNMENT_IN_PROGRESS),
            (0, Some(vec![2]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
            (0, Some(vec![1, 1]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
            (0, Some(Vec::new()), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
            (1, Some(vec![1]), UNKNOWN),
            (i32::MIN, None, UNKNOWN),
        ];
        for version in 0..=1 {
            let partition =
                |(partition_index, replicas, _): &(i32, Option<Vec<i32>>, ErrorCode)| {
                    ReassignablePartition {
                        partition_index: *partition_index,
                        replicas: replicas.clone(),
                    }
                };
            let partitions = cases.iter().map(partition).collect();
            let topics = vec![ReassignableTopic { name: "orders", partitions }];
            let request = AlterPartitionReassignmentsRequest { topics, ..Default::default() };
            let answer = client.ask(version, &request);
            let response: AlterPartitionReassignmentsResponse<'_> = answer.read();
            assert_eq!(response.error_code, ErrorCode::NONE);
            let got = response.responses[0].partitions.iter().map(|one| one.error_code);
            assert!(got.eq(cases.iter().map(|(_, _, error)| *error)), "{response:?}");
            let empty = client.ask(version, &AlterPartitionReassignmentsRequest::default());
            let empty: AlterPartitionReassignmentsResponse<'_> = empty.read();
            assert!(empty.responses.is_empty() && empty.error_code == ErrorCode::NONE);
        }
        let orders =
            ListPartitionReassignmentsTopics { name: "orders", partition_indexes: vec![0, 7] };
        for topics in [None, Some(Vec::new()), Some(vec![orders])] {
            let request = ListPartitionReassignmentsRequest { topics, ..Default::default() };
            let answer = client.ask(0, &request);
            let response: ListPartitionReassignmentsResponse<'_> = answer.read();
            assert!(response.topics.is_empty() && response.error_code == ErrorCode::NONE);
        }
    });
}

#[test]
fn there_are_no_quotas_and_no_rules() {
    with_each_shard_count("quotas", |site| {
        let mut client = site.client();
        let one = |entity_type, match_type, match_text| ComponentData {
            entity_type,
            match_type,
            match_text,
        };
        let invalid = ErrorCode::INVALID_REQUEST;
        let cases = [
            (Vec::new(), ErrorCode::NONE),
            (vec![one("user", 0, Some("me")), one("client-id", 2, None)], ErrorCode::NONE),
            (vec![one("ip", 1, None)], ErrorCode::NONE),
            (vec![one("ip", 1, None), one("user", 1, None)], invalid),
            (vec![one("user", 1, None), one("user", 1, None)], invalid),
            (vec![one("user", 0, None)], invalid),
            (vec![one("user", 2, Some("me"))], invalid),
            (vec![one("user", 3, None)], invalid),
            (vec![one("user", i8::MIN, None)], invalid),
            (vec![one("", 2, None)], invalid),
            (vec![one("planet", 2, None)], ErrorCode::UNSUPPORTED_VERSION),
        ];
        for version in 0..=1 {
            for (components, error) in &cases {
                let components = components.clone();
                let request = DescribeClientQuotasRequest { components, strict: false };
                let answer = client.ask(version, &request);
                let response: DescribeClientQuotasResponse<'_> = answer.read();
                assert_eq!(response.error_code, *error, "{request:?}");
                let expected = (*error == ErrorCode::NONE).then(Vec::new);
                assert_eq!(response.entries, expected, "{request:?}");
            }
        }
        for version in 1..=3 {
            let request = DescribeAclsRequest { operation: 1, ..DescribeAclsRequest::default() };
            let answer = client.ask(version, &request);
            let response: DescribeAclsResponse<'_> = answer.read();
            assert_eq!(response.error_code, ErrorCode::SECURITY_DISABLED);
            assert!(response.error_message.is_some() && response.resources.is_empty());
        }
    });
}

#[test]
fn partitions_that_are_there_have_producers() {
    with_each_shard_count("producers", |site| {
        let mut client = site.client();
        client.create("orders", 2, &[]);
        let topic = |name, partition_indexes| TopicRequest { name, partition_indexes };
        let topics = vec![
            topic("orders", vec![1, 0, 2, i32::MIN]),
            topic("nobody", vec![0]),
            topic("not a name", vec![0]),
            topic("orders", Vec::new()),
        ];
        let answer = client.ask(0, &DescribeProducersRequest { topics });
        let response: DescribeProducersResponse<'_> = answer.read();
        let partitions = response.topics.iter().flat_map(|topic| &topic.partitions);
        let got: Vec<_> = partitions.map(|one| (one.partition_index, one.error_code)).collect();
        let (none, invalid) = (ErrorCode::NONE, ErrorCode::INVALID_TOPIC_EXCEPTION);
        let expected =
            [(1, none), (0, none), (2, UNKNOWN), (i32::MIN, UNKNOWN), (0, UNKNOWN), (0, invalid)];
        assert_eq!(got, expected);
        let empty = client.ask(0, &DescribeProducersRequest::default());
        assert!(empty.read::<DescribeProducersResponse<'_>>().topics.is_empty());
    });
}
