//! DescribeAcls, versions 1 to 3: there is no authorizer, so there are no rules, and the answer
//! says so with SECURITY_DISABLED.

use crate::exchange::{Exchange, Outcome};
use millstream_wire::{DescribeAclsRequest, DescribeAclsResponse, ErrorCode};

pub(crate) async fn handle(exchange: &Exchange<'_>, _: &DescribeAclsRequest<'_>) -> Outcome {
    exchange.answer(&DescribeAclsResponse {
        error_code: ErrorCode::SECURITY_DISABLED,
        error_message: Some("this broker has no authorizer: everybody may do everything"),
        ..DescribeAclsResponse::default()
    })
}
