//! ApiVersions, versions 0 to 5: which APIs are served, in which versions.
//!
//! - Works before anything else on a connection.
//! - An unknown version is answered in version 0 with UNSUPPORTED_VERSION and the range of this API
//!   (KIP-511), so that the client can ask again.
//! - From version 3 the client says what it is; a name that Kafka refuses is INVALID_REQUEST.
//! - Nothing is listed whose meaning is not there.

use crate::exchange::{Exchange, Outcome};
use millstream_wire::message::k18_api_versions::ApiVersion;
use millstream_wire::{ApiKey, ApiVersionsRequest, ApiVersionsResponse, ErrorCode};

/// What is served. The first version is the one that is advertised: Kafka names 0 for Produce,
/// although 3 is the first that it handles, since old clients look for it (KAFKA-18659).
const SERVED: &[(ApiKey, i16, i16)] = &[
    (ApiKey::Produce, 0, 13),
    (ApiKey::Fetch, 4, 18),
    (ApiKey::ListOffsets, 1, 11),
    (ApiKey::Metadata, 0, 13),
    (ApiKey::OffsetCommit, 2, 10),
    (ApiKey::OffsetFetch, 1, 10),
    (ApiKey::FindCoordinator, 0, 6),
    (ApiKey::JoinGroup, 0, 9),
    (ApiKey::Heartbeat, 0, 4),
    (ApiKey::LeaveGroup, 0, 5),
    (ApiKey::SyncGroup, 0, 5),
    (ApiKey::DescribeGroups, 0, 6),
    (ApiKey::ListGroups, 0, 5),
    (ApiKey::ApiVersions, 0, VERSION_MAX),
    (ApiKey::CreateTopics, 2, 7),
    (ApiKey::DeleteTopics, 1, 6),
    (ApiKey::InitProducerId, 0, 5),
    (ApiKey::DeleteGroups, 0, 3),
    (ApiKey::OffsetDelete, 0, 0),
    (ApiKey::DeleteRecords, 0, 2),
    (ApiKey::OffsetForLeaderEpoch, 2, 4),
    (ApiKey::DescribeAcls, 1, 3),
    (ApiKey::DescribeConfigs, 1, 4),
    (ApiKey::AlterConfigs, 0, 2),
    (ApiKey::DescribeLogDirs, 1, 5),
    (ApiKey::CreatePartitions, 0, 3),
    (ApiKey::ElectLeaders, 0, 2),
    (ApiKey::IncrementalAlterConfigs, 0, 1),
    (ApiKey::AlterPartitionReassignments, 0, 1),
    (ApiKey::ListPartitionReassignments, 0, 0),
    (ApiKey::DescribeClientQuotas, 0, 1),
    (ApiKey::DescribeCluster, 0, 2),
    (ApiKey::DescribeProducers, 0, 0),
    (ApiKey::ListConfigResources, 0, 1),
    (ApiKey::DescribeTopicPartitions, 0, 0),
];

const VERSION_MAX: i16 = 5;
/// How many versions of this API there are.
pub(crate) const VERSION_COUNT: usize = VERSION_MAX.unsigned_abs() as usize + 1;

/// Whether requests of this kind are served.
pub(crate) fn is_served(key: ApiKey, version: i16) -> bool {
    let row = SERVED.iter().find(|(served, ..)| *served == key);
    row.is_some_and(|(_, min, max)| (*min..=*max).contains(&version))
        && key.check_version(version).is_ok()
}

pub(crate) fn handle(exchange: &Exchange<'_>, request: &ApiVersionsRequest<'_>) -> Outcome {
    let is_named = exchange.version() >= 3;
    let is_well_named =
        is_name(request.client_software_name) && is_name(request.client_software_version);
    if is_named && !is_well_named {
        return exchange.answer(&response(ErrorCode::INVALID_REQUEST, &[]));
    }
    let version = usize::try_from(exchange.version()).expect("a version that is served");
    let kept = &exchange.shard.api_versions[version];
    exchange.answer_constant(kept, || response(ErrorCode::NONE, SERVED))
}

/// The answer to a version that is not known.
pub(crate) fn refuse(exchange: &Exchange<'_>) -> Outcome {
    let own = SERVED.iter().position(|(key, ..)| *key == ApiKey::ApiVersions);
    let own = own.map_or(&[][..], |index| &SERVED[index..=index]);
    exchange.answer(&response(ErrorCode::UNSUPPORTED_VERSION, own))
}

fn response(error_code: ErrorCode, served: &[(ApiKey, i16, i16)]) -> ApiVersionsResponse<'static> {
    let row = |(key, min_version, max_version): &(ApiKey, i16, i16)| ApiVersion {
        api_key: key.code(),
        min_version: *min_version,
        max_version: *max_version,
    };
    let api_keys = served.iter().map(row).collect();
    ApiVersionsResponse { error_code, api_keys, ..ApiVersionsResponse::default() }
}

//= KIP-511: letters, digits, and between them dashes and dots too.
fn is_name(name: &str) -> bool {
    let is_edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    is_edge(bytes.first()) && is_edge(bytes.last()) && bytes.iter().all(is_inside)
}
