//! Opening: from files to a running engine.

use super::{Engine, housekeeping};
use crate::checkpoint::{self, Checkpoint, CheckpointFault};
use crate::directory::{Directory, shard_path, take_lock};
use crate::engine::recover;
use crate::engine::snapshot::checkpoint_path;
use crate::error::{LogError, Result};
use crate::identity::Identity;
use crate::options::EngineOptions;
use millstream_base::limits::BLOCK_BYTES;
use millstream_base::{Position, ShardId};
use millstream_io::{Buffer, Io, OpenOptions};
use std::path::Path;
use std::rc::Rc;

impl Engine {
    /// Opens the log of the shard that `io` belongs to, recovering whatever the last one left.
    ///
    /// Reads the checkpoint and the journal, nothing else, whatever the size of the data.
    /// Everything that was acknowledged is there; what was not is there wholly or not at all.
    ///
    /// # Errors
    /// [`LogError::Checkpoint`], [`LogError::NewerFormat`] and [`LogError::NotALog`] for files that
    /// cannot be used, before anything is written; [`LogError::InUse`]; [`LogError::Option`];
    /// [`LogError::Io`].
    pub async fn open(io: &Io, directory: &Directory, options: EngineOptions) -> Result<Self> {
        Self::open_shard(io, directory.path(), directory.identity(), options).await
    }

    /// As [`Engine::open`], for a shard beside the one that holds the open directory, whose
    /// `identity` it is given. The directory must stay open for as long as the engine lives.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub async fn open_shard(
        io: &Io,
        directory: &Path,
        identity: &Identity,
        options: EngineOptions,
    ) -> Result<Self> {
        options.check()?;
        let shard = io.shard();
        let path = shard_path(directory, shard);
        let lock = match take_lock(io, &path).await {
            // The shard is missing, which is told in more words where its files are missed.
            Err(LogError::Io(error)) if error.is_not_found() => None,
            lock => Some(lock?),
        };
        let checkpoint = read_checkpoint(io, &path).await?;
        check_owner(identity, shard, &path, &checkpoint)?;
        let mut inner = recover::recover(io, &path, checkpoint, options).await?;
        inner.lock = lock;
        inner.adopt_spares().await?;
        let inner = Rc::new(inner);
        housekeeping::start(&inner);
        Ok(Self { inner })
    }
}

/// Reads both checkpoints and takes the newer one that is whole.
pub(crate) async fn read_checkpoint(io: &Io, path: &Path) -> Result<Checkpoint> {
    let files = [read_one(io, path, 0).await?, read_one(io, path, 1).await?];
    let meant = |file: &Read| file.as_ref().is_err_and(CheckpointFault::is_meant);
    let at_fault = files.iter().zip(0..).find(|(file, _)| meant(file));
    let at_fault = at_fault.map_or(path.to_owned(), |(_, number)| checkpoint_path(path, number));
    match checkpoint::newest(files) {
        Ok(Some(newest)) => Ok(newest),
        Ok(None) => Err(LogError::NotALog {
            path: path.to_owned(),
            reason: "the checkpoints are missing; restore them from a copy",
        }),
        Err(CheckpointFault::Newer { version }) => {
            Err(LogError::NewerFormat { path: at_fault, version })
        }
        Err(CheckpointFault::NewerOptions { .. }) => {
            Err(LogError::NewerContent { path: at_fault, what: "options of a partition" })
        }
        Err(fault) => Err(LogError::Checkpoint { path: at_fault, fault }),
    }
}

/// A checkpoint file as it was read.
type Read = std::result::Result<Checkpoint, CheckpointFault>;

async fn read_one(io: &Io, path: &Path, number: u64) -> Result<Read> {
    let path = checkpoint_path(path, number);
    let file = match io.open(&path, OpenOptions::read_direct()).await {
        Ok(file) => file,
        Err(error) if error.is_not_found() => return Ok(Err(CheckpointFault::Blank)),
        Err(error) => return Err(error.into()),
    };
    let length = usize::try_from(file.length_bytes().await?).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    // Piece by piece: the length of a file is no reason to take that much memory at once.
    while bytes.len() < length {
        let buffer =
            Buffer::unpooled((length - bytes.len()).min(1 << 20).next_multiple_of(BLOCK_BYTES));
        let (result, buffer) = file.read_at(buffer, Position::new(bytes.len() as u64)).await;
        match result? {
            0 => break,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(Checkpoint::decode(&bytes))
}

fn check_owner(
    identity: &Identity,
    shard: ShardId,
    path: &Path,
    checkpoint: &Checkpoint,
) -> Result<()> {
    let is_ours = checkpoint.log_id == identity.log_id && checkpoint.shard == shard;
    if is_ours {
        return Ok(());
    }
    Err(LogError::NotALog {
        path: path.to_owned(),
        reason: "the checkpoint belongs to another directory or shard; restore the right one",
    })
}
