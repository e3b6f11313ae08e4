//! DescribeClientQuotas (key 48): what clients may use.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for quotas (KIP-546).
    request DescribeClientQuotasRequest<'a> = 0..=1, flexible 1.. {
        components: Vec<ComponentData<'a>>, 0..;
        strict: bool,                       0..;
    }

    /// An element of [`DescribeClientQuotasRequest::components`].
    part ComponentData<'a> {
        entity_type: &'a str,                   0..;
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

    /// An element of [`DescribeClientQuotasResponse::entries`].
    part EntryData<'a> {
        entity: Vec<EntityData<'a>>, 0..;
        values: Vec<ValueData<'a>>,  0..;
    }

    /// An element of [`EntryData::entity`].
    part EntityData<'a> {
        entity_type: &'a str,                    0..;
        entity_name: Option<&'a str> = Some(""), 0.., null 0..;
    }

    /// An element of [`EntryData::values`].
    part ValueData<'a> {
        key: &'a str, 0..;
        value: f64,   0..;
    }
}
