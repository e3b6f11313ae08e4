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
//! # The rooms
//! - [`Shard`] starts the thread; [`Io`] is what its code holds: tasks, time, chance, buffers.
//! - [`File`], [`Listener`] and [`Stream`] are the disk and the network. Their futures may be
//!   dropped at any point: no connection, no received byte and no descriptor is lost by it.
//! - [`mailbox`] joins two shards, [`channel()`] any thread to a shard, [`reply()`] a shard to
//!   whoever asked.
//! - [`Buffer`] and [`Slice`] are memory that direct I/O takes as it is, shared without copying.
//! - [`sim`] is a world of disks, clocks and networks in which the same code runs from a seed.
//!
//! What the kernel lacks is done without, step by step; [`Io::capabilities`] says in words which
//! step a shard is on, and [`RingFeatures`] takes a step down on purpose. Where io_uring is
//! forbidden, [`Shard::start`] refuses and says what forbids it.
//!
//! # Two shards that talk
//! ```
//! use millstream_io::{ConnectOptions, ListenOptions, Shard, ShardOptions, Slice, reply};
//! use std::net::{Ipv4Addr, SocketAddr};
//!
//! let (listening, address) = reply();
//! let server = Shard::start(ShardOptions::default(), |io| async move {
//!     let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
//!     let mut listener = io.listen(any_port, ListenOptions::default()).await.expect("a port");
//!     listening.send(listener.local_address());
//!     let mut stream = listener.accept().await.expect("a connection");
//!     while let Ok(Some(chunk)) = stream.receive_provided().await {
//!         stream.send(vec![chunk]).await.expect("the peer listens");
//!     }
//! })?;
//! let address = address.wait()?;
//! let client = Shard::start(ShardOptions::default(), move |io| async move {
//!     let connected = io.connect(address, ConnectOptions::default()).await;
//!     let mut stream = connected.expect("the server listens");
//!     stream.send(vec![Slice::from(&b"hello"[..])]).await.expect("the server reads");
//!     let echo = stream.receive_provided().await.expect("the server answers");
//!     assert_eq!(echo.as_deref(), Some(&b"hello"[..]));
//! })?;
//! client.join()?;
//! server.join()?;
//! # Ok::<(), millstream_io::IoError>(())
//! ```
//!
//! # Invariants worth naming
//! - Everything that can observe the outside world is an operation of one private enum; there is no
//!   other way to the disk, the network, the clock or chance, so the simulator owns them all.
//! - A buffer belongs to its operation from submission to the last completion, and beyond that
//!   where the network still reads it. No future, dropped or not, can free memory that the kernel
//!   still uses; no shard ends, by a panic or otherwise, before the kernel has let go.
//! - A task is polled only on the thread of its shard. There is no work stealing and no lock
//!   between tasks.
//! - Whoever finds a shard asleep holds a promise to wake it, which keeps itself when dropped.
//! - A sync that failed is never submitted again.
//! - A shard with nothing to do makes no system call.
//! - No other crate of the workspace contains `unsafe`. What makes no system call (buffers,
//!   executor, timers, channels, mailbox) has tests that Miri can run; the mailbox and the sleep of
//!   a shard are modelled by loom (`engine/io/tests/loom_mailbox.rs`).

mod activity;
mod bell;
mod buffer;
mod channel;
mod crowd;
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
mod process;
mod reactor;
mod remote;
mod reply;
mod shard;
pub mod sim;
mod space;
mod sync;
mod timer;
mod uring;

pub use activity::Activity;
pub use buffer::{Buffer, Pool, PoolUsage, Slice, copy_nontemporal};
pub use channel::{Inbox, Sender, channel};
pub use crowd::Crowd;
pub use error::{IoError, Result};
pub use executor::Priority;
pub use file::{DirectoryEntry, File, OpenOptions};
pub use io::{Io, Task};
pub use net::{ConnectOptions, ListenOptions, Listener, ReceiveHalf, SendHalf, Stream};
pub use op::Durability;
pub use process::raise_descriptor_limit;
pub use reply::{Answer, Reply, reply, reply_in};
pub use shard::{Shard, ShardOptions};
pub use space::{Space, space};
pub use timer::Sleep;
pub use uring::{Capabilities, HugePages, RingFeatures, TaskRun, ZeroCopySend};
