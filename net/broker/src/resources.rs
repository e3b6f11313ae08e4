//! Resources with configurations, as clients name them.

use crate::error_map::Fault;
use crate::shard::Facts;
use millstream_base::NodeId;
use millstream_wire::ErrorCode;

pub(crate) const TOPIC: i8 = 2;
pub(crate) const BROKER: i8 = 4;
pub(crate) const BROKER_LOGGER: i8 = 8;
pub(crate) const CLIENT_METRICS: i8 = 16;
pub(crate) const GROUP: i8 = 32;

/// What a client means by a type and a name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named<'a> {
    /// A topic, which need not be there.
    Topic(&'a str),
    /// This very broker.
    Broker(NodeId),
    /// All brokers: the broker without a name.
    Cluster,
    /// The loggers of this very broker.
    Loggers,
    /// A subscription to clients' metrics, which need not be there.
    ClientMetrics(&'a str),
    /// A group, which need not be there.
    Group(&'a str),
}

/// Finds out what is meant.
///
/// # Errors
/// A type that has no configurations, a name that is missing, or a broker that is not this one:
/// Kafka's clients ask each broker for itself.
pub(crate) fn named<'a>(facts: &Facts, kind: i8, name: &'a str) -> Result<Named<'a>, Fault> {
    match kind {
        TOPIC => Ok(Named::Topic(name)),
        BROKER if name.is_empty() => Ok(Named::Cluster),
        BROKER => this_broker(facts, name).map(Named::Broker),
        BROKER_LOGGER => this_broker(facts, name).map(|_| Named::Loggers),
        CLIENT_METRICS | GROUP if name.is_empty() => Err(invalid("the resource needs a name")),
        CLIENT_METRICS => Ok(Named::ClientMetrics(name)),
        GROUP => Ok(Named::Group(name)),
        _ => Err(invalid(format!("nothing of type {kind} has configurations"))),
    }
}

fn this_broker(facts: &Facts, name: &str) -> Result<NodeId, Fault> {
    let Ok(node) = name.parse() else {
        return Err(invalid(format!("a broker's name is its number, not {name:?}")));
    };
    if NodeId::new(node) == facts.node {
        return Ok(facts.node);
    }
    Err(invalid(format!("this is broker {}, and {name} must be asked itself", facts.node)))
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(ErrorCode::INVALID_REQUEST, message)
}
