//! The coordinator of the groups of one partition of `__consumer_offsets`.

use core::mem;
use core::ops::Bound;
use std::collections::BTreeMap;

use millstream_base::{Instant, Random};

use crate::admit;
use crate::answer::{Answer, refusal};
use crate::command::{Ask, Command, Now};
use crate::error::{AppendFault, GroupError};
use crate::group::Group;
use crate::limits::{CLEAN_UP_OFFSETS_MAX, WAIT_MIN};
use crate::names::{AppendId, GroupId, RequestId, TopicName};
use crate::settings::Settings;
use crate::timer::{Popped, Timer, TimerKey, Timers};
use crate::turn::{Effects, Turn, Write, Writes};

/// The groups of one partition of `__consumer_offsets`, on the shard that owns the partition.
///
/// Comes out of a [`crate::Replay`]. Each call returns [`Effects`]; between calls nothing happens,
/// but [`Coordinator::next_deadline`] says when [`Coordinator::tick`] should be called at the
/// latest.
#[derive(Debug)]
pub struct Coordinator {
    pub(crate) settings: Settings,
    random: Random,
    pub(crate) groups: BTreeMap<GroupId, Group>,
    timers: Timers,
    writes: Writes,
    clean_up: Timer,
    /// Which group the clean-up looked at last, while it is not through.
    cleaned: Option<GroupId>,
}

impl Coordinator {
    pub(crate) fn new(settings: Settings, random: Random) -> Self {
        Self {
            settings,
            random,
            groups: BTreeMap::new(),
            timers: Timers::default(),
            writes: Writes::default(),
            clean_up: Timer::default(),
            cleaned: None,
        }
    }

    /// Carries a request out, or lets it wait. Its answer is in these effects or in later ones.
    pub fn command(&mut self, now: Now, command: Command) -> Effects {
        let Command { request, group: id, mut what } = command;
        let mut effects = Effects::default();
        let known = self.groups.contains_key(&id);
        let admitted = admit::check(&id, &mut what, &self.settings).and_then(|()| {
            if known { Ok(()) } else { admit::check_unknown(&id, &what, self.groups.len()) }
        });
        match admitted {
            Err(error) => effects.answers.push((request, absent(&what, error, known))),
            Ok(()) => {
                if !known {
                    self.groups.insert(id.clone(), Group::new(id.clone(), now.wall));
                }
                self.run(now, &id, &mut effects, |group, turn| {
                    carry_out(group, request, what, turn)
                });
            }
        }
        effects
    }

    /// The records of an append are durable: what rests on them holds now. An id that is not
    /// known is passed over.
    pub fn appended(&mut self, now: Now, id: AppendId) -> Effects {
        self.settle(now, id, Ok(()))
    }

    /// The records of an append are not in the log and never will be: what rests on them is
    /// undone, and those who wait for it are told.
    pub fn append_failed(&mut self, now: Now, id: AppendId, fault: AppendFault) -> Effects {
        self.settle(now, id, Err(fault))
    }

    /// A topic is gone, and with it what all groups have committed for it. Nobody is answered.
    pub fn forget_topic(&mut self, now: Now, topic: &TopicName) -> Effects {
        let mut effects = Effects::default();
        let groups = self.groups.values().filter(|group| group.offsets.has_topic(topic));
        let ids: Vec<GroupId> = groups.map(|group| group.id.clone()).collect();
        for id in ids {
            self.run(now, &id, &mut effects, |group, turn| group.forget_topic(topic, turn));
        }
        effects
    }

    /// The operator has changed his mind; waits and sessions that have begun end as they would
    /// have.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// When [`Coordinator::tick`] is due at the latest; a heartbeat does not move it, so it may
    /// find nothing to do.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.first().into_iter().chain(self.writes.first_deadline()).min()
    }

    /// Ends the waits and sessions whose time has come, and looks for expired offsets. Who has
    /// waited for records for [`Settings::append_timeout`] is told to ask again; the records come
    /// to be or not, and what rests on them holds when they are durable.
    pub fn tick(&mut self, now: Now) -> Effects {
        let mut effects = Effects::default();
        while let Some(id) = self.writes.pop_late(now.instant) {
            self.late(now, id, &mut effects);
        }
        while let Some(key) = self.timers.pop(now.instant) {
            match key {
                TimerKey::CleanUp => self.clean_up_due(now, &mut effects),
                TimerKey::Group(id) => self.run(now, &id, &mut effects, Group::due),
                TimerKey::Member(id, member) => {
                    self.run(now, &id, &mut effects, |group, turn| group.member_due(&member, turn));
                }
            }
        }
        effects
    }

    /// The partition is led elsewhere from now on: all who wait are told so. Outcomes of appends
    /// that come later have nobody to go to.
    #[must_use = "requests wait for these answers"]
    pub fn unload(mut self) -> Vec<(RequestId, Answer)> {
        let error = GroupError::NotCoordinator;
        let writes = self.writes.pending.values_mut();
        let mut answers: Vec<_> = writes.filter_map(|(_, write)| write.refuse(error)).collect();
        answers.extend(self.groups.values_mut().flat_map(|group| group.give_up(error)));
        answers
    }

    /// Starts what time drives, when all records were read.
    pub(crate) fn wake(&mut self, now: Now) {
        let mut effects = Effects::default();
        let ids: Vec<GroupId> = self.groups.keys().cloned().collect();
        for id in ids {
            self.run(now, &id, &mut effects, Group::wake);
        }
        assert_eq!(effects, Effects::default(), "nobody waits yet");
        let first = now.instant + self.settings.clean_up_interval;
        self.timers.set(&mut self.clean_up, first, || TimerKey::CleanUp);
    }

    /// Lets something happen to a group, if there is one, and forgets the group if nothing of it
    /// is left.
    fn run(
        &mut self,
        now: Now,
        id: &GroupId,
        effects: &mut Effects,
        happens: impl FnOnce(&mut Group, &mut Turn<'_>),
    ) {
        let Some(group) = self.groups.get_mut(id) else { return };
        let mut turn = Turn {
            now,
            settings: &self.settings,
            random: &mut self.random,
            timers: &mut self.timers,
            writes: &mut self.writes,
            effects: mem::take(effects),
        };
        happens(group, &mut turn);
        let is_over = group.is_blank() || group.is_gone();
        if is_over {
            group.cancel_timers(&mut turn);
        }
        *effects = turn.effects;
        if is_over {
            self.groups.remove(id);
        }
    }

    fn settle(&mut self, now: Now, id: AppendId, result: Result<(), AppendFault>) -> Effects {
        let mut effects = Effects::default();
        let Some((group, write)) = self.writes.settle(id) else { return effects };
        assert!(self.groups.contains_key(&group), "a group stays while it writes");
        self.run(now, &group, &mut effects, |group, turn| {
            group.writing_count -= 1;
            conclude(group, (id, write), result, turn);
        });
        effects
    }

    fn late(&mut self, now: Now, id: AppendId, effects: &mut Effects) {
        let Some((group, write)) = self.writes.pending.get_mut(&id) else { return };
        let error = GroupError::CoordinatorNotAvailable;
        effects.answers.extend(write.refuse(error));
        let group = group.clone();
        self.run(now, &group, effects, |group, turn| group.assignment_is_late(id, error, turn));
    }

    fn clean_up_due(&mut self, now: Now, effects: &mut Effects) {
        let popped = self.timers.settle(&mut self.clean_up, now.instant, || TimerKey::CleanUp);
        if popped == Popped::NotYet {
            return;
        }
        let after = self.cleaned.take().map_or(Bound::Unbounded, Bound::Excluded);
        let mut looked = 0;
        let mut ids = Vec::new();
        for (id, group) in self.groups.range((after, Bound::Unbounded)) {
            looked += 1 + group.offsets.len();
            ids.push(id.clone());
            if looked > CLEAN_UP_OFFSETS_MAX {
                self.cleaned = Some(id.clone());
                break;
            }
        }
        for id in ids {
            self.run(now, &id, effects, Group::expire);
        }
        let is_through = self.cleaned.is_none();
        let pause = if is_through { self.settings.clean_up_interval } else { WAIT_MIN };
        let next = now.instant + pause.max(WAIT_MIN);
        self.timers.set(&mut self.clean_up, next, || TimerKey::CleanUp);
    }
}

fn carry_out(group: &mut Group, request: RequestId, what: Ask, turn: &mut Turn<'_>) {
    match what {
        Ask::Join(join) => group.join(request, &join, turn),
        Ask::Sync(sync) => group.sync(request, sync, turn),
        Ask::Heartbeat(heartbeat) => {
            let answer = group.heartbeat(&heartbeat, turn);
            turn.answer(request, Answer::Heartbeat(answer));
        }
        Ask::Leave(leave) => {
            let answer = group.leave(&leave, turn);
            turn.answer(request, Answer::Leave(answer));
        }
        Ask::Commit(commit) => group.commit(request, commit, turn),
        Ask::DeleteOffsets(asked) => group.delete_offsets(request, &asked, turn),
        Ask::DeleteGroup => match group.check_delete() {
            Ok(()) => group.delete(Some(request), turn),
            Err(error) => turn.answer(request, Answer::DeleteGroup(Err(error))),
        },
    }
}

/// The answer to a command that was not admitted.
fn absent(what: &Ask, error: GroupError, is_known: bool) -> Answer {
    match what {
        // Who is not there has its error beside it, and not the response.
        Ask::Leave(leave) if !is_known && error == GroupError::UnknownMemberId => {
            Answer::Leave(Ok(vec![Err(error); leave.members.len()]))
        }
        what => refusal(what, error),
    }
}

fn conclude(
    group: &mut Group,
    (id, write): (AppendId, Write),
    result: Result<(), AppendFault>,
    turn: &mut Turn<'_>,
) {
    let for_group = result.map_err(AppendFault::for_group);
    let for_offsets = result.map_err(AppendFault::for_offsets);
    match write {
        Write::Assignment { assignments } => match for_group {
            Ok(()) => group.assigned(id, assignments, turn),
            Err(error) => group.assign_failed(id, error, turn),
        },
        Write::Empty if result.is_ok() => group.note_stored(id),
        Write::Empty => {}
        Write::Replace(replacement) => match for_group {
            Ok(()) => group.replaced(id, *replacement, turn),
            Err(error) => group.replace_failed(id, *replacement, error, turn),
        },
        Write::Commit { request, mut outcomes } => {
            group.settle_offsets(id, &mut outcomes, for_offsets);
            if let Some(request) = request {
                turn.answer(request, Answer::Commit(outcomes));
            }
        }
        Write::Forget { request, mut outcomes } => {
            group.settle_offsets(id, &mut outcomes, for_offsets);
            if let Some(request) = request {
                turn.answer(request, Answer::DeleteOffsets(Ok(outcomes)));
            }
        }
        Write::Delete(deletion) => group.deleted(id, &deletion, for_group, turn),
    }
}
