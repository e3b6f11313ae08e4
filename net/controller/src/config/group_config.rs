//! What may be set on a group, as the broker's settings bound it.

use super::broker_config::BrokerConfig;
use super::definition::Valid;
use super::fault::ConfigFault;
use super::group_table::GROUP;
use super::resolve::Overrides;

const SESSION_TIMEOUT: &str = "consumer.session.timeout.ms";

/// Checks what is set on a group as a whole. What is not set there follows the broker's setting,
/// which was checked at its start.
///
/// # Errors
/// [`ConfigFault::Range`].
pub fn check_group(set: &Overrides, broker: &BrokerConfig) -> Result<(), ConfigFault> {
    //= KIP-848: an administrator's group stays within the operator's bounds.
    let heartbeat_interval = number(
        set,
        "consumer.heartbeat.interval.ms",
        Valid::Between(
            broker.number("group.consumer.min.heartbeat.interval.ms"),
            broker.number("group.consumer.max.heartbeat.interval.ms"),
        ),
    )?;
    let session_timeout = number(
        set,
        SESSION_TIMEOUT,
        Valid::Between(
            broker.number("group.consumer.min.session.timeout.ms"),
            broker.number("group.consumer.max.session.timeout.ms"),
        ),
    )?;
    let is_either_set = heartbeat_interval.is_some() || session_timeout.is_some();
    let heartbeat_interval_ms =
        heartbeat_interval.unwrap_or_else(|| broker.number("group.consumer.heartbeat.interval.ms"));
    let session_timeout_ms =
        session_timeout.unwrap_or_else(|| broker.number("group.consumer.session.timeout.ms"));
    // A member that reports no sooner than it is given up would be given up each time.
    if is_either_set && session_timeout_ms <= heartbeat_interval_ms {
        return Err(ConfigFault::Range {
            name: SESSION_TIMEOUT.to_owned(),
            got: session_timeout_ms.to_string(),
            expected: Valid::AtLeast(heartbeat_interval_ms.saturating_add(1)),
        });
    }
    Ok(())
}

/// The number that is set, if one is, within bounds narrower than those of the table.
fn number(set: &Overrides, name: &str, valid: Valid) -> Result<Option<i64>, ConfigFault> {
    let definition = GROUP.iter().find(|definition| definition.name == name);
    let Some((definition, text)) = definition.zip(set.get(name)) else { return Ok(None) };
    definition.valid(valid).parse(text).map(|value| value.as_i64())
}
