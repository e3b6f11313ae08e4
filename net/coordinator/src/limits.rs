//! The limits of a coordinator: none of a client's lists or names grows without one.

use core::time::Duration;

/// Longest name of any kind: the records carry its length in 16 bits with a sign.
pub const NAME_BYTES_MAX: usize = i16::MAX as usize;
/// Longest name of a group. Kafka's only limit is that of the record; but each of ten thousand
/// offsets of one commit repeats the name in its key, so a long one multiplies what came in.
pub const GROUP_ID_BYTES_MAX: usize = 1024;
/// Longest part of a new member's id that comes from the client. The id is this, a dash, and 36
/// characters, and has to fit a record.
pub const MEMBER_ID_PREFIX_BYTES_MAX: usize = 255;
/// Most ways to share the work out that one member may offer.
pub const PROTOCOLS_MAX: usize = 256;
/// Most members of one group, whatever is configured.
pub const MEMBERS_MAX: usize = 1 << 16;
/// Most names of one group that were handed out and not used yet.
pub const PENDING_MEMBERS_MAX: usize = 1 << 14;
/// Most groups that one coordinator holds before it refuses new ones.
pub const GROUPS_MAX: usize = 1 << 18;
/// Most partitions that one group may have offsets for.
pub const OFFSETS_PER_GROUP_MAX: usize = 1 << 20;
/// Most offsets that the clean-up looks at before it lets others go first.
pub const CLEAN_UP_OFFSETS_MAX: usize = 1 << 13;

/// How long a member that waits in its first JoinGroup is kept. It has no name to send heartbeats
/// under, so its session cannot end; a client that gave up would stay for ever.
pub const NEW_MEMBER_JOIN_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// The shortest wait for members: a timer that fires at once and sets itself again never ends.
pub const WAIT_MIN: Duration = Duration::from_millis(1);

/// What a record takes at most beside the names and bytes it carries.
pub(crate) const RECORD_OVERHEAD_BYTES: usize = 96;

const _: () = {
    assert!(GROUP_ID_BYTES_MAX <= NAME_BYTES_MAX);
    assert!(MEMBER_ID_PREFIX_BYTES_MAX + 37 <= NAME_BYTES_MAX);
    assert!(MEMBERS_MAX <= i32::MAX as usize && PENDING_MEMBERS_MAX <= MEMBERS_MAX);
};
