//! `topic delete`.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::output::say;
use crate::cli::topic::TIMEOUT_MS;
use crate::client::{Client, ClientError, check};
use clap::Args;
use millstream_wire::{DeleteTopicsRequest, DeleteTopicsResponse, ErrorCode};

/// Delete topics and all of their records.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// Their names.
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Be content if one is not there.
    #[arg(long)]
    if_there: bool,
    #[command(flatten)]
    connect: Connect,
}

impl Delete {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut client = self.connect.client()?;
        for name in &self.names {
            let missing = Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
            match delete(&mut client, name) {
                Ok(()) => say(&format!("deleted {name}\n"))?,
                Err(error) if self.if_there && error.code() == missing => {
                    say(&format!("{name} is not there\n"))?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn delete(client: &mut Client, name: &str) -> Result<(), ClientError> {
    let request = DeleteTopicsRequest {
        topic_names: vec![name],
        timeout_ms: TIMEOUT_MS,
        ..DeleteTopicsRequest::default()
    };
    // From version 6 on names stand elsewhere.
    let reply = client.controller()?.ask_up_to(&request, 5)?;
    let response: DeleteTopicsResponse<'_> = reply.read()?;
    let result = response.responses.first().ok_or_else(|| ClientError::answer("DeleteTopics"))?;
    check(result.error_code, result.error_message, || format!("topic {name}"))
}
