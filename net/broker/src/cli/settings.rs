//! The configurations of a topic as a broker tells them.

use crate::cli::topic::TOPIC_RESOURCE;
use crate::client::{Client, ClientError, check};
use millstream_wire::message::k32_describe_configs::{
    DescribeConfigsResource, DescribeConfigsResourceResult,
};
use millstream_wire::{DescribeConfigsRequest, DescribeConfigsResponse};
use serde_json::{Value, json};

/// Kafka's code for a value that nobody has set.
const DEFAULT: i8 = 5;

/// One configuration.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) name: String,
    /// `None` where it has none, or keeps it secret.
    pub(crate) value: Option<String>,
    source: i8,
}

impl Setting {
    fn new(result: &DescribeConfigsResourceResult<'_>) -> Self {
        Self {
            name: result.name.to_owned(),
            value: result.value.map(str::to_owned),
            source: result.config_source,
        }
    }

    #[cfg(test)]
    pub(crate) fn of_topic(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: Some(value.to_owned()), source: 1 }
    }

    /// Whether somebody has set it.
    pub(crate) fn is_set(&self) -> bool {
        self.source != DEFAULT
    }

    pub(crate) fn text(&self) -> String {
        let value = self.value.as_deref().unwrap_or("(none)");
        format!("{} = {value}  ({})", self.name, self.source())
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "name": self.name, "value": self.value, "source": self.source() })
    }

    fn source(&self) -> &'static str {
        match self.source {
            1 => "topic",
            2 => "broker, set while it ran",
            3 => "all brokers, set while they ran",
            4 => "broker, set at its start",
            DEFAULT => "default",
            _ => "unknown",
        }
    }
}

/// All configurations of a topic; `None` if the broker does not tell them.
pub(crate) fn topic_settings(
    client: &mut Client,
    topic: &str,
) -> Result<Option<Vec<Setting>>, ClientError> {
    let resource = DescribeConfigsResource {
        resource_type: TOPIC_RESOURCE,
        resource_name: topic,
        configuration_keys: None,
    };
    let request =
        DescribeConfigsRequest { resources: vec![resource], ..DescribeConfigsRequest::default() };
    let reply = match client.any().ask(&request) {
        Err(ClientError::Unsupported(_)) => return Ok(None),
        reply => reply?,
    };
    let response: DescribeConfigsResponse<'_> = reply.read()?;
    let result = response.results.first().ok_or_else(|| ClientError::answer("DescribeConfigs"))?;
    check(result.error_code, result.error_message, || format!("topic {topic}"))?;
    Ok(Some(result.configs.iter().map(Setting::new).collect()))
}
