//! Where memory may be shared between threads: in the few named places that cross cores.
//!
//! A partition lives on one shard and only that shard touches it, so a lock or an atomic anywhere
//! else is either useless or a second owner (STYLE 22).

use crate::source::{RustSource, contains_word};
use crate::violation::Violation;

/// Files that may hold locks and atomics, each with what crosses there.
pub const PLACES: &[(&str, &str)] = &[
    ("engine/io/src/buffer/pool.rs", "buffers come home from whichever thread dropped them"),
    ("engine/io/src/buffer/stock.rs", "a thread of its own makes regions ahead of their need"),
    ("engine/io/src/channel.rs", "calls of foreign threads to a shard"),
    ("engine/io/src/crowd.rs", "threads that sleep until a shard has answered them"),
    ("engine/io/src/mailbox/mod.rs", "messages of one shard to another: which ends are gone"),
    ("engine/io/src/mailbox/sleeper.rs", "messages of one shard to another: who waits"),
    ("engine/io/src/remote.rs", "wakes of foreign threads, and who must ring the bell"),
    ("engine/io/src/reply.rs", "answers of a shard to foreign threads"),
    ("engine/io/src/shard.rs", "whether the thread has started, told once"),
    ("engine/io/src/sync.rs", "the tools of the mailbox and the remote, also for their model"),
    ("engine/log/src/handle/mod.rs", "the threads of a log, joined by whoever closes it first"),
    ("net/broker/src/budget/process.rs", "memory and connections that any shard may take"),
    ("engine/io/src/uring/provided.rs", "the tail of the ring of buffers, which the kernel reads"),
];

const LOCKS: &[&str] = &["Mutex", "RwLock", "Condvar", "Barrier", "mpsc", "atomic"];
const RULE: &str = "sharing";

/// Locks and atomics in production code of the engine and net rooms outside `places`, and places
/// on the list that have become harmless.
#[must_use]
pub fn check(source: &RustSource, places: &[(&str, &str)]) -> Vec<Violation> {
    if !source.path.starts_with("engine/") && !source.path.starts_with("net/") {
        return Vec::new();
    }
    let named = places.iter().any(|(path, _)| *path == source.path);
    let mut shared = Vec::new();
    for (number, line) in source.production_lines() {
        let lock = LOCKS.iter().find(|lock| contains_word(&line.code, lock));
        shared.extend(lock.map(|lock| (number, *lock)));
    }
    if named && shared.is_empty() {
        let advice = "shares nothing any more: take it off the list in sharing.rs";
        return vec![Violation::new(&source.path, 1, RULE, advice)];
    }
    if named {
        return Vec::new();
    }
    let advice = |lock| format!("`{lock}` outside the named places: send a message to the owner");
    let violations = shared.into_iter();
    violations
        .map(|(number, lock)| Violation::new(&source.path, number, RULE, advice(lock)))
        .collect()
}

/// Places on the list whose file is gone.
#[must_use]
pub fn check_places(paths: &[&str], places: &[(&str, &str)]) -> Vec<Violation> {
    let gone = places.iter().filter(|(place, _)| !paths.contains(place));
    gone.map(|(path, _)| Violation::new(path, 1, RULE, "is gone: take it off the list")).collect()
}

#[cfg(test)]
mod sharing_test {
    use super::*;

    const PATH: &str = "engine/log/src/a.rs";

    #[test]
    fn locks_and_atomics_are_caught_outside_the_named_places() {
        for text in ["use std::sync::Mutex;\n", "use std::sync::atomic::AtomicU64;\n"] {
            assert_eq!(check(&RustSource::new(PATH, text), &[]).len(), 1, "{text}");
            assert_eq!(check(&RustSource::new(PATH, text), &[(PATH, "why")]), []);
            assert_eq!(check(&RustSource::new("bench/src/a.rs", text), &[]), []);
        }
    }

    #[test]
    fn tests_may_share() {
        let text = "fn a() {}\n#[cfg(test)]\nmod a_test {\n    use std::sync::Mutex;\n}\n";
        assert_eq!(check(&RustSource::new(PATH, text), &[]), []);
    }

    #[test]
    fn a_place_that_shares_nothing_or_is_gone_leaves_the_list() {
        assert_eq!(check(&RustSource::new(PATH, "fn a() {}\n"), &[(PATH, "why")]).len(), 1);
        assert_eq!(check_places(&["b.rs"], &[(PATH, "why")]).len(), 1);
        assert_eq!(check_places(&[PATH], &[(PATH, "why")]), []);
    }
}
