//! IncrementalAlterConfigs, versions 0 to 1: single configurations of a resource (KIP-339).
//!
//! - Set, deleted (back to the default), and for lists added to or taken from.
//! - Each resource is changed wholly or not at all, and one that fails never fails the others.
//! - Only to be validated: decided and answered, but nothing changes.

use crate::altering::{Asked, alter};
use crate::error_map::{Fault, told};
use crate::exchange::{Exchange, Outcome};
use millstream_controller::{AlterOperation, ConfigChange, IncrementalAlterConfigs};
use millstream_wire::message::k44_incremental_alter_configs::{
    AlterConfigsResource, AlterConfigsResourceResponse, AlterableConfig,
};
use millstream_wire::{ErrorCode, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};

pub(crate) async fn handle(
    exchange: &Exchange<'_>,
    request: &IncrementalAlterConfigsRequest<'_>,
) -> Outcome {
    let asked = request.resources.iter().map(asked);
    let validate_only = request.validate_only;
    let results = alter(exchange, asked, move |controller, resources| {
        controller.incremental_alter_configs(&IncrementalAlterConfigs { resources, validate_only })
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
    exchange.answer(&IncrementalAlterConfigsResponse {
        responses: responses.collect(),
        ..IncrementalAlterConfigsResponse::default()
    })
}

fn asked<'a>(resource: &AlterConfigsResource<'a>) -> Asked<'a, ConfigChange> {
    Asked {
        kind: resource.resource_type,
        name: resource.resource_name,
        changes: resource.configs.iter().map(change).collect(),
    }
}

fn change(config: &AlterableConfig<'_>) -> Result<ConfigChange, Fault> {
    let refuse = |message| Err(Fault::new(ErrorCode::INVALID_REQUEST, message));
    let operations = [
        AlterOperation::Set,
        AlterOperation::Delete,
        AlterOperation::Append,
        AlterOperation::Subtract,
    ];
    let code = config.config_operation;
    let Some(operation) = operations.into_iter().find(|known| *known as i8 == code) else {
        return refuse(format!("{code} is no operation on configurations"));
    };
    if config.value.is_none() && operation != AlterOperation::Delete {
        return refuse(format!("{} needs a value", config.name));
    }
    let value = config.value.map(str::to_owned);
    Ok(ConfigChange { name: config.name.to_owned(), operation, value })
}
