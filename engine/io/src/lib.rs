//! The shard: one thread, one io_uring, one executor, and everything outside of it as operations.
//!
//! ```
//! use millstream_io::{Shard, ShardOptions};
//!
//! let shard = Shard::start(ShardOptions::default(), |io| async move {
//!     io.sleep(std::time::Duration::from_millis(1)).await;
//! })?;
//! shard.join()?;
//! # Ok::<(), millstream_io::IoError>(())
//! ```
//!
//! # Invariants worth naming
//! - Everything that can observe the outside world is an operation of one private enum; there is no
//!   other way to the disk, the network, the clock or chance, so the simulator owns them all.
//! - A buffer belongs to its operation from submission to the last completion. No future, dropped
//!   or not, can free memory that the kernel still uses.
//! - A task is polled only on the thread of its shard. There is no work stealing and no lock
//!   between tasks.
//! - No other crate of the workspace contains `unsafe`.

mod activity;
mod bell;
mod buffer;
mod channel;
mod driver;
mod error;
mod executor;
mod file;
mod io;
pub mod mailbox;
mod net;
mod op;
mod pending;
mod poke;
mod reactor;
mod remote;
mod reply;
mod shard;
pub mod sim;
mod sync;
mod timer;
mod uring;

pub use activity::Activity;
pub use buffer::{Buffer, Pool, PoolUsage, Slice};
pub use channel::{Inbox, Sender, channel};
pub use error::{IoError, Result};
pub use executor::Priority;
pub use file::{DirectoryEntry, File, OpenOptions};
pub use io::{Io, Task};
pub use net::{ConnectOptions, ListenOptions, Listener, ReceiveHalf, SendHalf, Stream};
pub use op::Durability;
pub use reply::{Answer, Reply, reply};
pub use shard::{Shard, ShardOptions};
pub use timer::Sleep;
pub use uring::{Capabilities, HugePages, RingFeatures, TaskRun, ZeroCopySend};
