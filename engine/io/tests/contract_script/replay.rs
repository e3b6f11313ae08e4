//! A script at work on a shard.

use crate::script::{SLOT_COUNT, Step};
use millstream_base::{Position, crc};
use millstream_io::{Buffer, File, Io, IoError, OpenOptions, Slice};
use std::path::Path;

/// What is direct is kept in line, since file systems differ in what they make of the rest.
const LINE_BYTES: u64 = 4096;

/// What the steps work on.
struct Scene<'a> {
    io: &'a Io,
    directory: &'a Path,
    slots: Vec<Option<(File, OpenOptions)>>,
}

/// Runs all steps in turn; the answers, then the files that are left.
pub(crate) async fn replay(io: &Io, directory: &Path, script: Vec<Step>) -> Vec<String> {
    let slots = (0..SLOT_COUNT).map(|_| None).collect();
    let mut scene = Scene { io, directory, slots };
    let mut answers = Vec::new();
    for step in script {
        let said = format!("{step:?}");
        let answer = scene.play(step).await;
        answers.push(format!("{said}: {answer}"));
    }
    drop(scene);
    survey(io, directory, &mut answers).await;
    answers
}

impl Scene<'_> {
    async fn play(&mut self, step: Step) -> String {
        match step {
            Step::Open { slot, path, options } => {
                let opened = self.io.open(&self.directory.join(path), options).await;
                let answer = plain(opened.as_ref().map(|_| ()));
                self.slots[index(slot)] = opened.ok().map(|file| (file, options));
                answer
            }
            Step::Close { slot } => {
                self.slots[index(slot)] = None;
                "closed".to_owned()
            }
            Step::Rename { from, to } => {
                let (from, to) = (self.directory.join(from), self.directory.join(to));
                plain(self.io.rename(&from, &to).await.as_ref())
            }
            Step::RemoveFile { path } => {
                plain(self.io.remove_file(&self.directory.join(path)).await.as_ref())
            }
            Step::RemoveDirectory { path } => {
                plain(self.io.remove_directory(&self.directory.join(path)).await.as_ref())
            }
            Step::CreateDirectory { path } => {
                plain(self.io.create_directory(&self.directory.join(path)).await.as_ref())
            }
            Step::List { path } => {
                plain(self.io.list_directory(&self.directory.join(path)).await.as_ref())
            }
            Step::SyncDirectory { path } => {
                plain(self.io.sync_directory(&self.directory.join(path)).await.as_ref())
            }
            transfer => self.transfer(transfer).await,
        }
    }

    /// Steps on an open file.
    async fn transfer(&mut self, step: Step) -> String {
        let (Step::Write { slot, .. }
        | Step::Read { slot, .. }
        | Step::SetLength { slot, .. }
        | Step::Allocate { slot, .. }
        | Step::Length { slot }
        | Step::Sync { slot }) = step
        else {
            unreachable!("the steps on names are done")
        };
        let Some((file, options)) = self.slots[index(slot)].clone() else {
            return "nothing is open".to_owned();
        };
        let line_bytes = if options.direct { LINE_BYTES } else { 1 };
        let in_line = |place: u64| place / line_bytes * line_bytes;
        match step {
            Step::Write { position, piece_bytes, byte, durability, .. } => {
                let slices = piece_bytes.iter().map(|bytes| piece(byte, in_line(*bytes))).collect();
                let position = Position::new(in_line(position));
                plain(file.write_at(slices, position, durability).await.as_ref())
            }
            Step::Read { position, length_bytes, .. } => {
                let buffer = Buffer::unpooled(index(in_line(length_bytes)));
                let (count, buffer) = file.read_at(buffer, Position::new(in_line(position))).await;
                plain(count.map(|count| (count, crc::crc32c(&buffer[..count]))).as_ref())
            }
            Step::SetLength { length_bytes, .. } => {
                plain(file.set_length(length_bytes).await.as_ref())
            }
            Step::Allocate { position, length_bytes, .. } => {
                plain(file.allocate(Position::new(position), length_bytes).await.as_ref())
            }
            // What the length of a directory means is up to the file system.
            Step::Length { .. } if options.directory => "unspecified".to_owned(),
            Step::Length { .. } => plain(file.length_bytes().await.as_ref()),
            _ => plain(file.sync_data().await.as_ref()),
        }
    }
}

/// Bytes that tell where in the piece they stand.
fn piece(byte: u8, length_bytes: u64) -> Slice {
    let mut buffer = Buffer::unpooled(index(length_bytes));
    for (place, into) in buffer.iter_mut().enumerate() {
        *into = byte ^ (place / 251).to_le_bytes()[0];
    }
    buffer.freeze()
}

/// An answer without paths, which differ between the back ends.
fn plain<T: std::fmt::Debug>(result: Result<T, &IoError>) -> String {
    match result {
        Ok(value) => format!("Ok({value:?})"),
        Err(IoError::Os { operation, errno, .. }) => format!("Err({operation}, {errno})"),
        Err(other) => format!("Err({other})"),
    }
}

/// Everything that is left below a directory, sorted.
async fn survey(io: &Io, directory: &Path, answers: &mut Vec<String>) {
    let mut unvisited = vec![directory.to_owned()];
    while let Some(path) = unvisited.pop() {
        let entries = io.list_directory(&path).await.expect("lists");
        answers.push(format!("left: {entries:?}"));
        for entry in entries {
            let path = path.join(entry.name);
            if entry.is_directory {
                unvisited.push(path);
            } else {
                answers.push(content(io, &path).await);
            }
        }
    }
}

async fn content(io: &Io, path: &Path) -> String {
    let file = io.open(path, OpenOptions::default()).await.expect("opens");
    let buffer = Buffer::unpooled(1 << 19);
    let (count, buffer) = file.read_at(buffer, Position::ZERO).await;
    let count = count.expect("reads");
    format!("left: {count} bytes, {:08x}", crc::crc32c(&buffer[..count]))
}

fn index(number: u64) -> usize {
    usize::try_from(number).expect("small")
}
