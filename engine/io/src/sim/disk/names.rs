//! The tree of names: what programs see, what the media hold, and the changes between.
//!
//! Changes reach the media in the order in which they were made, as with a journalled file system;
//! a sync of a directory brings there exactly what POSIX demands: the changes of that directory
//! and what they build on.

use super::inode::Sequence;
use crate::sim::chooser::Chooser;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path};

/// A file or directory, whatever its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(pub(super) u64);

pub(super) const ROOT: FileId = FileId(0);

/// ext4 and xfs take names of so many bytes.
const NAME_BYTES_MAX: usize = 255;
/// `PATH_MAX` of Linux, with its final NUL.
const PATH_BYTES_MAX: usize = 4096;

/// An error number.
type Errno = i32;

/// Directories by id, each a sorted map of names.
type Tree = BTreeMap<FileId, BTreeMap<OsString, FileId>>;

/// The names of one disk.
#[derive(Clone, Debug)]
pub(super) struct Names {
    current: Tree,
    durable: Tree,
    /// Changes that no sync has covered, in order.
    changes: Vec<Change>,
}

/// One change that happens wholly or not at all.
#[derive(Clone, Debug)]
struct Change {
    sequence: Sequence,
    edits: Vec<Edit>,
    /// The directories whose sync makes it durable.
    touched: Vec<FileId>,
}

#[derive(Clone, Debug)]
struct Edit {
    directory: FileId,
    name: OsString,
    /// What the name stands for from now on; `None`: it is gone.
    target: Option<FileId>,
}

/// A name within its directory.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) directory: FileId,
    pub(super) name: OsString,
}

impl Names {
    pub(super) fn new() -> Self {
        let root = Tree::from([(ROOT, BTreeMap::new())]);
        Self { current: root.clone(), durable: root, changes: Vec::new() }
    }

    /// What a path leads to.
    pub(super) fn find(&self, path: &Path) -> Result<FileId, Errno> {
        find(&self.current, path)
    }

    /// What a path would lead to if the power went now and took all that it can.
    pub(super) fn find_durable(&self, path: &Path) -> Option<FileId> {
        find(&self.durable, path).ok()
    }

    /// Where the last name of a path stands or would stand.
    pub(super) fn place(&self, path: &Path) -> Result<Place, Errno> {
        let steps = steps(path)?;
        // The root is in no directory, and a way up names nothing new.
        let Some((Step::Down(name), parents)) = steps.split_last() else {
            return Err(libc::EEXIST);
        };
        let directory = walk(&self.current, parents)?;
        if !self.is_directory(directory) {
            return Err(libc::ENOTDIR);
        }
        Ok(Place { directory, name: (*name).to_owned() })
    }

    pub(super) fn at(&self, place: &Place) -> Option<FileId> {
        self.current[&place.directory].get(&place.name).copied()
    }

    pub(super) fn is_directory(&self, id: FileId) -> bool {
        self.current.contains_key(&id)
    }

    /// Whether `inner` is `outer` or somewhere below it.
    pub(super) fn holds(&self, outer: FileId, inner: FileId) -> bool {
        reachable(&self.current, outer).contains(&inner)
    }

    /// The names in a directory, sorted.
    pub(super) fn entries(&self, directory: FileId) -> impl Iterator<Item = (&OsString, FileId)> {
        self.current[&directory].iter().map(|(name, id)| (name, *id))
    }

    pub(super) fn link(&mut self, sequence: Sequence, place: Place, target: FileId) {
        let touched = vec![place.directory];
        let edits = vec![edit(place, Some(target))];
        self.change(Change { sequence, edits, touched });
    }

    pub(super) fn link_directory(&mut self, sequence: Sequence, place: Place, id: FileId) {
        // The durable tree knows the directory, too, but no name leads to it before the sync.
        self.current.insert(id, BTreeMap::new());
        self.durable.insert(id, BTreeMap::new());
        self.link(sequence, place, id);
    }

    pub(super) fn unlink(&mut self, sequence: Sequence, place: Place) {
        let mut touched = vec![place.directory];
        touched.extend(self.at(&place).filter(|id| self.is_directory(*id)));
        let edits = vec![edit(place, None)];
        self.change(Change { sequence, edits, touched });
    }

    /// Moves a name, over another one if need be, as one change.
    pub(super) fn rename(&mut self, sequence: Sequence, from: Place, to: Place, id: FileId) {
        let touched = vec![from.directory, to.directory];
        let edits = vec![edit(from, None), edit(to, Some(id))];
        self.change(Change { sequence, edits, touched });
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.current, &change);
        self.changes.push(change);
    }

    /// Makes durable what POSIX demands of a sync of `directory` for changes up to `last`.
    pub(super) fn flush(&mut self, directory: FileId, last: Sequence) {
        let mut wanted = BTreeSet::from([directory]);
        let mut covered = vec![false; self.changes.len()];
        for (change, covered) in self.changes.iter().zip(&mut covered).rev() {
            let touches = change.touched.iter().any(|id| wanted.contains(id));
            if touches && change.sequence <= last {
                *covered = true;
                wanted.extend(&change.touched);
            }
        }
        let mut covered = covered.into_iter();
        self.commit(|_| covered.next().expect("one answer for each change"));
    }

    /// Makes durable everything up to `last`, as a commit of the file system's journal does.
    pub(super) fn flush_all(&mut self, last: Sequence) {
        self.commit(|change| change.sequence <= last);
    }

    fn commit(&mut self, mut covered: impl FnMut(&Change) -> bool) {
        let durable = &mut self.durable;
        self.changes.retain(|change| {
            let covered = covered(change);
            if covered {
                apply(durable, change);
            }
            !covered
        });
    }

    /// The power is gone: `chooser` says how many of the changes the media hold.
    pub(super) fn decide(&mut self, chooser: &mut Chooser) {
        let kept_count = chooser.choose_prefix(self.changes.len());
        for change in self.changes.drain(..).take(kept_count) {
            apply(&mut self.durable, &change);
        }
        let reachable = reachable(&self.durable, ROOT);
        self.durable.retain(|id, _| reachable.contains(id));
        self.current = self.durable.clone();
    }

    /// The files and directories that some name can still lead to, now or after a power cut.
    pub(super) fn alive(&self) -> BTreeSet<FileId> {
        let mut alive = reachable(&self.current, ROOT);
        alive.extend(reachable(&self.durable, ROOT));
        let edits = self.changes.iter().flat_map(|change| &change.edits);
        alive.extend(edits.filter_map(|edit| edit.target));
        alive
    }

    /// Whether no change waits for a sync.
    pub(super) fn is_settled(&self) -> bool {
        self.changes.is_empty()
    }

    pub(super) fn pending_count(&self) -> usize {
        self.changes.len()
    }
}

fn edit(place: Place, target: Option<FileId>) -> Edit {
    Edit { directory: place.directory, name: place.name, target }
}

fn apply(tree: &mut Tree, change: &Change) {
    for edit in &change.edits {
        // A directory whose own creation was lost takes no names.
        let Some(directory) = tree.get_mut(&edit.directory) else { continue };
        match edit.target {
            Some(target) => directory.insert(edit.name.clone(), target),
            None => directory.remove(&edit.name),
        };
    }
}

/// What lies at or below `top`.
fn reachable(tree: &Tree, top: FileId) -> BTreeSet<FileId> {
    let mut found = BTreeSet::from([top]);
    let mut unvisited = vec![top];
    while let Some(id) = unvisited.pop() {
        let targets = tree.get(&id).into_iter().flat_map(BTreeMap::values);
        unvisited.extend(targets.filter(|target| found.insert(**target)));
    }
    found
}

fn find(tree: &Tree, path: &Path) -> Result<FileId, Errno> {
    walk(tree, &steps(path)?)
}

fn walk(tree: &Tree, steps: &[Step<'_>]) -> Result<FileId, Errno> {
    let mut way = vec![ROOT];
    for step in steps {
        let here = way.last().expect("the root stays");
        let directory = tree.get(here).ok_or(libc::ENOTDIR)?;
        match step {
            Step::Down(name) => way.push(*directory.get(*name).ok_or(libc::ENOENT)?),
            // Above the root is the root.
            Step::Up if way.len() > 1 => drop(way.pop()),
            Step::Up => {}
        }
    }
    Ok(*way.last().expect("the root stays"))
}

/// One component of a path.
enum Step<'a> {
    Down(&'a OsStr),
    Up,
}

/// A path from the root on; a relative path starts there, too.
fn steps(path: &Path) -> Result<Vec<Step<'_>>, Errno> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes.is_empty() || bytes.contains(&0) {
        return Err(libc::ENOENT);
    }
    let mut steps = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) if name.len() > NAME_BYTES_MAX => {
                return Err(libc::ENAMETOOLONG);
            }
            Component::Normal(name) => steps.push(Step::Down(name)),
            Component::ParentDir => steps.push(Step::Up),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    if bytes.len() >= PATH_BYTES_MAX { Err(libc::ENAMETOOLONG) } else { Ok(steps) }
}
