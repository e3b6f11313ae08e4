//! Names of topics: which there may be, which are ours, and which are too like another.

use crate::error::{Refusal, RefusalKind};
use millstream_base::limits::PARTITION_NAME_BYTES_MAX;

/// The topic of committed offsets and group metadata.
pub const CONSUMER_OFFSETS: &str = "__consumer_offsets";
/// The topic of transactions.
pub const TRANSACTION_STATE: &str = "__transaction_state";
/// The topic of share groups.
pub const SHARE_GROUP_STATE: &str = "__share_group_state";
/// The log of the controller's records, which is no topic of a client's.
pub const CLUSTER_METADATA: &str = "__cluster_metadata";

/// Whether the broker keeps its own state there.
#[must_use]
pub fn is_internal(name: &str) -> bool {
    matches!(name, CONSUMER_OFFSETS | TRANSACTION_STATE | SHARE_GROUP_STATE)
}

/// Checks that a topic may have this name.
///
/// # Errors
/// [`RefusalKind::InvalidTopic`], and [`RefusalKind::InvalidRequest`] for the controller's own log.
pub fn check(name: &str) -> Result<(), Refusal> {
    let invalid = |message: String| Err(Refusal::new(RefusalKind::InvalidTopic, message));
    if name.is_empty() {
        return invalid("a topic needs a name".to_owned());
    }
    if matches!(name, "." | "..") {
        return invalid(format!("a topic cannot be called {name:?}"));
    }
    //= Kafka protocol guide, "Topic": at most 249 characters of `[a-zA-Z0-9._-]`.
    if name.len() > PARTITION_NAME_BYTES_MAX {
        let length = name.len();
        return invalid(format!(
            "a topic's name has at most {PARTITION_NAME_BYTES_MAX} characters, this one {length}"
        ));
    }
    if let Some(wrong) = name.chars().find(|character| !is_legal(*character)) {
        return invalid(format!(
            "a topic's name consists of ASCII letters, digits, '.', '_' and '-'; {name:?} has \
             {wrong:?}"
        ));
    }
    if name == CLUSTER_METADATA {
        let message = format!("{CLUSTER_METADATA} belongs to the controller");
        return Err(Refusal::new(RefusalKind::InvalidRequest, message));
    }
    Ok(())
}

fn is_legal(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}

/// What two names have in common that a metric's name cannot tell apart: there `.` becomes `_`.
///
/// Names that come to the same are refused, as Kafka refuses them.
#[must_use]
pub fn folded(name: &str) -> String {
    name.replace('.', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn point_99_names_of_kafka_pass() {
        let longest = "x".repeat(249);
        for name in ["a", "orders-7", "A.b_c", "...", "0", "__consumer_offsets", &longest] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn point_99_other_names_are_refused_with_the_reason() {
        let long = "x".repeat(250);
        for name in ["", ".", "..", "a b", "a/b", "../etc", "a\0", "größe", "a\n", &long] {
            let refusal = check(name).expect_err("no name");
            assert_eq!(refusal.kind, RefusalKind::InvalidTopic, "{name:?}");
            assert!(!refusal.message.contains(['\0', '\n']), "{:?}", refusal.message);
        }
        let own = check(CLUSTER_METADATA).expect_err("ours");
        assert_eq!(own.kind, RefusalKind::InvalidRequest);
    }

    #[test]
    fn point_109_internal_topics_are_known_by_name() {
        assert!(is_internal("__consumer_offsets") && is_internal("__transaction_state"));
        assert!(!is_internal("_schemas") && !is_internal("__other"));
    }

    #[test]
    fn points_and_underscores_fold_together() {
        assert_eq!(folded("a.b_c"), folded("a_b.c"));
        assert_ne!(folded("a-b"), folded("a.b"));
    }
}
