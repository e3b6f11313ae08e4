//! How members come together in a new generation.

use core::time::Duration;

use crate::answer::{Answer, Joined, JoinedMember};
use crate::error::GroupError;
use crate::group::{Group, GroupState, key};
use crate::limits::WAIT_MIN;
use crate::names::MemberId;
use crate::timer::{Popped, TimerKey};
use crate::turn::Turn;

impl Group {
    /// Begins a rebalance unless one is under way, and ends it if nobody is missing.
    pub(crate) fn rebalance(&mut self, turn: &mut Turn<'_>) {
        match self.state {
            GroupState::Empty | GroupState::CompletingRebalance | GroupState::Stable => {
                self.prepare(turn);
            }
            GroupState::PreparingRebalance | GroupState::Dead => {}
        }
        self.complete_if_all_joined(turn);
    }

    /// Ends the wait for members when there is nobody to wait for.
    pub(crate) fn complete_if_all_joined(&mut self, turn: &mut Turn<'_>) {
        let all_joined = self.joining_count == self.members.len() && self.pending.is_empty();
        if self.state == GroupState::PreparingRebalance && self.initial.is_none() && all_joined {
            self.complete(turn);
        }
    }

    /// The wait is over: for members, or for their SyncGroup.
    pub(crate) fn due(&mut self, turn: &mut Turn<'_>) {
        let id = &self.id;
        let popped =
            turn.timers.settle(&mut self.timer, turn.now.instant, || TimerKey::Group(id.clone()));
        if popped == Popped::NotYet {
            return;
        }
        match self.state {
            GroupState::PreparingRebalance => self.members_due(turn),
            GroupState::CompletingRebalance | GroupState::Stable => self.remove_silent(turn),
            GroupState::Empty | GroupState::Dead => {}
        }
    }

    fn members_due(&mut self, turn: &mut Turn<'_>) {
        if !self.waits_longer(turn) {
            self.complete(turn);
        }
    }

    fn prepare(&mut self, turn: &mut Turn<'_>) {
        self.refuse_syncs(GroupError::RebalanceInProgress, turn);
        self.assigning = None;
        let is_initial = self.state == GroupState::Empty;
        self.set_state(GroupState::PreparingRebalance, turn);
        let rebalance_timeout = self.rebalance_timeout();
        if !is_initial {
            self.wait(rebalance_timeout, turn);
            return;
        }
        //= KIP-134: an empty group waits a little, so that members who start together do not
        //= rebalance once each.
        let delay = turn.settings.initial_rebalance_delay;
        if delay.is_zero() {
            self.complete(turn);
            return;
        }
        self.initial = Some(rebalance_timeout.saturating_sub(delay));
        self.has_grown = false;
        self.wait(delay, turn);
    }

    /// A new group to which members came goes on waiting, in all no longer than their timeout.
    fn waits_longer(&mut self, turn: &mut Turn<'_>) -> bool {
        let Some(remaining) = self.initial.take() else { return false };
        if !self.has_grown || remaining.is_zero() {
            return false;
        }
        self.has_grown = false;
        let delay = turn.settings.initial_rebalance_delay.min(remaining);
        self.initial = Some(remaining.saturating_sub(delay));
        self.wait(delay, turn);
        true
    }

    /// Begins the next generation with those who have joined. Static members that have not stay
    /// members until their session ends; if nobody has joined, the wait begins again.
    fn complete(&mut self, turn: &mut Turn<'_>) {
        self.initial = None;
        self.remove_absent(turn);
        if !self.members.is_empty() && !self.elect() {
            self.wait(self.rebalance_timeout(), turn);
            return;
        }
        self.generation = self.generation.next();
        self.protocol = self.vote();
        if self.members.is_empty() {
            self.become_empty(turn);
            return;
        }
        self.set_state(GroupState::CompletingRebalance, turn);
        self.wait(self.rebalance_timeout(), turn);
        self.answer_joins(turn);
    }

    fn remove_absent(&mut self, turn: &mut Turn<'_>) {
        let absent = self
            .members
            .iter()
            .filter(|(_, member)| member.join.is_none() && member.instance.is_none());
        let absent: Vec<MemberId> = absent.map(|(id, _)| id.clone()).collect();
        for id in absent {
            self.remove(&id, GroupError::UnknownMemberId, turn);
        }
    }

    /// Makes sure that the leader is one who has joined. Whether there is one.
    fn elect(&mut self) -> bool {
        let has_joined = |id: &MemberId| self.members.get(id).is_some_and(|it| it.join.is_some());
        if self.leader.as_ref().is_some_and(has_joined) {
            return true;
        }
        let joined = self.members.iter().find(|(_, member)| member.join.is_some());
        let Some((id, _)) = joined else { return false };
        self.leader = Some(id.clone());
        true
    }

    fn answer_joins(&mut self, turn: &mut Turn<'_>) {
        let ids: Vec<MemberId> = self.members.keys().cloned().collect();
        for id in ids {
            let joined = self.joined(&id);
            let member = self.members.get_mut(&id).expect("just listed");
            member.is_new = false;
            member.has_synced = false;
            if let Some(request) = member.join.take() {
                self.joining_count -= 1;
                turn.answer(request, Answer::Join(Ok(joined)));
                self.touch(&id, turn);
            }
        }
        assert_eq!(self.joining_count, 0, "nobody waits in JoinGroup when it is over");
    }

    /// What a member is told of the generation it is in.
    pub(crate) fn joined(&self, id: &MemberId) -> Joined {
        let members = if self.is_leader(id) { self.roll() } else { Vec::new() };
        Joined {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            member: id.clone(),
            skip_assignment: false,
            members,
        }
    }

    fn roll(&self) -> Vec<JoinedMember> {
        let members = self.members.iter().map(|(id, member)| JoinedMember {
            member: id.clone(),
            instance: member.instance.clone(),
            metadata: member.metadata(self.protocol.as_ref()),
        });
        members.collect()
    }

    /// Members that have joined and then not asked for their share have gone.
    fn remove_silent(&mut self, turn: &mut Turn<'_>) {
        let silent = self.members.iter().filter(|(_, member)| !member.has_synced);
        let silent: Vec<MemberId> = silent.map(|(id, _)| id.clone()).collect();
        if silent.is_empty() {
            return;
        }
        for id in silent {
            self.remove(&id, GroupError::UnknownMemberId, turn);
        }
        self.rebalance(turn);
    }

    /// Tells all who wait in SyncGroup that there is nothing to wait for.
    pub(crate) fn refuse_syncs(&mut self, error: GroupError, turn: &mut Turn<'_>) {
        for (id, member) in &mut self.members {
            let Some(request) = member.sync.take() else { continue };
            turn.answer(request, Answer::Sync(Err(error)));
            // Its session may have ended while it waited here, and waiting counted as alive.
            let deadline = turn.now.instant + member.session_timeout();
            let group = &self.id;
            turn.timers.set(&mut member.timer, deadline, || key(group, id));
        }
    }

    fn rebalance_timeout(&self) -> Duration {
        let timeouts = self.members.values().map(|member| member.rebalance_timeout());
        timeouts.max().unwrap_or_default()
    }

    fn wait(&mut self, timeout: Duration, turn: &mut Turn<'_>) {
        let id = &self.id;
        let deadline = turn.now.instant + timeout.max(WAIT_MIN);
        turn.timers.set(&mut self.timer, deadline, || TimerKey::Group(id.clone()));
    }
}
