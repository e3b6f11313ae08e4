//! How the members agree on one protocol.

use std::collections::{BTreeMap, BTreeSet};

use crate::command::Join;
use crate::error::GroupError;
use crate::group::{Group, GroupState};
use crate::names::ProtocolName;
use crate::subscription::subscribed_topics;

/// The protocol type whose metadata Kafka's own coordinator looks into, for one question only:
/// may the offsets of a topic be deleted?
const CONSUMER: &str = "consumer";

impl Group {
    /// Whether whoever joins could agree with all who are there.
    pub(crate) fn check_protocols(&self, join: &Join) -> Result<(), GroupError> {
        let is_shared = |name| self.support.get(name) == Some(&self.members.len());
        let agrees = if self.state == GroupState::Empty || self.members.is_empty() {
            !join.protocol_type.is_empty() && !join.protocols.is_empty()
        } else {
            self.protocol_type.as_ref() == Some(&join.protocol_type)
                && join.protocols.iter().any(|protocol| is_shared(&protocol.name))
        };
        if agrees { Ok(()) } else { Err(GroupError::InconsistentGroupProtocol) }
    }

    /// The protocol that most members like best among those that all know; the leader's taste
    /// decides between equals.
    pub(crate) fn vote(&self) -> Option<ProtocolName> {
        let is_shared = |name: &ProtocolName| self.support.get(name) == Some(&self.members.len());
        let mut votes: BTreeMap<&ProtocolName, usize> = BTreeMap::new();
        for member in self.members.values() {
            let names = member.protocols.iter().map(|protocol| &protocol.name);
            if let Some(liked) = names.into_iter().find(|name| is_shared(name)) {
                *votes.entry(liked).or_default() += 1;
            }
        }
        let vote_max = votes.values().max()?;
        let leader = self.members.get(self.leader.as_ref()?)?;
        let mut names = leader.protocols.iter().map(|protocol| &protocol.name);
        names.find(|name| votes.get(name) == Some(vote_max)).cloned()
    }

    /// The topics that members read, as far as their metadata says; `None` where it does not.
    pub(crate) fn subscribed(&self) -> Option<BTreeSet<String>> {
        let mut subscribed = BTreeSet::new();
        for member in self.members.values() {
            let metadata = member.metadata(self.protocol.as_ref());
            let topics = subscribed_topics(metadata.bytes())?;
            subscribed.extend(topics.into_iter().map(str::to_owned));
        }
        Some(subscribed)
    }

    /// Whether the members' metadata can be asked which topics they read.
    pub(crate) fn is_consumer_group(&self) -> bool {
        self.protocol_type.as_ref().is_some_and(|kind| kind.as_str() == CONSUMER)
    }
}
