# SPDX-License-Identifier: MIT
# rustc: a program with threads and collections, optimised, then run
# needs: rustc

cat >work.rs <<'END'
use std::collections::{BTreeMap, HashMap};
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

#[repr(align(256))]
struct Wide([u8; 300]);

fn churn(seed: u64) -> u64 {
    let mut table: HashMap<String, Vec<u64>> = HashMap::new();
    for i in 0..40_000u64 {
        table.entry(format!("key{}", i * seed % 4099)).or_default().push(i);
    }
    let sorted: BTreeMap<_, _> = table.into_iter().collect();
    sorted.iter().fold(0u64, |sum, (key, list)| {
        sum.wrapping_mul(31)
            .wrapping_add(key.len() as u64 + list.iter().sum::<u64>())
    })
}

fn main() {
    let (sender, receiver) = mpsc::channel();
    let log = Arc::new(Mutex::new(Vec::new()));
    let threads: Vec<_> = (1..=8)
        .map(|n| {
            let (sender, log) = (sender.clone(), log.clone());
            thread::spawn(move || {
                sender.send((n, churn(n))).unwrap();
                log.lock().unwrap().push(format!("thread {n}"));
            })
        })
        .collect();
    drop(sender);
    let mut results: Vec<_> = receiver.iter().collect();
    results.sort();
    println!("{results:?}");
    for thread in threads {
        thread.join().unwrap();
    }
    println!("{}", log.lock().unwrap().len());
    let wide: Vec<Box<Wide>> =
        (0..500).map(|i| Box::new(Wide([i as u8; 300]))).collect();
    let aligned = wide.iter().all(|w| &**w as *const Wide as usize % 256 == 0);
    println!("{} {}", aligned, wide[77].0[299]);
    let mut text = String::new();
    for i in 0..100_000 {
        text.push_str(&i.to_string());
    }
    println!("{} {}", text.len(), text.matches("77").count());
}
END
rustc --edition 2021 -O -C codegen-units=2 -o out/work work.rs
out/work
