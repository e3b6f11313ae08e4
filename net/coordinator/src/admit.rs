//! What a command must satisfy before any group sees it.

use crate::command::{Ask, Join};
use crate::error::GroupError;
use crate::group::duration;
use crate::limits::{GROUP_ID_BYTES_MAX, GROUPS_MAX, NAME_BYTES_MAX, PROTOCOLS_MAX};
use crate::names::GroupId;
use crate::settings::Settings;

/// Whether a command may be put to a group at all.
pub(crate) fn check(id: &GroupId, what: &mut Ask, settings: &Settings) -> Result<(), GroupError> {
    // Offsets may belong to the group "", and such a group may be looked at and deleted, since
    // clients of old used it; nobody joins it.
    let needs_name = !matches!(what, Ask::Commit(_) | Ask::DeleteGroup);
    if needs_name && id.is_empty() {
        return Err(GroupError::InvalidGroupId);
    }
    match what {
        Ask::Join(join) => check_join(join, settings),
        _ => Ok(()),
    }
}

/// Whether a command may be put to a group that is not there yet; if so, the group begins.
pub(crate) fn check_unknown(
    id: &GroupId,
    what: &Ask,
    group_count: usize,
) -> Result<(), GroupError> {
    let begins = match what {
        Ask::Join(join) if join.member.is_empty() => Ok(()),
        Ask::Join(_) | Ask::Sync(_) | Ask::Heartbeat(_) | Ask::Leave(_) => {
            Err(GroupError::UnknownMemberId)
        }
        Ask::Commit(commit) if commit.generation.get() < 0 => Ok(()),
        Ask::Commit(commit) => Err(commit.unknown_group),
        Ask::DeleteOffsets(_) | Ask::DeleteGroup => Err(GroupError::GroupIdNotFound),
    };
    begins?;
    if id.as_str().len() > GROUP_ID_BYTES_MAX {
        return Err(GroupError::InvalidGroupId);
    }
    if group_count >= GROUPS_MAX {
        return Err(GroupError::CoordinatorNotAvailable);
    }
    Ok(())
}

fn check_join(join: &mut Join, settings: &Settings) -> Result<(), GroupError> {
    let session_timeout = duration(join.session_timeout_ms);
    let is_within = session_timeout >= settings.session_timeout_min
        && session_timeout <= settings.session_timeout_max;
    if join.session_timeout_ms < 0 || !is_within {
        return Err(GroupError::InvalidSessionTimeout);
    }
    let names = [join.protocol_type.as_str(), join.client_id.as_str(), join.client_host.as_str()];
    let instance = join.instance.iter().map(|instance| instance.as_str());
    let protocols = join.protocols.iter().map(|protocol| protocol.name.as_str());
    let is_long = |name: &str| name.len() > NAME_BYTES_MAX;
    if names.into_iter().chain(instance).chain(protocols).any(is_long) {
        return Err(GroupError::InvalidRequest);
    }
    if join.protocols.len() > PROTOCOLS_MAX {
        return Err(GroupError::InvalidRequest);
    }
    drop_doubles(join);
    Ok(())
}

/// A protocol that is offered twice counts once, as it was offered first.
fn drop_doubles(join: &mut Join) {
    let mut seen = std::collections::BTreeSet::new();
    join.protocols.retain(|protocol| seen.insert(protocol.name.clone()));
}
