//! The APIs: one row each, from which the keys, the requests and the responses are made.

use crate::codec::{Decoder, Encoder, Kind, Layout, Value, Versions};
use crate::error::WireError;
use crate::message::Message;
use crate::message::k00_produce::{ProduceRequest, ProduceResponse};
use crate::message::k01_fetch::{FetchRequest, FetchResponse};
use crate::message::k02_list_offsets::{ListOffsetsRequest, ListOffsetsResponse};
use crate::message::k03_metadata::{MetadataRequest, MetadataResponse};
use crate::message::k08_offset_commit::{OffsetCommitRequest, OffsetCommitResponse};
use crate::message::k09_offset_fetch::{OffsetFetchRequest, OffsetFetchResponse};
use crate::message::k10_find_coordinator::{FindCoordinatorRequest, FindCoordinatorResponse};
use crate::message::k11_join_group::{JoinGroupRequest, JoinGroupResponse};
use crate::message::k12_heartbeat::{HeartbeatRequest, HeartbeatResponse};
use crate::message::k13_leave_group::{LeaveGroupRequest, LeaveGroupResponse};
use crate::message::k14_sync_group::{SyncGroupRequest, SyncGroupResponse};
use crate::message::k15_describe_groups::{DescribeGroupsRequest, DescribeGroupsResponse};
use crate::message::k16_list_groups::{ListGroupsRequest, ListGroupsResponse};
use crate::message::k17_sasl_handshake::{SaslHandshakeRequest, SaslHandshakeResponse};
use crate::message::k18_api_versions::{ApiVersionsRequest, ApiVersionsResponse};
use crate::message::k19_create_topics::{CreateTopicsRequest, CreateTopicsResponse};
use crate::message::k20_delete_topics::{DeleteTopicsRequest, DeleteTopicsResponse};
use crate::message::k21_delete_records::{DeleteRecordsRequest, DeleteRecordsResponse};
use crate::message::k22_init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};
use crate::message::k23_offset_for_leader_epoch::{
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
};
use crate::message::k24_add_partitions_to_txn::{
    AddPartitionsToTxnRequest, AddPartitionsToTxnResponse,
};
use crate::message::k25_add_offsets_to_txn::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse};
use crate::message::k26_end_txn::{EndTxnRequest, EndTxnResponse};
use crate::message::k27_write_txn_markers::{WriteTxnMarkersRequest, WriteTxnMarkersResponse};
use crate::message::k28_txn_offset_commit::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};
use crate::message::k29_describe_acls::{DescribeAclsRequest, DescribeAclsResponse};
use crate::message::k30_create_acls::{CreateAclsRequest, CreateAclsResponse};
use crate::message::k31_delete_acls::{DeleteAclsRequest, DeleteAclsResponse};
use crate::message::k32_describe_configs::{DescribeConfigsRequest, DescribeConfigsResponse};
use crate::message::k33_alter_configs::{AlterConfigsRequest, AlterConfigsResponse};
use crate::message::k35_describe_log_dirs::{DescribeLogDirsRequest, DescribeLogDirsResponse};
use crate::message::k36_sasl_authenticate::{SaslAuthenticateRequest, SaslAuthenticateResponse};
use crate::message::k37_create_partitions::{CreatePartitionsRequest, CreatePartitionsResponse};
use crate::message::k42_delete_groups::{DeleteGroupsRequest, DeleteGroupsResponse};
use crate::message::k43_elect_leaders::{ElectLeadersRequest, ElectLeadersResponse};
use crate::message::k44_incremental_alter_configs::{
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};
use crate::message::k45_alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse,
};
use crate::message::k46_list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse,
};
use crate::message::k47_offset_delete::{OffsetDeleteRequest, OffsetDeleteResponse};
use crate::message::k48_describe_client_quotas::{
    DescribeClientQuotasRequest, DescribeClientQuotasResponse,
};
use crate::message::k49_alter_client_quotas::{
    AlterClientQuotasRequest, AlterClientQuotasResponse,
};
use crate::message::k50_describe_user_scram_credentials::{
    DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse,
};
use crate::message::k51_alter_user_scram_credentials::{
    AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse,
};
use crate::message::k57_update_features::{UpdateFeaturesRequest, UpdateFeaturesResponse};
use crate::message::k60_describe_cluster::{DescribeClusterRequest, DescribeClusterResponse};
use crate::message::k61_describe_producers::{DescribeProducersRequest, DescribeProducersResponse};
use crate::message::k65_describe_transactions::{
    DescribeTransactionsRequest, DescribeTransactionsResponse,
};
use crate::message::k66_list_transactions::{ListTransactionsRequest, ListTransactionsResponse};
use crate::message::k68_consumer_group_heartbeat::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse,
};
use crate::message::k69_consumer_group_describe::{
    ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse,
};
use crate::message::k71_get_telemetry_subscriptions::{
    GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse,
};
use crate::message::k72_push_telemetry::{PushTelemetryRequest, PushTelemetryResponse};
use crate::message::k74_list_config_resources::{
    ListConfigResourcesRequest, ListConfigResourcesResponse,
};
use crate::message::k75_describe_topic_partitions::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse,
};
use crate::message::k76_share_group_heartbeat::{
    ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse,
};
use crate::message::k77_share_group_describe::{
    ShareGroupDescribeRequest, ShareGroupDescribeResponse,
};
use crate::message::k78_share_fetch::{ShareFetchRequest, ShareFetchResponse};
use crate::message::k79_share_acknowledge::{ShareAcknowledgeRequest, ShareAcknowledgeResponse};
use crate::message::k90_describe_share_group_offsets::{
    DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse,
};
use crate::message::k91_alter_share_group_offsets::{
    AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse,
};
use crate::message::k92_delete_share_group_offsets::{
    DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse,
};

/// A message that asks.
pub trait RequestMessage<'a>: Message<'a> {
    /// Of which API.
    const KEY: ApiKey;
    /// What answers it.
    type Response: ResponseMessage<'a>;
}

/// A message that answers.
pub trait ResponseMessage<'a>: Message<'a> {
    /// Of which API.
    const KEY: ApiKey;
}

/// See the module; a row is name, key, module, request and response.
macro_rules! apis {
    ($( $name:ident = $code:literal, $request:ty => $response:ty; )*) => {
        /// An API by its key. Versions and flexibility are those of its request, which has the
        /// same as its response.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        #[non_exhaustive]
        pub enum ApiKey { $(
            #[doc = concat!("The API with the key ", $code, ".")]
            $name = $code,
        )* }

        /// A request of any API.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Request<'a> { $(
            #[doc = concat!("A request with the key ", $code, ".")]
            $name($request),
        )* }

        /// A response of any API.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Response<'a> { $(
            #[doc = concat!("A response with the key ", $code, ".")]
            $name($response),
        )* }

        $(
            impl<'a> RequestMessage<'a> for $request {
                const KEY: ApiKey = ApiKey::$name;
                type Response = $response;
            }

            impl<'a> ResponseMessage<'a> for $response {
                const KEY: ApiKey = ApiKey::$name;
            }
        )*

        impl ApiKey {
            /// All APIs, in the order of their keys.
            pub const ALL: &'static [Self] = &[$( Self::$name, )*];

            /// The API with this key, if it is one of ours.
            #[must_use]
            pub const fn from_code(code: i16) -> Option<Self> {
                match code {
                    $( $code => Some(Self::$name), )*
                    _ => None,
                }
            }

            /// The name that Kafka gives it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$name => stringify!($name), )* }
            }
        }

        impl<'a> Request<'a> {
            const fn versions_of(key: ApiKey) -> Versions {
                match key { $( ApiKey::$name => <$request as Message<'a>>::VERSIONS, )* }
            }

            const fn flexible_of(key: ApiKey) -> Versions {
                match key { $( ApiKey::$name => <$request as Message<'a>>::FLEXIBLE, )* }
            }

            const fn layout_of(key: ApiKey) -> &'static Layout {
                match key { $( ApiKey::$name => layout(<$request as Value<'a>>::KIND), )* }
            }
        }

        impl<'a> Response<'a> {
            const fn layout_of(key: ApiKey) -> &'static Layout {
                match key { $( ApiKey::$name => layout(<$response as Value<'a>>::KIND), )* }
            }
        }

        impl<'a> Request<'a> {
            /// Its API.
            #[must_use]
            pub const fn key(&self) -> ApiKey {
                match self { $( Self::$name(_) => ApiKey::$name, )* }
            }

            /// Reads the request of an API, without header. The version must be one of its own.
            pub fn read(
                decoder: &mut Decoder<'a>,
                key: ApiKey,
                version: i16,
            ) -> Result<Self, WireError> {
                match key {
                    $( ApiKey::$name => Message::read(decoder, version).map(Self::$name), )*
                }
            }

            /// Writes it, without header. After an error the output is unspecified.
            pub fn write(&self, encoder: &mut Encoder, version: i16) -> Result<(), WireError> {
                match self { $( Self::$name(request) => request.write(encoder, version), )* }
            }
        }

        impl<'a> Response<'a> {
            /// Its API.
            #[must_use]
            pub const fn key(&self) -> ApiKey {
                match self { $( Self::$name(_) => ApiKey::$name, )* }
            }

            /// Reads the response of an API, without header. The version must be one of its own.
            pub fn read(
                decoder: &mut Decoder<'a>,
                key: ApiKey,
                version: i16,
            ) -> Result<Self, WireError> {
                match key {
                    $( ApiKey::$name => Message::read(decoder, version).map(Self::$name), )*
                }
            }

            /// Writes it, without header. After an error the output is unspecified.
            pub fn write(&self, encoder: &mut Encoder, version: i16) -> Result<(), WireError> {
                match self { $( Self::$name(response) => response.write(encoder, version), )* }
            }
        }
    };
}

const fn layout(kind: Kind) -> &'static Layout {
    match kind {
        Kind::Part(layout) => layout,
        _ => panic!("a message is a struct"),
    }
}

impl ApiKey {
    /// The key itself.
    #[must_use]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// The versions that can be read and written.
    #[must_use]
    pub const fn versions(self) -> Versions {
        Request::versions_of(self)
    }

    /// The versions with variable lengths and tagged fields (KIP-482).
    #[must_use]
    pub const fn flexible(self) -> Versions {
        Request::flexible_of(self)
    }

    /// Its request as data.
    #[must_use]
    pub const fn request_layout(self) -> &'static Layout {
        Request::layout_of(self)
    }

    /// Its response as data.
    #[must_use]
    pub const fn response_layout(self) -> &'static Layout {
        Response::layout_of(self)
    }

    /// The versions that a broker says it has.
    //= KAFKA-18659: librdkafka takes a broker without Produce 0 for one of before 0.10, though it
    //= never sends that version itself.
    #[must_use]
    pub const fn versions_advertised(self) -> Versions {
        match self {
            Self::Produce => Versions::between(0, self.versions().max),
            _ => self.versions(),
        }
    }

    /// The version of the header before a request of `version`.
    #[must_use]
    pub const fn request_header_version(self, version: i16) -> i16 {
        if self.flexible().contains(version) { 2 } else { 1 }
    }

    /// The version of the header before a response to a request of `version`.
    //= KIP-511: a client reads the answer to ApiVersions before it knows what the broker can do.
    #[must_use]
    pub const fn response_header_version(self, version: i16) -> i16 {
        match self {
            Self::ApiVersions => 0,
            _ if self.flexible().contains(version) => 1,
            _ => 0,
        }
    }

    /// That `version` can be read and written.
    pub const fn check_version(self, version: i16) -> Result<(), WireError> {
        let Versions { min: expected_min, max: expected_max } = self.versions();
        if expected_min <= version && version <= expected_max {
            return Ok(());
        }
        let (message, got) = (self.name(), version);
        Err(WireError::UnsupportedVersion { message, got, expected_min, expected_max })
    }
}

apis! {
    Produce = 0, ProduceRequest<'a> => ProduceResponse<'a>;
    Fetch = 1, FetchRequest<'a> => FetchResponse<'a>;
    ListOffsets = 2, ListOffsetsRequest<'a> => ListOffsetsResponse<'a>;
    Metadata = 3, MetadataRequest<'a> => MetadataResponse<'a>;
    OffsetCommit = 8, OffsetCommitRequest<'a> => OffsetCommitResponse<'a>;
    OffsetFetch = 9, OffsetFetchRequest<'a> => OffsetFetchResponse<'a>;
    FindCoordinator = 10, FindCoordinatorRequest<'a> => FindCoordinatorResponse<'a>;
    JoinGroup = 11, JoinGroupRequest<'a> => JoinGroupResponse<'a>;
    Heartbeat = 12, HeartbeatRequest<'a> => HeartbeatResponse;
    LeaveGroup = 13, LeaveGroupRequest<'a> => LeaveGroupResponse<'a>;
    SyncGroup = 14, SyncGroupRequest<'a> => SyncGroupResponse<'a>;
    DescribeGroups = 15, DescribeGroupsRequest<'a> => DescribeGroupsResponse<'a>;
    ListGroups = 16, ListGroupsRequest<'a> => ListGroupsResponse<'a>;
    SaslHandshake = 17, SaslHandshakeRequest<'a> => SaslHandshakeResponse<'a>;
    ApiVersions = 18, ApiVersionsRequest<'a> => ApiVersionsResponse<'a>;
    CreateTopics = 19, CreateTopicsRequest<'a> => CreateTopicsResponse<'a>;
    DeleteTopics = 20, DeleteTopicsRequest<'a> => DeleteTopicsResponse<'a>;
    DeleteRecords = 21, DeleteRecordsRequest<'a> => DeleteRecordsResponse<'a>;
    InitProducerId = 22, InitProducerIdRequest<'a> => InitProducerIdResponse;
    OffsetForLeaderEpoch = 23, OffsetForLeaderEpochRequest<'a> => OffsetForLeaderEpochResponse<'a>;
    AddPartitionsToTxn = 24, AddPartitionsToTxnRequest<'a> => AddPartitionsToTxnResponse<'a>;
    AddOffsetsToTxn = 25, AddOffsetsToTxnRequest<'a> => AddOffsetsToTxnResponse;
    EndTxn = 26, EndTxnRequest<'a> => EndTxnResponse;
    WriteTxnMarkers = 27, WriteTxnMarkersRequest<'a> => WriteTxnMarkersResponse<'a>;
    TxnOffsetCommit = 28, TxnOffsetCommitRequest<'a> => TxnOffsetCommitResponse<'a>;
    DescribeAcls = 29, DescribeAclsRequest<'a> => DescribeAclsResponse<'a>;
    CreateAcls = 30, CreateAclsRequest<'a> => CreateAclsResponse<'a>;
    DeleteAcls = 31, DeleteAclsRequest<'a> => DeleteAclsResponse<'a>;
    DescribeConfigs = 32, DescribeConfigsRequest<'a> => DescribeConfigsResponse<'a>;
    AlterConfigs = 33, AlterConfigsRequest<'a> => AlterConfigsResponse<'a>;
    DescribeLogDirs = 35, DescribeLogDirsRequest<'a> => DescribeLogDirsResponse<'a>;
    SaslAuthenticate = 36, SaslAuthenticateRequest<'a> => SaslAuthenticateResponse<'a>;
    CreatePartitions = 37, CreatePartitionsRequest<'a> => CreatePartitionsResponse<'a>;
    DeleteGroups = 42, DeleteGroupsRequest<'a> => DeleteGroupsResponse<'a>;
    ElectLeaders = 43, ElectLeadersRequest<'a> => ElectLeadersResponse<'a>;
    IncrementalAlterConfigs = 44, IncrementalAlterConfigsRequest<'a> => IncrementalAlterConfigsResponse<'a>;
    AlterPartitionReassignments = 45, AlterPartitionReassignmentsRequest<'a> => AlterPartitionReassignmentsResponse<'a>;
    ListPartitionReassignments = 46, ListPartitionReassignmentsRequest<'a> => ListPartitionReassignmentsResponse<'a>;
    OffsetDelete = 47, OffsetDeleteRequest<'a> => OffsetDeleteResponse<'a>;
    DescribeClientQuotas = 48, DescribeClientQuotasRequest<'a> => DescribeClientQuotasResponse<'a>;
    AlterClientQuotas = 49, AlterClientQuotasRequest<'a> => AlterClientQuotasResponse<'a>;
    DescribeUserScramCredentials = 50, DescribeUserScramCredentialsRequest<'a> => DescribeUserScramCredentialsResponse<'a>;
    AlterUserScramCredentials = 51, AlterUserScramCredentialsRequest<'a> => AlterUserScramCredentialsResponse<'a>;
    UpdateFeatures = 57, UpdateFeaturesRequest<'a> => UpdateFeaturesResponse<'a>;
    DescribeCluster = 60, DescribeClusterRequest => DescribeClusterResponse<'a>;
    DescribeProducers = 61, DescribeProducersRequest<'a> => DescribeProducersResponse<'a>;
    DescribeTransactions = 65, DescribeTransactionsRequest<'a> => DescribeTransactionsResponse<'a>;
    ListTransactions = 66, ListTransactionsRequest<'a> => ListTransactionsResponse<'a>;
    ConsumerGroupHeartbeat = 68, ConsumerGroupHeartbeatRequest<'a> => ConsumerGroupHeartbeatResponse<'a>;
    ConsumerGroupDescribe = 69, ConsumerGroupDescribeRequest<'a> => ConsumerGroupDescribeResponse<'a>;
    GetTelemetrySubscriptions = 71, GetTelemetrySubscriptionsRequest => GetTelemetrySubscriptionsResponse<'a>;
    PushTelemetry = 72, PushTelemetryRequest<'a> => PushTelemetryResponse;
    ListConfigResources = 74, ListConfigResourcesRequest => ListConfigResourcesResponse<'a>;
    DescribeTopicPartitions = 75, DescribeTopicPartitionsRequest<'a> => DescribeTopicPartitionsResponse<'a>;
    ShareGroupHeartbeat = 76, ShareGroupHeartbeatRequest<'a> => ShareGroupHeartbeatResponse<'a>;
    ShareGroupDescribe = 77, ShareGroupDescribeRequest<'a> => ShareGroupDescribeResponse<'a>;
    ShareFetch = 78, ShareFetchRequest<'a> => ShareFetchResponse<'a>;
    ShareAcknowledge = 79, ShareAcknowledgeRequest<'a> => ShareAcknowledgeResponse<'a>;
    DescribeShareGroupOffsets = 90, DescribeShareGroupOffsetsRequest<'a> => DescribeShareGroupOffsetsResponse<'a>;
    AlterShareGroupOffsets = 91, AlterShareGroupOffsetsRequest<'a> => AlterShareGroupOffsetsResponse<'a>;
    DeleteShareGroupOffsets = 92, DeleteShareGroupOffsetsRequest<'a> => DeleteShareGroupOffsetsResponse<'a>;
}
