//! Bytes that Apache Kafka 4.4's own classes wrote, one message of each kind and version with all
//! fields set: `docs/protocol.md` says how they were made.

use std::collections::BTreeMap;

use millstream_base::crc::crc32c;
use millstream_wire::{Decoder, WireError};

use crate::sample::{Case, Style};

/// Messages that Kafka read in one version and wrote in another: the CRC-32C of what it wrote, or
/// that it refused to.
const LINES_ACROSS: &str = include_str!("../golden/kafka-4.4-across.txt");
const LINES: &str = include_str!("../golden/kafka-4.4.txt");

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2);
    let digits = digits.map(|digits| std::str::from_utf8(digits).expect("ASCII"));
    digits.map(|digits| u8::from_str_radix(digits, 16).expect("hexadecimal")).collect()
}

#[test]
fn what_kafka_writes_is_read_and_written_the_same() {
    let lines = LINES.lines().map(|line| line.rsplit_once(' ').expect("a case and its bytes"));
    let lines = lines.collect::<BTreeMap<_, _>>();
    let mut case_count = 0;
    for case in Case::all() {
        let name = format!("{case:?}");
        let golden = bytes(lines.get(name.as_str()).unwrap_or_else(|| panic!("no line {name}")));
        assert_eq!(case.rewrite(&golden).as_ref(), Ok(&golden), "{case:?}");
        // The second writer gave Kafka this message to write: it must not have changed since.
        let style = Style { is_full: true, ..Style::default() };
        assert_eq!(case.sample(0, style).bytes, golden, "{case:?}");
        case_count += 1;
    }
    assert_eq!(case_count, lines.len(), "each line has its case");
}

/// What a version lacks is dropped, or refused, where Kafka drops or refuses it, and has the same
/// default after it was lacking.
#[test]
fn what_kafka_writes_in_another_version_is_written_the_same() {
    let mut lines = LINES_ACROSS.lines();
    let mut refused_count = 0;
    for (case, version, sample) in Case::all_across() {
        let mut decoder = Decoder::with_budget(&sample.bytes, usize::MAX);
        let written = match case.rewrite_across(&mut decoder, version) {
            Ok(bytes) => format!("{:08x}", crc32c(&bytes)),
            Err(WireError::Absent { .. } | WireError::Null { .. }) => "refused".to_owned(),
            Err(other) => panic!("{case:?} to {version}: {other:?}"),
        };
        refused_count += usize::from(written == "refused");
        let line = format!("{case:?} {version} {written}");
        assert_eq!(Some(line.as_str()), lines.next());
    }
    assert_eq!(lines.next(), None);
    assert!(refused_count > 100, "{refused_count} refused");
}
