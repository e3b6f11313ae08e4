//! A new image: what the shard serves is made to agree with it.

use crate::partition::Partition;
use crate::shard::{Key, Shard};
use millstream_base::PartitionIndex;
use millstream_controller::image::Topic;
use millstream_controller::record::Resource;
use millstream_controller::topic_name::CONSUMER_OFFSETS;
use millstream_controller::{MetadataImage, partition_name};
use millstream_log::LogError;
use std::rc::Rc;
use std::sync::Arc;

impl Shard {
    /// Serves what the image says, from now on. Resolves when what is new is durable and what is
    /// gone is gone. An image older than the one that is there changes nothing.
    pub(crate) async fn adopt(
        self: &Rc<Self>,
        number: u64,
        image: Arc<MetadataImage>,
    ) -> Result<(), LogError> {
        // One after the other: this waits for the engine on its way, and an image that came
        // meanwhile may have taken what is about to be served.
        let turn = self.adopting.queue();
        turn.comes().await;
        if number <= self.image_number.get() {
            return Ok(());
        }
        self.image_number.set(number);
        let before = self.set_image(Arc::clone(&image));
        let gone = self.take_gone(&before, &image);
        self.drop_topics_of_groups(&before, &image);
        for topic in self.changed(&before, &image) {
            self.serve_topic(&image, topic).await?;
        }
        for partition in gone {
            ignore_unknown(self.engine.delete(partition.id).await)?;
            self.snapshots.borrow_mut().forget(&self.engine, partition.id)?;
        }
        self.engine.flush().await
    }

    /// The topics that are not as they were, or whose configuration may not be.
    fn changed<'i>(
        &self,
        before: &'i MetadataImage,
        image: &'i MetadataImage,
    ) -> Vec<&'i Arc<Topic>> {
        let mut changed: Vec<&Arc<Topic>> = image.topics_changed_since(before).collect();
        for resource in image.resources_changed_since(before) {
            match resource {
                Resource::Topic(id) => changed.extend(image.topic_by_id(*id)),
                // All of them inherit it.
                Resource::Cluster => return image.topics().collect(),
                Resource::Broker(node) if *node == self.facts.node => {
                    return image.topics().collect();
                }
                Resource::Broker(_) | Resource::Group(_) | Resource::ClientMetrics(_) => {}
            }
        }
        changed.sort_unstable_by_key(|topic| topic.id());
        changed.dedup_by_key(|topic| topic.id());
        changed
    }

    /// Takes out what the image has no more: it is not served from here on.
    fn take_gone(&self, before: &MetadataImage, image: &MetadataImage) -> Vec<Rc<Partition>> {
        let mut partitions = self.partitions.borrow_mut();
        let mut gone = Vec::new();
        for topic in image.topics_gone_since(before).map(|topic| topic.id()) {
            let first = (topic, PartitionIndex::new(0));
            let last = (topic, PartitionIndex::new(i32::MAX));
            let keys: Vec<Key> = partitions.range(first..=last).map(|(key, _)| *key).collect();
            gone.extend(keys.into_iter().filter_map(|key| partitions.remove(&key)));
        }
        gone
    }

    async fn serve_topic(
        self: &Rc<Self>,
        image: &MetadataImage,
        topic: &Topic,
    ) -> Result<(), LogError> {
        let facts = &self.facts;
        let config = Rc::new(image.topic_config(topic.id(), facts.node, &facts.config));
        for (index, stored) in (0..).zip(topic.partitions()) {
            let key = (topic.id(), PartitionIndex::new(index));
            if self.owner(key) != self.io.shard() || stored.leader != facts.node {
                continue;
            }
            let served = self.partition(key);
            if let Some(partition) = served {
                let old = partition.config.borrow().partition_options();
                partition.change(stored.leader_epoch, &config);
                if old != config.partition_options() {
                    self.engine.configure(partition.id, config.partition_options()).await?;
                }
                continue;
            }
            let name = partition_name(topic.id(), key.1);
            let id = match self.engine.find(&name) {
                Some(id) => id,
                None => self.engine.create_staged(&name, config.partition_options())?.0,
            };
            let traffic = self.observed.traffic(topic.id());
            let partition = Partition::new(id, stored.leader_epoch, Rc::clone(&config), traffic);
            let partition = Rc::new(partition);
            self.partitions.borrow_mut().insert(key, Rc::clone(&partition));
            if &**topic.name() == CONSUMER_OFFSETS {
                self.host_groups(key, &partition);
            }
        }
        Ok(())
    }
}

fn ignore_unknown(result: Result<(), LogError>) -> Result<(), LogError> {
    match result {
        Err(LogError::UnknownPartition(_)) => Ok(()),
        result => result,
    }
}
