//! The crate `kafka-protocol` as oracle: what each side writes, the other reads and writes again
//! byte for byte.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::{Buf as _, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader as TheirHeader, RequestKind, ResponseKind};
use kafka_protocol::protocol::{Encodable as _, StrBytes};
use millstream_wire::{Decoder, Encoder, Message as _, RequestHeader};

use crate::sample::{Case, Source, Style};

const SEEDS: u64 = 25;

/// What the oracle does not know, since it was made of Kafka 4.1: nothing else may be skipped.
/// All of it is held against Kafka's own bytes in `kafka_golden.rs`.
const UNKNOWN: &[(&str, i16)] = &[
    ("ApiVersions", 5),
    ("DeleteGroups", 3),
    ("DescribeLogDirs", 5),
    ("DescribeShareGroupOffsets", 1),
    // Known to it as a response; it takes the request for unstable, as OffsetCommit and
    // OffsetFetch.
    ("InitProducerId", 6),
    ("ListOffsets", 11),
    ("OffsetCommit", 10),
    ("OffsetFetch", 10),
    ("ShareAcknowledge", 2),
    ("ShareFetch", 2),
    ("TxnOffsetCommit", 6),
    ("WriteTxnMarkers", 2),
];

/// What the oracle says of a version that its own table of APIs has and its message has not.
const UNSTABLE: &str = "specified version not supported";

fn key_of(case: Case) -> Option<millstream_wire::ApiKey> {
    match case.source {
        Source::Request(key) | Source::Response(key) => Some(key),
        Source::Record(_) => None,
    }
}

/// The message as the oracle reads and writes it; `None` where it does not know the version.
fn rewrite_theirs(case: Case, bytes: &[u8]) -> Option<Result<Vec<u8>, String>> {
    let key = ApiKey::try_from(key_of(case)?.code()).ok()?;
    let versions = key.valid_versions();
    if case.version < versions.min || versions.max < case.version {
        return None;
    }
    let rewrite = || -> Result<Vec<u8>, String> {
        let mut input = Bytes::copy_from_slice(bytes);
        let mut output = BytesMut::new();
        let version = case.version;
        let fault = |error| format!("{error:#}");
        match case.source {
            Source::Request(_) => {
                let request = RequestKind::decode(key, &mut input, version).map_err(fault)?;
                request.encode(&mut output, version).map_err(fault)?;
            }
            _ => {
                let response = ResponseKind::decode(key, &mut input, version).map_err(fault)?;
                response.encode(&mut output, version).map_err(fault)?;
            }
        }
        if input.has_remaining() {
            return Err(format!("{} bytes left over", input.remaining()));
        }
        Ok(output.to_vec())
    };
    let rewritten = catch_unwind(AssertUnwindSafe(rewrite));
    let rewritten = rewritten.unwrap_or_else(|_| Err("panic".into()));
    Some(rewritten).filter(|result| !matches!(result, Err(fault) if fault.contains(UNSTABLE)))
}

#[test]
fn both_sides_agree_on_every_byte() {
    let mut unknown = BTreeSet::new();
    for (case, key) in Case::all().filter_map(|case| Some((case, key_of(case)?))) {
        for seed in 0..SEEDS {
            let style = Style { is_full: seed == 0, ..Style::default() };
            let ours = case.rewrite(&case.sample(seed, style).bytes).expect("sound");
            let Some(theirs) = rewrite_theirs(case, &ours) else {
                unknown.insert((key.name(), case.version));
                continue;
            };
            assert_eq!(theirs.as_ref(), Ok(&ours), "{case:?} seed {seed}");
            let theirs = theirs.expect("compared");
            assert_eq!(case.rewrite(&theirs), Ok(ours), "{case:?} seed {seed}");
        }
    }
    assert_eq!(unknown.into_iter().collect::<Vec<_>>(), UNKNOWN);
}

#[test]
fn both_sides_agree_on_headers() {
    for (case, ours) in Case::all().filter_map(|case| Some((case, key_of(case)?))) {
        let Ok(key) = ApiKey::try_from(ours.code()) else { continue };
        let (request, response) =
            (key.request_header_version(case.version), key.response_header_version(case.version));
        assert_eq!(ours.request_header_version(case.version), request, "{case:?}");
        assert_eq!(ours.response_header_version(case.version), response, "{case:?}");
    }
    for (version, client) in [(1, Some("é")), (1, None), (2, Some("")), (2, Some("a")), (2, None)]
    {
        let theirs = TheirHeader::default()
            .with_request_api_key(3)
            .with_request_api_version(12)
            .with_correlation_id(-7)
            .with_client_id(client.map(StrBytes::from_static_str));
        let mut output = BytesMut::new();
        theirs.encode(&mut output, version).expect("sound");
        let ours = RequestHeader::read(&mut Decoder::new(&output), version).expect("sound");
        let expected = RequestHeader {
            request_api_key: 3,
            request_api_version: 12,
            correlation_id: -7,
            client_id: client,
        };
        assert_eq!(ours, expected);
        let mut encoder = Encoder::new();
        ours.write(&mut encoder, version).expect("sound");
        assert_eq!(encoder.bytes(), &output[..]);
    }
}
