//! The simulated outside world: disks, clocks, chance, kills and power cuts, all from one seed.
//!
//! A [`World`] holds nodes; a node has a disk and runs shards. Everything happens on the thread
//! that calls [`World::step`], one event at a time, in virtual time, and the same seed gives the
//! same events, bytes and [`World::trace_hash`].
//!
//! ```
//! use millstream_base::{Position, ShardId};
//! use millstream_io::sim::{PowerCut, World, WorldOptions};
//! use millstream_io::{Buffer, Durability, OpenOptions};
//! use std::path::Path;
//!
//! let mut world = World::new(7, WorldOptions::default());
//! let node = world.node("a");
//! let written = world.start(node, ShardId::new(0), |io| async move {
//!     let file = io.open(Path::new("/file"), OpenOptions::write_direct()).await?;
//!     let slice = Buffer::unpooled(4096).freeze();
//!     file.write_at(vec![slice], Position::ZERO, Durability::Stable).await?;
//!     io.sync_directory(Path::new("/")).await
//! });
//! assert_eq!(world.run(&written), Some(Ok(())));
//! world.cut_power(node, PowerCut::Random);
//! assert_eq!(world.disk(node).read_file(Path::new("/file")), Some(vec![0; 4096]));
//! ```
//!
//! # The model of the disk
//!
//! - **Programs** see each write from its completion on, wholly. A write in flight may complete
//!   before or after any other.
//! - **A killed process** leaves the disk as programs saw it. Each operation that it had in flight
//!   happened wholly, in some of its sectors, or not.
//! - **A power cut** leaves, of each sector of 512 bytes that no sync covers, the durable version
//!   or any one written since; sectors decide apart, so a write may be torn and writes may change
//!   places. Operations in flight take part like completed ones.
//! - **A sync of a file** covers what had completed before the sync was submitted: bytes and
//!   length. A stable write covers its own bytes and the lengths up to then; other writes to the
//!   file only by chance.
//! - **Lengths** reach the media in order, but apart from the bytes: a file may be long and its new
//!   part read as zeros.
//! - **Names** (making, renaming, removing) reach the media in order, each change wholly or not,
//!   as with the journal of ext4; a sync of a directory brings the changes of that directory and
//!   what they build on. A sync of a file brings names only by chance: ext4 does it, POSIX does
//!   not promise it.
//! - **A failed sync** has made any part of what it should cover durable; the rest will never be,
//!   although programs go on reading it.
//!
//! # The model of the network
//!
//! - **A connection** is a TCP stream: it is cut into segments anywhere, each takes its own time,
//!   none is lost, doubled or overtaken. A receiver that does not read holds its sender up.
//! - **A clog** of a link, one direction of it, holds everything back until it opens; who repeats
//!   something for minutes without an answer gives up with ETIMEDOUT.
//! - **A killed process** closes its connections; its peers see the end of the stream, or a reset
//!   where bytes were unread. **A node without power** says nothing: its peers learn of it when
//!   they send to it after it runs again, or when they give up.

#![forbid(unsafe_code)]

mod agenda;
mod chooser;
mod crash;
mod disk;
mod driver;
mod flight;
mod network;
mod node;
mod options;
mod running;
mod state;
mod trace;
mod world;

pub use disk::{
    Disk, DiskUsage, Fault, FaultEffect, FaultMoment, OperationClass, PowerCut, Snapshot,
};
pub use network::LinkOptions;
pub use node::{Crash, NodeId};
pub use options::WorldOptions;
pub use running::Running;
pub use world::World;

pub(crate) use driver::Driver;

/// The error number of a device that fails: for [`FaultEffect::Errno`].
pub const EIO: i32 = libc::EIO;
/// The error number of a full device: for [`FaultEffect::Errno`].
pub const ENOSPC: i32 = libc::ENOSPC;
/// The process has no descriptor left.
pub const EMFILE: i32 = libc::EMFILE;
