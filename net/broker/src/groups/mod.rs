//! The groups of a node: a coordinator for each partition of `__consumer_offsets`, on the shard
//! that owns the partition.
//!
//! `hosted.rs` is one of them: requests go in, answers come out. `load.rs` reads what earlier lives
//! have written, `write.rs` appends what it hands out, `compact.rs` keeps the log short, `alarm.rs`
//! tells it the time.

mod alarm;
mod compact;
mod hosted;
#[cfg(test)]
mod late_test;
mod load;
mod waiting;
mod write;

use crate::partition::Partition;
use crate::shard::{Key, Shard};
use hosted::Hosted;
use millstream_base::{PartitionIndex, TopicId};
use millstream_controller::command::consumer_offsets;
use millstream_controller::topic_name::CONSUMER_OFFSETS;
use millstream_controller::{CreateTopics, MetadataImage};
use millstream_coordinator::{
    Answer, Ask, Coordinator, GroupId, ListFilter, Listing, TopicName, partition_of,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Why there is nobody to ask about a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// What is stored is still being read.
    Loading,
    /// This node does not keep it.
    Elsewhere,
    /// What is stored cannot be read.
    Unreadable,
}

/// The coordinators of one shard.
#[derive(Default)]
pub(crate) struct Groups {
    hosted: RefCell<BTreeMap<Key, Rc<Hosted>>>,
}

impl Groups {
    fn find(&self, key: Key) -> Result<Rc<Hosted>, Absent> {
        self.hosted.borrow().get(&key).map(Rc::clone).ok_or(Absent::Elsewhere)
    }

    /// In how many partitions the groups cannot be read.
    pub(crate) fn unreadable_count(&self) -> usize {
        let hosted = self.hosted.borrow();
        hosted.values().filter(|hosted| hosted.see(|_| ()) == Err(Absent::Unreadable)).count()
    }

    /// The groups of this shard that pass a filter.
    pub(crate) fn list(&self, filter: &ListFilter) -> Result<Vec<Listing>, Absent> {
        let mut all = Vec::new();
        for hosted in self.hosted.borrow().values() {
            hosted.see(|coordinator| all.extend(coordinator.list(filter)))?;
        }
        Ok(all)
    }
}

/// The partition of `__consumer_offsets` that holds a group.
pub(crate) fn place(image: &MetadataImage, group: &GroupId) -> Option<Key> {
    let topic = image.topic(CONSUMER_OFFSETS)?;
    let partition_count = i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX);
    let index = partition_of(group, partition_count).get();
    Some((topic.id(), PartitionIndex::new(index)))
}

impl Shard {
    /// Puts a question to a group, wherever it lives, and gives its answer, which may take as long
    /// as members take to join.
    pub(crate) async fn ask_group(
        self: &Rc<Self>,
        group: GroupId,
        what: Ask,
    ) -> Result<Answer, Absent> {
        let key = place(&self.image(), &group).ok_or(Absent::Elsewhere)?;
        let ask = async move |shard: Rc<Self>| {
            let hosted = shard.groups.find(key)?;
            hosted.ask(&shard, group, what).await
        };
        self.on(self.owner(key), ask).await.unwrap_or(Err(Absent::Elsewhere))
    }

    /// Looks at a group, wherever it lives, and changes nothing.
    pub(crate) async fn see_group<T: Send + 'static>(
        self: &Rc<Self>,
        group: &GroupId,
        see: impl FnOnce(&Coordinator) -> T + Send + 'static,
    ) -> Result<T, Absent> {
        let key = place(&self.image(), group).ok_or(Absent::Elsewhere)?;
        let look = async move |shard: Rc<Self>| shard.groups.find(key)?.see(see);
        self.on(self.owner(key), look).await.unwrap_or(Err(Absent::Elsewhere))
    }

    /// Makes the topic of committed offsets if it is not there. Whether it then is, the image says.
    pub(crate) async fn make_offsets_topic(self: &Rc<Self>) {
        let image = self.image();
        if image.topic(CONSUMER_OFFSETS).is_some() {
            return;
        }
        let topic = consumer_offsets(&self.facts.settings.offsets, image.brokers().len());
        let create = CreateTopics { topics: vec![topic], validate_only: false };
        // Somebody else may be making it just now; whoever asks comes again.
        drop(self.command(move |controller| controller.create_topics(&create)).await);
    }

    /// Begins to keep the groups of a partition.
    pub(crate) fn host_groups(self: &Rc<Self>, key: Key, partition: &Rc<Partition>) {
        let hosted = load::host(self, partition);
        let before = self.groups.hosted.borrow_mut().insert(key, hosted);
        assert!(before.is_none(), "a partition is served once");
    }

    /// Forgets the groups in the partitions of topics that are gone, and what other groups have
    /// committed for those topics.
    pub(crate) fn drop_topics_of_groups(
        self: &Rc<Self>,
        before: &MetadataImage,
        image: &MetadataImage,
    ) {
        for topic in image.topics_gone_since(before) {
            self.drop_groups(topic.id());
            self.forget_offsets(&TopicName::from(&**topic.name()));
        }
    }

    fn drop_groups(&self, topic: TopicId) {
        let mut hosted = self.groups.hosted.borrow_mut();
        let gone: Vec<_> = hosted.extract_if(.., |(of, _), _| *of == topic).collect();
        drop(hosted);
        for (_, hosted) in gone {
            hosted.unload(Absent::Elsewhere);
        }
    }

    fn forget_offsets(self: &Rc<Self>, topic: &TopicName) {
        let all: Vec<_> = self.groups.hosted.borrow().values().map(Rc::clone).collect();
        for hosted in all {
            hosted.forget_topic(self, topic);
        }
    }
}
