//! Heartbeat, and what happens without it.

use crate::command::Heartbeat;
use crate::error::GroupError;
use crate::group::{Group, GroupState, key};
use crate::names::MemberId;
use crate::timer::Popped;
use crate::turn::Turn;

impl Group {
    /// A member is alive; the answer says whether it should join again.
    pub(crate) fn heartbeat(
        &mut self,
        heartbeat: &Heartbeat,
        turn: &mut Turn<'_>,
    ) -> Result<(), GroupError> {
        self.check_alive()?;
        self.check_member(&heartbeat.member, heartbeat.instance.as_ref())?;
        self.check_generation(heartbeat.generation)?;
        self.touch(&heartbeat.member, turn);
        match self.state {
            GroupState::PreparingRebalance => Err(GroupError::RebalanceInProgress),
            GroupState::CompletingRebalance | GroupState::Stable => Ok(()),
            GroupState::Empty | GroupState::Dead => Err(GroupError::UnknownMemberId),
        }
    }

    /// A member's timer, or that of a name that was handed out, came out of the queue.
    pub(crate) fn member_due(&mut self, id: &MemberId, turn: &mut Turn<'_>) {
        let group = &self.id;
        let now = turn.now.instant;
        if let Some(timer) = self.pending.get_mut(id) {
            if turn.timers.settle(timer, now, || key(group, id)) == Popped::Due {
                self.pending.remove(id);
                self.complete_if_all_joined(turn);
            }
            return;
        }
        let Some(member) = self.members.get_mut(id) else { return };
        let popped = turn.timers.settle(&mut member.timer, now, || key(group, id));
        if popped == Popped::NotYet || member.is_waiting() {
            return;
        }
        self.remove(id, GroupError::UnknownMemberId, turn);
        self.rebalance(turn);
    }
}
