//! The log as other threads use it: shards on threads of their own, asked through channels.

mod command;
mod partition;
mod pending;
mod record;
mod replay;
mod service;

pub use command::Chunk;
pub use partition::Partition;
pub use pending::Pending;
pub(crate) use pending::block_on;
pub use record::{LogRecord, NewRecord, records};
pub use replay::Replay;

use crate::directory::Directory;
use crate::engine::{Counters, Engine, PartitionInfo};
use crate::error::{LogError, Result};
use crate::identity::Identity;
use crate::name::PartitionName;
use crate::options::{EngineOptions, PartitionOptions};
use command::Command;
use millstream_base::{PartitionId, ShardId, crc};
use millstream_io::{Crowd, Inbox, Sender, Shard, ShardOptions, channel, reply};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Requests that wait for a shard at most; whoever asks more waits.
const INBOX_MAX: usize = 1024;

/// How a log is opened.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LogOptions {
    /// Shards, each with a thread, a ring and a journal of its own. Partitions are spread over them
    /// by their names. Fixed when the directory is made. 0 stands for 1.
    pub shard_count: u16,
    /// Whether each shard's thread is pinned to a core of its own.
    pub is_pinned: bool,
    /// How long a shard looks for work before it sleeps.
    pub spin: Duration,
    /// What each shard's engine may use.
    pub engine: EngineOptions,
}

impl LogOptions {
    /// Sets the number of shards.
    #[must_use]
    pub fn shard_count(self, shard_count: u16) -> Self {
        Self { shard_count, ..self }
    }

    /// Pins each shard to a core.
    #[must_use]
    pub fn pinned(self) -> Self {
        Self { is_pinned: true, ..self }
    }

    /// Sets how long a shard spins before it sleeps.
    #[must_use]
    pub fn spin(self, spin: Duration) -> Self {
        Self { spin, ..self }
    }

    /// Sets what each shard's engine may use.
    #[must_use]
    pub fn engine(self, engine: EngineOptions) -> Self {
        Self { engine, ..self }
    }
}

/// An open log. Clones share it; it closes when the last of them and of its partitions is gone.
///
/// There is no global state: any number of logs, each with its own directory, live side by side.
///
/// ```
/// use millstream_log::{Log, LogOptions, PartitionOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("millstream-doc-log-{}", std::process::id()));
/// let log = Log::open_with(&path, LogOptions::default().shard_count(2))?;
/// let options = PartitionOptions::default().retention_bytes(1 << 30);
/// log.partition_with("clicks", options)?;
/// log.partition("orders")?.append("one espresso").wait()?;
///
/// let names: Vec<_> = log.partitions()?.into_iter().map(|info| info.name.to_string()).collect();
/// assert_eq!(names, ["clicks", "orders"]);
/// assert!(log.find("payments")?.is_none());
/// log.close()?;
/// # std::fs::remove_dir_all(&path)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Log {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    shards: Vec<ShardHandle>,
    threads: Mutex<Vec<Shard>>,
    path: PathBuf,
}

/// How other threads reach a shard.
#[derive(Clone)]
pub(crate) struct ShardHandle {
    sender: Sender<Command>,
    /// Where those sleep whose appends are under way.
    crowd: Crowd,
}

impl Log {
    /// Opens the log in a directory, or makes it there, with one shard.
    ///
    /// # Errors
    /// [`LogError::InUse`], [`LogError::NotALog`] and others that say what is wrong with the
    /// directory; [`LogError::Io`], also where the kernel refuses io_uring.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, LogOptions::default())
    }

    /// Opens the log in a directory, or makes it there.
    ///
    /// # Errors
    /// As [`Log::open`]; [`LogError::ShardCount`] and [`LogError::Option`].
    pub fn open_with(path: impl AsRef<Path>, options: LogOptions) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let shard_count = options.shard_count.max(1);
        // Dropped, it closes the shards that have begun: also where a later one cannot begin.
        let mut shared = Shared { shards: Vec::new(), threads: Mutex::default(), path };
        let mut first = None;
        for shard in 0..shard_count {
            let (sender, inbox) = channel(INBOX_MAX);
            let (thread, identity, crowd) =
                start(shard, shard_count, &shared.path, &options, first, inbox)?;
            first = Some(identity);
            shared.shards.push(ShardHandle { sender, crowd });
            shared.threads.get_mut().unwrap_or_else(PoisonError::into_inner).push(thread);
        }
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The partition of this name, made with the default options if there is none.
    ///
    /// # Errors
    /// [`LogError::Name`]; the log's fault.
    pub fn partition(&self, name: &str) -> Result<Partition> {
        self.partition_with(name, PartitionOptions::default())
    }

    /// The partition of this name, made with these options if there is none. One that is there
    /// keeps its own.
    ///
    /// # Errors
    /// As [`Log::partition`]; [`LogError::Option`].
    pub fn partition_with(&self, name: &str, options: PartitionOptions) -> Result<Partition> {
        let name = PartitionName::new(name)?;
        let sender = &self.shard_of(&name).sender;
        let create = |reply| Command::Create { name: name.clone(), options, reply };
        match Pending::ask(sender, create).wait() {
            Ok(id) | Err(LogError::PartitionExists(id)) => Ok(self.handle(&name, id)),
            Err(error) => Err(error),
        }
    }

    /// The partition of this name, if there is one.
    ///
    /// # Errors
    /// As [`Log::partition`].
    pub fn find(&self, name: &str) -> Result<Option<Partition>> {
        let name = PartitionName::new(name)?;
        let find = |reply| Command::Find { name: name.clone(), reply };
        let id = Pending::ask(&self.shard_of(&name).sender, find).wait()?;
        Ok(id.map(|id| self.handle(&name, id)))
    }

    /// All partitions, by name.
    ///
    /// # Errors
    /// The log's fault.
    pub fn partitions(&self) -> Result<Vec<PartitionInfo>> {
        let mut all = Vec::new();
        for ShardHandle { sender, .. } in &self.shared.shards {
            all.extend(Pending::ask(sender, |reply| Command::List { reply }).wait()?);
        }
        all.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(all)
    }

    /// Makes everything that was appended so far stable, relaxed partitions too.
    ///
    /// # Errors
    /// The log's fault.
    pub fn flush(&self) -> Result<()> {
        let ask =
            |shard: &ShardHandle| Pending::ask(&shard.sender, |reply| Command::Flush { reply });
        let pending: Vec<Pending<()>> = self.shared.shards.iter().map(ask).collect();
        pending.into_iter().try_for_each(Pending::wait)
    }

    /// What each shard has done since the log was opened.
    ///
    /// # Errors
    /// The log's fault.
    pub fn counters(&self) -> Result<Vec<Counters>> {
        let ask = |shard: &ShardHandle| {
            Pending::ask(&shard.sender, |reply| Command::Counters { reply }).wait()
        };
        self.shared.shards.iter().map(ask).collect()
    }

    /// Settles everything, writes a checkpoint, and frees the directory. What other clones and
    /// partitions ask from now on is answered with [`LogError::Closed`]. Dropping does the same,
    /// but cannot say what went wrong.
    ///
    /// # Errors
    /// The log's fault. Nothing that was acknowledged is lost by it.
    pub fn close(&self) -> Result<()> {
        self.shared.close()
    }

    /// Where the log is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    fn handle(&self, name: &PartitionName, id: PartitionId) -> Partition {
        Partition::new(Arc::clone(&self.shared), self.shard_of(name), name.clone(), id)
    }

    fn shard_of(&self, name: &PartitionName) -> &ShardHandle {
        let shard_count = self.shared.shards.len();
        &self.shared.shards[crc::crc32c(name.as_str().as_bytes()) as usize % shard_count]
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Log").field(&self.shared.path).finish()
    }
}

impl Shared {
    fn close(&self) -> Result<()> {
        let mut first = {
            let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *threads)
        };
        // The first shard holds the lock. It goes last: until the others have ended they write, and
        // whoever opens the directory meanwhile must be refused.
        let others = first.split_off(first.len().min(1));
        let (first_handle, other_handles) = self.shards.split_at(self.shards.len().min(1));
        let result = close_shards(other_handles, others);
        close_shards(first_handle, first).and(result)
    }
}

fn close_shards(handles: &[ShardHandle], threads: Vec<Shard>) -> Result<()> {
    let ask = |shard: &ShardHandle| Pending::ask(&shard.sender, |reply| Command::Close { reply });
    let pending: Vec<Pending<()>> = handles.iter().map(ask).collect();
    let mut result = Ok(());
    for answer in pending {
        match answer.wait() {
            // It was closed before.
            Ok(()) | Err(LogError::Closed) => {}
            Err(error) => result = Err(error),
        }
    }
    for thread in threads {
        result = result.and(thread.join().map_err(LogError::from));
    }
    result
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Whoever wants to know calls `close`; nothing acknowledged can be lost here.
        drop(self.close());
    }
}

/// Starts a shard and waits until its engine is open. The first one opens the directory and holds
/// its lock; the others are told whose it is.
fn start(
    shard: u16,
    shard_count: u16,
    path: &Path,
    options: &LogOptions,
    identity: Option<Identity>,
    inbox: Inbox<Command>,
) -> Result<(Shard, Identity, Crowd)> {
    let shard_options = ShardOptions {
        shard: ShardId::new(shard),
        core: options.is_pinned.then_some(usize::from(shard)),
        spin: options.spin,
        buffers_bytes_max: options.engine.buffers_bytes_max(),
        ..ShardOptions::default()
    };
    let (opened, answer) = reply();
    let path = path.to_owned();
    let engine_options = options.engine.clone();
    let thread = Shard::start(shard_options, move |io| async move {
        let open = async {
            let directory = match identity {
                Some(_) => None,
                None => Some(Directory::open(&io, &path, shard_count).await?),
            };
            let found = directory.as_ref().map(|directory| *directory.identity());
            let identity = identity.or(found).ok_or(LogError::Closed)?;
            let engine = Engine::open_shard(&io, &path, &identity, engine_options).await?;
            Ok((directory, identity, engine))
        };
        match open.await {
            Ok((directory, identity, engine)) => {
                opened.send(Ok((identity, engine.crowd())));
                service::serve(engine, inbox, directory).await;
            }
            Err(error) => opened.send(Err(error)),
        }
    })?;
    match answer.wait()? {
        Ok((identity, crowd)) => Ok((thread, identity, crowd)),
        Err(error) => {
            thread.join()?;
            Err(error)
        }
    }
}
