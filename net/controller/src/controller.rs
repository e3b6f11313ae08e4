//! The controller of one node: an image, and the commands that change it.

use crate::command::{
    AlterConfigs, BrokerRegistration, ConfigResource, Context, CreatePartitions, CreateTopics,
    CreatedTopic, DeleteTopics, DeletedTopic, IncrementalAlterConfigs, Outcome, ProducerIdBlock,
    TopicSelector, alter_configs, create_partitions, create_topics, delete_topics, producer_ids,
    register_broker,
};
use crate::config::BrokerConfig;
use crate::error::Refusal;
use crate::image::MetadataImage;
use crate::record::{MetadataRecord, ReplayFault, decode_batch};
use core::fmt;
use millstream_base::{NodeId, Random};
use millstream_batch::CheckedBatch;
use std::sync::Arc;

/// Decides commands, one after the other.
///
/// A command is decided against the image that all commands before it lead to, and changes that
/// image at once. Its records must then be appended, as one batch and in the order of the commands;
/// when they are stable, the image as it was after the command goes to the shards and the answer to
/// the client. If an append fails, this controller knows more than the log: it is dropped, and
/// another one replays the log.
///
/// Here consensus comes in later: between the records and their being stable.
pub struct Controller {
    image: MetadataImage,
    node: NodeId,
    config: Arc<BrokerConfig>,
    random: Random,
}

impl Controller {
    /// A controller on `node`, which was started with `config`; `random` draws ids, so that its
    /// seed must not be one that was used before.
    #[must_use]
    pub fn new(node: NodeId, config: Arc<BrokerConfig>, random: Random) -> Self {
        Self { image: MetadataImage::default(), node, config, random }
    }

    /// What all commands so far lead to.
    #[must_use]
    pub fn image(&self) -> &MetadataImage {
        &self.image
    }

    /// Follows a batch of the log, at start and in its order.
    ///
    /// # Errors
    /// A log that no controller wrote, or a newer one did. The image is then of no use.
    pub fn replay(&mut self, batch: &CheckedBatch<'_>) -> Result<(), ReplayFault> {
        for (offset, record) in decode_batch(batch)? {
            let applied = self.image.apply(&record);
            applied.map_err(|fault| ReplayFault::Apply { offset, fault })?;
        }
        Ok(())
    }

    /// The records that stand for all before them ([`MetadataImage::records`]).
    #[must_use]
    pub fn snapshot(&self) -> Vec<MetadataRecord> {
        self.image.records()
    }

    /// Registers a broker; the first one also gives the cluster its name. Answers with the
    /// broker's epoch.
    pub fn register_broker(&mut self, request: &BrokerRegistration) -> Outcome<i64> {
        self.decide(|context| register_broker::register_broker(context, request))
    }

    /// Makes topics.
    pub fn create_topics(
        &mut self,
        request: &CreateTopics,
    ) -> Outcome<Vec<(String, Result<CreatedTopic, Refusal>)>> {
        self.decide(|context| create_topics::create_topics(context, request))
    }

    /// Deletes topics.
    pub fn delete_topics(
        &mut self,
        request: &DeleteTopics,
    ) -> Outcome<Vec<(TopicSelector, Result<DeletedTopic, Refusal>)>> {
        self.decide(|context| delete_topics::delete_topics(context, request))
    }

    /// Adds partitions to topics.
    pub fn create_partitions(
        &mut self,
        request: &CreatePartitions,
    ) -> Outcome<Vec<(String, Result<(), Refusal>)>> {
        self.decide(|context| create_partitions::create_partitions(context, request))
    }

    /// Sets configurations, and leaves all others of the resource to their defaults.
    pub fn alter_configs(
        &mut self,
        request: &AlterConfigs,
    ) -> Outcome<Vec<(ConfigResource, Result<(), Refusal>)>> {
        self.decide(|context| alter_configs::alter_configs(context, request))
    }

    /// Changes configurations one by one.
    pub fn incremental_alter_configs(
        &mut self,
        request: &IncrementalAlterConfigs,
    ) -> Outcome<Vec<(ConfigResource, Result<(), Refusal>)>> {
        self.decide(|context| alter_configs::incremental_alter_configs(context, request))
    }

    /// Hands out a block of producer ids.
    pub fn allocate_producer_ids(&mut self) -> Outcome<Result<ProducerIdBlock, Refusal>> {
        self.decide(|context| producer_ids::allocate_producer_ids(context))
    }

    fn decide<T>(&mut self, decide: impl FnOnce(&mut Context<'_>) -> Outcome<T>) -> Outcome<T> {
        let outcome = decide(&mut Context {
            image: &self.image,
            node: self.node,
            config: &self.config,
            random: &mut self.random,
        });
        for record in &outcome.records {
            // Decided against this very image: a contradiction is a bug of the command.
            self.image.apply(record).expect("a command's records follow from the image");
        }
        outcome
    }
}

impl fmt::Debug for Controller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Controller")
            .field("node", &self.node)
            .field("image", &self.image)
            .finish_non_exhaustive()
    }
}
