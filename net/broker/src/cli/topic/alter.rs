//! `topic alter`.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::output::say;
use crate::cli::topic::{TIMEOUT_MS, TOPIC_RESOURCE, assignment};
use crate::client::{Client, ClientError, check};
use clap::Args;
use millstream_wire::message::k37_create_partitions::CreatePartitionsTopic;
use millstream_wire::message::k44_incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig,
};
use millstream_wire::{
    CreatePartitionsRequest, CreatePartitionsResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
};

const SET: i8 = 0;
const DELETE: i8 = 1;

/// Change a topic's configurations, or give it more partitions.
#[derive(Args, Debug)]
pub(crate) struct Alter {
    /// Its name.
    name: String,
    /// How many partitions it is to have; never fewer than it has.
    #[arg(long, short, value_name = "N")]
    partitions: Option<i32>,
    /// A configuration by its Kafka name; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// A configuration that is to have the broker's value again; may be repeated.
    #[arg(long, value_name = "NAME")]
    unset: Vec<String>,
    #[command(flatten)]
    connect: Connect,
}

impl Alter {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        if self.partitions.is_none() && self.set.is_empty() && self.unset.is_empty() {
            return Err(Failure::usage("nothing to change: give --partitions, --set or --unset"));
        }
        let mut client = self.connect.client()?;
        if !self.set.is_empty() || !self.unset.is_empty() {
            client.insist(|client| self.configure(client))?;
        }
        if let Some(count) = self.partitions {
            client.insist(|client| self.grow(client, count))?;
        }
        say(&format!("altered {}\n", self.name))
    }

    fn configure(&self, client: &mut Client) -> Result<(), ClientError> {
        let set = self.set.iter().map(|(name, value)| AlterableConfig {
            name,
            config_operation: SET,
            value: Some(value),
        });
        let unset = self.unset.iter().map(|name| AlterableConfig {
            name,
            config_operation: DELETE,
            value: None,
        });
        let resource = AlterConfigsResource {
            resource_type: TOPIC_RESOURCE,
            resource_name: &self.name,
            configs: set.chain(unset).collect(),
        };
        let request =
            IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
        let reply = client.controller()?.ask(&request)?;
        let response: IncrementalAlterConfigsResponse<'_> = reply.read()?;
        let lacking = || ClientError::answer("IncrementalAlterConfigs");
        let result = response.responses.first().ok_or_else(lacking)?;
        check(result.error_code, result.error_message, || self.what())
    }

    fn grow(&self, client: &mut Client, count: i32) -> Result<(), ClientError> {
        let topic = CreatePartitionsTopic { name: &self.name, count, assignments: None };
        let request = CreatePartitionsRequest {
            topics: vec![topic],
            timeout_ms: TIMEOUT_MS,
            validate_only: false,
        };
        let reply = client.controller()?.ask(&request)?;
        let response: CreatePartitionsResponse<'_> = reply.read()?;
        let lacking = || ClientError::answer("CreatePartitions");
        let result = response.results.first().ok_or_else(lacking)?;
        check(result.error_code, result.error_message, || self.what())
    }

    fn what(&self) -> String {
        format!("topic {}", self.name)
    }
}
