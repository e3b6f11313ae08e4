//! Names of partitions that no path may ever become.

use crate::scratch::Scratch;
use millstream_log::name::NameFault;
use millstream_log::{Log, LogError};

#[test]
fn names_that_could_be_paths_are_refused_and_leave_nothing() {
    let scratch = Scratch::new("bad-names");
    let log = Log::open(scratch.path()).expect("opens");
    let long = "x".repeat(250);
    for (name, expected) in [
        ("", NameFault::Empty),
        (".", NameFault::Dots),
        ("..", NameFault::Dots),
        ("/", NameFault::Character { got: '/', position_bytes: 0 }),
        ("../../etc/passwd", NameFault::Character { got: '/', position_bytes: 2 }),
        ("a\0b", NameFault::Character { got: '\0', position_bytes: 1 }),
        ("line\nbreak", NameFault::Character { got: '\n', position_bytes: 4 }),
        (long.as_str(), NameFault::TooLong { got_bytes: 250, bytes_max: 249 }),
    ] {
        for result in [log.partition(name).map(Some), log.find(name)] {
            let Err(LogError::Name(fault)) = result else { panic!("{name:?} is no name") };
            assert_eq!(fault, expected, "{name:?}");
        }
    }
    assert_eq!(log.partitions().expect("lists").len(), 0);
}

#[test]
fn names_of_any_other_kind_live_beside_each_other() {
    let scratch = Scratch::new("good-names");
    let longest = "ü".repeat(124) + "x";
    assert_eq!(longest.len(), 249);
    let mut names = ["...", "-", " ", "a b", "%2e%2e", "\\", "CON", "名前", "A", "a", &longest];
    let log = Log::open(scratch.path()).expect("opens");
    for name in names {
        log.partition(name).expect("is made").append(name).wait().expect("is appended");
    }
    drop(log);
    let log = Log::open(scratch.path()).expect("opens again");
    names.sort_unstable();
    let listed = log.partitions().expect("lists");
    assert!(listed.iter().map(|info| info.name.as_str()).eq(names));
    for name in names {
        let partition = log.find(name).expect("answers").expect("is there");
        let found = crate::scratch::texts(&partition, millstream_log::Offset::ZERO);
        assert_eq!(found, [(0, name.to_owned())]);
    }
}
