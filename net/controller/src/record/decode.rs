//! Bytes to records: any bytes, and no memory by a size that they merely declare.

use super::encode::{ABSENT, VERSION, kind, resource};
use super::{MetadataRecord, Resource};
use crate::image::{Broker, Listener, Partition};
use core::fmt;
use millstream_base::{LeaderEpoch, NodeId, PartitionIndex, ProducerId, TopicId, Uuid};
use std::sync::Arc;

/// Why bytes are no record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordFault {
    /// They end inside a field.
    Truncated,
    /// They go on after the last field.
    TrailingBytes {
        /// How many are left.
        count: usize,
    },
    /// A newer program wrote them: of a kind, or in a version, that this one does not know.
    Newer {
        /// The kind.
        kind: u8,
        /// The version.
        version: u8,
    },
    /// A field holds what no writer writes.
    Malformed {
        /// The field.
        field: &'static str,
    },
}

/// Reads one record, which must take up all of `bytes`.
///
/// # Errors
/// What is wrong first.
pub fn decode(bytes: &[u8]) -> Result<MetadataRecord, RecordFault> {
    let mut reader = Reader { rest: bytes };
    let [kind, version] = reader.array()?;
    match version {
        0 => return Err(RecordFault::Malformed { field: "version" }),
        1..=VERSION if kind <= kind::PRODUCER_IDS => {}
        _ => return Err(RecordFault::Newer { kind, version }),
    }
    let record = match kind {
        kind::RESET => MetadataRecord::Reset,
        kind::CLUSTER => MetadataRecord::Cluster { id: Uuid::from_bytes(reader.array()?) },
        kind::BROKER => MetadataRecord::Broker(reader.broker()?),
        kind::TOPIC => {
            let id = reader.topic()?;
            MetadataRecord::Topic { id, name: Arc::from(reader.text("name")?) }
        }
        kind::TOPIC_REMOVED => MetadataRecord::TopicRemoved { id: reader.topic()? },
        kind::PARTITION => reader.partition()?,
        kind::CONFIG => MetadataRecord::Config {
            resource: reader.resource()?,
            name: reader.text("name")?.to_owned(),
            value: reader.optional("value")?.map(str::to_owned),
        },
        _ => MetadataRecord::ProducerIds { next: reader.producer_id()? },
    };
    match reader.rest.len() {
        0 => Ok(record),
        count => Err(RecordFault::TrailingBytes { count }),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn broker(&mut self) -> Result<Broker, RecordFault> {
        // A listener is two lengths and a port at least.
        const LISTENER_BYTES_MIN: usize = 4 + 4 + 2;
        Ok(Broker {
            node: self.node()?,
            epoch: i64::from_le_bytes(self.array()?),
            incarnation: Uuid::from_bytes(self.array()?),
            rack: self.optional("rack")?.map(str::to_owned),
            listeners: self.list(LISTENER_BYTES_MIN, Self::listener)?,
        })
    }

    fn listener(&mut self) -> Result<Listener, RecordFault> {
        Ok(Listener {
            name: self.text("listener")?.to_owned(),
            host: self.text("host")?.to_owned(),
            port: u16::from_le_bytes(self.array()?),
        })
    }

    fn partition(&mut self) -> Result<MetadataRecord, RecordFault> {
        const NODE_BYTES: usize = 4;
        let topic = self.topic()?;
        let index = i32::from_le_bytes(self.array()?);
        if index < 0 {
            return Err(RecordFault::Malformed { field: "index" });
        }
        let partition = Partition {
            leader: self.node()?,
            leader_epoch: LeaderEpoch::new(i32::from_le_bytes(self.array()?)),
            partition_epoch: i32::from_le_bytes(self.array()?),
            replicas: self.list(NODE_BYTES, Self::node)?,
            in_sync: self.list(NODE_BYTES, Self::node)?,
        };
        Ok(MetadataRecord::Partition { topic, index: PartitionIndex::new(index), partition })
    }

    fn resource(&mut self) -> Result<Resource, RecordFault> {
        let [tag] = self.array()?;
        Ok(match tag {
            resource::TOPIC => Resource::Topic(self.topic()?),
            resource::BROKER => Resource::Broker(self.node()?),
            resource::CLUSTER => Resource::Cluster,
            resource::GROUP => Resource::Group(Arc::from(self.text("group")?)),
            resource::CLIENT_METRICS => {
                Resource::ClientMetrics(Arc::from(self.text("subscription")?))
            }
            _ => return Err(RecordFault::Malformed { field: "resource" }),
        })
    }

    fn topic(&mut self) -> Result<TopicId, RecordFault> {
        let id = TopicId::new(Uuid::from_bytes(self.array()?));
        id.ok_or(RecordFault::Malformed { field: "topic" })
    }

    fn producer_id(&mut self) -> Result<ProducerId, RecordFault> {
        let id = ProducerId::new(i64::from_le_bytes(self.array()?));
        if id.is_some() { Ok(id) } else { Err(RecordFault::Malformed { field: "next" }) }
    }

    fn node(&mut self) -> Result<NodeId, RecordFault> {
        Ok(NodeId::new(i32::from_le_bytes(self.array()?)))
    }

    fn list<T>(
        &mut self,
        item_bytes_min: usize,
        item: impl Fn(&mut Self) -> Result<T, RecordFault>,
    ) -> Result<Vec<T>, RecordFault> {
        let count = self.length()?;
        if count > self.rest.len() / item_bytes_min {
            return Err(RecordFault::Truncated);
        }
        (0..count).map(|_| item(self)).collect()
    }

    fn text(&mut self, field: &'static str) -> Result<&'a str, RecordFault> {
        self.optional(field)?.ok_or(RecordFault::Malformed { field })
    }

    fn optional(&mut self, field: &'static str) -> Result<Option<&'a str>, RecordFault> {
        let length = u32::from_le_bytes(self.array()?);
        if length == ABSENT {
            return Ok(None);
        }
        let length = usize::try_from(length).map_err(|_| RecordFault::Truncated)?;
        let (text, rest) = self.rest.split_at_checked(length).ok_or(RecordFault::Truncated)?;
        self.rest = rest;
        let text = core::str::from_utf8(text).map_err(|_| RecordFault::Malformed { field })?;
        Ok(Some(text))
    }

    fn length(&mut self) -> Result<usize, RecordFault> {
        let length = u32::from_le_bytes(self.array()?);
        usize::try_from(length).map_err(|_| RecordFault::Truncated)
    }

    fn array<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], RecordFault> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(RecordFault::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }
}

impl core::error::Error for RecordFault {}

impl fmt::Display for RecordFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => formatter.write_str("it ends inside a field"),
            Self::TrailingBytes { count } => {
                write!(formatter, "{count} bytes follow its last field")
            }
            Self::Newer { kind, version } => write!(
                formatter,
                "kind {kind} in version {version} was written by a newer program; use that one"
            ),
            Self::Malformed { field } => write!(formatter, "its field {field} cannot be"),
        }
    }
}
