//! Commands on topics: state and command give the exact answer and the exact records.

use super::*;
use crate::config::BrokerConfig;
use crate::error::RefusalKind;
use crate::image::Listener;
use crate::topic_name::CONSUMER_OFFSETS;
use crate::{Controller, MetadataImage};
use millstream_base::{LeaderEpoch, PartitionIndex, ProducerId, TopicId, Uuid};
use std::sync::Arc;

pub(super) fn registration(node: i32, incarnation: u8) -> BrokerRegistration {
    BrokerRegistration {
        node: NodeId::new(node),
        incarnation: Uuid::from_bytes([incarnation; 16]),
        rack: None,
        listeners: vec![Listener {
            name: "PLAINTEXT".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 9092,
        }],
    }
}

/// A controller of a cluster with these brokers, started with these configurations.
pub(super) fn controller(nodes: &[i32], config: &[(&str, &str)]) -> Controller {
    let mut file = BrokerConfig::default();
    for (name, value) in config {
        file.set(name, value).expect("a configuration");
    }
    let node = NodeId::new(nodes[0]);
    let mut controller = Controller::new(node, Arc::new(file), Random::new(42));
    for node in nodes {
        let _ = controller.register_broker(&registration(*node, 1));
    }
    controller
}

type Created = Vec<(String, Result<CreatedTopic, crate::Refusal>)>;

pub(super) fn create(controller: &mut Controller, topics: Vec<NewTopic>) -> Created {
    controller.create_topics(&CreateTopics { topics, validate_only: false }).response
}

fn kinds(created: &Created) -> Vec<Option<RefusalKind>> {
    created.iter().map(|(_, result)| result.as_ref().err().map(|refusal| refusal.kind)).collect()
}

fn nodes(ids: &[i32]) -> Vec<NodeId> {
    ids.iter().copied().map(NodeId::new).collect()
}

fn follow(records: &[MetadataRecord]) -> MetadataImage {
    let mut image = MetadataImage::default();
    for record in records {
        image.apply(record).expect("records of a controller");
    }
    image
}

#[test]
fn point_99_minus_one_takes_the_defaults_of_the_broker() {
    let config = [("num.partitions", "4"), ("default.replication.factor", "2")];
    let mut controller = controller(&[1, 2, 3], &config);
    let created = create(&mut controller, vec![NewTopic::new("a")]);
    let topic = created[0].1.as_ref().expect("made");
    assert_eq!((topic.partition_count, topic.replica_count), (4, 2));
    let image = controller.image();
    let made = image.topic("a").expect("made");
    assert_eq!(made.id(), topic.id);
    assert_eq!(made.partitions().len(), 4);
    for partition in made.partitions() {
        assert_eq!(partition.replicas.len(), 2);
        assert_eq!(partition.in_sync, partition.replicas);
        assert_eq!(partition.leader, partition.replicas[0]);
        assert_eq!(partition.leader_epoch, LeaderEpoch::new(0));
    }
}

#[test]
fn point_99_good_and_bad_topics_are_decided_one_by_one() {
    let mut controller = controller(&[1], &[]);
    let _ = create(&mut controller, vec![NewTopic::new("there")]);
    let replicas = |count| NewTopic { replica_count: count, ..NewTopic::new("replicas") };
    let cases = [
        (NewTopic::new("good").partitions(2), None),
        (NewTopic::new("there"), Some(RefusalKind::TopicAlreadyExists)),
        (NewTopic::new("a/b"), Some(RefusalKind::InvalidTopic)),
        (NewTopic::new("none").partitions(0), Some(RefusalKind::InvalidPartitions)),
        (NewTopic::new("less").partitions(-2), Some(RefusalKind::InvalidPartitions)),
        (NewTopic::new("many").partitions(i32::MAX), Some(RefusalKind::PolicyViolation)),
        (replicas(0), Some(RefusalKind::InvalidReplicationFactor)),
        (NewTopic::new("c").config("no.such", "1"), Some(RefusalKind::InvalidConfig)),
        (NewTopic::new("d").config("retention.ms", "soon"), Some(RefusalKind::InvalidConfig)),
        (NewTopic::new("e").config("segment.bytes", "14"), Some(RefusalKind::InvalidConfig)),
        (NewTopic::new("__cluster_metadata"), Some(RefusalKind::InvalidRequest)),
    ];
    let topics = cases.iter().map(|(topic, _)| topic.clone()).collect();
    let created = create(&mut controller, topics);
    let expected: Vec<_> = cases.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(kinds(&created), expected);
    let names: Vec<_> = controller.image().topics().map(|topic| topic.name().clone()).collect();
    assert_eq!(names, [Arc::from("good"), Arc::from("there")]);
}

#[test]
fn point_99_more_replicas_than_brokers_are_refused() {
    let mut controller = controller(&[1], &[]);
    let three = NewTopic { replica_count: 3, ..NewTopic::new("a") };
    let created = create(&mut controller, vec![three]);
    assert_eq!(kinds(&created), [Some(RefusalKind::InvalidReplicationFactor)]);
}

#[test]
fn point_99_a_name_that_comes_twice_is_refused_once_and_not_made() {
    let mut controller = controller(&[1], &[]);
    let created = create(&mut controller, ["a", "b", "a"].map(NewTopic::new).into_iter().collect());
    assert_eq!(kinds(&created), [Some(RefusalKind::InvalidRequest), None]);
    assert_eq!((created[0].0.as_str(), created[1].0.as_str()), ("a", "b"));
    assert!(controller.image().topic("a").is_none());
}

#[test]
fn names_that_metrics_cannot_tell_apart_are_refused() {
    let mut controller = controller(&[1], &[]);
    let created = create(&mut controller, vec![NewTopic::new("a.b"), NewTopic::new("a_b")]);
    assert_eq!(kinds(&created), [None, Some(RefusalKind::InvalidTopic)]);
    let created = create(&mut controller, vec![NewTopic::new("a_b"), NewTopic::new("a.b")]);
    let expected = [Some(RefusalKind::InvalidTopic), Some(RefusalKind::TopicAlreadyExists)];
    assert_eq!(kinds(&created), expected);
}

#[test]
fn point_99_validate_only_answers_and_changes_nothing() {
    let mut controller = controller(&[1], &[]);
    let before = controller.image().clone();
    let topics = vec![
        NewTopic::new("a").partitions(3).config("retention.ms", "5"),
        NewTopic::new("b").partitions(0),
    ];
    let outcome = controller.create_topics(&CreateTopics { topics, validate_only: true });
    assert_eq!(kinds(&outcome.response), [None, Some(RefusalKind::InvalidPartitions)]);
    let would_be = outcome.response[0].1.as_ref().expect("fine");
    assert_eq!(would_be.partition_count, 3);
    assert_eq!(would_be.overrides["retention.ms"], "5");
    assert_eq!(outcome.records, []);
    assert_eq!(controller.image(), &before);
}

#[test]
fn point_99_assigned_partitions_are_made_as_they_are_assigned() {
    let mut controller = controller(&[1, 2, 3], &[]);
    let assignments =
        vec![(PartitionIndex::new(1), nodes(&[3, 1])), (PartitionIndex::new(0), nodes(&[2, 3]))];
    let created = create(&mut controller, vec![NewTopic { assignments, ..NewTopic::new("a") }]);
    assert_eq!(created[0].1.as_ref().expect("made").replica_count, 2);
    let made = controller.image().topic("a").expect("made").partitions();
    assert_eq!(made[0].replicas, nodes(&[2, 3]));
    assert_eq!(made[1].leader, NodeId::new(3));
}

#[test]
fn assignments_that_cannot_be_are_refused() {
    let index = PartitionIndex::new;
    let assigned = |assignments| NewTopic { assignments, ..NewTopic::new("a") };
    let replicas = RefusalKind::InvalidReplicaAssignment;
    for (topic, kind) in [
        (assigned(vec![(index(0), nodes(&[]))]), replicas),
        (assigned(vec![(index(0), nodes(&[1, 1]))]), replicas),
        (assigned(vec![(index(0), nodes(&[9]))]), replicas),
        (assigned(vec![(index(1), nodes(&[1]))]), replicas),
        (assigned(vec![(index(0), nodes(&[1])), (index(0), nodes(&[1]))]), replicas),
        (assigned(vec![(index(0), nodes(&[1])), (index(1), nodes(&[1, 2]))]), replicas),
        (assigned(vec![(index(-1), nodes(&[1]))]), replicas),
        (assigned(vec![(index(0), nodes(&[1]))]).partitions(1), RefusalKind::InvalidRequest),
        (
            NewTopic { replica_count: 1, ..assigned(vec![(index(0), nodes(&[1]))]) },
            RefusalKind::InvalidRequest,
        ),
    ] {
        let mut controller = controller(&[1, 2], &[]);
        let created = create(&mut controller, vec![topic.clone()]);
        assert_eq!(kinds(&created), [Some(kind)], "{topic:?}");
    }
}

#[test]
fn a_request_makes_ten_thousand_partitions_and_no_more() {
    let mut controller = controller(&[1], &[]);
    let topics = vec![
        NewTopic::new("a").partitions(9_999),
        NewTopic::new("b").partitions(2),
        NewTopic::new("c").partitions(1),
    ];
    let created = create(&mut controller, topics);
    assert_eq!(kinds(&created), [None, Some(RefusalKind::PolicyViolation), None]);
}

#[test]
fn point_20_a_topic_that_is_made_anew_has_another_id() {
    let mut controller = controller(&[1], &[]);
    let topic = NewTopic::new("a").config("retention.ms", "5");
    let first = create(&mut controller, vec![topic])[0].1.clone().expect("made").id;
    let topics = vec![TopicSelector::Id(first.uuid())];
    let deleted = controller.delete_topics(&DeleteTopics { topics });
    assert_eq!(deleted.response[0].1.as_ref().expect("deleted").name.as_ref(), "a");
    let second = create(&mut controller, vec![NewTopic::new("a")])[0].1.clone().expect("made").id;
    assert_ne!(first, second);
    assert!(controller.image().topic_by_id(first).is_none());
    let resources: Vec<_> = controller.image().resources().collect();
    assert_eq!(resources, [] as [&crate::record::Resource; 0], "nothing is left of the first");
}

#[test]
fn point_103_topics_are_deleted_by_name_and_by_id_with_an_error_each() {
    let mut controller = controller(&[1], &[]);
    let created = create(&mut controller, ["a", "b", "c"].map(NewTopic::new).to_vec());
    let id = |index: usize| created[index].1.as_ref().expect("made").id.uuid();
    let topics = vec![
        TopicSelector::Name("a".to_owned()),
        TopicSelector::Name("none".to_owned()),
        TopicSelector::Id(Uuid::ZERO),
        TopicSelector::Id(Uuid::from_bytes([9; 16])),
        TopicSelector::Id(id(1)),
        TopicSelector::Name("b".to_owned()),
        TopicSelector::Id(id(2)),
    ];
    let outcome = controller.delete_topics(&DeleteTopics { topics });
    let kinds: Vec<_> =
        outcome.response.iter().map(|(_, result)| result.as_ref().err().map(|e| e.kind)).collect();
    let expected = [
        None,
        Some(RefusalKind::UnknownTopicOrPartition),
        Some(RefusalKind::UnknownTopicId),
        Some(RefusalKind::UnknownTopicId),
        Some(RefusalKind::InvalidRequest),
        Some(RefusalKind::InvalidRequest),
        None,
    ];
    assert_eq!(kinds, expected);
    let left: Vec<_> = controller.image().topics().map(|topic| topic.name().to_string()).collect();
    assert_eq!(left, ["b"]);
}

#[test]
fn topics_stay_where_deletion_is_switched_off() {
    let mut controller = controller(&[1], &[("delete.topic.enable", "false")]);
    let _ = create(&mut controller, vec![NewTopic::new("a")]);
    let topics = vec![TopicSelector::Name("a".to_owned())];
    let outcome = controller.delete_topics(&DeleteTopics { topics });
    let refusal = outcome.response[0].1.as_ref().expect_err("switched off");
    assert_eq!(refusal.kind, RefusalKind::TopicDeletionDisabled);
    assert!(controller.image().topic("a").is_some());
}

#[test]
fn point_100_each_topic_has_one_answer_and_none_shrinks() {
    let mut controller = controller(&[1, 2], &[]);
    let topic = |name: &str| NewTopic::new(name).partitions(3);
    let _ = create(&mut controller, vec![topic("a"), topic("b"), topic("c"), topic("d")]);
    let more = |name: &str, partition_count, assignments| MorePartitions {
        name: name.to_owned(),
        partition_count,
        assignments,
    };
    let topics = vec![
        more("a", 5, None),
        more("b", 3, None),
        more("b2", 9, None),
        more("c", 2, None),
        more("d", 5, Some(vec![nodes(&[2]), nodes(&[1])])),
        more("c", 4, None),
    ];
    let outcome = controller.create_partitions(&CreatePartitions { topics, validate_only: false });
    let kinds: Vec<_> =
        outcome.response.iter().map(|(_, result)| result.as_ref().err().map(|e| e.kind)).collect();
    let expected = [
        None,
        Some(RefusalKind::InvalidPartitions),
        Some(RefusalKind::UnknownTopicOrPartition),
        Some(RefusalKind::InvalidRequest),
        None,
        Some(RefusalKind::InvalidRequest),
    ];
    assert_eq!(kinds, expected);
    let count = |name| controller.image().topic(name).expect("there").partitions().len();
    assert_eq!(["a", "b", "c", "d"].map(count), [5, 3, 3, 5]);
    let assigned = &controller.image().topic("d").expect("there").partitions()[3..];
    assert_eq!(assigned[0].leader, NodeId::new(2));
    assert_eq!(assigned[1].leader, NodeId::new(1));
}

#[test]
fn point_100_assignments_match_what_is_added() {
    for (assignments, partition_count) in [
        (vec![nodes(&[1])], 3),
        (vec![nodes(&[1]), nodes(&[1, 2])], 3),
        (vec![nodes(&[7])], 2),
        (vec![], 2),
    ] {
        let mut controller = controller(&[1, 2], &[]);
        let _ = create(&mut controller, vec![NewTopic::new("a")]);
        let assignments = Some(assignments);
        let topics = vec![MorePartitions { name: "a".to_owned(), partition_count, assignments }];
        let request = CreatePartitions { topics, validate_only: false };
        let outcome = controller.create_partitions(&request);
        let refusal = outcome.response[0].1.as_ref().expect_err("does not match");
        assert_eq!(refusal.kind, RefusalKind::InvalidReplicaAssignment);
    }
}

#[test]
fn point_40_producer_ids_are_never_handed_out_twice_after_a_crash() {
    let mut controller = controller(&[1], &[]);
    let mut log = controller.snapshot();
    let first = controller.allocate_producer_ids();
    let block = first.response.expect("a block");
    assert_eq!((block.first, block.end), (ProducerId::new(0), ProducerId::new(1000)));
    log.extend(first.records);
    // The crash: nothing is known but the log.
    assert_eq!(follow(&log).next_producer_id(), ProducerId::new(1000));
    let second = controller.allocate_producer_ids().response.expect("a block");
    assert_eq!(second.first, block.end);
}

#[test]
fn spent_producer_ids_are_said_to_be_spent() {
    let mut controller = controller(&[1], &[]);
    let next = ProducerId::new(i64::MAX - 999);
    let mut image = controller.image().clone();
    image.apply(&MetadataRecord::ProducerIds { next }).expect("forward");
    let config = BrokerConfig::default();
    let random = &mut Random::new(1);
    let node = NodeId::new(1);
    let context = Context { image: &image, node, config: &config, random };
    let outcome = producer_ids::allocate_producer_ids(&context);
    assert_eq!(outcome.response.expect_err("spent").kind, RefusalKind::Unknown);
    assert_eq!(outcome.records, []);
    assert!(controller.allocate_producer_ids().response.is_ok());
}

#[test]
fn point_18_the_first_broker_names_the_cluster_for_ever() {
    let mut controller = controller(&[1], &[]);
    let name = controller.image().cluster_id();
    assert_eq!(name.to_string().len(), 22);
    let _ = controller.register_broker(&registration(2, 5));
    let _ = controller.register_broker(&registration(1, 6));
    assert_eq!(controller.image().cluster_id(), name);
}

#[test]
fn point_17_the_controller_is_a_broker_of_the_list() {
    let controller = controller(&[3, 2], &[]);
    let image = controller.image();
    assert!(image.brokers().any(|broker| broker.node == image.controller()));
    assert_eq!(MetadataImage::default().controller(), NodeId::NONE);
}

#[test]
fn point_21_leader_epochs_rise_with_each_start_of_the_leader_and_with_nothing_else() {
    let mut controller = controller(&[1], &[]);
    let _ = create(&mut controller, vec![NewTopic::new("a").partitions(2)]);
    let epochs = |controller: &Controller| -> Vec<i32> {
        let topic = controller.image().topic("a").expect("made");
        topic.partitions().iter().map(|partition| partition.leader_epoch.get()).collect()
    };
    let again = controller.register_broker(&registration(1, 1));
    assert_eq!((again.response, again.records), (1, vec![]), "the same start");
    assert_eq!(epochs(&controller), [0, 0]);
    let mut moved = registration(1, 1);
    moved.listeners[0].port = 9999;
    assert_eq!(controller.register_broker(&moved).response, 1);
    assert_eq!(epochs(&controller), [0, 0], "another address is no other leader");
    let restarted = controller.register_broker(&registration(1, 2));
    assert_eq!((restarted.response, restarted.records.len()), (2, 1), "one record, whatever leads");
    assert_eq!(epochs(&controller), [1, 1]);
    assert_eq!(epochs_after_replay(&controller), [1, 1]);
}

fn epochs_after_replay(controller: &Controller) -> Vec<i32> {
    let image = follow(&controller.snapshot());
    let topic = image.topic("a").expect("made");
    topic.partitions().iter().map(|partition| partition.leader_epoch.get()).collect()
}

#[test]
fn point_109_committed_offsets_have_their_topic() {
    let mut controller = controller(&[1], &[]);
    let settings = BrokerConfig::default().settings();
    let topic = consumer_offsets(&settings.offsets, controller.image().brokers().len());
    let created = create(&mut controller, vec![topic]);
    let made = created[0].1.as_ref().expect("made");
    assert_eq!((made.partition_count, made.replica_count), (50, 1));
    assert_eq!(made.overrides["cleanup.policy"], "compact");
    assert!(controller.image().topic(CONSUMER_OFFSETS).expect("made").is_internal());
    let name = CONSUMER_OFFSETS.to_owned();
    let topics = vec![MorePartitions { name, partition_count: 51, assignments: None }];
    let more = controller.create_partitions(&CreatePartitions { topics, validate_only: false });
    let refused = more.response[0].1.as_ref().expect_err("they stay");
    assert_eq!(refused.kind, RefusalKind::InvalidPartitions);
}

#[test]
fn an_image_that_was_handed_out_does_not_change() {
    let mut controller = controller(&[1], &[]);
    let _ = create(&mut controller, vec![NewTopic::new("a"), NewTopic::new("b")]);
    let held = controller.image().clone();
    let b = Arc::clone(held.topic("b").expect("made"));
    let topics = vec![TopicSelector::Name("a".to_owned())];
    let _ = controller.delete_topics(&DeleteTopics { topics });
    assert!(held.topic("a").is_some());
    assert!(controller.image().topic("a").is_none());
    let same = controller.image().topic("b").expect("made");
    assert!(Arc::ptr_eq(same, &b), "what did not change is the same");
}

#[test]
fn topics_come_in_the_order_of_their_names_and_in_pages() {
    let mut controller = controller(&[1], &[]);
    let _ = create(&mut controller, ["c", "a", "b"].map(NewTopic::new).to_vec());
    let image = controller.image();
    let names = |topics: Vec<&Arc<crate::image::Topic>>| -> Vec<String> {
        topics.into_iter().map(|topic| topic.name().to_string()).collect()
    };
    assert_eq!(names(image.topics().collect()), ["a", "b", "c"]);
    assert_eq!(names(image.topics_behind("a").collect()), ["b", "c"]);
    assert_eq!(names(image.topics_behind("").collect()), ["a", "b", "c"]);
    assert_eq!(names(image.topics_behind("aa").collect()), ["b", "c"]);
    assert_eq!(names(image.topics_behind("c").collect()), [""; 0]);
    let unknown = TopicId::new(Uuid::from_bytes([8; 16])).expect("not zero");
    assert!(image.topic_by_id(unknown).is_none());
}
