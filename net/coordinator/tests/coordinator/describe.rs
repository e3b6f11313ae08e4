//! DescribeGroups and ListGroups (KAFKA.md 90).

use crate::common::*;
use millstream_coordinator::*;

fn names(world: &World, states: &[&str], types: &[&str]) -> Vec<String> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let filter = ListFilter { states: owned(states), types: owned(types) };
    world.coordinator.list(&filter).map(|listing| listing.group.to_string()).collect()
}

/// 90: a stable group shows its members, what they said and what they have.
#[test]
fn a_stable_group_shows_all() {
    let mut world = World::new();
    let (members, _) = world.stable(1);
    let group = GroupId::from(GROUP);
    let member = MemberDescription {
        member: members[0].clone(),
        instance: None,
        client_id: ClientName::from("client"),
        client_host: ClientName::from("/127.0.0.1"),
        metadata: payload("r"),
        assignment: payload(members[0].as_str()),
    };
    let expected = Description {
        state: GroupState::Stable,
        protocol_type: Some(ProtocolType::from("consumer")),
        protocol: Some(ProtocolName::from("range")),
        members: vec![member.clone()],
    };
    assert_eq!(world.coordinator.describe(&group), Some(expected));

    world.ask(join(&MemberId::default(), None));
    let described = world.coordinator.describe(&group).expect("it is there");
    assert_eq!(described.state, GroupState::PreparingRebalance);
    assert_eq!((described.protocol, described.members.len()), (None, 2));
    let quiet = |member: &MemberDescription| {
        member.metadata.size_bytes() + member.assignment.size_bytes() == 0
    };
    assert!(described.members.iter().all(quiet));
}

/// 90: a group that is not there is nothing; the broker's version decides what that means.
#[test]
fn an_unknown_group_is_nothing() {
    let world = World::new();
    assert_eq!(world.coordinator.describe(&GroupId::from("other")), None);
}

/// 90: ListGroups filters by state and by type, without regard to case.
#[test]
fn groups_are_listed_by_state_and_type() {
    let mut world = World::new();
    world.stable(1);
    world.ask_of("empty", commit("t", 1));
    assert_eq!(names(&world, &[], &[]), ["empty", GROUP]);
    assert_eq!(names(&world, &["stable"], &[]), [GROUP]);
    assert_eq!(names(&world, &["Empty", "Dead"], &["Classic"]), ["empty"]);
    assert_eq!(names(&world, &["unheard-of"], &[]), [""; 0]);
    assert_eq!(names(&world, &[], &["consumer"]), [""; 0]);
    assert_eq!(names(&world, &[], &["consumer", "classic"]), ["empty", GROUP]);
    let listed: Vec<_> = world.coordinator.list(&ListFilter::default()).collect();
    assert_eq!(listed[0].protocol_type, None);
    assert_eq!(listed[1].protocol_type, Some(ProtocolType::from("consumer")));
    assert_eq!(listed[1].state, GroupState::Stable);
}

/// Kafka's names of the states.
#[test]
fn states_are_named_as_kafka_names_them() {
    let named = [
        (GroupState::Empty, "Empty"),
        (GroupState::PreparingRebalance, "PreparingRebalance"),
        (GroupState::CompletingRebalance, "CompletingRebalance"),
        (GroupState::Stable, "Stable"),
        (GroupState::Dead, "Dead"),
    ];
    assert!(named.iter().all(|(state, name)| state.to_string() == *name));
}
