//! One coordinator and what surrounds it: who waits for it, what it has to write, its alarm.

use super::Absent;
use super::alarm::{self, Alarm};
use super::compact::Compaction;
use super::waiting::Waiting;
use super::write::{self, Writer};
use crate::partition::Partition;
use crate::shard::Shard;
use millstream_base::Instant;
use millstream_coordinator::{
    Answer, AppendFault, AppendId, Ask, Command, Coordinator, Effects, GroupId, Now, TopicName,
};
use std::cell::RefCell;
use std::rc::Rc;

/// The groups of one partition of `__consumer_offsets`.
pub(super) struct Hosted {
    pub(super) partition: Rc<Partition>,
    stage: RefCell<Stage>,
    waiting: Waiting,
    pub(super) writer: Writer,
    pub(super) compaction: Compaction,
    pub(super) alarm: Alarm,
    /// Topics that went while it was loading.
    gone: RefCell<Vec<TopicName>>,
}

enum Stage {
    Loading,
    Ready(Box<Coordinator>),
    Over(Absent),
}

impl Stage {
    fn coordinator(&self) -> Result<&Coordinator, Absent> {
        match self {
            Self::Loading => Err(Absent::Loading),
            Self::Ready(coordinator) => Ok(coordinator),
            Self::Over(absent) => Err(*absent),
        }
    }

    fn coordinator_mut(&mut self) -> Result<&mut Coordinator, Absent> {
        match self {
            Self::Loading => Err(Absent::Loading),
            Self::Ready(coordinator) => Ok(coordinator),
            Self::Over(absent) => Err(*absent),
        }
    }
}

/// Both clocks.
pub(super) fn now(shard: &Shard) -> Now {
    Now { instant: shard.io.now(), wall: shard.io.wall_time() }
}

impl Hosted {
    /// It answers nobody before [`Hosted::loaded`].
    pub(super) fn new(partition: Rc<Partition>) -> Rc<Self> {
        Rc::new(Self {
            partition,
            stage: RefCell::new(Stage::Loading),
            waiting: Waiting::default(),
            writer: Writer::default(),
            compaction: Compaction::default(),
            alarm: Alarm::default(),
            gone: RefCell::default(),
        })
    }

    /// What is stored was read; nothing happens if the partition has gone meanwhile.
    pub(super) fn loaded(self: &Rc<Self>, shard: &Rc<Shard>, coordinator: Coordinator) {
        let mut stage = self.stage.borrow_mut();
        if !matches!(*stage, Stage::Loading | Stage::Over(Absent::Unreadable)) {
            return;
        }
        *stage = Stage::Ready(Box::new(coordinator));
        drop(stage);
        for topic in self.gone.take() {
            self.forget_topic(shard, &topic);
        }
    }

    /// What is stored cannot be read now. Whether it is worth another try: not where the partition
    /// has gone meanwhile.
    pub(super) fn is_unreadable(&self) -> bool {
        let mut stage = self.stage.borrow_mut();
        let is_waited_for = matches!(*stage, Stage::Loading | Stage::Over(Absent::Unreadable));
        if is_waited_for {
            *stage = Stage::Over(Absent::Unreadable);
        }
        is_waited_for
    }

    /// Puts a question to a group and waits for the answer.
    pub(super) async fn ask(
        self: &Rc<Self>,
        shard: &Rc<Shard>,
        group: GroupId,
        what: Ask,
    ) -> Result<Answer, Absent> {
        let ticket = self.waiting.take_place();
        let command = Command { request: ticket.request(), group, what };
        self.run(shard, |coordinator, now| coordinator.command(now, command))?;
        Ok(ticket.answer().await)
    }

    /// Looks at the groups.
    pub(super) fn see<T>(&self, see: impl FnOnce(&Coordinator) -> T) -> Result<T, Absent> {
        self.stage.borrow().coordinator().map(see)
    }

    /// When the coordinator wants to be told the time; `None` where there is none.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.stage.borrow().coordinator().ok()?.next_deadline()
    }

    /// Tells the coordinator the time.
    pub(super) fn tick(self: &Rc<Self>, shard: &Rc<Shard>) {
        // Whoever is over needs to know no more.
        let _ = self.run(shard, Coordinator::tick);
    }

    /// Tells the coordinator what became of records.
    pub(super) fn settle(
        self: &Rc<Self>,
        shard: &Rc<Shard>,
        id: AppendId,
        result: Result<(), AppendFault>,
    ) {
        let settle = |coordinator: &mut Coordinator, now| match result {
            Ok(()) => coordinator.appended(now, id),
            Err(fault) => coordinator.append_failed(now, id, fault),
        };
        // Where it is over, all who waited were told so.
        let _ = self.run(shard, settle);
    }

    /// A topic is gone, and with it what was committed for it.
    pub(super) fn forget_topic(self: &Rc<Self>, shard: &Rc<Shard>, topic: &TopicName) {
        if self.run(shard, |coordinator, now| coordinator.forget_topic(now, topic)).is_err() {
            self.gone.borrow_mut().push(topic.clone());
        }
    }

    /// Keeps the groups no more: all who wait are told so.
    pub(super) fn unload(&self, why: Absent) {
        let stage = std::mem::replace(&mut *self.stage.borrow_mut(), Stage::Over(why));
        self.writer.give_up();
        if let Stage::Ready(coordinator) = stage {
            for (request, answer) in coordinator.unload() {
                self.waiting.answer(request, answer);
            }
        }
        self.alarm.ring();
    }

    /// Lets the coordinator do something, and does what comes of it.
    fn run(
        self: &Rc<Self>,
        shard: &Rc<Shard>,
        happens: impl FnOnce(&mut Coordinator, Now) -> Effects,
    ) -> Result<(), Absent> {
        let effects = {
            let mut stage = self.stage.borrow_mut();
            happens(stage.coordinator_mut()?, now(shard))
        };
        for (request, answer) in effects.answers {
            self.waiting.answer(request, answer);
        }
        write::queue(self, shard, effects.appends);
        alarm::keep(self, shard);
        Ok(())
    }
}
