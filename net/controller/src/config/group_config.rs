//! What may be set on a group, as the broker's settings bound it.

use super::broker_config::BrokerConfig;
use super::definition::Valid;
use super::fault::ConfigFault;
use super::group_table::GROUP;
use super::resolve::Overrides;

const HEARTBEAT_INTERVAL: &str = "consumer.heartbeat.interval.ms";
const SESSION_TIMEOUT: &str = "consumer.session.timeout.ms";

/// A group's configuration, and the settings of the broker between which it must lie.
const BOUNDED: [(&str, &str, &str); 2] = [
    (
        HEARTBEAT_INTERVAL,
        "group.consumer.min.heartbeat.interval.ms",
        "group.consumer.max.heartbeat.interval.ms",
    ),
    (
        SESSION_TIMEOUT,
        "group.consumer.min.session.timeout.ms",
        "group.consumer.max.session.timeout.ms",
    ),
];

/// Checks what is set on a group as a whole. What is not set there follows the broker's setting,
/// which was checked at its start.
///
/// # Errors
/// [`ConfigFault::Range`].
pub fn check_group(set: &Overrides, broker: &BrokerConfig) -> Result<(), ConfigFault> {
    //= KIP-848: an administrator's group stays within the operator's bounds.
    for (name, min, max) in BOUNDED {
        check_range(set, name, Valid::Between(broker.number(min), broker.number(max)))?;
    }
    let heartbeat_interval_ms = number(set, HEARTBEAT_INTERVAL)
        .unwrap_or_else(|| broker.number("group.consumer.heartbeat.interval.ms"));
    let session_timeout_ms = number(set, SESSION_TIMEOUT)
        .unwrap_or_else(|| broker.number("group.consumer.session.timeout.ms"));
    let is_either_set =
        [HEARTBEAT_INTERVAL, SESSION_TIMEOUT].iter().any(|it| set.contains_key(*it));
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

fn check_range(set: &Overrides, name: &str, expected: Valid) -> Result<(), ConfigFault> {
    let Some(value) = number(set, name) else { return Ok(()) };
    let Valid::Between(min, max) = expected else { return Ok(()) };
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(ConfigFault::Range { name: name.to_owned(), got: value.to_string(), expected })
}

/// The number that is set; its text was parsed before it was kept.
fn number(set: &Overrides, name: &str) -> Option<i64> {
    let definition = GROUP.iter().find(|definition| definition.name == name)?;
    definition.parse(set.get(name)?).ok()?.as_i64()
}
