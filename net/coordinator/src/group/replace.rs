//! A static member comes back under a new name (KIP-345, KIP-814).

use crate::answer::{Answer, JoinRefused, Joined};
use crate::command::Join;
use crate::error::GroupError;
use crate::group::{Group, GroupState, Member};
use crate::names::{AppendId, MemberId, RequestId};
use crate::record::encode_group;
use crate::turn::{Replacement, Turn, Write};

impl Group {
    /// Gives the static member `old` the name `new`. In a stable group that keeps its protocol
    /// nobody else hears of it, and the answer waits for the record with the new name.
    pub(super) fn replace(
        &mut self,
        old: &MemberId,
        new: MemberId,
        request: RequestId,
        join: &Join,
        turn: &mut Turn<'_>,
    ) {
        let leader_before = self.leader.clone();
        let before = self.rename(old, &new, turn);
        self.update(&new, join);
        let member = self.members.get_mut(&new).expect("just renamed");
        member.client_id = join.client_id.clone();
        member.client_host = join.client_host.clone();
        self.touch(&new, turn);
        let keeps = self.state == GroupState::Stable && self.vote() == self.protocol;
        let record = self.record(|_, member| member.assignment.clone());
        if !keeps || record.size_bytes_max(&self.id) > turn.settings.append_bytes_max {
            self.wait_to_join(&new, request, turn);
            // After the JoinGroups were answered too: the leader shares out to a name that is gone.
            self.rebalance(turn);
            return;
        }
        let answer = self.rejoined(&new, leader_before, join.knows_skip_assignment);
        let id = turn.next_append();
        self.writing_count += 1;
        let replacement =
            Replacement { request: Some(request), answer, old_id: old.clone(), old: before };
        let records = vec![encode_group(&self.id, Some(&record))];
        turn.append(id, &self.id, records, Write::Replace(Box::new(replacement)));
    }

    /// The record is durable: the newcomer hears its name.
    pub(crate) fn replaced(&mut self, id: AppendId, replacement: Replacement, turn: &mut Turn<'_>) {
        self.note_stored(id);
        if let Some(request) = replacement.request {
            turn.answer(request, Answer::Join(Ok(replacement.answer)));
        }
    }

    /// The record was not appended: the old name holds, unless a later record has the new one, or
    /// the group has moved on.
    pub(crate) fn replace_failed(
        &mut self,
        id: AppendId,
        replacement: Replacement,
        error: GroupError,
        turn: &mut Turn<'_>,
    ) {
        if let Some(request) = replacement.request {
            let refused = JoinRefused { error, member: MemberId::default() };
            turn.answer(request, Answer::Join(Err(refused)));
        }
        if self.state != GroupState::Stable || self.stored_by > id {
            return;
        }
        // Another member came back meanwhile, in a record that has this one's new name too. What
        // the log will hold is open, so the members meet again under the names they have.
        if turn.writes.has_replacement_after(id, &self.id) {
            self.rebalance(turn);
            return;
        }
        let new = &replacement.answer.member;
        let was_leader = self.is_leader(new);
        self.take(new, turn).expect("a stable group keeps its members");
        self.insert(replacement.old_id.clone(), replacement.old);
        if was_leader {
            self.leader = Some(replacement.old_id.clone());
        }
        self.touch(&replacement.old_id, turn);
    }

    /// Moves a member to another name, as leader too if it was. Requests of the process before
    /// are fenced. Returns the member as it was, without them.
    fn rename(&mut self, old: &MemberId, new: &MemberId, turn: &mut Turn<'_>) -> Member {
        let was_leader = self.is_leader(old);
        let mut member = self.take(old, turn).expect("an instance names a member");
        let error = GroupError::FencedInstanceId;
        if let Some(join) = member.join.take() {
            let refused = JoinRefused { error, member: old.clone() };
            turn.answer(join, Answer::Join(Err(refused)));
        }
        if let Some(sync) = member.sync.take() {
            turn.answer(sync, Answer::Sync(Err(error)));
        }
        let before = member.clone();
        self.insert(new.clone(), member);
        if was_leader {
            self.leader = Some(new.clone());
        }
        before
    }

    /// What a static member is told that comes back into a stable group.
    ///
    //= KIP-814: a leader that knows `skip_assignment` is told that it leads and has nothing to
    //= share out. Others are told the old leader's name, so that they do not take themselves for
    //= the leader and share out what a stable group does not take.
    fn rejoined(&self, id: &MemberId, leader_before: Option<MemberId>, knows_skip: bool) -> Joined {
        let joined = self.joined(id);
        if knows_skip {
            let skip_assignment = self.is_leader(id);
            return Joined { skip_assignment, ..joined };
        }
        let leader = leader_before.unwrap_or_default();
        Joined { leader, members: Vec::new(), ..joined }
    }
}
