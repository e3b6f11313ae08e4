//! From the records of a partition to the groups they tell of.

use millstream_base::{Random, Timestamp};

use crate::command::Now;
use crate::coordinator::Coordinator;
use crate::error::RecordError;
use crate::group::Group;
use crate::names::GroupId;
use crate::record::CommittedOffset;
use crate::record::{Entry, GroupRecord, OffsetKey, decode};
use crate::settings::Settings;

/// A coordinator that is still reading: it answers nobody, and meanwhile the broker answers
/// `COORDINATOR_LOAD_IN_PROGRESS`.
#[derive(Debug)]
pub struct Replay {
    coordinator: Coordinator,
}

impl Replay {
    /// A coordinator without groups. `random` gives new members their names: seeded alike, two
    /// runs name alike.
    #[must_use]
    pub fn new(settings: Settings, random: Random) -> Self {
        Self { coordinator: Coordinator::new(settings, random) }
    }

    /// Takes the next record of the partition over.
    ///
    /// # Errors
    ///
    /// [`RecordError`] where the record cannot be read. Nothing has changed then; whoever goes on
    /// does without what it said.
    pub fn record(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), RecordError> {
        match decode(key, value)? {
            Entry::Offset { key, value } => self.offset(key, value),
            Entry::Group { group, value } => self.group(group, value),
            Entry::Foreign { .. } => {}
        }
        Ok(())
    }

    /// All records were read: sessions begin anew, and commands may come.
    #[must_use]
    pub fn finish(mut self, now: Now) -> Coordinator {
        self.coordinator.wake(now);
        self.coordinator
    }

    fn offset(&mut self, key: OffsetKey, value: Option<CommittedOffset>) {
        let groups = &mut self.coordinator.groups;
        if value.is_none() && !groups.contains_key(&key.group) {
            return;
        }
        let id = key.group.clone();
        let new = || Group::new(key.group, Timestamp::NONE);
        let group = groups.entry(id.clone()).or_insert_with(new);
        group.offsets.restore(key.topic, key.partition, value);
        if group.is_blank() {
            groups.remove(&id);
        }
    }

    fn group(&mut self, id: GroupId, value: Option<GroupRecord>) {
        let groups = &mut self.coordinator.groups;
        if let Some(record) = value {
            let new = || Group::new(id.clone(), Timestamp::NONE);
            groups.entry(id.clone()).or_insert_with(new).restore(record);
            return;
        }
        let Some(group) = groups.get_mut(&id) else { return };
        group.restore_gone();
        if group.is_blank() {
            groups.remove(&id);
        }
    }
}
