//! `group describe`.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, table};
use crate::client::{Client, ClientError, Place, check};
use clap::Args;
use millstream_wire::message::k15_describe_groups::DescribedGroupMember;
use millstream_wire::record::consumer_protocol::ConsumerProtocolAssignment;
use millstream_wire::record::decode_extensible;
use millstream_wire::{DescribeGroupsRequest, DescribeGroupsResponse};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Describe a group: its members, what it has committed, and what is left to read.
#[derive(Args, Debug)]
pub(crate) struct Describe {
    /// Its name.
    name: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

struct Described {
    state: String,
    members: Vec<Member>,
    offsets: Vec<Committed>,
}

struct Member {
    id: String,
    client: String,
    host: String,
    assigned: Vec<String>,
}

struct Committed {
    topic: String,
    partition: i32,
    offset: i64,
    /// `None` if the topic is gone.
    end: Option<i64>,
}

impl Describe {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut client = self.connect.client()?;
        let (state, members) = client.insist(|client| members(client, &self.name))?;
        let offsets = offsets(&mut client, &self.name)?;
        let described = Described { state, members, offsets };
        self.output.say(|| described.text(&self.name), || described.json(&self.name))
    }
}

fn members(client: &mut Client, group: &str) -> Result<(String, Vec<Member>), ClientError> {
    let coordinator = client.coordinator(group)?;
    let request = DescribeGroupsRequest { groups: vec![group], ..DescribeGroupsRequest::default() };
    let reply = client.node(coordinator)?.ask(&request)?;
    let response: DescribeGroupsResponse<'_> = reply.read()?;
    let found = response.groups.first().ok_or_else(|| ClientError::answer("DescribeGroups"))?;
    check(found.error_code, found.error_message, || format!("group {group}"))?;
    Ok((found.group_state.to_owned(), found.members.iter().map(member).collect()))
}

fn member(member: &DescribedGroupMember<'_>) -> Member {
    // Members of another protocol than consumers' say something that only they understand.
    let assignment = decode_extensible::<ConsumerProtocolAssignment<'_>>(&member.member_assignment);
    let topics = assignment.map(|(_, assignment)| assignment.assigned_partitions);
    let names = topics.unwrap_or_default().into_iter().flat_map(|topic| {
        let name = topic.topic.to_owned();
        topic.partitions.into_iter().map(move |index| format!("{name}/{index}"))
    });
    Member {
        id: member.member_id.to_owned(),
        client: member.client_id.to_owned(),
        host: member.client_host.to_owned(),
        assigned: names.collect(),
    }
}

fn offsets(client: &mut Client, group: &str) -> Result<Vec<Committed>, ClientError> {
    let committed = client.insist(|client| client.committed(group))?;
    let mut topics: BTreeMap<String, BTreeMap<i32, i64>> = BTreeMap::new();
    for ((topic, partition), offset) in committed {
        topics.entry(topic).or_default().insert(partition, offset);
    }
    let mut all = Vec::new();
    for (topic, offsets) in topics {
        let indexes: Vec<i32> = offsets.keys().copied().collect();
        // What is deleted has no end, and what it was committed for is still worth telling.
        let info = client.topic(&topic, false).ok();
        let ends = info.and_then(|info| client.offsets(&info, &indexes, Place::End).ok());
        let ends = ends.unwrap_or_default();
        all.extend(offsets.iter().map(|(partition, offset)| Committed {
            topic: topic.clone(),
            partition: *partition,
            offset: *offset,
            end: ends.get(partition).copied(),
        }));
    }
    Ok(all)
}

impl Described {
    fn text(&self, name: &str) -> String {
        let members = self.members.iter().map(|member| {
            let Member { id, client, host, assigned } = member;
            vec![id.clone(), client.clone(), host.clone(), assigned.join(" ")]
        });
        let offsets = self.offsets.iter().map(|committed| {
            let or_unknown = |number: Option<i64>| number.map_or("?".into(), |it| it.to_string());
            vec![
                committed.topic.clone(),
                committed.partition.to_string(),
                committed.offset.to_string(),
                or_unknown(committed.end),
                or_unknown(committed.lag()),
            ]
        });
        let members: Vec<Vec<String>> = members.collect();
        let offsets: Vec<Vec<String>> = offsets.collect();
        let members = table(&["MEMBER", "CLIENT", "HOST", "ASSIGNED"], &members);
        let offsets = table(&["TOPIC", "PARTITION", "COMMITTED", "END", "LAG"], &offsets);
        format!("{name}  {}\n{offsets}\n{members}", self.state)
    }

    fn json(&self, name: &str) -> Value {
        let members = self.members.iter().map(|member| {
            let Member { id, client, host, assigned } = member;
            json!({ "id": id, "client": client, "host": host, "assigned": assigned })
        });
        let offsets = self.offsets.iter().map(|committed| {
            json!({
                "topic": committed.topic,
                "partition": committed.partition,
                "committed": committed.offset,
                "end": committed.end,
                "lag": committed.lag(),
            })
        });
        json!({
            "name": name,
            "state": self.state,
            "members": members.collect::<Value>(),
            "offsets": offsets.collect::<Value>(),
        })
    }
}

impl Committed {
    fn lag(&self) -> Option<i64> {
        self.end.map(|end| (end - self.offset).max(0))
    }
}
