//! `topic trim`.

use crate::cli::connect::Connect;
use crate::cli::failure::Failure;
use crate::cli::output::say;
use crate::cli::topic::TIMEOUT_MS;
use crate::client::{Client, ClientError, Place, TopicInfo, check};
use clap::Args;
use millstream_wire::message::k21_delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use millstream_wire::{DeleteRecordsRequest, DeleteRecordsResponse};

/// Delete a topic's oldest records.
#[derive(Args, Debug)]
pub(crate) struct Trim {
    /// Its name.
    name: String,
    /// Which record is to be the first: an offset, @ with milliseconds since 1970, or end.
    #[arg(long, value_name = "PLACE")]
    before: Place,
    /// Of this partition alone.
    #[arg(long, value_name = "N")]
    partition: Option<i32>,
    #[command(flatten)]
    connect: Connect,
}

impl Trim {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut client = self.connect.client()?;
        let topic = client.topic(&self.name, false)?;
        let partitions = self.partition.map_or_else(|| topic.indexes(), |index| vec![index]);
        let offsets = client.insist(|client| client.offsets(&topic, &partitions, self.before))?;
        for (index, offset) in offsets {
            let start = client.insist(|client| trim(client, &topic, index, offset))?;
            say(&format!("{}/{index} begins at {start}\n", self.name))?;
        }
        Ok(())
    }
}

fn trim(
    client: &mut Client,
    topic: &TopicInfo,
    index: i32,
    offset: i64,
) -> Result<i64, ClientError> {
    let partitions = vec![DeleteRecordsPartition { partition_index: index, offset }];
    let topics = vec![DeleteRecordsTopic { name: &topic.name, partitions }];
    let request = DeleteRecordsRequest { topics, timeout_ms: TIMEOUT_MS };
    let leader = topic.leader(index)?;
    let reply = client.node(leader)?.ask(&request)?;
    let response: DeleteRecordsResponse<'_> = reply.read()?;
    let partition = response.topics.first().and_then(|topic| topic.partitions.first());
    let partition = partition.ok_or_else(|| ClientError::answer("DeleteRecords"))?;
    check(partition.error_code, None, || format!("{}/{index}", topic.name))?;
    Ok(partition.low_watermark)
}
