//! OffsetDelete and DeleteGroups.

use crate::answer::{Answer, TopicOutcome};
use crate::command::DeleteOffsets;
use crate::error::GroupError;
use crate::group::{Group, GroupState};
use crate::names::{AppendId, PartitionIndex, RequestId, TopicName};
use crate::record::{encode_group, encode_offset, offset_size_bytes};
use crate::turn::{Deletion, Turn, Write};

impl Group {
    /// Hands tombstones out for offsets. They are gone, and the request answered, when those are
    /// durable.
    pub(crate) fn delete_offsets(
        &mut self,
        request: RequestId,
        asked: &DeleteOffsets,
        turn: &mut Turn<'_>,
    ) {
        match self.check_delete_offsets(asked, turn) {
            Ok(outcomes) => self.forget(Some(request), outcomes, turn),
            Err(error) => turn.answer(request, Answer::DeleteOffsets(Err(error))),
        }
    }

    /// Hands tombstones out for what `outcomes` accepts, where there is anything.
    pub(super) fn forget(
        &mut self,
        request: Option<RequestId>,
        outcomes: Vec<TopicOutcome>,
        turn: &mut Turn<'_>,
    ) {
        let id = turn.next_append();
        let mut records = Vec::new();
        for topic in &outcomes {
            let accepted = topic.partitions.iter().filter(|(_, outcome)| outcome.is_ok());
            for (partition, _) in accepted {
                if self.offsets.may_be(&topic.topic, *partition) {
                    records.push(encode_offset(&self.id, &topic.topic, *partition, None));
                    self.offsets.stage(&topic.topic, *partition, id, None);
                }
            }
        }
        if !records.is_empty() {
            self.writing_count += 1;
            turn.append(id, &self.id, records, Write::Forget { request, outcomes });
        } else if let Some(request) = request {
            turn.answer(request, Answer::DeleteOffsets(Ok(outcomes)));
        }
    }

    /// Hands tombstones out for all offsets of a topic that is gone, read or not.
    pub(crate) fn forget_topic(&mut self, topic: &TopicName, turn: &mut Turn<'_>) {
        // A group that is going takes them along.
        if self.state == GroupState::Dead {
            return;
        }
        let record_bytes = offset_size_bytes(&self.id, topic, 0);
        let count_max = (turn.settings.append_bytes_max / record_bytes).max(1);
        let partitions = self.offsets.partitions_of(topic);
        for some in partitions.chunks(count_max) {
            let partitions = some.iter().map(|partition| (*partition, Ok(()))).collect();
            self.forget(None, vec![TopicOutcome { topic: topic.clone(), partitions }], turn);
        }
    }

    /// Begins the end of a group without members: one batch of tombstones after the other, and
    /// with the last of them the group's own. Until that is durable the group answers nobody.
    /// Answers at once where nothing of it is in the log.
    pub(crate) fn delete(&mut self, request: Option<RequestId>, turn: &mut Turn<'_>) {
        assert!(self.members.is_empty(), "only a group without members is deleted");
        self.set_state(GroupState::Dead, turn);
        let has_records = self.delete_some(request, turn);
        if let Some(request) = request.filter(|_| !has_records) {
            turn.answer(request, Answer::DeleteGroup(Ok(())));
        }
    }

    /// The next tombstones of a group that is being deleted; `false` when none is needed.
    pub(crate) fn delete_some(&mut self, request: Option<RequestId>, turn: &mut Turn<'_>) -> bool {
        let bytes_max = turn.settings.append_bytes_max;
        let (partitions, is_last) =
            self.offsets.some_that_may_be(bytes_max, |topic| offset_size_bytes(&self.id, topic, 0));
        let offsets = partitions.iter();
        let mut records: Vec<_> = offsets
            .map(|(topic, partition)| encode_offset(&self.id, topic, *partition, None))
            .collect();
        // A record that is on its way will be stored.
        if is_last && (self.is_stored || self.writing_count > 0) {
            records.push(encode_group(&self.id, None));
        }
        if records.is_empty() {
            return false;
        }
        let id = turn.next_append();
        for (topic, partition) in &partitions {
            self.offsets.stage(topic, *partition, id, None);
        }
        self.writing_count += 1;
        turn.append(
            id,
            &self.id,
            records,
            Write::Delete(Deletion { request, partitions, is_last }),
        );
        true
    }

    /// The outcome of tombstones of a group that is being deleted: with the last of them it can
    /// go, before that the next ones are due, and where they were not appended it is back.
    pub(crate) fn deleted(
        &mut self,
        id: AppendId,
        deletion: &Deletion,
        result: Result<(), GroupError>,
        turn: &mut Turn<'_>,
    ) {
        for (topic, partition) in &deletion.partitions {
            self.offsets.settle(topic, *partition, id, result.is_ok());
        }
        if result.is_ok() && !deletion.is_last {
            self.delete_some(deletion.request, turn);
            return;
        }
        if result.is_err() {
            self.set_state(GroupState::Empty, turn);
        }
        if let Some(request) = deletion.request {
            turn.answer(request, Answer::DeleteGroup(result));
        }
    }

    /// Whether the group may be deleted.
    pub(crate) fn check_delete(&self) -> Result<(), GroupError> {
        match self.state {
            GroupState::Empty => Ok(()),
            GroupState::Dead => Err(GroupError::GroupIdNotFound),
            _ => Err(GroupError::NonEmptyGroup),
        }
    }

    fn check_delete_offsets(
        &self,
        asked: &DeleteOffsets,
        turn: &Turn<'_>,
    ) -> Result<Vec<TopicOutcome>, GroupError> {
        let has_members = match self.state {
            GroupState::Dead => return Err(GroupError::GroupIdNotFound),
            GroupState::Empty => false,
            _ => true,
        };
        //= KIP-496: only of a group of consumers is it known which topics it still reads.
        if has_members && !self.is_consumer_group() {
            return Err(GroupError::NonEmptyGroup);
        }
        let sizes = asked.topics.iter().map(|(topic, partitions)| {
            offset_size_bytes(&self.id, topic, 0).saturating_mul(partitions.len())
        });
        if sizes.fold(0, usize::saturating_add) > turn.settings.append_bytes_max {
            return Err(GroupError::InvalidRequest);
        }
        let subscribed = self.subscribed();
        let is_read = |topic: &TopicName| {
            subscribed.as_ref().is_none_or(|topics| topics.contains(topic.as_str()))
        };
        let outcomes = asked.topics.iter().map(|(topic, partitions)| {
            let is_read = has_members && is_read(topic);
            let outcome = if is_read { Err(GroupError::GroupSubscribedToTopic) } else { Ok(()) };
            let partitions = partitions.iter().map(|partition| (*partition, outcome)).collect();
            TopicOutcome { topic: topic.clone(), partitions }
        });
        Ok(outcomes.collect())
    }
}

impl super::Offsets {
    /// Whether there is anything for a topic.
    pub(crate) fn has_topic(&self, topic: &TopicName) -> bool {
        self.topics.contains_key(topic)
    }

    fn partitions_of(&self, topic: &TopicName) -> Vec<PartitionIndex> {
        self.topics.get(topic).into_iter().flat_map(|slots| slots.keys()).copied().collect()
    }

    fn may_be(&self, topic: &TopicName, partition: PartitionIndex) -> bool {
        let slot = self.topics.get(topic).and_then(|partitions| partitions.get(&partition));
        slot.is_some_and(super::Slot::may_be)
    }

    /// As many partitions as fit into `bytes_max` at `size_bytes` each, and whether those are all.
    /// Those whose offset is still on its way count too.
    fn some_that_may_be(
        &self,
        bytes_max: usize,
        size_bytes: impl Fn(&TopicName) -> usize,
    ) -> (Vec<(TopicName, PartitionIndex)>, bool) {
        let mut bytes = 0;
        let mut partitions = Vec::new();
        for (topic, partition, slot) in self.slots() {
            if !slot.may_be() {
                continue;
            }
            bytes += size_bytes(topic);
            if bytes > bytes_max && !partitions.is_empty() {
                return (partitions, false);
            }
            partitions.push((topic.clone(), partition));
        }
        (partitions, true)
    }
}
