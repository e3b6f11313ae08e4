//! SyncGroup.

use std::collections::BTreeMap;

use crate::answer::{Answer, Synced};
use crate::command::Sync;
use crate::error::GroupError;
use crate::group::{Group, GroupState};
use crate::names::{AppendId, MemberId, Payload, RequestId};
use crate::record::encode_group;
use crate::turn::{Turn, Write};

impl Group {
    /// Takes the leader's assignment, or lets a member wait for it, or answers at once.
    ///
    /// The leader's assignment becomes a record first. Nobody is told its share, and the group is
    /// not stable, before that is durable: after a restart the group stands at a generation that
    /// every member who knows a share knows too.
    pub(crate) fn sync(&mut self, request: RequestId, sync: Sync, turn: &mut Turn<'_>) {
        if let Err(error) = self.try_sync(request, sync, turn) {
            turn.answer(request, Answer::Sync(Err(error)));
        }
    }

    fn try_sync(
        &mut self,
        request: RequestId,
        sync: Sync,
        turn: &mut Turn<'_>,
    ) -> Result<(), GroupError> {
        self.check_sync(&sync)?;
        match self.state {
            GroupState::Empty | GroupState::Dead => Err(GroupError::UnknownMemberId),
            GroupState::PreparingRebalance => Err(GroupError::RebalanceInProgress),
            GroupState::CompletingRebalance => {
                self.wait_to_sync(&sync.member, request, turn);
                if self.is_leader(&sync.member) && self.assigning.is_none() {
                    self.assign(sync.assignments, turn);
                }
                Ok(())
            }
            GroupState::Stable => {
                self.members.get_mut(&sync.member).expect("just checked").has_synced = true;
                self.touch(&sync.member, turn);
                let synced = self.synced(&sync.member);
                turn.answer(request, Answer::Sync(Ok(synced)));
                Ok(())
            }
        }
    }

    fn check_sync(&self, sync: &Sync) -> Result<(), GroupError> {
        self.check_alive()?;
        self.check_member(&sync.member, sync.instance.as_ref())?;
        self.check_generation(sync.generation)?;
        //= KIP-559: who names type and protocol must name those of the group.
        let is_other_type =
            sync.protocol_type.is_some() && sync.protocol_type != self.protocol_type;
        let is_other = sync.protocol.is_some() && sync.protocol != self.protocol;
        if is_other_type || is_other {
            return Err(GroupError::InconsistentGroupProtocol);
        }
        Ok(())
    }

    fn wait_to_sync(&mut self, id: &MemberId, request: RequestId, turn: &mut Turn<'_>) {
        let member = self.members.get_mut(id).expect("just checked");
        member.has_synced = true;
        if let Some(older) = member.sync.replace(request) {
            turn.answer(older, Answer::Sync(Err(GroupError::RebalanceInProgress)));
        }
    }

    /// Hands the record out that says who gets what. Members that the leader forgot get nothing;
    /// names that it made up are dropped.
    fn assign(&mut self, shares: Vec<(MemberId, Payload)>, turn: &mut Turn<'_>) {
        let mut assignments = BTreeMap::new();
        for (id, share) in shares {
            if self.members.contains_key(&id) {
                assignments.insert(id, share.compacted());
            }
        }
        let record = self.record(|id, _| assignments.get(id).cloned().unwrap_or_default());
        if record.size_bytes_max(&self.id) > turn.settings.append_bytes_max {
            self.refuse_syncs(GroupError::GroupTooLarge, turn);
            self.rebalance(turn);
            return;
        }
        let id = turn.next_append();
        self.assigning = Some(id);
        self.writing_count += 1;
        let records = vec![encode_group(&self.id, Some(&record))];
        let write = Write::Assignment { assignments };
        turn.append(id, &self.id, records, write);
    }

    /// The record is durable: the group is stable, unless it has moved on meanwhile.
    pub(crate) fn assigned(
        &mut self,
        id: AppendId,
        mut assignments: BTreeMap<MemberId, Payload>,
        turn: &mut Turn<'_>,
    ) {
        self.note_stored(id);
        if self.assigning != Some(id) {
            return;
        }
        self.assigning = None;
        self.set_state(GroupState::Stable, turn);
        let ids: Vec<MemberId> = self.members.keys().cloned().collect();
        for id in ids {
            let member = self.members.get_mut(&id).expect("just listed");
            member.assignment = assignments.remove(&id).unwrap_or_default();
            if let Some(request) = member.sync.take() {
                let synced = self.synced(&id);
                turn.answer(request, Answer::Sync(Ok(synced)));
                self.touch(&id, turn);
            }
        }
    }

    /// The record was not appended: those who wait are told, and the members come together again.
    pub(crate) fn assign_failed(&mut self, id: AppendId, error: GroupError, turn: &mut Turn<'_>) {
        if self.assigning != Some(id) {
            return;
        }
        self.assigning = None;
        self.refuse_syncs(error, turn);
        self.rebalance(turn);
    }

    /// The record takes too long: those who wait are told, and may ask again for what they will
    /// have when it is durable.
    pub(crate) fn assignment_is_late(
        &mut self,
        id: AppendId,
        error: GroupError,
        turn: &mut Turn<'_>,
    ) {
        if self.assigning == Some(id) {
            self.refuse_syncs(error, turn);
        }
    }

    fn synced(&self, id: &MemberId) -> Synced {
        let member = self.members.get(id).expect("the caller has looked it up");
        Synced {
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            assignment: member.assignment.clone(),
        }
    }
}
