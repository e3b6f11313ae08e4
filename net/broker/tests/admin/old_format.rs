//! Batches of before Kafka 0.11, which none of the versions that are served can carry.

use crate::site::{batch, with_each_shard_count};
use millstream_wire::message::k00_produce::{PartitionProduceData, TopicProduceData};
use millstream_wire::{ErrorCode, ProduceRequest, ProduceResponse, Records};

/// Where a batch of any format says which one it has.
const MAGIC_POSITION: usize = 16;

#[test]
fn a_batch_of_an_older_format_is_an_invalid_record() {
    with_each_shard_count("old-format", |site| {
        let mut client = site.client();
        let topic_id = client.create("orders", 1, &[]);
        let mut old = batch(&[1]);
        for (version, magic) in [(3, 0), (9, 1), (13, 0), (13, 1)] {
            old[MAGIC_POSITION] = magic;
            let records = Records::Borrowed(&old);
            let partition_data = vec![PartitionProduceData { index: 0, records }];
            let name = if version < 13 { "orders" } else { "" };
            let topic = TopicProduceData { name, topic_id, partition_data };
            let request = ProduceRequest {
                acks: -1,
                timeout_ms: 1000,
                topic_data: vec![topic],
                ..ProduceRequest::default()
            };
            let answer = client.ask(version, &request);
            let response: ProduceResponse<'_> = answer.read();
            let partition = &response.responses[0].partition_responses[0];
            assert_eq!(partition.error_code, ErrorCode::INVALID_RECORD, "version {version}");
        }
        assert_eq!(client.produce("orders", 0, &batch(&[1])), 0, "nothing was appended");
    });
}
