//! An ordered map whose copies share what neither has changed.
//!
//! A copy of the world is taken while it is saved, watched or snapshot; the first change after that must
//! not copy a hundred thousand entries. The entries stand on boards of a hundred: a change copies one
//! board, and the list of boards.

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Bound;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most entries of a board.
const MOST: usize = 128;

/// The map.
#[derive(Clone)]
pub struct Shelf<K, V> {
    /// In order, none of them empty.
    boards: Vec<Arc<Board<K, V>>>,
    length: usize,
}

type Board<K, V> = Vec<(K, V)>;

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self {
            boards: Vec::new(),
            length: 0,
        }
    }
}

impl<K, V> Shelf<K, V> {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The entries in order.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter {
            board: [].iter(),
            boards: self.boards.iter(),
        }
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Ord, V> Shelf<K, V> {
    /// The board on which a key is or would be, unless it would be behind all.
    fn board<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        self.boards.partition_point(|board| {
            let last = board.last();
            last.is_some_and(|(last, _)| last.borrow() < key)
        })
    }

    /// The entry of a key.
    #[must_use]
    pub fn get_key_value<Q: Ord + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let board = self.boards.get(self.board(key))?;
        let at = board.binary_search_by(|(known, _)| known.borrow().cmp(key));
        board.get(at.ok()?).map(|(key, value)| (key, value))
    }

    /// The value of a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// Whether there is such a key.
    #[must_use]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).is_some()
    }

    /// The entries from a key on, in order.
    pub fn from_key<Q: Ord + ?Sized>(&self, first: Bound<&Q>) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let (key, included) = match first {
            Bound::Unbounded => return self.iter(),
            Bound::Included(key) => (key, true),
            Bound::Excluded(key) => (key, false),
        };
        let at = self.board(key);
        let mut boards = self.boards.get(at..).unwrap_or_default().iter();
        let Some(board) = boards.next() else {
            return Iter {
                board: [].iter(),
                boards,
            };
        };
        let before = board.partition_point(|(known, _)| match known.borrow().cmp(key) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Equal => !included,
            std::cmp::Ordering::Greater => false,
        });
        Iter {
            board: board.get(before..).unwrap_or_default().iter(),
            boards,
        }
    }
}

impl<K: Ord + Clone, V: Clone> Shelf<K, V> {
    /// The value of a key, to change it.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.board(key);
        let board = self.boards.get_mut(at)?;
        let at = board.binary_search_by(|(known, _)| known.borrow().cmp(key));
        let entry = Arc::make_mut(board).get_mut(at.ok()?);
        entry.map(|(_, value)| value)
    }

    /// Sets the value of a key. Gives the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let last = self.boards.len().saturating_sub(1);
        let number = self.board(&key).min(last);
        let Some(board) = self.boards.get_mut(number) else {
            self.boards.push(Arc::new(vec![(key, value)]));
            self.length = 1;
            return None;
        };
        let at = match board.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => {
                let entry = Arc::make_mut(board).get_mut(at);
                return entry.map(|(_, known)| std::mem::replace(known, value));
            }
            Err(at) => at,
        };
        self.length += 1;
        if board.len() < MOST {
            Arc::make_mut(board).insert(at, (key, value));
        } else if at == board.len() {
            // What comes in order fills its boards.
            self.boards.insert(number + 1, Arc::new(vec![(key, value)]));
        } else {
            let board = Arc::make_mut(board);
            let mut behind = board.split_off(MOST / 2);
            match at.checked_sub(board.len()) {
                Some(at) => behind.insert(at, (key, value)),
                None => board.insert(at, (key, value)),
            }
            self.boards.insert(number + 1, Arc::new(behind));
        }
        None
    }

    /// The value of a key, to change it; made where there is none.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> Option<&mut V> {
        if !self.contains_key(&key) {
            self.insert(key.clone(), make());
        }
        self.get_mut(&key)
    }

    /// Takes an entry out. Gives its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let number = self.board(key);
        let board = self.boards.get_mut(number)?;
        let at = board.binary_search_by(|(known, _)| known.borrow().cmp(key));
        let at = at.ok()?;
        self.length -= 1;
        if board.len() == 1 {
            let board = self.boards.remove(number);
            let mut board = Arc::try_unwrap(board).unwrap_or_else(|shared| Board::clone(&shared));
            return board.pop().map(|(_, value)| value);
        }
        Some(Arc::make_mut(board).remove(at).1)
    }

    /// Leaves the entries that are wanted.
    pub fn retain(&mut self, mut wanted: impl FnMut(&K, &V) -> bool) {
        let mut gone: Vec<K> = Vec::new();
        for (key, value) in self.iter() {
            if !wanted(key, value) {
                gone.push(key.clone());
            }
        }
        for key in gone {
            self.remove(&key);
        }
    }

    /// The values in the order of their keys, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        let boards = self.boards.iter_mut().map(Arc::make_mut);
        boards.flatten().map(|(_, value)| value)
    }
}

/// Entries in order.
pub struct Iter<'a, K, V> {
    board: std::slice::Iter<'a, (K, V)>,
    boards: std::slice::Iter<'a, Arc<Board<K, V>>>,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.board.next() {
                return Some((key, value));
            }
            self.board = self.boards.next()?.iter();
        }
    }
}

impl<'a, K, V> IntoIterator for &'a Shelf<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for Shelf<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut shelf = Self::new();
        for (key, value) in entries {
            shelf.insert(key, value);
        }
        shelf
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Shelf<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Shelf<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length && self.iter().eq(other.iter())
    }
}

/// Saved as any map.
impl<K: Serialize, V: Serialize> Serialize for Shelf<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, K, V> Deserialize<'de> for Shelf<K, V>
where
    K: Deserialize<'de> + Ord + Clone,
    V: Deserialize<'de> + Clone,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Filling(PhantomData))
    }
}

struct Filling<K, V>(PhantomData<(K, V)>);

impl<'de, K, V> Visitor<'de> for Filling<K, V>
where
    K: Deserialize<'de> + Ord + Clone,
    V: Deserialize<'de> + Clone,
{
    type Value = Shelf<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut shelf = Shelf::new();
        while let Some((key, value)) = entries.next_entry()? {
            shelf.insert(key, value);
        }
        Ok(shelf)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Whatever is done to it, it is as the map of the standard library; and so stays a copy.
        #[test]
        fn a_shelf_is_an_ordered_map(
            doings in prop::collection::vec((0..4_u8, 0..2_000_u32), 0..1_500),
            from in 0..2_000_u32,
        ) {
            let (mut shelf, mut map) = (Shelf::new(), BTreeMap::new());
            let mut copies = Vec::new();
            for (at, (what, key)) in doings.into_iter().enumerate() {
                match what {
                    0 => prop_assert_eq!(shelf.remove(&key), map.remove(&key)),
                    1 => {
                        if let Some(value) = shelf.get_mut(&key) {
                            *value += 1;
                        }
                        if let Some(value) = map.get_mut(&key) {
                            *value += 1;
                        }
                    }
                    _ => prop_assert_eq!(shelf.insert(key, at), map.insert(key, at)),
                }
                prop_assert_eq!(shelf.get(&key), map.get(&key));
                prop_assert_eq!(shelf.len(), map.len());
                if at % 500 == 0 {
                    copies.push((shelf.clone(), map.clone()));
                }
            }
            copies.push((shelf, map));
            for (shelf, map) in &copies {
                prop_assert!(shelf.iter().eq(map.iter()));
                prop_assert!(shelf.boards.iter().all(|board| (1..=MOST).contains(&board.len())));
                for bound in [Bound::Included(&from), Bound::Excluded(&from), Bound::Unbounded] {
                    prop_assert!(shelf.from_key(bound).eq(map.range((bound, Bound::Unbounded))));
                }
                let text = serde_json::to_string(shelf).unwrap();
                prop_assert_eq!(&text, &serde_json::to_string(map).unwrap());
                prop_assert!(&serde_json::from_str::<Shelf<u32, usize>>(&text).unwrap() == shelf);
            }
        }
    }

    #[test]
    fn what_comes_in_order_fills_its_boards_and_a_change_copies_one() {
        let mut shelf: Shelf<u32, u32> = (0..1_000).map(|number| (number, number)).collect();
        assert_eq!(shelf.boards.len(), 1_000_usize.div_ceil(MOST));
        let copy = shelf.clone();
        shelf.insert(500, 0);
        let boards = shelf.boards.iter().zip(&copy.boards);
        let copied = boards.filter(|(a, b)| !Arc::ptr_eq(a, b)).count();
        assert_eq!(copied, 1);
        assert_eq!(copy.get(&500), Some(&500));
    }
}
