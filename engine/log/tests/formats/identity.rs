//! Golden test of the identity in `docs/formats/checkpoint.md`.

use crate::golden::golden;
use crate::table::{Value, assert_table, bytes};
use millstream_base::{Timestamp, crc};
use millstream_log::identity::{Identity, LogId};

pub(crate) const LOG_ID: LogId = LogId(*b"golden directory");

fn identity() -> Identity {
    let created = Timestamp::new(1_767_225_600_000);
    Identity { log_id: LOG_ID, shard_count: 2, created }
}

#[test]
fn the_golden_identity_is_read_and_written_the_same() {
    let file = golden("identity-1", || identity().encode().to_vec());
    let read = Identity::decode(&file).expect("golden");
    assert_eq!(read, identity());
    assert_eq!(read.encode().as_slice(), file);
}

#[test]
fn the_document_says_where_the_identity_has_its_fields() {
    let file = golden("identity-1", || identity().encode().to_vec());
    let sum = crc::crc32c(&file[..4092]);
    assert_table(
        "docs/formats/checkpoint.md",
        "Identity",
        &file,
        &[
            ("magic", bytes("MSTIDENT")),
            ("version", 1.into()),
            ("shard_count", 2.into()),
            ("reserved", Value::Zeros),
            ("log_id", bytes(LOG_ID.0)),
            ("created", 1_767_225_600_000_i64.into()),
            ("zeros", Value::Zeros),
            ("crc", sum.into()),
        ],
    );
}
