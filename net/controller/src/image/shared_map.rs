//! An ordered map of which a clone is cheap, and so is a change after a clone.

use core::borrow::Borrow;
use std::sync::Arc;

/// Entries of one chunk at most. A change of a map that is shared copies one chunk and the list of
/// them, so this is about the square root of a large map.
const CHUNK_ENTRIES_MAX: usize = 128;

/// Entries that lie together, by key.
type Chunk<K, V> = Vec<(K, V)>;

/// An ordered map in chunks that clones share until one of them changes.
///
/// An image with ten thousand topics is handed to every shard after each command; copying all of it
/// then would take milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct SharedMap<K, V> {
    /// None is empty, and all keys of one come before all keys of the next.
    chunks: Arc<Vec<Arc<Chunk<K, V>>>>,
    length: usize,
}

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self { chunks: Arc::default(), length: 0 }
    }
}

impl<K: Ord + Clone, V: Clone> SharedMap<K, V> {
    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// The value of a key.
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let chunk = self.chunks.get(self.chunk_of(key))?;
        let place = chunk.binary_search_by(|(known, _)| known.borrow().cmp(key)).ok()?;
        Some(&chunk[place].1)
    }

    /// The value of a key, to be changed: what is shared is copied first.
    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let index = self.chunk_of(key);
        let chunk = self.chunks.get(index)?;
        let place = chunk.binary_search_by(|(known, _)| known.borrow().cmp(key)).ok()?;
        Some(&mut Arc::make_mut(&mut Arc::make_mut(&mut self.chunks)[index])[place].1)
    }

    /// Sets the value of a key.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        let index = self.chunk_of(&key);
        let chunks = Arc::make_mut(&mut self.chunks);
        if chunks.is_empty() {
            chunks.push(Arc::default());
        }
        let chunk = Arc::make_mut(&mut chunks[index]);
        match chunk.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(place) => chunk[place].1 = value,
            Err(place) => {
                chunk.insert(place, (key, value));
                self.length += 1;
            }
        }
        if chunk.len() > CHUNK_ENTRIES_MAX {
            let upper = chunk.split_off(CHUNK_ENTRIES_MAX / 2);
            chunks.insert(index + 1, Arc::new(upper));
        }
    }

    /// Takes a key out; its value.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let index = self.chunk_of(key);
        let chunk = self.chunks.get(index)?;
        let place = chunk.binary_search_by(|(known, _)| known.borrow().cmp(key)).ok()?;
        let chunks = Arc::make_mut(&mut self.chunks);
        let (_, value) = Arc::make_mut(&mut chunks[index]).remove(place);
        if chunks[index].is_empty() {
            chunks.remove(index);
        }
        self.length -= 1;
        Some(value)
    }

    /// All entries, by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.chunks.iter().flat_map(|chunk| chunk.iter()).map(|(key, value)| (key, value))
    }

    /// The entries of the chunks that this map does not share with `before`, by key: all that are
    /// new or have another value, and some that lie beside them.
    pub(crate) fn iter_unshared<'m>(
        &'m self,
        before: &'m Self,
    ) -> impl Iterator<Item = (&'m K, &'m V)> {
        let mut old = before.chunks.iter().peekable();
        let unshared = self.chunks.iter().filter(move |chunk| {
            while old.next_if(|old| old[0].0 < chunk[0].0).is_some() {}
            !old.peek().is_some_and(|old| Arc::ptr_eq(old, chunk))
        });
        unshared.flat_map(|chunk| chunk.iter()).map(|(key, value)| (key, value))
    }

    /// The entries whose keys come behind `key`, by key.
    pub(crate) fn iter_behind<Q: Ord + ?Sized>(&self, key: &Q) -> impl Iterator<Item = (&K, &V)>
    where
        K: Borrow<Q>,
    {
        let index = self.chunk_of(key);
        let first = self.chunks.get(index).map_or(&[][..], |chunk| chunk.as_slice());
        let place = first.partition_point(|(known, _)| known.borrow() <= key);
        let rest = self.chunks.iter().skip(index + 1).flat_map(|chunk| chunk.iter());
        first[place..].iter().chain(rest).map(|(key, value)| (key, value))
    }

    /// All values, to be changed where `wants` says so: only their chunks are copied.
    pub(crate) fn change_all(&mut self, wants: impl Fn(&V) -> bool, change: impl Fn(&mut V)) {
        for chunk in Arc::make_mut(&mut self.chunks) {
            if !chunk.iter().any(|(_, value)| wants(value)) {
                continue;
            }
            let values = Arc::make_mut(chunk).iter_mut().map(|(_, value)| value);
            values.filter(|value| wants(value)).for_each(&change);
        }
    }

    /// The chunk in which a key is, or would be: the last that does not begin behind it.
    fn chunk_of<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        let behind = self.chunks.partition_point(|chunk| chunk[0].0.borrow() <= key);
        behind.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn filled(count: u32) -> SharedMap<u32, u32> {
        let mut map = SharedMap::default();
        // An order that is neither up nor down.
        for step in 0..count {
            map.insert(step.wrapping_mul(7_919) % count, step);
        }
        map
    }

    #[test]
    fn a_clone_keeps_what_it_was_and_shares_the_rest() {
        let mut map = filled(10_007);
        let held = map.clone();
        map.insert(5, 77);
        assert_eq!(map.remove(&9_000), held.get(&9_000).copied());
        *map.get_mut(&3).expect("there") = 78;
        assert_eq!((map.len(), held.len()), (10_006, 10_007));
        assert_ne!(held.get(&5), Some(&77));
        assert_eq!((map.get(&5), map.get(&3), map.get(&9_000)), (Some(&77), Some(&78), None));
        let pairs = map.chunks.iter().zip(held.chunks.iter());
        let copied = pairs.filter(|(ours, theirs)| !Arc::ptr_eq(ours, theirs)).count();
        assert!(copied <= 2, "{copied} of {} chunks", map.chunks.len());
    }

    #[test]
    fn an_empty_map_has_nothing() {
        let mut map = SharedMap::<u32, u32>::default();
        assert_eq!(map.get(&1), None);
        assert_eq!(map.get_mut(&1), None);
        assert_eq!(map.remove(&1), None);
        assert_eq!((map.iter().count(), map.iter_behind(&0).count()), (0, 0));
    }

    #[test]
    fn values_are_changed_where_they_are_wanted() {
        let mut map = filled(1_009);
        let held = map.clone();
        map.change_all(|value| *value == 40, |value| *value = 5_000);
        let pairs = map.chunks.iter().zip(held.chunks.iter());
        assert_eq!(pairs.filter(|(ours, theirs)| !Arc::ptr_eq(ours, theirs)).count(), 1);
        assert_eq!(map.iter().filter(|(_, value)| **value == 5_000).count(), 1);
    }

    #[test]
    fn what_is_not_shared_is_what_lies_around_a_change() {
        let held = filled(10_007);
        let mut map = held.clone();
        assert_eq!(map.iter_unshared(&held).count(), 0);
        map.insert(20_000, 1);
        map.remove(&77);
        let near: Vec<u32> = map.iter_unshared(&held).map(|(key, _)| *key).collect();
        assert!(near.contains(&20_000) && near.len() <= 2 * CHUNK_ENTRIES_MAX, "{}", near.len());
        assert!(held.iter_unshared(&map).any(|(key, _)| *key == 77));
        assert_eq!(map.iter_unshared(&SharedMap::default()).count(), map.len());
    }

    proptest! {
        #[test]
        fn nothing_that_has_changed_is_shared(
            first in prop::collection::vec((0_u16..700, any::<bool>()), 0..1_500),
            then in prop::collection::vec((0_u16..700, any::<bool>()), 0..300)
        ) {
            let mut map = SharedMap::default();
            let apply = |map: &mut SharedMap<u16, usize>, steps: Vec<(u16, bool)>, base| {
                for (step, (key, is_insert)) in steps.into_iter().enumerate() {
                    if is_insert {
                        map.insert(key, base + step);
                    } else {
                        map.remove(&key);
                    }
                }
            };
            apply(&mut map, first, 0);
            let before = map.clone();
            apply(&mut map, then, 10_000);
            let unshared: BTreeMap<u16, usize> =
                map.iter_unshared(&before).map(|(key, value)| (*key, *value)).collect();
            for (key, value) in map.iter() {
                prop_assert!(before.get(key) == Some(value) || unshared.get(key) == Some(value));
            }
            let gone: Vec<u16> = before.iter_unshared(&map).map(|(key, _)| *key).collect();
            for (key, _) in before.iter() {
                prop_assert!(map.get(key).is_some() || gone.contains(key));
            }
        }

        #[test]
        fn it_is_as_good_as_the_map_of_the_standard_library(
            steps in prop::collection::vec((0_u16..700, any::<bool>()), 0..2_000)
        ) {
            let (mut map, mut model) = (SharedMap::default(), BTreeMap::new());
            for (step, (key, is_insert)) in steps.into_iter().enumerate() {
                if is_insert {
                    map.insert(key, step);
                    model.insert(key, step);
                } else {
                    prop_assert_eq!(map.remove(&key), model.remove(&key));
                }
                prop_assert_eq!(map.get(&key), model.get(&key));
                prop_assert_eq!(map.len(), model.len());
            }
            prop_assert!(map.iter().eq(model.iter()));
            let behind = model.range(351..);
            prop_assert!(map.iter_behind(&350).eq(behind));
            prop_assert!(map.chunks.iter().all(|chunk| !chunk.is_empty()));
        }
    }
}
