//! OffsetCommit.

use millstream_base::Timestamp;

use crate::answer::{Answer, TopicOutcome, refuse_all};
use crate::command::{Commit, CommitPartition};
use crate::error::GroupError;
use crate::group::{Group, GroupState};
use crate::limits::{NAME_BYTES_MAX, OFFSETS_PER_GROUP_MAX};
use crate::names::{AppendId, GroupId, RequestId, TopicName};
use crate::record::{CommittedOffset, encode_offset, offset_size_bytes};
use crate::turn::{Turn, Write};

impl Group {
    /// Hands the offsets out as records; they hold, and the request is answered, when those are
    /// durable. Until then OffsetFetch shows what held before.
    pub(crate) fn commit(&mut self, request: RequestId, commit: Commit, turn: &mut Turn<'_>) {
        if let Err(error) = self.check_commit(&commit, turn) {
            turn.answer(request, Answer::Commit(refuse_all(&commit, error)));
            return;
        }
        if self.members.contains_key(&commit.member) {
            self.touch(&commit.member, turn);
        }
        let id = turn.next_append();
        let expires_at = expiry(&commit, turn);
        let mut records = Vec::new();
        let mut outcomes = Vec::with_capacity(commit.topics.len());
        for topic in commit.topics {
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for asked in topic.partitions {
                let partition = asked.partition;
                let outcome = self.check_partition(&topic.topic, &asked, turn);
                if outcome.is_ok() {
                    let value = committed(asked, expires_at, turn);
                    records.push(encode_offset(&self.id, &topic.topic, partition, Some(&value)));
                    self.offsets.stage(&topic.topic, partition, id, Some(value));
                }
                partitions.push((partition, outcome));
            }
            outcomes.push(TopicOutcome { topic: topic.topic, partitions });
        }
        if records.is_empty() {
            turn.answer(request, Answer::Commit(outcomes));
            return;
        }
        self.writing_count += 1;
        turn.append(id, &self.id, records, Write::Commit { request: Some(request), outcomes });
    }

    /// Settles all partitions that were taken, and tells each of them why where that failed.
    pub(crate) fn settle_offsets(
        &mut self,
        id: AppendId,
        outcomes: &mut [TopicOutcome],
        result: Result<(), GroupError>,
    ) {
        for topic in outcomes {
            for (partition, outcome) in &mut topic.partitions {
                if outcome.is_ok() {
                    self.offsets.settle(&topic.topic, *partition, id, result.is_ok());
                    *outcome = result;
                }
            }
        }
    }

    fn check_commit(&self, commit: &Commit, turn: &Turn<'_>) -> Result<(), GroupError> {
        self.check_alive()?;
        self.check_committer(commit)?;
        if commit_size_bytes(&self.id, commit) > turn.settings.append_bytes_max {
            return Err(GroupError::InvalidCommitOffsetSize);
        }
        Ok(())
    }

    /// Who may commit: anybody while there are no members, else a member of this generation.
    fn check_committer(&self, commit: &Commit) -> Result<(), GroupError> {
        let is_anonymous = commit.member.is_empty() && commit.instance.is_none();
        if commit.generation.get() < 0 && self.state == GroupState::Empty {
            return Ok(());
        }
        if commit.generation.get() < 0 && is_anonymous {
            return Err(GroupError::UnknownMemberId);
        }
        self.check_member(&commit.member, commit.instance.as_ref())?;
        self.check_generation(commit.generation)?;
        // It knows the generation, so it is about to ask for its share; before it has that, it
        // cannot know whether the partitions are still its own.
        if self.state == GroupState::CompletingRebalance {
            return Err(GroupError::RebalanceInProgress);
        }
        Ok(())
    }

    fn check_partition(
        &self,
        topic: &TopicName,
        asked: &CommitPartition,
        turn: &Turn<'_>,
    ) -> Result<(), GroupError> {
        if topic.as_str().len() > NAME_BYTES_MAX {
            return Err(GroupError::InvalidRequest);
        }
        if asked.note.as_str().len() > turn.settings.note_bytes_max() {
            return Err(GroupError::OffsetMetadataTooLarge);
        }
        let is_full = self.offsets.len() >= OFFSETS_PER_GROUP_MAX;
        if is_full && !self.offsets.has_slot(topic, asked.partition) {
            return Err(GroupError::InvalidCommitOffsetSize);
        }
        Ok(())
    }
}

/// At most what all records of a commit take together, those that will be refused too.
fn commit_size_bytes(group: &GroupId, commit: &Commit) -> usize {
    let topics = commit.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter();
        let sizes = partitions
            .map(|asked| offset_size_bytes(group, &topic.topic, asked.note.as_str().len()));
        sizes.sum::<usize>()
    });
    topics.sum()
}

fn expiry(commit: &Commit, turn: &Turn<'_>) -> Option<Timestamp> {
    if commit.retention_ms < 0 {
        return None;
    }
    turn.now.wall.checked_add_ms(commit.retention_ms).filter(|expiry| expiry.get() >= 0)
}

fn committed(
    asked: CommitPartition,
    expires_at: Option<Timestamp>,
    turn: &Turn<'_>,
) -> CommittedOffset {
    CommittedOffset {
        offset: asked.offset,
        leader_epoch: asked.leader_epoch,
        note: asked.note,
        committed_at: turn.now.wall,
        expires_at,
    }
}
