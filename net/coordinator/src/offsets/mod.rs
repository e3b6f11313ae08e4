//! The offsets that a group has committed, and those on their way.

mod commit;
mod delete;
mod expire;
mod slot;

use std::collections::BTreeMap;

use crate::names::{AppendId, PartitionIndex, TopicName};
use crate::record::CommittedOffset;

use slot::Slot;

/// What a group has committed. What is not durable is not shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offsets {
    topics: BTreeMap<TopicName, BTreeMap<PartitionIndex, Slot>>,
    /// Partitions with anything, durable or on its way.
    count: usize,
}

impl Offsets {
    /// Whether there is nothing, not even on its way.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Partitions with anything, durable or on its way.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The durable offset of a partition.
    pub(crate) fn get(
        &self,
        topic: &TopicName,
        partition: PartitionIndex,
    ) -> Option<&CommittedOffset> {
        self.topics.get(topic)?.get(&partition)?.committed.as_ref()
    }

    /// All durable offsets, in the order of topics and partitions.
    pub(crate) fn committed(
        &self,
    ) -> impl Iterator<Item = (&TopicName, PartitionIndex, &CommittedOffset)> {
        self.slots().filter_map(|(topic, partition, slot)| {
            slot.committed.as_ref().map(|committed| (topic, partition, committed))
        })
    }

    /// Takes over what the log says.
    pub(crate) fn restore(
        &mut self,
        topic: TopicName,
        partition: PartitionIndex,
        value: Option<CommittedOffset>,
    ) {
        let id = AppendId::default();
        if value.is_some() || self.get(&topic, partition).is_some() {
            self.stage(&topic, partition, id, value);
            self.settle(&topic, partition, id, true);
        }
    }

    fn slots(&self) -> impl Iterator<Item = (&TopicName, PartitionIndex, &Slot)> {
        self.topics.iter().flat_map(|(topic, partitions)| {
            partitions.iter().map(move |(partition, slot)| (topic, *partition, slot))
        })
    }

    fn has_slot(&self, topic: &TopicName, partition: PartitionIndex) -> bool {
        self.topics.get(topic).is_some_and(|partitions| partitions.contains_key(&partition))
    }

    /// Notes what is on its way for a partition: an offset, or its end.
    fn stage(
        &mut self,
        topic: &TopicName,
        partition: PartitionIndex,
        id: AppendId,
        value: Option<CommittedOffset>,
    ) {
        if !self.topics.contains_key(topic) {
            self.topics.insert(topic.clone(), BTreeMap::new());
        }
        let partitions = self.topics.get_mut(topic).expect("just made");
        let slot = partitions.entry(partition).or_insert_with(|| {
            self.count += 1;
            Slot::default()
        });
        slot.stage(id, value);
    }

    /// The outcome of what was on its way under `id`.
    fn settle(
        &mut self,
        topic: &TopicName,
        partition: PartitionIndex,
        id: AppendId,
        is_durable: bool,
    ) {
        let Some(partitions) = self.topics.get_mut(topic) else { return };
        let Some(slot) = partitions.get_mut(&partition) else { return };
        slot.settle(id, is_durable);
        if slot.is_empty() {
            partitions.remove(&partition);
            self.count -= 1;
        }
        if partitions.is_empty() {
            self.topics.remove(topic);
        }
    }
}
