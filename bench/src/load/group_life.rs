//! The life of a group of one member: it joins, takes its share, says that it is alive, commits,
//! leaves, and the group is deleted.

use super::member::{ByTopic, Member, Said, await_coordinator};
use crate::client::{NAME, Place};
use crate::failure::Failure;
use millstream_io::Io;
use std::net::SocketAddr;

/// What all groups of a run have in common.
#[derive(Debug)]
pub(crate) struct GroupLife {
    /// What their names begin with.
    name: String,
    topic: String,
    partition: i32,
}

impl GroupLife {
    /// Groups that read a partition; waits until the cluster keeps groups.
    pub(crate) fn new(broker: &str, place: &Place) -> Result<Self, Failure> {
        let name = format!("{NAME}-{}", std::process::id());
        await_coordinator(broker, &name)?;
        Ok(Self { name, topic: place.topic.clone(), partition: place.partition })
    }

    /// Lives one of them; gives the bytes of all answers.
    pub(crate) async fn live(&self, io: &Io, broker: SocketAddr, number: u64) -> Said<usize> {
        let mut member = Member::new(format!("{}-{number}", self.name));
        let mut talk = member.find(io, broker).await?;
        let members = member.join(&mut talk, vec![&self.topic]).await?;
        let all = ByTopic::from([(self.topic.clone(), vec![self.partition])]);
        let shares = members.into_iter().map(|one| (one, all.clone())).collect();
        member.sync(&mut talk, shares).await?;
        member.heartbeat(&mut talk).await?;
        let start = ByTopic::from([(self.topic.clone(), vec![(self.partition, 0)])]);
        member.commit(&mut talk, &start).await?;
        member.leave(&mut talk).await?;
        member.delete(&mut talk).await?;
        Ok(talk.received_bytes)
    }
}
