//! Which partition of `__consumer_offsets` a group belongs to.

use crate::names::{GroupId, PartitionIndex};

/// The partition that holds a group's records when the topic has `partition_count` of them, which
/// must be positive.
///
/// Kafka's own rule, so that tools which compute it find the group: the hash of a Java string
/// (over UTF-16 units, wrapping at 32 bits), its absolute value, or 0 where there is none.
#[must_use]
pub fn partition_of(group: &GroupId, partition_count: i32) -> PartitionIndex {
    assert!(partition_count > 0, "a topic without partitions holds no group");
    let units = group.as_str().encode_utf16();
    let hash = units.fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    PartitionIndex::new(hash.checked_abs().unwrap_or(0) % partition_count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(group: &str, partition_count: i32) -> i32 {
        partition_of(&GroupId::from(group), partition_count).get()
    }

    #[test]
    fn known_hashes_of_java_strings() {
        // "hello".hashCode() == 99162322, "".hashCode() == 0, "Aa" and "BB" share 2112.
        assert_eq!(place("hello", i32::MAX), 99_162_322);
        assert_eq!(place("", 50), 0);
        assert_eq!((place("Aa", 50), place("BB", 50)), (12, 12));
        assert_eq!(place("hello", 50), 22);
    }

    #[test]
    fn a_negative_hash_counts_by_its_absolute_value() {
        // The hash by its definition, wrapped to 32 bits with a sign.
        let negative = "zzzzzz";
        let hash = negative.bytes().fold(0_i64, |hash, byte| hash * 31 + i64::from(byte));
        let wrapped = (hash + (1 << 31)).rem_euclid(1 << 32) - (1 << 31);
        assert!(wrapped < 0, "{wrapped}");
        assert_eq!(i64::from(place(negative, 50)), -wrapped % 50);
    }

    #[test]
    fn the_one_hash_without_absolute_value_is_zero() {
        // A Java string whose hash is i32::MIN.
        assert_eq!(place("polygenelubricants", 50), 0);
        assert_eq!(place("polygenelubricants", i32::MAX), 0);
    }

    #[test]
    fn characters_beyond_16_bits_count_as_two_units() {
        // U+1F600 is D83D DE00: 0xD83D * 31 + 0xDE00.
        assert_eq!(place("\u{1f600}", i32::MAX), 0xd83d * 31 + 0xde00);
    }
}
