//! What a client may do, as a bit for each operation (KIP-430). There is no authorizer: it may do
//! all that there is.

use millstream_wire::message::k03_metadata::MetadataResponseTopic;

const READ: u8 = 3;
const WRITE: u8 = 4;
const CREATE: u8 = 5;
const DELETE: u8 = 6;
const ALTER: u8 = 7;
const DESCRIBE: u8 = 8;
const CLUSTER_ACTION: u8 = 9;
const DESCRIBE_CONFIGS: u8 = 10;
const ALTER_CONFIGS: u8 = 11;
const IDEMPOTENT_WRITE: u8 = 12;

/// With a topic.
pub(crate) const TOPIC: i32 =
    bits(&[READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS]);
/// With the cluster.
pub(crate) const CLUSTER: i32 = bits(&[
    CREATE,
    ALTER,
    DESCRIBE,
    CLUSTER_ACTION,
    DESCRIBE_CONFIGS,
    ALTER_CONFIGS,
    IDEMPOTENT_WRITE,
]);
/// What stands in an answer where nobody asked.
pub(crate) const NOT_ASKED: i32 = i32::MIN;

const fn bits(operations: &[u8]) -> i32 {
    let mut bits = 0;
    let mut at = 0;
    while at < operations.len() {
        bits |= 1 << operations[at];
        at += 1;
    }
    bits
}

/// `operations` where they were asked for.
pub(crate) fn if_asked(is_asked: bool, operations: i32) -> i32 {
    if is_asked { operations } else { NOT_ASKED }
}

/// Fills in what may be done with each topic: also with one that is not there, as Kafka 4.4 does.
pub(crate) fn fill(topics: &mut [MetadataResponseTopic<'_>], is_asked: bool) {
    let operations = if_asked(is_asked, TOPIC);
    topics.iter_mut().for_each(|topic| topic.topic_authorized_operations = operations);
}
