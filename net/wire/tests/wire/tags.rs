//! Tagged fields (KIP-482) that nobody knows, too many of them, and sizes that do not fit.

use millstream_base::limits::WIRE_TAGGED_FIELDS_MAX;
use millstream_wire::message::k18_api_versions::ApiVersionsResponse;
use millstream_wire::{Decoder, Message, WireError};

use crate::sample::{Case, Style};

/// No message has more known tags in one place.
const KNOWN_MAX: u32 = 4;

fn flexible_cases() -> impl Iterator<Item = Case> {
    Case::all().filter(|case| case.is_flexible())
}

#[test]
fn what_nobody_knows_is_skipped() {
    let unknown_tag_count = u32::try_from(WIRE_TAGGED_FIELDS_MAX).expect("few") - KNOWN_MAX;
    let mut case_count = 0;
    for case in flexible_cases() {
        for seed in 0..3 {
            let plain = case.sample(seed, Style::default());
            let tagged = case.sample(seed, Style { unknown_tag_count, ..Style::default() });
            assert!(tagged.bytes.len() > plain.bytes.len(), "{case:?}");
            assert_eq!(case.rewrite(&tagged.bytes), Ok(plain.bytes), "{case:?} seed {seed}");
        }
        case_count += 1;
    }
    assert!(case_count > 200, "{case_count} cases");
}

#[test]
fn more_than_the_limit_are_refused() {
    let unknown_tag_count = u32::try_from(WIRE_TAGGED_FIELDS_MAX).expect("few") + 1;
    for case in flexible_cases() {
        let sample = case.sample(1, Style { unknown_tag_count, ..Style::default() });
        let refused = case.rewrite(&sample.bytes);
        assert!(matches!(refused, Err(WireError::TagCount { .. })), "{case:?}: {refused:?}");
    }
}

/// An ApiVersions response of version 3 that has nothing but these tagged fields.
fn read(tagged_fields: &[u8]) -> Result<ApiVersionsResponse<'_>, WireError> {
    let mut decoder = Decoder::new(tagged_fields);
    let response = ApiVersionsResponse::read(&mut decoder, 3)?;
    decoder.finish("ApiVersions").map(|()| response)
}

const PLAIN: [u8; 7] = [0, 0, 1, 0, 0, 0, 0];

#[test]
fn a_known_tag_ends_where_it_says() {
    let with = |tags: &[u8]| [&PLAIN[..], tags].concat();
    let epoch = with(&[1, 1, 8, 0, 0, 0, 0, 0, 0, 0, 9]);
    assert_eq!(read(&epoch).map(|response| response.finalized_features_epoch), Ok(9));

    let long = with(&[1, 1, 9, 0, 0, 0, 0, 0, 0, 0, 9, 0]);
    let field = "ApiVersionsResponse.finalized_features_epoch";
    let refused = WireError::TagSize { field, position: 18, unused_bytes: 1 };
    assert_eq!(read(&long), Err(refused));

    // The bytes that it lacks are there, but they are not its own.
    let short = with(&[1, 1, 7, 0, 0, 0, 0, 0, 0, 0, 9]);
    let refused = WireError::Truncated { field, position: 10, expected_bytes: 8, got_bytes: 7 };
    assert_eq!(read(&short), Err(refused));
}

#[test]
fn a_known_tag_is_only_known_in_its_versions() {
    // Tag 0 of a Produce response is the list of leaders, from version 10 on.
    let bytes = [&[1, 0, 0, 0, 0][..], &[1, 0, 3, 0xde, 0xad, 0xbe]].concat();
    let mut decoder = Decoder::new(&bytes);
    let old = millstream_wire::ProduceResponse::read(&mut decoder, 9);
    assert_eq!(old.map(|response| response.node_endpoints.len()), Ok(0));
    let new = millstream_wire::ProduceResponse::read(&mut Decoder::new(&bytes), 10);
    assert!(new.is_err(), "{new:?}");
}
