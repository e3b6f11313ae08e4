//! AlterClientQuotas (key 49): clients may use more or less.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Changes quotas (KIP-546).
    request AlterClientQuotasRequest<'a> = 0..=1, flexible 1.. {
        entries: Vec<RequestedEntryData<'a>>, 0..;
        /// Whether nothing is to be changed.
        validate_only: bool,                  0..;
    }

    /// An element of `entries` in [`AlterClientQuotasRequest`].
    part RequestedEntryData<'a> {
        entity: Vec<EntityData<'a>>, 0..;
        ops: Vec<OpData<'a>>,        0..;
    }

    /// An element of `entity` in [`RequestedEntryData`].
    part EntityData<'a> {
        entity_type: &'a str,                    0..;
        entity_name: Option<&'a str> = Some(""), 0.., null 0..;
    }

    /// An element of `ops` in [`RequestedEntryData`].
    part OpData<'a> {
        key: &'a str, 0..;
        value: f64,   0..;
        /// Whether the quota is taken away.
        remove: bool, 0..;
    }

    /// Whether each was changed.
    response AlterClientQuotasResponse<'a> = 0..=1, flexible 1.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,               0..;
        entries: Vec<ResponseEntryData<'a>>, 0..;
    }

    /// An element of `entries` in [`AlterClientQuotasResponse`].
    part ResponseEntryData<'a> {
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
        entity: Vec<EntityData<'a>>,               0..;
    }
}
