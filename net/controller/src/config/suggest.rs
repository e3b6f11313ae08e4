//! The nearest known name to one that is not known.

/// Names longer than this are not compared: no name of a configuration is nearly as long, and the
/// comparison takes time by the product of both lengths.
const NAME_BYTES_MAX: usize = 128;

/// The name among `known` with the fewest single-character changes to `name`, if those are few
/// enough to be a slip: at most a third of its length.
#[must_use]
pub fn nearest<'known>(
    name: &str,
    known: impl Iterator<Item = &'known str>,
) -> Option<&'known str> {
    if name.len() > NAME_BYTES_MAX {
        return None;
    }
    let distance_max = (name.len() / 3).max(1);
    let distances = known.map(|candidate| (distance(name, candidate), candidate));
    let near = distances.filter(|(distance, _)| *distance <= distance_max);
    near.min().map(|(_, candidate)| candidate)
}

/// The Levenshtein distance: how many bytes must be put in, taken out or changed.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, left_byte) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, right_byte) in right.bytes().enumerate() {
            let changed = diagonal + usize::from(left_byte != right_byte);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["retention.ms", "retention.bytes", "segment.ms", "cleanup.policy"];

    #[test]
    fn slips_find_their_name() {
        for (slip, expected) in [
            ("retention_ms", "retention.ms"),
            ("retention.m", "retention.ms"),
            ("retentoin.ms", "retention.ms"),
            ("cleanup.polciy", "cleanup.policy"),
            ("Segment.ms", "segment.ms"),
        ] {
            assert_eq!(nearest(slip, KNOWN.into_iter()), Some(expected), "{slip}");
        }
    }

    #[test]
    fn what_is_far_from_all_finds_none() {
        for name in ["", "ssl.keystore.location", "zzzzzzzzz", &"a".repeat(10_000)] {
            assert_eq!(nearest(name, KNOWN.into_iter()), None, "{name:.20}");
        }
    }

    #[test]
    fn known_distances() {
        for (left, right, expected) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2)]
        {
            assert_eq!(distance(left, right), expected);
            assert_eq!(distance(right, left), expected);
        }
    }
}
