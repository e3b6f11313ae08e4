//! JoinGroup.

use crate::answer::{Answer, JoinRefused};
use crate::command::Join;
use crate::error::GroupError;
use crate::group::member::protocols_of;
use crate::group::{Group, GroupState, Member, duration, key};
use crate::limits::{NEW_MEMBER_JOIN_TIMEOUT, PENDING_MEMBERS_MAX};
use crate::names::{MemberId, RequestId};
use crate::turn::Turn;

impl Group {
    /// Lets somebody in, sends it away with a name, or says why not. Names, lists and timeouts
    /// of `join` are within their limits.
    pub(crate) fn join(&mut self, request: RequestId, join: &Join, turn: &mut Turn<'_>) {
        let joined = self.try_join(request, join, turn);
        if let Err(error) = joined {
            let member = join.member.clone();
            turn.answer(request, Answer::Join(Err(JoinRefused { error, member })));
        }
    }

    fn try_join(
        &mut self,
        request: RequestId,
        join: &Join,
        turn: &mut Turn<'_>,
    ) -> Result<(), GroupError> {
        self.check_alive()?;
        self.check_room(join, turn)?;
        self.check_protocols(join)?;
        if !join.member.is_empty() {
            return self.join_known(request, join, turn);
        }
        if let Some(instance) = &join.instance {
            let id = self.new_member_id(instance.as_str(), turn);
            match self.instances.get(instance).cloned() {
                Some(old) => self.replace(&old, id, request, join, turn),
                None => self.join_new(id, request, join, turn),
            }
            return Ok(());
        }
        let id = self.new_member_id(join.client_id.as_str(), turn);
        if join.needs_member_id {
            return self.hand_out(id, request, join, turn);
        }
        self.join_new(id, request, join, turn);
        Ok(())
    }

    /// `group.max.size`, and the bytes that a group may keep. Who is in already stays in, unless
    /// the limit was lowered: then the first to join again stay.
    fn check_room(&mut self, join: &Join, turn: &mut Turn<'_>) -> Result<(), GroupError> {
        let members_max = turn.settings.members_max();
        let member = self.members.get(&join.member);
        let is_member = member.is_some();
        let has_room = match self.state {
            GroupState::Empty | GroupState::Dead => true,
            GroupState::PreparingRebalance => {
                member.is_some_and(|it| it.join.is_some()) || self.joining_count < members_max
            }
            GroupState::CompletingRebalance | GroupState::Stable => {
                member.is_some() || self.members.len() < members_max
            }
        };
        let known = join.instance.as_ref().and_then(|instance| self.instances.get(instance));
        let before = member.or_else(|| known.and_then(|id| self.members.get(id)));
        let before_bytes = before.map_or(0, Member::metadata_bytes);
        let offered: usize = join.protocols.iter().map(|it| it.metadata.size_bytes()).sum();
        let bytes = self.metadata_bytes - before_bytes + offered;
        // Replacing needs no room: the static member is counted already.
        let has_room = has_room || (join.member.is_empty() && known.is_some());
        if has_room && bytes <= turn.settings.group_metadata_bytes_max {
            return Ok(());
        }
        let error = GroupError::GroupMaxSizeReached;
        if !has_room && is_member {
            let member = join.member.clone();
            self.remove(&member, error, turn);
            self.rebalance(turn);
        }
        Err(error)
    }

    /// A name that nobody here has. Doubles do not come from 122 random bits, but from whoever
    /// seeds two runs alike.
    fn new_member_id(&self, prefix: &str, turn: &mut Turn<'_>) -> MemberId {
        loop {
            let id = turn.new_member_id(prefix);
            if !self.members.contains_key(&id) && !self.pending.contains_key(&id) {
                return id;
            }
        }
    }

    //= KIP-394: a nameless client gets a name and comes back under it, so that one which gives up
    //= and starts again does not leave a dead member behind each time.
    fn hand_out(
        &mut self,
        id: MemberId,
        request: RequestId,
        join: &Join,
        turn: &mut Turn<'_>,
    ) -> Result<(), GroupError> {
        if self.pending.len() >= PENDING_MEMBERS_MAX {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        let timer = self.pending.entry(id.clone()).or_default();
        let deadline = turn.now.instant + duration(join.session_timeout_ms);
        let group = &self.id;
        turn.timers.set(timer, deadline, || key(group, &id));
        let refused = JoinRefused { error: GroupError::MemberIdRequired, member: id };
        turn.answer(request, Answer::Join(Err(refused)));
        Ok(())
    }

    fn join_new(&mut self, id: MemberId, request: RequestId, join: &Join, turn: &mut Turn<'_>) {
        self.remove_pending(&id, turn);
        let mut member = Member::new(join, Some(request));
        let deadline = turn.now.instant + NEW_MEMBER_JOIN_TIMEOUT;
        let group = &self.id;
        turn.timers.set(&mut member.timer, deadline, || key(group, &id));
        self.insert(id, member);
        if self.state == GroupState::PreparingRebalance && self.generation.get() == 0 {
            self.has_grown = true;
        }
        self.rebalance(turn);
    }

    fn join_known(
        &mut self,
        request: RequestId,
        join: &Join,
        turn: &mut Turn<'_>,
    ) -> Result<(), GroupError> {
        let id = &join.member;
        if self.pending.contains_key(id) {
            // Names are handed out to dynamic members only.
            if join.instance.is_some() {
                return Err(GroupError::UnknownMemberId);
            }
            self.join_new(id.clone(), request, join, turn);
            return Ok(());
        }
        self.check_member(id, join.instance.as_ref())?;
        let member = self.members.get(id).expect("just checked");
        let is_restored = member.is_restored;
        let has_what_it_wants = match self.state {
            GroupState::Empty | GroupState::Dead => return Err(GroupError::UnknownMemberId),
            GroupState::PreparingRebalance => false,
            // It has not seen the answer to its JoinGroup.
            GroupState::CompletingRebalance => member.offers(join),
            // A leader that joins again wants to share out anew.
            GroupState::Stable => !self.is_leader(id) && member.offers(join),
        };
        if has_what_it_wants {
            if is_restored {
                self.update(id, join);
            }
            let joined = self.joined(id);
            turn.answer(request, Answer::Join(Ok(joined)));
            return Ok(());
        }
        self.update(id, join);
        self.wait_to_join(id, request, turn);
        self.rebalance(turn);
        Ok(())
    }

    /// Takes over what a member now offers.
    pub(super) fn update(&mut self, id: &MemberId, join: &Join) {
        let member = self.members.get_mut(id).expect("the caller has looked it up");
        self.metadata_bytes -= member.metadata_bytes();
        for protocol in &member.protocols {
            let count = self.support.get_mut(&protocol.name).expect("counted when it came in");
            *count -= 1;
        }
        member.is_restored = false;
        member.protocols = protocols_of(join);
        member.session_timeout_ms = join.session_timeout_ms;
        member.rebalance_timeout_ms = join.rebalance_timeout_ms;
        self.metadata_bytes += member.metadata_bytes();
        for protocol in &member.protocols {
            *self.support.entry(protocol.name.clone()).or_default() += 1;
        }
        self.support.retain(|_, count| *count > 0);
    }
}
