//! What can be seen of groups: OffsetFetch, DescribeGroups, ListGroups.
//!
//! These read and change nothing, so they answer at once. They show what is durable of offsets,
//! and what is so of members.

use crate::coordinator::Coordinator;
use crate::group::{Group, GroupState};
use crate::names::{
    ClientName, GroupId, InstanceId, MemberId, PartitionIndex, Payload, ProtocolName, ProtocolType,
    TopicName,
};
use crate::record::CommittedOffset;

/// The only type that groups have here (KIP-848 calls it so).
const TYPE: &str = "classic";

/// One group of a DescribeGroups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What it is doing.
    pub state: GroupState,
    /// What kind of group it is, if that was ever said.
    pub protocol_type: Option<ProtocolType>,
    /// The protocol in use; `None` unless the group is stable.
    pub protocol: Option<ProtocolName>,
    /// Its members, in the order of their ids.
    pub members: Vec<MemberDescription>,
}

/// One member of a [`Description`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDescription {
    /// Its name.
    pub member: MemberId,
    /// Its own name, if it is a static member.
    pub instance: Option<InstanceId>,
    /// What its client calls itself.
    pub client_id: ClientName,
    /// Where its client is.
    pub client_host: ClientName,
    /// Its metadata for the protocol in use; empty unless the group is stable.
    pub metadata: Payload,
    /// Its share; empty unless the group is stable.
    pub assignment: Payload,
}

/// One group of a ListGroups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its name.
    pub group: GroupId,
    /// What kind of group it is, if that was ever said.
    pub protocol_type: Option<ProtocolType>,
    /// What it is doing.
    pub state: GroupState,
}

/// Which groups a ListGroups asks for; names count without regard to case, and names of states
/// and types that do not exist match nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Names of states; none of them is "any" (KIP-518).
    pub states: Vec<String>,
    /// Names of types; none of them is "any" (KIP-848).
    pub types: Vec<String>,
}

impl Coordinator {
    /// What a group has committed for a partition and is durable, or `None`, which OffsetFetch
    /// shows as offset -1 without an error. There are no offsets of transactions yet, so all that
    /// is shown is stable in the sense of `require_stable`.
    #[must_use]
    pub fn offset(
        &self,
        group: &GroupId,
        topic: &TopicName,
        partition: PartitionIndex,
    ) -> Option<&CommittedOffset> {
        self.groups.get(group)?.offsets.get(topic, partition)
    }

    /// All that a group has committed and is durable, in the order of topics and partitions.
    pub fn offsets(
        &self,
        group: &GroupId,
    ) -> impl Iterator<Item = (&TopicName, PartitionIndex, &CommittedOffset)> {
        self.groups.get(group).into_iter().flat_map(|group| group.offsets.committed())
    }

    /// A group as it is now. `None` where there is none: state "Dead" without an error up to
    /// version 5 of DescribeGroups, `GroupIdNotFound` from version 6.
    #[must_use]
    pub fn describe(&self, group: &GroupId) -> Option<Description> {
        self.groups.get(group).map(Group::describe)
    }

    /// The groups that pass a filter, in the order of their names.
    pub fn list(&self, filter: &ListFilter) -> impl Iterator<Item = Listing> {
        let is_type = |name: &String| name.eq_ignore_ascii_case(TYPE);
        let has_type = filter.types.is_empty() || filter.types.iter().any(is_type);
        let groups = self.groups.values().filter(move |group| {
            has_type && (filter.states.is_empty() || is_in(group.state, &filter.states))
        });
        groups.map(|group| Listing {
            group: group.id.clone(),
            protocol_type: group.protocol_type.clone(),
            state: group.state,
        })
    }
}

impl Group {
    fn describe(&self) -> Description {
        let is_stable = self.state == GroupState::Stable;
        let protocol = self.protocol.clone().filter(|_| is_stable);
        let members = self.members.iter().map(|(id, member)| MemberDescription {
            member: id.clone(),
            instance: member.instance.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            metadata: member.metadata(protocol.as_ref()),
            assignment: if is_stable { member.assignment.clone() } else { Payload::default() },
        });
        let members = members.collect();
        let protocol_type = self.protocol_type.clone();
        Description { state: self.state, protocol_type, protocol, members }
    }
}

fn is_in(state: GroupState, names: &[String]) -> bool {
    let own = state.to_string();
    names.iter().any(|name| name.eq_ignore_ascii_case(&own))
}
