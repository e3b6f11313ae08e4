//! The data directory: whose it is, and that nobody else uses it.
//!
//! ```text
//! lock                 held while a log is open
//! identity             written last when the directory is made: without it there is no log yet
//! creating             there while the directory is being made
//! shard-0/             one for each shard
//!   lock               held while the shard is open
//!   checkpoint-0, -1   written in turn
//!   journal/           chunk files
//!   reserve            blocks that nobody uses, given up where the disk is full
//!   segments/ID/       one directory for each partition
//!   spare/             files of removed segments, to be used again
//! ```

use crate::checkpoint::Checkpoint;
use crate::engine::snapshot::{checkpoint_path, write_whole};
use crate::error::{LogError, Result};
use crate::identity::{Identity, IdentityFault, LogId};
use crate::journal::chunks::{self, Haste};
use crate::journal::frame::{FrameHash, Place};
use crate::journal::start::JournalStart;
use millstream_base::limits::{BLOCK_BYTES, SHARDS_MAX};
use millstream_base::{Position, ShardId};
use millstream_io::{Buffer, Durability, File, Io, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a lock is waited for: longer than a disk that works takes for what it was given.
const LOCK_WAIT: Duration = Duration::from_secs(2);
/// How often it is looked whether it is free.
const LOCK_LOOK: Duration = Duration::from_millis(2);

/// An open data directory. Its lock goes with it.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    identity: Identity,
    _lock: File,
}

impl Directory {
    /// Opens a data directory, or makes it if there is nothing there.
    ///
    /// # Errors
    /// [`LogError::InUse`]; [`LogError::NotALog`] for a directory with other things in it or with
    /// parts missing; [`LogError::Identity`]; [`LogError::NewerFormat`];
    /// [`LogError::ShardCount`]; [`LogError::Io`].
    pub async fn open(io: &Io, path: &Path, shard_count: u16) -> Result<Self> {
        if !(1..=SHARDS_MAX).contains(&usize::from(shard_count)) {
            return Err(LogError::Option { name: "shard_count", expected: "from 1 to 256" });
        }
        create_all(io, path).await?;
        let lock = take_lock(io, path).await?;
        let identity = match read_identity(io, path).await? {
            Some(identity) => {
                finish_making(io, path).await?;
                identity
            }
            None => make(io, path, shard_count).await?,
        };
        if identity.shard_count != shard_count {
            let (expected, got) = (identity.shard_count, shard_count);
            return Err(LogError::ShardCount { expected, got });
        }
        Ok(Self { path: path.to_owned(), identity, _lock: lock })
    }

    /// Whose files these are.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes a directory and those above it, as far as they are missing.
async fn create_all(io: &Io, path: &Path) -> Result<()> {
    let mut missing = vec![path];
    while let Some(next) = missing.last().copied() {
        let above = next.parent().filter(|above| !above.as_os_str().is_empty());
        match (io.create_directory(next).await, above) {
            (Ok(()), _) => {
                missing.pop();
                if !missing.is_empty() {
                    io.sync_directory(parent(next)).await?;
                }
            }
            (Err(error), Some(above)) if error.is_not_found() => missing.push(above),
            (Err(error), _) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The directory that holds a path's name.
fn parent(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Where a shard has its files.
pub(crate) fn shard_path(directory: &Path, shard: ShardId) -> PathBuf {
    directory.join(format!("shard-{}", shard.get()))
}

/// Where the identity is.
pub(crate) fn identity_path(directory: &Path) -> PathBuf {
    directory.join("identity")
}

/// Takes a directory's lock, making its file if it is not there.
pub(crate) async fn take_lock(io: &Io, directory: &Path) -> Result<File> {
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    let lock = io.open(&directory.join("lock"), options).await?;
    wait_for(io, &lock, directory).await?;
    Ok(lock)
}

/// Locks the open lock file of a directory. Of a process that was killed the lock stays until all
/// has ended that it had on its way to the disk.
pub(crate) async fn wait_for(io: &Io, lock: &File, directory: &Path) -> Result<()> {
    let end = io.now() + LOCK_WAIT;
    loop {
        match lock.lock().await {
            Ok(()) => return Ok(()),
            Err(error) if !error.is_locked() => return Err(error.into()),
            Err(_) if io.now() >= end => {
                return Err(LogError::InUse { directory: directory.to_owned() });
            }
            Err(_) => io.sleep(LOCK_LOOK).await,
        }
    }
}

/// `None` if there is no log yet. A missing identity beside anything of ours, other than what an
/// interrupted making leaves, is damage: "empty" must never mean "new" (F8).
pub(crate) async fn read_identity(io: &Io, directory: &Path) -> Result<Option<Identity>> {
    let path = identity_path(directory);
    let file = match io.open(&path, OpenOptions::read_direct()).await {
        Ok(file) => file,
        Err(error) if error.is_not_found() => {
            return may_make(io, directory).await.map(|()| None);
        }
        Err(error) => return Err(error.into()),
    };
    let (result, buffer) = file.read_at(Buffer::unpooled(BLOCK_BYTES), Position::ZERO).await;
    let count = result?;
    Identity::decode(&buffer[..count]).map(Some).map_err(|fault| match fault {
        IdentityFault::Newer { version } => LogError::NewerFormat { path, version },
        fault => LogError::Identity { path, fault },
    })
}

async fn may_make(io: &Io, directory: &Path) -> Result<()> {
    let entries = io.list_directory(directory).await?;
    let is_interrupted = entries.iter().any(|entry| entry.name == "creating");
    let mut others = entries.iter().filter(|entry| entry.name != "lock");
    if is_interrupted {
        return Ok(());
    }
    match others.next() {
        None => Ok(()),
        Some(other) if other.name.to_string_lossy().starts_with("shard-") => {
            Err(LogError::NotALog {
                path: identity_path(directory),
                reason: "the identity is missing; restore it from a copy",
            })
        }
        Some(other) => Err(LogError::NotALog {
            path: directory.join(&other.name),
            reason: "the directory holds something else; choose an empty one",
        }),
    }
}

/// Makes the directory. The identity comes last, so that whatever interrupts this is seen as not
/// made yet, and made again.
async fn make(io: &Io, path: &Path, shard_count: u16) -> Result<Identity> {
    let marker = path.join("creating");
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    io.open(&marker, options).await?.sync_all().await?;
    io.sync_directory(path).await?;
    let mut log_id = [0; 16];
    log_id[..8].copy_from_slice(&io.random_u64().to_le_bytes());
    log_id[8..].copy_from_slice(&io.random_u64().to_le_bytes());
    let identity = Identity { log_id: LogId(log_id), shard_count, created: io.wall_time() };
    for shard in 0..shard_count {
        make_shard(io, &shard_path(path, ShardId::new(shard)), ShardId::new(shard), identity)
            .await?;
    }
    // Under another name first: an identity is there wholly or not at all.
    let unnamed = path.join("identity.new");
    let file = io.open(&unnamed, OpenOptions::write_direct()).await?;
    let mut block = Buffer::unpooled(BLOCK_BYTES);
    block.copy_from_slice(&identity.encode());
    file.write_at(vec![block.freeze()], Position::ZERO, Durability::Stable).await?;
    file.sync_all().await?;
    // The directory's own name too: with it a power cut would take the whole log.
    io.sync_directory(parent(path)).await?;
    io.sync_directory(path).await?;
    io.rename(&unnamed, &identity_path(path)).await?;
    io.sync_directory(path).await?;
    io.remove_file(&marker).await?;
    Ok(identity)
}

/// Whoever made the directory may have died between giving the identity its name and making that
/// name durable. Then a power cut could still take it, with everything that is appended until then:
/// what is left would look as if it had never been made.
async fn finish_making(io: &Io, path: &Path) -> Result<()> {
    let marker = path.join("creating");
    let options = OpenOptions { write: true, ..OpenOptions::default() };
    match io.open(&marker, options).await {
        Err(error) if error.is_not_found() => return Ok(()),
        found => drop(found?),
    }
    io.sync_directory(path).await?;
    io.remove_file(&marker).await?;
    Ok(())
}

async fn make_shard(io: &Io, path: &Path, shard: ShardId, identity: Identity) -> Result<()> {
    let journal = path.join("journal");
    for directory in [path, &journal, &path.join("segments"), &path.join("spare")] {
        io.create_directory(directory).await?;
    }
    let chunk = chunks::create_chunk(io, &journal, 0).await?;
    chunks::zero(&chunk, 0, Haste::None).await?;
    chunk.sync_all().await?;
    io.sync_directory(&journal).await?;
    let first = Checkpoint {
        log_id: identity.log_id,
        shard,
        generation: 1,
        journal: JournalStart {
            place: Place { chunk: 0, position: 0 },
            sequence: 0,
            previous_hash: FrameHash::NONE,
            synced_upto: 0,
            epoch: 1,
            epoch_start: 0,
        },
        next_partition: 0,
        partitions: Vec::new(),
    };
    write_whole(io, &checkpoint_path(path, first.generation), &first.encode()).await?;
    // The other one's name, so that its first writing needs no sync of the directory.
    let other = checkpoint_path(path, first.generation + 1);
    io.open(&other, OpenOptions::write_direct()).await?.sync_all().await?;
    io.sync_directory(path).await.map_err(LogError::from)
}
