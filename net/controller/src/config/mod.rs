//! Configurations: what there is, what may be set, what counts, and how a client is told.
//!
//! [`Definition`]s are tables ([`TOPIC`] and [`brokers`]); [`BrokerConfig`] is what a broker was
//! started with; [`Layers`] decides which of several values counts; [`TopicConfig`] and
//! [`Settings`] are the outcome as numbers and times.

mod broker_config;
mod broker_log_table;
mod broker_table;
mod definition;
mod describe;
mod fault;
mod group_config;
mod group_table;
mod listener;
mod properties;
mod resolve;
mod suggest;
mod topic_config;
mod topic_table;
mod unserved;
mod unserved_table;
mod value;

#[cfg(test)]
mod config_test;
#[cfg(test)]
mod unserved_test;

pub use broker_config::{BrokerConfig, GroupSettings, NetworkSettings, OffsetSettings, Settings};
pub use broker_table::{broker, brokers};
pub use definition::{Definition, Effect, Importance, Kind, Scale, Synonym, Update, Valid};
pub use describe::{
    ConfigEntry, Describe, SynonymEntry, describe_broker, describe_client_metrics,
    describe_cluster, describe_group, describe_topic,
};
pub use fault::ConfigFault;
pub use group_config::check_group;
pub use group_table::{CLIENT_METRICS, GROUP};
pub use listener::{ListenerAddress, ListenerFault};
pub use properties::{Property, parse as parse_properties};
pub use resolve::{Layers, Overrides, Resolved, Source, Sourced};
pub use suggest::nearest;
pub use topic_config::{CleanupPolicy, TopicConfig, check_topic};
pub use topic_table::{TOPIC, topic};
pub use value::Value;
