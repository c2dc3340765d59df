// SPDX-License-Identifier: MIT
// work.rs - something for rustc to compile: generics over collections.
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt::Debug;

pub trait Step<T> {
    fn step(&mut self, value: T) -> Option<T>;
}

impl<T: Ord + Clone> Step<T> for BTreeSet<T> {
    fn step(&mut self, value: T) -> Option<T> {
        self.insert(value);
        self.iter().next().cloned()
    }
}

impl<T: Clone> Step<T> for VecDeque<T> {
    fn step(&mut self, value: T) -> Option<T> {
        self.push_back(value);
        self.pop_front()
    }
}

fn run<K: Ord + Clone + Debug, S: Step<K>>(mut s: S, keys: Vec<K>) -> String {
    let mut map: BTreeMap<K, Vec<String>> = BTreeMap::new();
    for key in keys {
        if let Some(k) = s.step(key.clone()) {
            map.entry(k).or_default().push(format!("{key:?}"));
        }
    }
    map.into_iter().map(|(k, v)| format!("{k:?}={}", v.join(","))).collect()
}

macro_rules! users {
    ($($name:ident $type:ty),*) => { $(
        pub fn $name(n: u32) -> String {
            let keys: Vec<$type> = (0..n).map(|i| (i % 97) as $type).collect();
            let mut seen: HashMap<$type, usize> = HashMap::new();
            for k in &keys { *seen.entry(*k).or_insert(0) += 1; }
            let mut counts: Vec<_> = seen.into_iter().collect();
            counts.sort();
            run(BTreeSet::new(), keys.clone()) + &run(VecDeque::new(), keys)
                + &format!("{counts:?}")
        }
    )* };
}

users!(of_u8 u8, of_u16 u16, of_u32 u32, of_u64 u64, of_u128 u128,
       of_i8 i8, of_i16 i16, of_i32 i32, of_i64 i64, of_i128 i128);
