//! Kafka's classic consumer groups and committed offsets, as a state machine without I/O.
//!
//! The broker feeds a [`Coordinator`] requests, outcomes of appends, and time; it gives back
//! [`Effects`]: records to append, and answers to send. There is one for each partition of
//! `__consumer_offsets` that is led here ([`partition_of`] says whose groups), on the shard that
//! owns the partition.
//!
//! ```
//! use millstream_base::{Instant, Random, Timestamp};
//! use millstream_coordinator::*;
//!
//! // At start, or when the partition comes here: read all of it.
//! let mut replay = Replay::new(Settings::default(), Random::new(7));
//! let log: Vec<Record> = Vec::new();
//! for record in &log {
//!     replay.record(&record.key, record.value.as_deref()).expect("or log it and go on");
//! }
//! let now = Now { instant: Instant::ZERO, wall: Timestamp::new(1_700_000_000_000) };
//! let mut coordinator = replay.finish(now);
//!
//! // A request: remember who waits under which token, and hand it over.
//! let commit = Commit {
//!     member: MemberId::default(),
//!     instance: None,
//!     generation: Generation::NONE,
//!     retention_ms: -1,
//!     unknown_group: GroupError::IllegalGeneration,
//!     topics: Vec::new(),
//! };
//! let command = Command {
//!     request: RequestId::new(1),
//!     group: GroupId::from("orders"),
//!     what: Ask::Commit(commit),
//! };
//! let mut effects = coordinator.command(now, command);
//!
//! // After each call: append, and answer; when an outcome is known, go on with what it has led to.
//! for append in effects.appends.drain(..) {
//!     let _batch = append.records;
//!     let _more: Effects = coordinator.appended(now, append.id);
//! }
//! assert_eq!(effects.answers, [(RequestId::new(1), Answer::Commit(Vec::new()))]);
//!
//! // And when the time has come:
//! assert!(coordinator.next_deadline().is_some_and(|deadline| deadline > now.instant));
//! let _effects: Effects = coordinator.tick(now);
//! ```
//!
//! # Invariants worth naming
//!
//! - Nothing here does I/O, reads a clock, asks the system for randomness, or suspends: the same
//!   calls with the same seed have the same effects, byte for byte.
//! - An answer that rests on records is given after they are durable, and not before: what a
//!   client was told survives a restart.
//! - Each request is answered exactly once, in the effects of this call or of a later one.
//! - Members and offsets that are not durable are visible as follows. Offsets: not at all.
//!   The leader's assignment: not at all, and the group is not stable. A static member's new name:
//!   to nobody but DescribeGroups. A generation that has begun, and members that have joined: to
//!   all; a restart forgets them, and they join again as if their session had ended.
//! - A committed offset goes back only by a later commit, OffsetDelete, DeleteGroups, or expiry.
//! - The groups share nothing: no command touches two.
//! - The protocol type is never assumed to be `consumer`; metadata and assignments are opaque, but
//!   for the one question of OffsetDelete whether a topic is still read.
//! - Payload bytes and committed texts reach neither a `Debug` nor an error.
//! - What a client sends is bounded by [`limits`] before it is kept; what a stored record declares
//!   is bounded by the bytes that are there.
#![forbid(unsafe_code)]

mod admit;
pub mod answer;
pub mod command;
pub mod coordinator;
pub mod describe;
pub mod error;
#[doc(hidden)]
pub mod fuzzing;
mod group;
pub mod limits;
pub mod names;
mod offsets;
pub mod placement;
pub mod record;
pub mod replay;
pub mod settings;
mod subscription;
mod timer;
mod turn;

pub use answer::{Answer, JoinRefused, Joined, JoinedMember, Synced, TopicOutcome};
pub use command::{
    Ask, Command, Commit, CommitPartition, CommitTopic, DeleteOffsets, Heartbeat, Join, Leave,
    Leaver, Now, Protocol, Sync,
};
pub use coordinator::Coordinator;
pub use describe::{Description, ListFilter, Listing, MemberDescription};
pub use error::{AppendFault, GroupError, RecordError};
pub use group::GroupState;
pub use names::{
    AppendId, ClientName, Generation, GroupId, InstanceId, MemberId, Note, PartitionIndex, Payload,
    ProtocolName, ProtocolType, RequestId, TopicName,
};
pub use placement::partition_of;
pub use record::{CommittedOffset, Record};
pub use replay::Replay;
pub use settings::Settings;
pub use turn::{Append, Effects};
