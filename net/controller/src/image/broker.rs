//! Brokers, as they are known to clients.

use crate::record::MetadataRecord;
use millstream_base::{NodeId, Uuid};

/// A broker that was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Its node.
    pub node: NodeId,
    /// Counts its starts; a broker that says less is a former one.
    pub epoch: i64,
    /// Drawn at each start, so that a repeated registration is known for what it is.
    pub incarnation: Uuid,
    /// Where it stands.
    pub rack: Option<String>,
    /// Where clients reach it.
    pub listeners: Vec<Listener>,
}

/// An address that clients are told. Which of them is up to the listener they came in on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its name.
    pub name: String,
    /// The host, as clients reach it.
    pub host: String,
    /// The port; never 0.
    pub port: u16,
}

impl Broker {
    /// The address that goes with the listener of this name.
    #[must_use]
    pub fn listener(&self, name: &str) -> Option<&Listener> {
        self.listeners.iter().find(|listener| listener.name == name)
    }

    pub(crate) fn record(&self) -> MetadataRecord {
        MetadataRecord::Broker(self.clone())
    }
}
