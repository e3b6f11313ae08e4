//! `group delete`.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::output::say;
use crate::client::{Client, ClientError, check};
use clap::Args;
use millstream_wire::{DeleteGroupsRequest, DeleteGroupsResponse};

/// Delete groups without members, and what they have committed.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// Their names.
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    connect: Connect,
}

impl Delete {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut client = self.connect.client()?;
        for name in &self.names {
            client.insist(|client| delete(client, name))?;
            say(&format!("deleted {name}\n"))?;
        }
        Ok(())
    }
}

fn delete(client: &mut Client, name: &str) -> Result<(), ClientError> {
    let coordinator = client.coordinator(name)?;
    let reply = client.node(coordinator)?.ask(&DeleteGroupsRequest { groups_names: vec![name] })?;
    let response: DeleteGroupsResponse<'_> = reply.read()?;
    let result = response.results.first().ok_or_else(|| ClientError::answer("DeleteGroups"))?;
    check(result.error_code, result.error_message, || format!("group {name}"))
}
