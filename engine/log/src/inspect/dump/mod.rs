//! One file of a data directory as lines of text, one for each thing in it. Payload bytes never.

mod checkpoint;
mod chunk;
mod identity;
mod index;
mod lines;
mod segment;

use super::{bytes, session};
use crate::error::{LogError, Result};
use lines::Lines;
use millstream_io::{File, Io, Sender};
use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Writes what a file of a data directory holds, line by line. The file is recognised by its name
/// and, where that says nothing, by its first bytes; damage is a line like any other. It may be
/// in use, or a copy anywhere.
///
/// # Errors
/// [`LogError::NotALog`] for a file of another kind; [`LogError::Io`]; [`LogError::Output`] where
/// `into` takes no more.
pub fn dump(path: impl AsRef<Path>, into: &mut impl Write) -> Result<()> {
    let path = path.as_ref().to_owned();
    let output = |error| LogError::Output(Arc::new(error));
    session::run(
        move |io, sender: Sender<String>| async move { dump_on(&io, &path, sender).await },
        |text| into.write_all(text.as_bytes()).map_err(output),
    )
}

/// As [`dump`], for code that runs on a shard; some lines at a time go through `sender`.
///
/// # Errors
/// As [`dump`]; [`LogError::Closed`] where nobody takes the lines any more.
pub async fn dump_on(io: &Io, path: &Path, sender: Sender<String>) -> Result<()> {
    let not_a_log = |reason| LogError::NotALog { path: path.to_owned(), reason };
    let Some(file) = bytes::open(io, path).await? else {
        return Err(not_a_log("there is no such file"));
    };
    let front = bytes::read(io, &file, 0..64).await?;
    let Some(kind) = Kind::find(path, &front) else {
        return Err(not_a_log("it is no file of a data directory"));
    };
    let mut source = Source { io: io.clone(), file, lines: Lines::new(sender) };
    match kind {
        Kind::Identity => identity::dump(&mut source).await?,
        Kind::Checkpoint => checkpoint::dump(&mut source).await?,
        Kind::Chunk => chunk::dump(&mut source, path).await?,
        Kind::Index => index::dump(&mut source).await?,
        Kind::Segment => segment::dump(&mut source).await?,
        Kind::Reserve => {
            let length_bytes = source.file.length_bytes().await?;
            source.lines.push(format_args!("reserve of {length_bytes} bytes")).await?;
        }
    }
    source.lines.flush().await
}

/// Where bytes come from and lines go to.
struct Source {
    io: Io,
    file: File,
    lines: Lines,
}

impl Source {
    /// A piece of the file from `position` on; empty at its end.
    async fn piece(&self, position: u64) -> Result<millstream_io::Slice> {
        let range = position..position + bytes::PIECE_BYTES;
        Ok(bytes::read(&self.io, &self.file, range).await?)
    }
}

/// What a file of a data directory may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Identity,
    Checkpoint,
    Chunk,
    Index,
    Segment,
    Reserve,
}

impl Kind {
    fn find(path: &Path, front: &[u8]) -> Option<Self> {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        match (name, extension) {
            ("identity", _) => Some(Self::Identity),
            ("checkpoint-0" | "checkpoint-1", _) => Some(Self::Checkpoint),
            ("reserve", _) => Some(Self::Reserve),
            (_, "chunk") => Some(Self::Chunk),
            (_, "index") => Some(Self::Index),
            (_, "log") => Some(Self::Segment),
            _ => Self::find_magic(front),
        }
    }

    fn find_magic(front: &[u8]) -> Option<Self> {
        match front.first_chunk::<8>()? {
            b"MSTIDENT" => Some(Self::Identity),
            b"MSTCHECK" => Some(Self::Checkpoint),
            b"MSTFRAME" => Some(Self::Chunk),
            b"MSTINDEX" => Some(Self::Index),
            _ => {
                let header = millstream_batch::HeaderView::new(front).ok()?;
                (header.magic() == 2 && header.batch_bytes().is_ok()).then_some(Self::Segment)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names_and_else_by_their_first_bytes() {
        let find = |path: &str, front: &[u8]| Kind::find(Path::new(path), front);
        assert_eq!(find("a/identity", b""), Some(Kind::Identity));
        assert_eq!(find("a/shard-0/checkpoint-1", b"MSTINDEX"), Some(Kind::Checkpoint));
        assert_eq!(find("a/shard-0/reserve", b""), Some(Kind::Reserve));
        assert_eq!(find("00000000.chunk", b""), Some(Kind::Chunk));
        assert_eq!(find("00000000000000000000.index", b""), Some(Kind::Index));
        assert_eq!(find("00000000000000000000.log", b""), Some(Kind::Segment));
        assert_eq!(find("copy", b"MSTIDENT..."), Some(Kind::Identity));
        assert_eq!(find("copy", b"MSTCHECK..."), Some(Kind::Checkpoint));
        assert_eq!(find("copy", b"MSTFRAME..."), Some(Kind::Chunk));
        assert_eq!(find("copy", b"MSTINDEX..."), Some(Kind::Index));
        let mut batch = [0; 61];
        batch[11] = 49;
        assert_eq!(find("0000000000000003", &batch), None, "magic 0");
        batch[16] = 2;
        assert_eq!(find("0000000000000003", &batch), Some(Kind::Segment));
        assert_eq!(find("letter.txt", b"dear friend, how are you"), None);
        assert_eq!(find("", b""), None);
    }
}
