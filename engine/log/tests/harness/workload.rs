//! What clients do to an engine in one life.

use super::batches::{Parcel, Times};
use super::checkers::{check_read, check_start};
use super::lookup::check_lookup;
use super::model::{Existence, Known, Model};
use super::profile::Profile;
use millstream_base::{LeaderEpoch, Offset, PartitionId, Random, Timestamp};
use millstream_io::{Io, Priority};
use millstream_log::{AppendOptions, Engine, Flush, LogError, PartitionName, ReadLimit};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// One client.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) engine: Engine,
    pub(crate) model: Rc<RefCell<Model>>,
    pub(crate) profile: Rc<Profile>,
    pub(crate) random: Random,
}

/// Whether a client can go on.
type Step = Result<(), LogError>;

impl Client {
    /// Changes logs for some steps, or until the engine has had enough.
    pub(crate) async fn write(mut self) {
        for _ in 0..self.profile.step_count {
            self.pause().await;
            if let Err(error) = self.step().await {
                panic!("a healthy engine does not say: {error}");
            }
        }
    }

    /// Reads for some steps.
    pub(crate) async fn read(mut self) {
        for _ in 0..self.profile.step_count {
            self.pause().await;
            let Some(id) = self.choose() else { continue };
            if self.random.chance(1, 4) {
                self.look_up(id).await;
            } else {
                self.read_some(id).await;
            }
        }
    }

    fn io(&self) -> &Io {
        self.engine.io()
    }

    async fn pause(&mut self) {
        let longest_ns = u64::try_from(self.profile.pause_max.as_nanos()).expect("short");
        let pause_ns = match self.random.below(8) {
            0 => self.random.below(longest_ns),
            1..4 => self.random.below(longest_ns / 100),
            _ => return,
        };
        self.io().sleep(Duration::from_nanos(pause_ns)).await;
    }

    /// A partition that is not about to go.
    fn choose(&mut self) -> Option<PartitionId> {
        let model = self.model.borrow();
        let here = model.partitions.iter().filter(|(_, it)| it.existence != Existence::Deleting);
        let ids: Vec<PartitionId> = here.map(|(id, _)| *id).collect();
        drop(model);
        let index = usize::try_from(self.random.below(ids.len().max(1) as u64)).expect("small");
        ids.get(index).copied()
    }

    async fn step(&mut self) -> Step {
        let count = self.model.borrow().partitions.len();
        let wants_more = count == 0 || self.random.chance(1, 20);
        if wants_more && count < self.profile.partition_count_max {
            return self.create().await;
        }
        let Some(id) = self.choose() else { return Ok(()) };
        let profile = Rc::clone(&self.profile);
        match self.random.below(60) {
            0 if profile.deletes => self.delete(id).await,
            1..3 if profile.truncates => self.truncate(id).await,
            3..6 if profile.trims => self.trim(id).await,
            6 if profile.configures => self.configure(id).await,
            7 => self.flush().await,
            8 if profile.floods => self.flood(id).await,
            9..12 => {
                self.read_some(id).await;
                Ok(())
            }
            _ => self.append_some(id).await,
        }
    }

    async fn create(&mut self) -> Step {
        // Few names, so that one is used again after its partition is gone.
        let name = format!("log-{}", self.random.below(8));
        let name = PartitionName::new(&name).expect("a name");
        let options = self.profile.partition_options(&mut self.random);
        let (id, ticket) = match self.engine.create_staged(&name, options) {
            Err(LogError::PartitionExists(id)) => {
                assert!(self.model.borrow().partitions.contains_key(&id), "it was made");
                return Ok(());
            }
            Err(LogError::Busy) => return Ok(()),
            created => created?,
        };
        self.model.borrow_mut().create(id, name, options, ticket);
        if self.random.chance(1, 2) {
            self.append_some(id).await?;
        }
        self.engine.stable(ticket).await?;
        if let Some(known) = self.model.borrow_mut().partitions.get_mut(&id)
            && known.existence == Existence::Creating
        {
            known.existence = Existence::Here;
        }
        Ok(())
    }

    async fn append_some(&mut self, id: PartitionId) -> Step {
        for _ in 0..1 + self.random.below(4) {
            let bytes = self.profile.batch_bytes(&mut self.random);
            self.append(id, bytes).await?;
        }
        Ok(())
    }

    /// Fills a region of the journal or more.
    async fn flood(&mut self, id: PartitionId) -> Step {
        for _ in 0..60 {
            let bytes = 100_000 + self.random.below(600_000);
            self.append(id, usize::try_from(bytes).expect("small")).await?;
        }
        Ok(())
    }

    async fn append(&mut self, id: PartitionId, bytes: usize) -> Step {
        let number = self.model.borrow_mut().next_batch_id();
        let first = self.io().wall_time().get() - i64::try_from(self.random.below(4000)).expect("");
        let step_ms = i64::try_from(self.random.below(3)).expect("small") - 1;
        let times = Times { first: Timestamp::new(first), step_ms };
        let parcel = Parcel::build(number, bytes, times, &mut self.random);
        let leader_epoch = LeaderEpoch::new(i32::try_from(self.random.below(5)).expect("small"));
        let append_time = self.random.chance(1, 8).then(|| self.io().wall_time());
        let mut options = AppendOptions::default().leader_epoch(leader_epoch);
        options.append_time = append_time;
        loop {
            match self.engine.append(id, &parcel.checked(), options) {
                // Deleted by another client meanwhile.
                Err(LogError::UnknownPartition(_)) => return Ok(()),
                Err(LogError::Busy) => self.engine.room().await,
                Err(error) => return Err(error),
                Ok(appended) => {
                    self.note_start(id);
                    let print = parcel.fingerprint(leader_epoch, append_time);
                    let times = parcel.times_after(append_time);
                    self.model.borrow_mut().send(id, &appended, print, times);
                    self.watch(id, appended).await;
                    return Ok(());
                }
            }
        }
    }

    /// Notes the acknowledgement, sometimes before going on.
    async fn watch(&mut self, id: PartitionId, appended: millstream_log::Appended) {
        let is_relaxed = {
            let model = self.model.borrow();
            let known = &model.partitions[&id];
            let mut policies = known.wished.iter().chain([&known.options]);
            policies.any(|options| options.flush == Flush::Relaxed)
        };
        if is_relaxed {
            return;
        }
        let (engine, model) = (self.engine.clone(), Rc::clone(&self.model));
        let task = self.io().spawn(Priority::Foreground, async move {
            let ticket = appended.ticket;
            engine.stable(ticket).await.expect("the disk is healthy");
            model.borrow_mut().acknowledge(id, appended.first_offset, ticket);
        });
        if self.random.chance(1, 3) {
            task.await;
        }
    }

    async fn flush(&mut self) -> Step {
        let places: Vec<(PartitionId, Offset)> = {
            let model = self.model.borrow();
            model.partitions.iter().map(|(id, known)| (*id, known.next)).collect()
        };
        let cuts = self.model.borrow().partitions.values().map(|it| it.cut_count).sum::<u64>();
        self.engine.flush().await?;
        let mut model = self.model.borrow_mut();
        if model.partitions.values().map(|it| it.cut_count).sum::<u64>() == cuts {
            places.into_iter().for_each(|(id, end)| model.promise_before(id, end));
        }
        Ok(())
    }

    async fn trim(&mut self, id: PartitionId) -> Step {
        let Ok(watermarks) = self.engine.watermarks(id) else { return Ok(()) };
        let span = watermarks.stable.get() - watermarks.start.get();
        let ahead = self.random.below(u64::try_from(span).expect("in order") + 1);
        let start = Offset::new(watermarks.start.get() + i64::try_from(ahead).expect("within"));
        if let Some(known) = self.model.borrow_mut().partitions.get_mut(&id) {
            known.start_max = known.start_max.max(start);
        }
        match self.engine.trim(id, start).await {
            Err(LogError::UnknownPartition(_) | LogError::Busy) => return Ok(()),
            // Truncated by another client meanwhile.
            Err(LogError::OutOfRange { end_offset, .. }) if end_offset < start => return Ok(()),
            result => result?,
        }
        if let Some(known) = self.model.borrow_mut().partitions.get_mut(&id) {
            known.start_min = known.start_min.max(start);
        }
        self.check_start(id);
        Ok(())
    }

    fn check_start(&self, id: PartitionId) {
        let Ok(info) = self.engine.describe(id) else { return };
        let model = self.model.borrow();
        if let Some(known) = model.partitions.get(&id) {
            check_start(&info, known, self.io().wall_time());
        }
    }

    /// Before the model forgets what a truncation took: retention was right as long as that was
    /// there.
    fn note_start(&self, id: PartitionId) {
        let is_cut = |known: &Known| known.cuts.iter().any(|cut| !cut.is_done);
        if !self.model.borrow().partitions.get(&id).is_some_and(is_cut) {
            return;
        }
        self.check_start(id);
        let start = self.engine.watermarks(id).map_or(Offset::ZERO, |watermarks| watermarks.start);
        if let Some(known) = self.model.borrow_mut().partitions.get_mut(&id) {
            known.start_max = known.start_max.max(start);
        }
    }

    async fn truncate(&mut self, id: PartitionId) -> Step {
        let Ok(watermarks) = self.engine.watermarks(id) else { return Ok(()) };
        let span = watermarks.next.get() - watermarks.start.get();
        let back = self.random.below(u64::try_from(span).expect("in order") + 1);
        let back = if self.random.chance(1, 2) { back.min(5) } else { back };
        let end = Offset::new(watermarks.next.get() - i64::try_from(back).expect("within"));
        let cut = match self.model.borrow_mut().partitions.get_mut(&id) {
            Some(known) => known.begin_cut(end),
            None => return Ok(()),
        };
        let result = self.engine.truncate(id, end).await;
        self.note_start(id);
        let mut model = self.model.borrow_mut();
        let Some(known) = model.partitions.get_mut(&id) else { return Ok(()) };
        known.end_cut(cut, result.as_ref().ok().copied());
        match result {
            Err(LogError::UnknownPartition(_) | LogError::Busy) => Ok(()),
            // Trimmed, or cut by another client, meanwhile.
            Err(LogError::OutOfRange { start_offset, .. }) if start_offset > end => Ok(()),
            result => result.map(drop),
        }
    }

    async fn configure(&mut self, id: PartitionId) -> Step {
        let options = self.profile.partition_options(&mut self.random);
        match self.model.borrow_mut().partitions.get_mut(&id) {
            // One at a time, so that it is plain which one is in force.
            Some(known) if known.wished.is_empty() => known.wished.push(options),
            _ => return Ok(()),
        }
        let result = self.engine.configure(id, options).await;
        let mut model = self.model.borrow_mut();
        let Some(known) = model.partitions.get_mut(&id) else { return Ok(()) };
        match result {
            Err(LogError::UnknownPartition(_) | LogError::Busy) => known.wished.clear(),
            result => {
                result?;
                // Retention may have acted by the old ones until now.
                let Ok(info) = self.engine.describe(id) else { return Ok(()) };
                known.start_max = known.start_max.max(info.watermarks.start);
                known.options = options;
                known.wished.clear();
            }
        }
        Ok(())
    }

    async fn delete(&mut self, id: PartitionId) -> Step {
        match self.model.borrow_mut().partitions.get_mut(&id) {
            Some(known) if known.existence == Existence::Here => {
                known.existence = Existence::Deleting;
            }
            _ => return Ok(()),
        }
        match self.engine.delete(id).await {
            Err(LogError::Busy) => {
                let mut model = self.model.borrow_mut();
                model.partitions.get_mut(&id).expect("one deletes").existence = Existence::Here;
            }
            result => {
                result?;
                self.model.borrow_mut().partitions.remove(&id);
                assert!(self.engine.watermarks(id).is_err(), "it is gone");
            }
        }
        Ok(())
    }

    async fn read_some(&mut self, id: PartitionId) {
        let Ok(watermarks) = self.engine.watermarks(id) else { return };
        let cut_count = self.cut_count(id);
        let span = watermarks.stable.get() - watermarks.start.get();
        let ahead = self.random.below(u64::try_from(span).expect("in order") + 1);
        let mut offset = Offset::new(watermarks.start.get() + i64::try_from(ahead).expect("fits"));
        let bytes_max = usize::try_from(self.random.below(300_000)).expect("small");
        let limit = ReadLimit { bytes_max };
        for _ in 0..3 {
            let mut slices = Vec::new();
            let result = self.engine.read(id, offset, limit, &mut slices).await;
            let mut model = self.model.borrow_mut();
            model.read_count += 1;
            let Some(known) = model.partitions.get(&id) else { return };
            if known.cut_count != cut_count || !known.cuts.is_empty() {
                return;
            }
            let fetched = match result {
                Err(LogError::UnknownPartition(_) | LogError::Busy) => return,
                Err(LogError::OutOfRange { start_offset, .. }) if start_offset > offset => {
                    return;
                }
                Err(error) => panic!("partition {id}, offset {offset}: {error}"),
                Ok(fetched) => fetched,
            };
            check_read(known, offset, limit, fetched, &slices);
            model.promise_before(id, fetched.next_offset);
            offset = fetched.next_offset;
        }
    }

    fn cut_count(&self, id: PartitionId) -> u64 {
        self.model.borrow().partitions.get(&id).map_or(0, |known| known.cut_count)
    }

    async fn look_up(&mut self, id: PartitionId) {
        let Ok(before) = self.engine.watermarks(id) else { return };
        let cut_count = self.cut_count(id);
        let back_ms = i64::try_from(self.random.below(8000)).expect("small");
        let timestamp = Timestamp::new(self.io().wall_time().get() - back_ms);
        let result = self.engine.find_timestamp(id, timestamp).await;
        let model = self.model.borrow();
        let (Some(known), Ok(after)) = (model.partitions.get(&id), self.engine.watermarks(id))
        else {
            return;
        };
        if known.cut_count != cut_count || !known.cuts.is_empty() {
            return;
        }
        match result {
            Err(LogError::UnknownPartition(_) | LogError::Busy) => {}
            Err(LogError::OutOfRange { .. }) if after.start > before.start => {}
            Err(error) => panic!("partition {id}, time {timestamp}: {error}"),
            Ok(found) => {
                let range = (before.start, after.start, before.stable);
                check_lookup(known, timestamp, range, found);
            }
        }
    }
}
