//! A broker makes itself known: at its start, and when its addresses change.

use super::{Context, Outcome};
use crate::image::{Broker, Listener};
use crate::record::MetadataRecord;
use millstream_base::{NodeId, Uuid};

/// What a broker says of itself.
#[derive(Clone, Debug)]
pub struct BrokerRegistration {
    /// Its node.
    pub node: NodeId,
    /// Drawn once at each start of the process.
    pub incarnation: Uuid,
    /// Where it stands.
    pub rack: Option<String>,
    /// Where clients reach it.
    pub listeners: Vec<Listener>,
}

/// Answers with the broker's epoch. The same registration again changes nothing.
pub(crate) fn register_broker(
    context: &mut Context<'_>,
    request: &BrokerRegistration,
) -> Outcome<i64> {
    let mut records = Vec::new();
    if context.image.cluster_id() == Uuid::ZERO {
        records.push(MetadataRecord::Cluster { id: Uuid::draw(context.random) });
    }
    let known = context.image.broker(request.node);
    let is_restart = known.is_none_or(|known| known.incarnation != request.incarnation);
    let epoch = known.map_or(0, |known| known.epoch) + i64::from(is_restart);
    let broker = Broker {
        node: request.node,
        epoch,
        incarnation: request.incarnation,
        rack: request.rack.clone(),
        listeners: request.listeners.clone(),
    };
    if known != Some(&broker) {
        records.push(MetadataRecord::Broker(broker));
    }
    Outcome { response: epoch, records }
}
