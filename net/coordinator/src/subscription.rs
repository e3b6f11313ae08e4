//! The topics in the metadata of a member of a group of type `consumer`.
//!
//! The one place that looks into a client's bytes. It serves OffsetDelete, which must not take
//! offsets away from under those who read the topic; nothing else depends on it.

/// The topics that a member reads: an int16 version, then an array of strings, then whatever the
/// version adds. `None` where the bytes say something else.
pub(crate) fn subscribed_topics(metadata: &[u8]) -> Option<Vec<&str>> {
    let (_, rest) = metadata.split_first_chunk::<2>()?;
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    let count = usize::try_from(i32::from_be_bytes(*count)).ok()?;
    let mut topics = Vec::new();
    for _ in 0..count {
        let (length, tail) = rest.split_first_chunk::<2>()?;
        let length = usize::try_from(i16::from_be_bytes(*length)).ok()?;
        let (name, tail) = tail.split_at_checked(length)?;
        topics.push(core::str::from_utf8(name).ok()?);
        rest = tail;
    }
    Some(topics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_topics_and_leaves_the_rest() {
        let metadata = b"\x00\x03\x00\x00\x00\x02\x00\x01a\x00\x02bc\xff\xff\xff\xff";
        assert_eq!(subscribed_topics(metadata), Some(vec!["a", "bc"]));
        assert_eq!(subscribed_topics(b"\x00\x00\x00\x00\x00\x00"), Some(vec![]));
    }

    #[test]
    fn lies_and_other_formats_are_none() {
        assert_eq!(subscribed_topics(b""), None);
        assert_eq!(subscribed_topics(b"\x00\x00\x7f\xff\xff\xff\x00\x01a"), None);
        assert_eq!(subscribed_topics(b"\x00\x00\xff\xff\xff\xff"), None);
        assert_eq!(subscribed_topics(b"\x00\x00\x00\x00\x00\x01\x00\x09a"), None);
        assert_eq!(subscribed_topics(b"\x00\x00\x00\x00\x00\x01\x00\x01\xff"), None);
    }
}
