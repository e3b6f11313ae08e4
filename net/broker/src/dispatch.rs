//! The front desk: which API in which version, and whose handler.

use crate::exchange::{Client, Exchange, Outcome};
use crate::handlers::{
    k00_produce, k01_fetch, k02_list_offsets, k03_metadata, k18_api_versions, k19_create_topics,
    k20_delete_topics, k22_init_producer_id,
};
use crate::handlers::{
    k08_offset_commit, k09_offset_fetch, k10_find_coordinator, k11_join_group, k12_heartbeat,
    k13_leave_group, k14_sync_group, k15_describe_groups, k16_list_groups, k42_delete_groups,
    k47_offset_delete,
};
use crate::handlers::{
    k21_delete_records, k23_offset_for_leader_epoch, k29_describe_acls, k32_describe_configs,
    k33_alter_configs, k35_describe_log_dirs, k37_create_partitions, k43_elect_leaders,
    k44_incremental_alter_configs, k45_alter_partition_reassignments,
    k46_list_partition_reassignments, k48_describe_client_quotas, k60_describe_cluster,
    k61_describe_producers, k74_list_config_resources, k75_describe_topic_partitions,
};
use crate::metrics::{Journey, Stage};
use crate::shard::Shard;
use bytes::Bytes;
use millstream_wire::{ApiKey, Request, RequestHeader, decode_prefix, decode_request};
use std::rc::Rc;

/// Carries one request out.
pub(crate) async fn dispatch(
    shard: Rc<Shard>,
    client: Rc<Client>,
    frame: Bytes,
    journey: &Journey,
) -> Outcome {
    let Ok(prefix) = decode_prefix(&frame) else { return Outcome::Close };
    let Some(key) = ApiKey::from_code(prefix.api_key) else { return Outcome::Close };
    let exchange =
        |header| Exchange { shard: &shard, client: &client, header, frame: &frame, journey };
    if key == ApiKey::ApiVersions && key.check_version(prefix.api_version).is_err() {
        //= KIP-511: an unknown version is answered in version 0, so that the client can go on.
        let header = RequestHeader {
            request_api_key: prefix.api_key,
            request_api_version: 0,
            correlation_id: prefix.correlation_id,
            client_id: None,
        };
        return k18_api_versions::refuse(&exchange(header));
    }
    if k18_api_versions::is_served(key, prefix.api_version) {
        let Ok((header, request)) = decode_request(&frame) else { return Outcome::Close };
        journey.end(Stage::Decode, shard.io.now());
        if let Request::Produce(request) = &request {
            let order = k00_produce::Order::new(&exchange(header), request);
            drop(frame);
            return order.carry_out(&shard, journey).await;
        }
        return route(&exchange(header), &request).await;
    }
    Outcome::Close
}

/// What is asked rarely, or does much, has its state in a box of its own: the state of every
/// request would otherwise be as large as that of the largest.
async fn route(exchange: &Exchange<'_>, request: &Request<'_>) -> Outcome {
    match request {
        Request::Fetch(request) => Box::pin(k01_fetch::handle(exchange, request)).await,
        Request::ListOffsets(request) => {
            Box::pin(k02_list_offsets::handle(exchange, request)).await
        }
        Request::Metadata(request) => Box::pin(k03_metadata::handle(exchange, request)).await,
        Request::ApiVersions(request) => k18_api_versions::handle(exchange, request),
        Request::CreateTopics(request) => {
            Box::pin(k19_create_topics::handle(exchange, request)).await
        }
        Request::DeleteTopics(request) => {
            Box::pin(k20_delete_topics::handle(exchange, request)).await
        }
        Request::InitProducerId(request) => {
            Box::pin(k22_init_producer_id::handle(exchange, request)).await
        }
        _ => Box::pin(route_to_groups(exchange, request)).await,
    }
}

async fn route_to_groups(exchange: &Exchange<'_>, request: &Request<'_>) -> Outcome {
    match request {
        Request::OffsetCommit(request) => k08_offset_commit::handle(exchange, request).await,
        Request::OffsetFetch(request) => k09_offset_fetch::handle(exchange, request).await,
        Request::FindCoordinator(request) => k10_find_coordinator::handle(exchange, request).await,
        Request::JoinGroup(request) => k11_join_group::handle(exchange, request).await,
        Request::Heartbeat(request) => k12_heartbeat::handle(exchange, request).await,
        Request::LeaveGroup(request) => k13_leave_group::handle(exchange, request).await,
        Request::SyncGroup(request) => k14_sync_group::handle(exchange, request).await,
        Request::DescribeGroups(request) => k15_describe_groups::handle(exchange, request).await,
        Request::ListGroups(request) => k16_list_groups::handle(exchange, request).await,
        Request::DeleteGroups(request) => k42_delete_groups::handle(exchange, request).await,
        Request::OffsetDelete(request) => k47_offset_delete::handle(exchange, request).await,
        request => route_admin(exchange, request).await,
    }
}

async fn route_admin(exchange: &Exchange<'_>, request: &Request<'_>) -> Outcome {
    use Request as R;
    match request {
        R::DeleteRecords(request) => k21_delete_records::handle(exchange, request).await,
        R::OffsetForLeaderEpoch(request) => {
            k23_offset_for_leader_epoch::handle(exchange, request).await
        }
        R::DescribeAcls(request) => k29_describe_acls::handle(exchange, request).await,
        R::DescribeConfigs(request) => k32_describe_configs::handle(exchange, request).await,
        R::AlterConfigs(request) => k33_alter_configs::handle(exchange, request).await,
        R::DescribeLogDirs(request) => k35_describe_log_dirs::handle(exchange, request).await,
        R::CreatePartitions(request) => k37_create_partitions::handle(exchange, request).await,
        R::ElectLeaders(request) => k43_elect_leaders::handle(exchange, request).await,
        R::IncrementalAlterConfigs(request) => {
            k44_incremental_alter_configs::handle(exchange, request).await
        }
        R::AlterPartitionReassignments(request) => {
            k45_alter_partition_reassignments::handle(exchange, request).await
        }
        R::ListPartitionReassignments(request) => {
            k46_list_partition_reassignments::handle(exchange, request).await
        }
        R::DescribeClientQuotas(request) => {
            k48_describe_client_quotas::handle(exchange, request).await
        }
        R::DescribeCluster(request) => k60_describe_cluster::handle(exchange, request).await,
        R::DescribeProducers(request) => k61_describe_producers::handle(exchange, request).await,
        R::ListConfigResources(request) => {
            k74_list_config_resources::handle(exchange, request).await
        }
        R::DescribeTopicPartitions(request) => {
            k75_describe_topic_partitions::handle(exchange, request).await
        }
        _ => Outcome::Close,
    }
}
