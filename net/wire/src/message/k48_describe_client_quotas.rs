//! DescribeClientQuotas (key 48): what clients may use.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for quotas (KIP-546).
    request DescribeClientQuotasRequest<'a> = 0..=1, flexible 1.. {
        components: Vec<ComponentData<'a>>, 0..;
        /// Whether entities with other components are left out.
        strict: bool,                       0..;
    }

    /// An element of `components` in [`DescribeClientQuotasRequest`].
    part ComponentData<'a> {
        entity_type: &'a str,                   0..;
        /// 0 this name, 1 the default, 2 any name.
        match_type: i8,                         0..;
        match_text: Option<&'a str> = Some(""), 0.., null 0..;
    }

    /// The quotas.
    response DescribeClientQuotasResponse<'a> = 0..=1, flexible 1.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                                  0..;
        error_code: ErrorCode,                                  0..;
        /// For people.
        error_message: Option<&'a str> = Some(""),              0.., null 0..;
        entries: Option<Vec<EntryData<'a>>> = Some(Vec::new()), 0.., null 0..;
    }

    /// An element of `entries` in [`DescribeClientQuotasResponse`].
    part EntryData<'a> {
        entity: Vec<EntityData<'a>>, 0..;
        values: Vec<ValueData<'a>>,  0..;
    }

    /// An element of `entity` in [`EntryData`].
    part EntityData<'a> {
        entity_type: &'a str,                    0..;
        entity_name: Option<&'a str> = Some(""), 0.., null 0..;
    }

    /// An element of `values` in [`EntryData`].
    part ValueData<'a> {
        key: &'a str, 0..;
        value: f64,   0..;
    }
}
