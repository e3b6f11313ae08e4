//! LeaveGroup.

use crate::command::{Leave, Leaver};
use crate::error::GroupError;
use crate::group::Group;
use crate::turn::Turn;

impl Group {
    /// Takes members out, all before the others hear of it.
    pub(crate) fn leave(
        &mut self,
        leave: &Leave,
        turn: &mut Turn<'_>,
    ) -> Result<Vec<Result<(), GroupError>>, GroupError> {
        self.check_alive()?;
        let member_count = self.members.len();
        let leavers = leave.members.iter();
        let outcomes = leavers.map(|leaver| self.leave_one(leaver, turn)).collect();
        // A name that was handed out is no member: nobody joins again because it is given back.
        if self.members.len() < member_count {
            self.rebalance(turn);
        } else {
            self.complete_if_all_joined(turn);
        }
        Ok(outcomes)
    }

    fn leave_one(&mut self, leaver: &Leaver, turn: &mut Turn<'_>) -> Result<(), GroupError> {
        //= KIP-345: an operator names a static member by its instance alone.
        if leaver.member.is_empty() {
            let instance = leaver.instance.as_ref().ok_or(GroupError::UnknownMemberId)?;
            let id = self.instances.get(instance).ok_or(GroupError::UnknownMemberId)?.clone();
            self.remove(&id, GroupError::UnknownMemberId, turn);
            return Ok(());
        }
        if leaver.instance.is_none() && self.remove_pending(&leaver.member, turn) {
            return Ok(());
        }
        self.check_member(&leaver.member, leaver.instance.as_ref())?;
        self.remove(&leaver.member, GroupError::UnknownMemberId, turn);
        Ok(())
    }
}
