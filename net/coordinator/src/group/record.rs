//! A group as its record has it, there and back.

use core::mem;

use millstream_base::Timestamp;

use crate::command::Protocol;
use crate::group::{Group, GroupState, Member};
use crate::limits::RECORD_OVERHEAD_BYTES;
use crate::names::{Generation, GroupId, MemberId, Payload, ProtocolType};
use crate::record::{GroupRecord, MemberRecord, encode_group};
use crate::timer::Timer;
use crate::turn::{Turn, Write};

impl Group {
    /// The record of the group as it is, with what `assignment` says of each member.
    pub(crate) fn record(&self, assignment: impl Fn(&MemberId, &Member) -> Payload) -> GroupRecord {
        let members = self.members.iter().map(|(id, member)| MemberRecord {
            id: id.clone(),
            instance: member.instance.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            rebalance_timeout_ms: member.rebalance_timeout_ms,
            session_timeout_ms: member.session_timeout_ms,
            subscription: member.metadata(self.protocol.as_ref()),
            assignment: assignment(id, member),
        });
        GroupRecord {
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            state_since: self.state_since,
            members: members.collect(),
        }
    }

    /// The last member has gone. Nobody waits for the record; if it cannot be written, a restart
    /// finds members who have left and lets their sessions end.
    pub(crate) fn become_empty(&mut self, turn: &mut Turn<'_>) {
        self.set_state(GroupState::Empty, turn);
        self.leader = None;
        let record = self.record(|_, _| Payload::default());
        let id = turn.next_append();
        self.writing_count += 1;
        turn.append(id, &self.id, vec![encode_group(&self.id, Some(&record))], Write::Empty);
    }

    /// Takes over what a record says, in place of what was there. Offsets stay.
    ///
    /// Members have no timers yet, see [`Group::wake`].
    pub(crate) fn restore(&mut self, record: GroupRecord) {
        let offsets = mem::take(&mut self.offsets);
        let mut group = Self::new(self.id.clone(), record.state_since);
        group.offsets = offsets;
        group.is_stored = true;
        // A negative one would be taken for that of a committer without a generation.
        group.generation = record.generation.max(Generation::new(0));
        let protocol_type = record.protocol_type;
        group.protocol = record.protocol.filter(|_| !record.members.is_empty());
        for member in record.members {
            let (id, member) = group.restored_member(member, &protocol_type);
            // A record that names a member twice is nobody's; the first one stays.
            if !group.members.contains_key(&id) {
                group.insert(id, member);
            }
        }
        group.protocol_type = Some(protocol_type).filter(|kind| !kind.is_empty());
        if !group.members.is_empty() {
            group.state = GroupState::Stable;
            group.leader = record.leader.filter(|leader| group.members.contains_key(leader));
            group.leader = group.leader.or_else(|| group.members.keys().next().cloned());
        }
        *self = group;
    }

    /// The group's own record is gone. Offsets stay, if the log has not told of their end.
    pub(crate) fn restore_gone(&mut self) {
        let offsets = mem::take(&mut self.offsets);
        *self = Self { offsets, ..Self::new(self.id.clone(), Timestamp::NONE) };
    }

    fn restored_member(
        &self,
        record: MemberRecord,
        protocol_type: &ProtocolType,
    ) -> (MemberId, Member) {
        let metadata = record.subscription;
        let protocol = self.protocol.clone().map(|name| Protocol { name, metadata });
        let instance = record.instance.filter(|it| !self.instances.contains_key(it));
        let member = Member {
            instance,
            client_id: record.client_id,
            client_host: record.client_host,
            session_timeout_ms: record.session_timeout_ms,
            rebalance_timeout_ms: record.rebalance_timeout_ms,
            protocol_type: protocol_type.clone(),
            protocols: protocol.into_iter().collect(),
            assignment: record.assignment,
            is_new: false,
            is_restored: true,
            has_synced: true,
            join: None,
            sync: None,
            timer: Timer::default(),
        };
        (record.id, member)
    }

    /// Starts the sessions of the members that came out of the log: each has its whole timeout to
    /// find its coordinator again.
    pub(crate) fn wake(&mut self, turn: &mut Turn<'_>) {
        let ids: Vec<MemberId> = self.members.keys().cloned().collect();
        for id in &ids {
            self.touch(id, turn);
        }
        // The limit was lowered meanwhile: the first to join again stay.
        if self.members.len() > turn.settings.members_max() {
            self.rebalance(turn);
        }
    }
}

impl GroupRecord {
    /// At most what the record takes, with its framing in a batch.
    pub(crate) fn size_bytes_max(&self, group: &GroupId) -> usize {
        let names = [group.as_str(), self.protocol_type.as_str()];
        let protocol = self.protocol.as_ref().map_or(0, |protocol| protocol.as_str().len());
        let leader = self.leader.as_ref().map_or(0, |leader| leader.as_str().len());
        let own = names.iter().map(|name| name.len()).sum::<usize>() + protocol + leader;
        let members = self.members.iter().map(MemberRecord::size_bytes_max).sum::<usize>();
        own + members + RECORD_OVERHEAD_BYTES
    }
}

impl MemberRecord {
    fn size_bytes_max(&self) -> usize {
        let names = [self.id.as_str(), self.client_id.as_str(), self.client_host.as_str()];
        let instance = self.instance.as_ref().map_or(0, |instance| instance.as_str().len());
        let payloads = self.subscription.size_bytes() + self.assignment.size_bytes();
        names.iter().map(|name| name.len()).sum::<usize>()
            + instance
            + payloads
            + RECORD_OVERHEAD_BYTES
    }
}
