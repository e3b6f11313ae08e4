//! AlterConfigs, versions 0 to 2: a resource's configurations, all at once.
//!
//! - What is not named goes back to its default.
//! - Each resource is changed wholly or not at all, and one that fails never fails the others.
//! - Only to be validated: decided and answered, but nothing changes.

use crate::altering::{Asked, alter};
use crate::error_map::{Fault, told};
use crate::exchange::{Exchange, Outcome};
use millstream_controller::AlterConfigs;
use millstream_wire::message::k33_alter_configs::{
    AlterConfigsResource, AlterConfigsResourceResponse, AlterableConfig,
};
use millstream_wire::{AlterConfigsRequest, AlterConfigsResponse, ErrorCode};

pub(crate) async fn handle(exchange: &Exchange<'_>, request: &AlterConfigsRequest<'_>) -> Outcome {
    let asked = request.resources.iter().map(asked);
    let validate_only = request.validate_only;
    let results = alter(exchange, asked, move |controller, resources| {
        controller.alter_configs(&AlterConfigs { resources, validate_only })
    });
    let results = results.await;
    let responses = request.resources.iter().zip(&results).map(|(resource, result)| {
        let (error_code, error_message) = told(result);
        AlterConfigsResourceResponse {
            error_code,
            error_message,
            resource_type: resource.resource_type,
            resource_name: resource.resource_name,
        }
    });
    let responses = responses.collect();
    exchange.answer(&AlterConfigsResponse { responses, ..AlterConfigsResponse::default() })
}

fn asked<'a>(resource: &AlterConfigsResource<'a>) -> Asked<'a, (String, Option<String>)> {
    Asked {
        kind: resource.resource_type,
        name: resource.resource_name,
        changes: resource.configs.iter().map(change).collect(),
    }
}

fn change(config: &AlterableConfig<'_>) -> Result<(String, Option<String>), Fault> {
    match config.value {
        Some(value) => Ok((config.name.to_owned(), Some(value.to_owned()))),
        None => {
            let message = format!("{} needs a value", config.name);
            Err(Fault::new(ErrorCode::INVALID_REQUEST, message))
        }
    }
}
