//! `group list`.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, table};
use crate::client::{Client, ClientError, check};
use clap::Args;
use millstream_wire::{ListGroupsRequest, ListGroupsResponse};
use serde_json::{Value, json};

/// List the groups.
#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connect: Connect,
}

struct Listed {
    name: String,
    state: String,
    protocol: String,
}

impl List {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut client = self.connect.client()?;
        let groups = client.insist(list)?;
        let row =
            |group: &Listed| vec![group.name.clone(), group.state.clone(), group.protocol.clone()];
        let rows: Vec<Vec<String>> = groups.iter().map(row).collect();
        let object = |group: &Listed| json!({ "name": group.name, "state": group.state, "protocol": group.protocol });
        let text = || table(&["GROUP", "STATE", "PROTOCOL"], &rows);
        self.output.say(text, || groups.iter().map(object).collect::<Value>())
    }
}

/// Each broker lists the groups that it keeps.
fn list(client: &mut Client) -> Result<Vec<Listed>, ClientError> {
    let nodes: Vec<i32> = client.cluster(Some(&[]))?.brokers.keys().copied().collect();
    let mut groups = Vec::new();
    for node in nodes {
        let reply = client.node(node)?.ask(&ListGroupsRequest::default())?;
        let response: ListGroupsResponse<'_> = reply.read()?;
        check(response.error_code, None, || String::from("groups"))?;
        groups.extend(response.groups.iter().map(|group| Listed {
            name: group.group_id.to_owned(),
            state: group.group_state.to_owned(),
            protocol: group.protocol_type.to_owned(),
        }));
    }
    groups.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(groups)
}
