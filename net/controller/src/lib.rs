//! The cluster's metadata: what there is, how it changes, and what may be set.
//!
//! Pure: commands come in as calls and go out as records; bytes come in and go out as slices. Who
//! appends the records, and hands the image to the shards, is the broker.
//!
//! ```
//! use millstream_base::{NodeId, Random, Uuid};
//! use millstream_controller::config::BrokerConfig;
//! use millstream_controller::image::Listener;
//! use millstream_controller::{BrokerRegistration, Controller, CreateTopics, NewTopic};
//! use std::sync::Arc;
//!
//! let node = NodeId::new(1);
//! let mut random = Random::new(7);
//! let incarnation = Uuid::draw(&mut random);
//! let mut controller = Controller::new(node, Arc::new(BrokerConfig::default()), random);
//! let listener = Listener { name: "PLAINTEXT".into(), host: "127.0.0.1".into(), port: 9092 };
//! let listeners = vec![listener];
//! let broker = BrokerRegistration { node, incarnation, rack: None, listeners };
//! let registered = controller.register_broker(&broker);
//!
//! let topics = vec![NewTopic::new("orders").partitions(3)];
//! let created = controller.create_topics(&CreateTopics { topics, validate_only: false });
//! assert!(created.response[0].1.is_ok());
//!
//! // Both go to the log as a batch each; here they go straight into another image.
//! let mut image = millstream_controller::MetadataImage::default();
//! for record in registered.records.iter().chain(&created.records) {
//!     image.apply(record).expect("records of one controller, in their order");
//! }
//! assert_eq!(&image, controller.image());
//! assert_eq!(image.topic("orders").expect("made").partitions().len(), 3);
//! ```
//!
//! # Invariants worth naming
//!
//! - An image changes by records alone, and the same records give the same image: the log is the
//!   truth, the image its shadow.
//! - What a command decides rests on the image and its arguments; ids are drawn from a seed that
//!   the caller gives.
//! - A command is one batch of the log: after a crash it is there wholly or not at all.
//! - A topic's id is never zero and never comes again; a leader epoch, a broker's epoch and the
//!   next producer id never go back.
//! - A broker that was started anew is a new leader: the epochs of what it leads go up by one.
//! - Bytes of the log are decoded totally: none panic, none take memory by a size that they
//!   declare, and those of a newer program are refused, not skipped.
//! - There is one parser of configurations and one table of ranges, whatever way a value comes in.
//! - Nothing here does I/O, reads a clock, or suspends. There is no lock: an image is shared by
//!   being immutable.

#![forbid(unsafe_code)]

pub mod command;
pub mod config;
mod controller;
mod error;
#[doc(hidden)]
pub mod fuzzing;
pub mod image;
mod placement;
pub mod record;
pub mod topic_name;

pub use command::{
    AlterConfigs, AlterOperation, AlterResource, BrokerRegistration, ConfigChange, ConfigResource,
    CreatePartitions, CreateTopics, CreatedTopic, DeleteTopics, DeletedTopic,
    IncrementalAlterConfigs, MorePartitions, NewTopic, Outcome, ProducerIdBlock, TopicSelector,
};
pub use controller::Controller;
pub use error::{Refusal, RefusalKind};
pub use image::MetadataImage;
pub use placement::{partition_name, partition_of, shard_of};
pub use record::MetadataRecord;
