//! One group: its members, its generation, its offsets.
//!
//! ```text
//!            first join                 delay or timeout over,
//!          ┌───────────> Preparing      or all have joined      Completing
//!   Empty ─┤             Rebalance ──────────────────────────>  Rebalance ──┐ the leader's
//!          │                 ^   │ nobody is left                   │       │ assignment is
//!          │                 │   └───────> Empty                    │       v durable
//!          │                 └──────────────────────────────────────┴─── Stable
//!          └───────────> Dead: tombstones are on their way  join, leave, silence
//! ```

mod heartbeat;
mod join;
mod leave;
mod member;
mod protocol;
mod rebalance;
mod record;
mod replace;
mod state;
mod sync;

use core::time::Duration;
use std::collections::BTreeMap;

use millstream_base::Timestamp;

use crate::answer::{Answer, JoinRefused};
use crate::error::GroupError;
use crate::names::{
    AppendId, Generation, GroupId, InstanceId, MemberId, ProtocolName, ProtocolType, RequestId,
};
use crate::offsets::Offsets;
use crate::timer::{Timer, TimerKey};
use crate::turn::Turn;

pub(crate) use member::{Member, duration};
pub use state::GroupState;

/// A group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: GroupId,
    pub(crate) state: GroupState,
    /// Since when, by the wall's clock.
    pub(crate) state_since: Timestamp,
    pub(crate) generation: Generation,
    /// What the first member said; kept when the last has left.
    pub(crate) protocol_type: Option<ProtocolType>,
    /// What was chosen for this generation.
    pub(crate) protocol: Option<ProtocolName>,
    /// A member whenever there is one.
    pub(crate) leader: Option<MemberId>,
    pub(crate) members: BTreeMap<MemberId, Member>,
    /// Which member each static member is now.
    pub(crate) instances: BTreeMap<InstanceId, MemberId>,
    /// Names that were handed out and not used yet (KIP-394).
    pub(crate) pending: BTreeMap<MemberId, Timer>,
    /// How many members know each protocol.
    support: BTreeMap<ProtocolName, usize>,
    /// How many members wait in JoinGroup.
    joining_count: usize,
    /// Bytes of metadata of all members, for all protocols.
    metadata_bytes: usize,
    /// The end of the wait for members, or for their SyncGroup.
    timer: Timer,
    /// While an empty group waits for more members: how much longer it may wait in the end.
    initial: Option<Duration>,
    /// Whether members came during that wait.
    has_grown: bool,
    /// What the leader has shared out, on its way to the log.
    assigning: Option<AppendId>,
    /// Whether the log holds a record of this group.
    pub(crate) is_stored: bool,
    /// The last append that is known to have stored one in this process.
    stored_by: AppendId,
    /// Records on their way.
    pub(crate) writing_count: usize,
    pub(crate) offsets: Offsets,
}

impl Group {
    pub(crate) fn new(id: GroupId, wall: Timestamp) -> Self {
        Self {
            id,
            state: GroupState::Empty,
            state_since: wall,
            generation: Generation::new(0),
            protocol_type: None,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            instances: BTreeMap::new(),
            pending: BTreeMap::new(),
            support: BTreeMap::new(),
            joining_count: 0,
            metadata_bytes: 0,
            timer: Timer::default(),
            initial: None,
            has_grown: false,
            assigning: None,
            is_stored: false,
            stored_by: AppendId::default(),
            writing_count: 0,
            offsets: Offsets::default(),
        }
    }

    /// Whether nothing is lost when it is forgotten: there is nothing here, nothing in the log,
    /// and nothing on its way there.
    pub(crate) fn is_blank(&self) -> bool {
        self.state == GroupState::Empty
            && self.pending.is_empty()
            && self.offsets.is_empty()
            && self.writing_count == 0
            && !self.is_stored
    }

    /// Whether it was deleted, tombstones and all.
    pub(crate) fn is_gone(&self) -> bool {
        self.state == GroupState::Dead && self.writing_count == 0
    }

    /// A record of the group is durable.
    pub(crate) fn note_stored(&mut self, id: AppendId) {
        self.is_stored = true;
        self.stored_by = self.stored_by.max(id);
    }

    pub(crate) fn is_leader(&self, member: &MemberId) -> bool {
        self.leader.as_ref() == Some(member)
    }

    pub(crate) fn set_state(&mut self, state: GroupState, turn: &Turn<'_>) {
        assert!(self.state.may_become(state), "{:?} does not become {state:?}", self.state);
        self.state = state;
        self.state_since = turn.now.wall;
    }

    /// While its tombstones are on their way a group answers nobody: it may be gone in a moment,
    /// or back.
    pub(crate) fn check_alive(&self) -> Result<(), GroupError> {
        if self.state == GroupState::Dead {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        Ok(())
    }

    /// Whether the name is that of a member, and of the process that now runs as this instance.
    pub(crate) fn check_member(
        &self,
        member: &MemberId,
        instance: Option<&InstanceId>,
    ) -> Result<(), GroupError> {
        //= KIP-345: a known instance under another member id fences the older process.
        if let Some(instance) = instance {
            let current = self.instances.get(instance).ok_or(GroupError::UnknownMemberId)?;
            if current != member {
                return Err(GroupError::FencedInstanceId);
            }
        }
        if !self.members.contains_key(member) {
            return Err(GroupError::UnknownMemberId);
        }
        Ok(())
    }

    pub(crate) fn check_generation(&self, generation: Generation) -> Result<(), GroupError> {
        if generation != self.generation {
            return Err(GroupError::IllegalGeneration);
        }
        Ok(())
    }

    /// Sets the end of a member's session from now on. The member must be there.
    pub(crate) fn touch(&mut self, id: &MemberId, turn: &mut Turn<'_>) {
        let member = self.members.get_mut(id).expect("the caller has looked it up");
        let deadline = turn.now.instant + member.session_timeout();
        let group = &self.id;
        turn.timers.set(&mut member.timer, deadline, || key(group, id));
    }

    /// Puts a member in, which may wait in JoinGroup.
    fn insert(&mut self, id: MemberId, member: Member) {
        if self.members.is_empty() {
            self.protocol_type = Some(member.protocol_type.clone());
        }
        for protocol in &member.protocols {
            *self.support.entry(protocol.name.clone()).or_default() += 1;
        }
        self.metadata_bytes += member.metadata_bytes();
        self.joining_count += usize::from(member.join.is_some());
        if let Some(instance) = &member.instance {
            self.instances.insert(instance.clone(), id.clone());
        }
        if self.leader.is_none() {
            self.leader = Some(id.clone());
        }
        let before = self.members.insert(id, member);
        assert!(before.is_none(), "a member joins once");
    }

    /// Takes a member out, with its timer. Its waiting requests come along.
    fn take(&mut self, id: &MemberId, turn: &mut Turn<'_>) -> Option<Member> {
        let mut member = self.members.remove(id)?;
        let group = &self.id;
        turn.timers.cancel(&mut member.timer, || key(group, id));
        for protocol in &member.protocols {
            let count = self.support.get_mut(&protocol.name).expect("counted when it came in");
            *count -= 1;
            if *count == 0 {
                self.support.remove(&protocol.name);
            }
        }
        self.metadata_bytes -= member.metadata_bytes();
        self.joining_count -= usize::from(member.join.is_some());
        if let Some(instance) = &member.instance {
            self.instances.remove(instance);
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
        Some(member)
    }

    /// Takes a member out and tells its waiting requests why.
    pub(crate) fn remove(&mut self, id: &MemberId, error: GroupError, turn: &mut Turn<'_>) {
        let Some(member) = self.take(id, turn) else { return };
        if let Some(request) = member.join {
            let member = MemberId::default();
            turn.answer(request, Answer::Join(Err(JoinRefused { error, member })));
        }
        if let Some(request) = member.sync {
            turn.answer(request, Answer::Sync(Err(error)));
        }
    }

    /// Lets a member wait in JoinGroup. One that waits already sent the same twice, and its older
    /// request is answered so that nothing behind it is held up.
    fn wait_to_join(&mut self, id: &MemberId, request: RequestId, turn: &mut Turn<'_>) {
        let member = self.members.get_mut(id).expect("the caller has looked it up");
        match member.join.replace(request) {
            Some(older) => {
                let error = GroupError::RebalanceInProgress;
                let refused = JoinRefused { error, member: id.clone() };
                turn.answer(older, Answer::Join(Err(refused)));
            }
            None => self.joining_count += 1,
        }
    }

    /// Forgets a name that was handed out.
    pub(crate) fn remove_pending(&mut self, id: &MemberId, turn: &mut Turn<'_>) -> bool {
        let Some(mut timer) = self.pending.remove(id) else { return false };
        let group = &self.id;
        turn.timers.cancel(&mut timer, || key(group, id));
        true
    }

    /// Takes all its deadlines out of the queue, before it goes.
    pub(crate) fn cancel_timers(&mut self, turn: &mut Turn<'_>) {
        let id = &self.id;
        turn.timers.cancel(&mut self.timer, || TimerKey::Group(id.clone()));
        for (member, timer) in &mut self.pending {
            turn.timers.cancel(timer, || key(id, member));
        }
        for (member_id, member) in &mut self.members {
            turn.timers.cancel(&mut member.timer, || key(id, member_id));
        }
    }

    /// All requests that wait in JoinGroup and SyncGroup, given up with `error`.
    pub(crate) fn give_up(&mut self, error: GroupError) -> Vec<(RequestId, Answer)> {
        let mut answers = Vec::new();
        for (id, member) in &mut self.members {
            let refused = JoinRefused { error, member: id.clone() };
            let join = member.join.take().map(|join| (join, Answer::Join(Err(refused))));
            let sync = member.sync.take().map(|sync| (sync, Answer::Sync(Err(error))));
            answers.extend(join.into_iter().chain(sync));
        }
        self.joining_count = 0;
        answers
    }
}

/// The key of a member's timer, or of a name that was handed out.
fn key(group: &GroupId, member: &MemberId) -> TimerKey {
    TimerKey::Member(group.clone(), member.clone())
}
