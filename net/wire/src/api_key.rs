//! The APIs: one row each, from which the keys, the requests and the responses are made.

use crate::codec::{Decoder, Encoder, Kind, Layout, Versions};
use crate::error::WireError;
use crate::message::Message;

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

/// See the module; a row is name, key, the module in `message`, request and response.
macro_rules! apis {
    ($(
        $name:ident = $code:literal in $module:ident :
            $request:ident $(<$asks:lifetime>)? => $response:ident $(<$answers:lifetime>)? ;
    )*) => {
        $( pub use crate::message::$module::{$request, $response}; )*

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
            $name($request $(<$asks>)?),
        )* }

        /// A response of any API.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Response<'a> { $(
            #[doc = concat!("A response with the key ", $code, ".")]
            $name($response $(<$answers>)?),
        )* }

        $(
            impl<'a> RequestMessage<'a> for $request $(<$asks>)? {
                const KEY: ApiKey = ApiKey::$name;
                type Response = $response $(<$answers>)?;
            }

            impl<'a> ResponseMessage<'a> for $response $(<$answers>)? {
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

        const _: () = Request::AGREES;

        impl<'a> Request<'a> {
            const AGREES: () = {
                $( agree::<$request $(<$asks>)?, $response $(<$answers>)?>(); )*
            };

            const fn versions_of(key: ApiKey) -> Versions {
                match key { $( ApiKey::$name => versions::<$request $(<$asks>)?>(), )* }
            }

            const fn flexible_of(key: ApiKey) -> Versions {
                match key { $( ApiKey::$name => flexible::<$request $(<$asks>)?>(), )* }
            }

            const fn layout_of(key: ApiKey) -> &'static Layout {
                match key { $( ApiKey::$name => layout::<$request $(<$asks>)?>(), )* }
            }
        }

        impl<'a> Response<'a> {
            const fn layout_of(key: ApiKey) -> &'static Layout {
                match key { $( ApiKey::$name => layout::<$response $(<$answers>)?>(), )* }
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

/// That request and response have the same versions, so that a key can speak for both.
const fn agree<'a, Asks: Message<'a>, Answers: Message<'a>>() {
    let (asks, answers) = (Asks::VERSIONS, Answers::VERSIONS);
    assert!(asks.min == answers.min && asks.max == answers.max, "versions of both halves");
    let (asks, answers) = (Asks::FLEXIBLE, Answers::FLEXIBLE);
    assert!(asks.min == answers.min && asks.max == answers.max, "flexible versions of both halves");
}

const fn versions<'a, T: Message<'a>>() -> Versions {
    T::VERSIONS
}

const fn flexible<'a, T: Message<'a>>() -> Versions {
    T::FLEXIBLE
}

const fn layout<'a, T: Message<'a>>() -> &'static Layout {
    match T::KIND {
        Kind::Part(layout) => layout,
        _ => panic!("a message is a struct"),
    }
}

impl core::fmt::Display for ApiKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(self.name())
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
    Produce = 0 in k00_produce: ProduceRequest<'a> => ProduceResponse<'a>;
    Fetch = 1 in k01_fetch: FetchRequest<'a> => FetchResponse<'a>;
    ListOffsets = 2 in k02_list_offsets: ListOffsetsRequest<'a> => ListOffsetsResponse<'a>;
    Metadata = 3 in k03_metadata: MetadataRequest<'a> => MetadataResponse<'a>;
    OffsetCommit = 8 in k08_offset_commit: OffsetCommitRequest<'a> => OffsetCommitResponse<'a>;
    OffsetFetch = 9 in k09_offset_fetch: OffsetFetchRequest<'a> => OffsetFetchResponse<'a>;
    FindCoordinator = 10 in k10_find_coordinator:
        FindCoordinatorRequest<'a> => FindCoordinatorResponse<'a>;
    JoinGroup = 11 in k11_join_group: JoinGroupRequest<'a> => JoinGroupResponse<'a>;
    Heartbeat = 12 in k12_heartbeat: HeartbeatRequest<'a> => HeartbeatResponse;
    LeaveGroup = 13 in k13_leave_group: LeaveGroupRequest<'a> => LeaveGroupResponse<'a>;
    SyncGroup = 14 in k14_sync_group: SyncGroupRequest<'a> => SyncGroupResponse<'a>;
    DescribeGroups = 15 in k15_describe_groups:
        DescribeGroupsRequest<'a> => DescribeGroupsResponse<'a>;
    ListGroups = 16 in k16_list_groups: ListGroupsRequest<'a> => ListGroupsResponse<'a>;
    SaslHandshake = 17 in k17_sasl_handshake: SaslHandshakeRequest<'a> => SaslHandshakeResponse<'a>;
    ApiVersions = 18 in k18_api_versions: ApiVersionsRequest<'a> => ApiVersionsResponse<'a>;
    CreateTopics = 19 in k19_create_topics: CreateTopicsRequest<'a> => CreateTopicsResponse<'a>;
    DeleteTopics = 20 in k20_delete_topics: DeleteTopicsRequest<'a> => DeleteTopicsResponse<'a>;
    DeleteRecords = 21 in k21_delete_records: DeleteRecordsRequest<'a> => DeleteRecordsResponse<'a>;
    InitProducerId = 22 in k22_init_producer_id:
        InitProducerIdRequest<'a> => InitProducerIdResponse;
    OffsetForLeaderEpoch = 23 in k23_offset_for_leader_epoch:
        OffsetForLeaderEpochRequest<'a> => OffsetForLeaderEpochResponse<'a>;
    AddPartitionsToTxn = 24 in k24_add_partitions_to_txn:
        AddPartitionsToTxnRequest<'a> => AddPartitionsToTxnResponse<'a>;
    AddOffsetsToTxn = 25 in k25_add_offsets_to_txn:
        AddOffsetsToTxnRequest<'a> => AddOffsetsToTxnResponse;
    EndTxn = 26 in k26_end_txn: EndTxnRequest<'a> => EndTxnResponse;
    WriteTxnMarkers = 27 in k27_write_txn_markers:
        WriteTxnMarkersRequest<'a> => WriteTxnMarkersResponse<'a>;
    TxnOffsetCommit = 28 in k28_txn_offset_commit:
        TxnOffsetCommitRequest<'a> => TxnOffsetCommitResponse<'a>;
    DescribeAcls = 29 in k29_describe_acls: DescribeAclsRequest<'a> => DescribeAclsResponse<'a>;
    CreateAcls = 30 in k30_create_acls: CreateAclsRequest<'a> => CreateAclsResponse<'a>;
    DeleteAcls = 31 in k31_delete_acls: DeleteAclsRequest<'a> => DeleteAclsResponse<'a>;
    DescribeConfigs = 32 in k32_describe_configs:
        DescribeConfigsRequest<'a> => DescribeConfigsResponse<'a>;
    AlterConfigs = 33 in k33_alter_configs: AlterConfigsRequest<'a> => AlterConfigsResponse<'a>;
    DescribeLogDirs = 35 in k35_describe_log_dirs:
        DescribeLogDirsRequest<'a> => DescribeLogDirsResponse<'a>;
    SaslAuthenticate = 36 in k36_sasl_authenticate:
        SaslAuthenticateRequest<'a> => SaslAuthenticateResponse<'a>;
    CreatePartitions = 37 in k37_create_partitions:
        CreatePartitionsRequest<'a> => CreatePartitionsResponse<'a>;
    DeleteGroups = 42 in k42_delete_groups: DeleteGroupsRequest<'a> => DeleteGroupsResponse<'a>;
    ElectLeaders = 43 in k43_elect_leaders: ElectLeadersRequest<'a> => ElectLeadersResponse<'a>;
    IncrementalAlterConfigs = 44 in k44_incremental_alter_configs:
        IncrementalAlterConfigsRequest<'a> => IncrementalAlterConfigsResponse<'a>;
    AlterPartitionReassignments = 45 in k45_alter_partition_reassignments:
        AlterPartitionReassignmentsRequest<'a> => AlterPartitionReassignmentsResponse<'a>;
    ListPartitionReassignments = 46 in k46_list_partition_reassignments:
        ListPartitionReassignmentsRequest<'a> => ListPartitionReassignmentsResponse<'a>;
    OffsetDelete = 47 in k47_offset_delete: OffsetDeleteRequest<'a> => OffsetDeleteResponse<'a>;
    DescribeClientQuotas = 48 in k48_describe_client_quotas:
        DescribeClientQuotasRequest<'a> => DescribeClientQuotasResponse<'a>;
    AlterClientQuotas = 49 in k49_alter_client_quotas:
        AlterClientQuotasRequest<'a> => AlterClientQuotasResponse<'a>;
    DescribeUserScramCredentials = 50 in k50_describe_user_scram_credentials:
        DescribeUserScramCredentialsRequest<'a> => DescribeUserScramCredentialsResponse<'a>;
    AlterUserScramCredentials = 51 in k51_alter_user_scram_credentials:
        AlterUserScramCredentialsRequest<'a> => AlterUserScramCredentialsResponse<'a>;
    UpdateFeatures = 57 in k57_update_features:
        UpdateFeaturesRequest<'a> => UpdateFeaturesResponse<'a>;
    DescribeCluster = 60 in k60_describe_cluster:
        DescribeClusterRequest => DescribeClusterResponse<'a>;
    DescribeProducers = 61 in k61_describe_producers:
        DescribeProducersRequest<'a> => DescribeProducersResponse<'a>;
    DescribeTransactions = 65 in k65_describe_transactions:
        DescribeTransactionsRequest<'a> => DescribeTransactionsResponse<'a>;
    ListTransactions = 66 in k66_list_transactions:
        ListTransactionsRequest<'a> => ListTransactionsResponse<'a>;
    ConsumerGroupHeartbeat = 68 in k68_consumer_group_heartbeat:
        ConsumerGroupHeartbeatRequest<'a> => ConsumerGroupHeartbeatResponse<'a>;
    ConsumerGroupDescribe = 69 in k69_consumer_group_describe:
        ConsumerGroupDescribeRequest<'a> => ConsumerGroupDescribeResponse<'a>;
    GetTelemetrySubscriptions = 71 in k71_get_telemetry_subscriptions:
        GetTelemetrySubscriptionsRequest => GetTelemetrySubscriptionsResponse<'a>;
    PushTelemetry = 72 in k72_push_telemetry: PushTelemetryRequest<'a> => PushTelemetryResponse;
    ListConfigResources = 74 in k74_list_config_resources:
        ListConfigResourcesRequest => ListConfigResourcesResponse<'a>;
    DescribeTopicPartitions = 75 in k75_describe_topic_partitions:
        DescribeTopicPartitionsRequest<'a> => DescribeTopicPartitionsResponse<'a>;
    ShareGroupHeartbeat = 76 in k76_share_group_heartbeat:
        ShareGroupHeartbeatRequest<'a> => ShareGroupHeartbeatResponse<'a>;
    ShareGroupDescribe = 77 in k77_share_group_describe:
        ShareGroupDescribeRequest<'a> => ShareGroupDescribeResponse<'a>;
    ShareFetch = 78 in k78_share_fetch: ShareFetchRequest<'a> => ShareFetchResponse<'a>;
    ShareAcknowledge = 79 in k79_share_acknowledge:
        ShareAcknowledgeRequest<'a> => ShareAcknowledgeResponse<'a>;
    DescribeShareGroupOffsets = 90 in k90_describe_share_group_offsets:
        DescribeShareGroupOffsetsRequest<'a> => DescribeShareGroupOffsetsResponse<'a>;
    AlterShareGroupOffsets = 91 in k91_alter_share_group_offsets:
        AlterShareGroupOffsetsRequest<'a> => AlterShareGroupOffsetsResponse<'a>;
    DeleteShareGroupOffsets = 92 in k92_delete_share_group_offsets:
        DeleteShareGroupOffsetsRequest<'a> => DeleteShareGroupOffsetsResponse<'a>;
}
