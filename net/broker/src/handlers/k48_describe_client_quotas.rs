//! DescribeClientQuotas, versions 0 to 1: what clients may use (KIP-546). There are no quotas, so
//! that a sound question has an empty answer.
//!
//! - Entities are `user`, `client-id` and `ip`; others are UNSUPPORTED_VERSION, as in Kafka.
//! - A component that comes twice or without a type, an unknown way to match, or `ip` beside
//!   others is INVALID_REQUEST.

use crate::error_map::{Fault, told};
use crate::exchange::{Exchange, Outcome};
use millstream_wire::message::k48_describe_client_quotas::ComponentData;
use millstream_wire::{DescribeClientQuotasRequest, DescribeClientQuotasResponse, ErrorCode};
use std::collections::BTreeSet;

const EXACT: i8 = 0;
const DEFAULT: i8 = 1;
const ANY: i8 = 2;

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &DescribeClientQuotasRequest<'_>,
) -> Outcome {
    let checked = check(&request.components);
    let (error_code, error_message) = told(&checked);
    exchange.answer(&DescribeClientQuotasResponse {
        error_code,
        error_message,
        entries: checked.is_ok().then(Vec::new),
        ..DescribeClientQuotasResponse::default()
    })
}

fn check(components: &[ComponentData<'_>]) -> Result<(), Fault> {
    let refuse = |message: String| Err(Fault::new(ErrorCode::INVALID_REQUEST, message));
    let mut seen = BTreeSet::new();
    for component in components {
        let kind = component.entity_type;
        match kind {
            "user" | "client-id" | "ip" => {}
            "" => return refuse("a component needs a type".to_owned()),
            _ => {
                let message = format!("quotas are for user, client-id and ip, not for {kind:?}");
                return Err(Fault::new(ErrorCode::UNSUPPORTED_VERSION, message));
            }
        }
        if !seen.insert(kind) {
            return refuse(format!("{kind} comes more than once"));
        }
        match (component.match_type, component.match_text) {
            (EXACT, Some(_)) | (DEFAULT | ANY, None) => {}
            (EXACT, None) => return refuse(format!("which {kind} is meant is not said")),
            (DEFAULT | ANY, Some(_)) => {
                return refuse(format!("{kind} is matched by a name and by none"));
            }
            (way, _) => return refuse(format!("{way} is no way to match")),
        }
    }
    if seen.contains("ip") && seen.len() > 1 {
        return refuse("ip stands alone".to_owned());
    }
    Ok(())
}
