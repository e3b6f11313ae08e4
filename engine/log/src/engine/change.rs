//! Changes other than appends: partitions come and go, logs are cut at either end.

use super::{Engine, Inner, Ticket};
use crate::engine::snapshot::stored_options;
use crate::engine::state::State;
use crate::error::{LogError, Result};
use crate::journal::entry::{Entry, entry_bytes};
use crate::name::PartitionName;
use crate::options::PartitionOptions;
use crate::partition::Partition;
use millstream_base::{Offset, PartitionId};
use std::task::Waker;

impl Engine {
    /// Makes an empty partition and waits until that is stable.
    ///
    /// # Errors
    /// [`LogError::PartitionExists`], [`LogError::Option`], [`LogError::DiskFull`], or the engine's
    /// fault.
    pub async fn create(
        &self,
        name: &PartitionName,
        options: PartitionOptions,
    ) -> Result<PartitionId> {
        let (id, ticket) = self.create_staged(name, options)?;
        self.stable(ticket).await?;
        Ok(id)
    }

    /// Makes an empty partition, which takes appends at once, without waiting.
    ///
    /// # Errors
    /// As [`Engine::create`]; [`LogError::DiskFull`].
    pub fn create_staged(
        &self,
        name: &PartitionName,
        options: PartitionOptions,
    ) -> Result<(PartitionId, Ticket)> {
        options.check()?;
        let mut state = self.inner.state.borrow_mut();
        if let Some(id) = state.names.get(name) {
            return Err(LogError::PartitionExists(*id));
        }
        if state.is_disk_full {
            return Err(LogError::DiskFull);
        }
        let id = PartitionId::new(state.next_partition);
        let stored = stored_options(&options);
        let entry = Entry::Create { partition: id, name: name.clone(), options: stored };
        let ticket = self.inner.stage(&mut state, &entry)?;
        state.next_partition += 1;
        state.partitions.insert(id, Partition::new(id, name.clone(), options));
        state.names.insert(name.clone(), id);
        drop(state);
        self.inner.work.notify();
        Ok((id, ticket))
    }

    /// Changes how a partition behaves, and waits until that is stable.
    ///
    /// # Errors
    /// [`LogError::UnknownPartition`], [`LogError::Option`], or the engine's fault.
    pub async fn configure(&self, partition: PartitionId, options: PartitionOptions) -> Result<()> {
        options.check()?;
        let ticket = {
            let mut state = self.inner.state.borrow_mut();
            state.partition(partition)?;
            let stored = stored_options(&options);
            let entry = Entry::Configure { partition, options: stored };
            let ticket = self.inner.stage(&mut state, &entry)?;
            state.partition_mut(partition)?.options = options;
            ticket
        };
        self.inner.work.notify();
        self.stable(ticket).await
    }

    /// Removes a partition with all its records, and waits until that is stable.
    ///
    /// # Errors
    /// [`LogError::UnknownPartition`], or the engine's fault.
    pub async fn delete(&self, partition: PartitionId) -> Result<()> {
        self.inner.claim(partition).await?;
        let ticket = {
            let mut state = self.inner.state.borrow_mut();
            let staged = self.inner.stage(&mut state, &Entry::Delete { partition });
            match staged {
                Ok(_) => state.remove_partition(partition),
                Err(_) => state.partition_mut(partition)?.is_settling = false,
            }
            staged?
        };
        self.inner.work.notify();
        self.inner.background.notify();
        self.stable(ticket).await
    }

    /// Cuts the log at its start: everything before `start` is gone, as soon as that is stable.
    /// Disk space comes back segment by segment. A start behind the present one only.
    ///
    /// # Errors
    /// [`LogError::OutOfRange`] beyond the stable end, [`LogError::UnknownPartition`], or the
    /// engine's fault.
    pub async fn trim(&self, partition: PartitionId, start: Offset) -> Result<()> {
        let ticket = self.inner.trim_staged(partition, start)?;
        match ticket {
            Some(ticket) => self.stable(ticket).await,
            // Whoever moved the start there may still wait for that to be durable.
            None => self.inner.flush_staged().await,
        }
    }

    /// Takes appends again for a partition whose end was in doubt after damage to the journal.
    /// Whatever was lost behind its end stays lost.
    ///
    /// # Errors
    /// [`LogError::UnknownPartition`], or the engine's fault.
    pub async fn accept_loss(&self, partition: PartitionId) -> Result<()> {
        self.inner.state.borrow_mut().partition_mut(partition)?.is_suspect = false;
        self.inner.checkpoint_alone().await
    }
}

impl Inner {
    /// Adds an entry that carries no batch to the current frame.
    fn stage(&self, state: &mut State, entry: &Entry<'_>) -> Result<Ticket> {
        state.check_writable()?;
        let bytes = entry_bytes(entry.body_bytes());
        let frame = state.staging.frame(bytes, self.io.buffers())?;
        frame.push_entry(entry);
        let sequence = frame.sequence;
        state.is_checkpoint_due = true;
        Ok(Ticket::new(sequence, false))
    }

    /// Waits until nobody settles the partition, and keeps others from it until `is_settling` is
    /// taken back.
    pub(crate) async fn claim(&self, id: PartitionId) -> Result<()> {
        let free = || {
            let mut state = self.state.borrow_mut();
            match state.partition_mut(id) {
                Err(error) => Some(Err(error)),
                Ok(partition) if partition.is_settling => None,
                Ok(partition) => {
                    partition.is_settling = true;
                    Some(Ok(()))
                }
            }
        };
        self.room.until(free).await
    }

    /// As [`Engine::trim`] without waiting; `None` if there is nothing to do.
    pub(crate) fn trim_staged(&self, id: PartitionId, start: Offset) -> Result<Option<Ticket>> {
        let mut state = self.state.borrow_mut();
        let partition = state.partition(id)?;
        if start > partition.stable() {
            return Err(LogError::OutOfRange {
                offset: start,
                start_offset: partition.start(),
                end_offset: partition.stable(),
            });
        }
        if start <= partition.start() {
            return Ok(None);
        }
        let entry = Entry::Trim { partition: id, start_offset: start };
        let ticket = self.stage(&mut state, &entry)?;
        state.apply_trim(id, start);
        drop(state);
        self.work.notify();
        self.background.notify();
        Ok(Some(ticket))
    }
}

impl State {
    /// Forgets a partition; its files go with the next checkpoint.
    pub(crate) fn remove_partition(&mut self, id: PartitionId) {
        let Some(mut partition) = self.partitions.remove(&id) else { return };
        self.names.remove(&partition.name);
        self.read_cache.forget(id);
        partition.readers.take().for_each(Waker::wake);
        self.hot_count -= usize::from(partition.placement.is_hot);
        for item in partition.tail.from(partition.settled()) {
            self.ledger.settle(item.sequence, 1);
        }
        self.doomed_bytes += partition.segments_bytes();
        self.doomed.extend(partition.segments.iter().map(|segment| (id, segment.base)));
        if let Some((segment, _)) = partition.placement.run_end {
            self.doomed.push((id, segment));
        }
        self.doomed_directories.push(id);
    }

    /// Moves a partition's start and lets go of the segments before it, but never of the last one.
    pub(crate) fn apply_trim(&mut self, id: PartitionId, start: Offset) {
        let Some(partition) = self.partitions.get_mut(&id) else { return };
        if start <= partition.start() {
            return;
        }
        partition.set_start(start);
        partition.quarantine.retain(|(_, next)| *next > start);
        let last = partition.segments.len().saturating_sub(1);
        let keep_from = partition.segments[..last]
            .iter()
            .position(|segment| segment.next > start)
            .unwrap_or(last);
        for segment in partition.segments.drain(..keep_from) {
            self.doomed_bytes += segment.length_bytes;
            self.doomed.push((id, segment.base));
        }
    }
}
