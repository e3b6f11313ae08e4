//! Each API that is served, in each of its versions, against a real broker: values at their
//! extremes, lengths that lie, and frames cut at every byte.

use crate::peer::{Peer, Server};
use crate::sample::{Case, Lie, Source, Style};
use millstream_wire::codec::Versions;
use millstream_wire::{ApiKey, ApiVersionsRequest, ApiVersionsResponse};

/// Every request in every version that the server says it serves.
fn served(server: &Server) -> Vec<(ApiKey, i16)> {
    let (answer, version) =
        server.connect().ask(&ApiVersionsRequest::default(), 0).expect("an answer");
    let response: ApiVersionsResponse<'_> =
        millstream_wire::decode_response(&answer, version).expect("is understood").1;
    let mut all = Vec::new();
    for row in &response.api_keys {
        let key = ApiKey::from_code(row.api_key).expect("a known API");
        let Versions { min, max } = key.versions();
        let versions = row.min_version.max(min)..=row.max_version.min(max);
        all.extend(versions.map(|version| (key, version)));
    }
    assert!(all.len() > 100, "{} of them", all.len());
    all
}

/// The frame of a made-up request, and where its body begins.
fn frame(key: ApiKey, version: i16, body: &[u8]) -> (Vec<u8>, usize) {
    let mut content = Vec::new();
    content.extend(key.code().to_be_bytes());
    content.extend(version.to_be_bytes());
    content.extend(7_i32.to_be_bytes());
    content.extend((-1_i16).to_be_bytes());
    if key.request_header_version(version) >= 2 {
        content.push(0);
    }
    let body_begin = content.len() + 4;
    content.extend(body);
    let mut frame = i32::try_from(content.len()).expect("small").to_be_bytes().to_vec();
    frame.extend(content);
    (frame, body_begin)
}

fn sample(key: ApiKey, version: i16, seed: u64, style: Style) -> Vec<u8> {
    Case { source: Source::Request(key), version }.sample(seed, style).bytes
}

/// Whether an answer may take as long as the request says.
fn may_wait(key: ApiKey) -> bool {
    matches!(key, ApiKey::Fetch | ApiKey::JoinGroup | ApiKey::SyncGroup)
}

/// Sends a frame and sees the connection through to its end: answers or none, then the end.
fn torment(server: &Server, key: ApiKey, frame: &[u8]) {
    let mut peer: Peer = server.connect();
    peer.write(frame);
    peer.end();
    if !may_wait(key) {
        while peer.read_frame().is_some() {}
    }
}

#[test]
fn each_api_with_each_field_at_its_extremes_does_no_harm() {
    let server = Server::start();
    for (key, version) in served(&server) {
        for seed in 0..4 {
            let style = Style { is_extreme: true, is_full: seed < 2, ..Style::default() };
            torment(&server, key, &frame(key, version, &sample(key, version, seed, style)).0);
        }
        let plain = Style { is_plain: true, ..Style::default() };
        torment(&server, key, &frame(key, version, &sample(key, version, 9, plain)).0);
    }
    server.assert_serves();
}

#[test]
fn each_length_of_each_api_that_lies_closes_the_connection() {
    let server = Server::start();
    for (key, version) in served(&server) {
        let style = Style { is_full: true, ..Style::default() };
        let case = Case { source: Source::Request(key), version };
        for index in 0..case.sample(1, style).lengths.len() {
            let lie = Some(Lie { index, declared: i64::from(i32::MAX) });
            let lying = sample(key, version, 1, Style { lie, ..style });
            let mut peer = server.connect();
            peer.write(&frame(key, version, &lying).0);
            // A short length cannot say so much: what it says then may be null.
            if may_wait(key) {
                continue;
            }
            peer.end();
            while peer.read_frame().is_some() {}
        }
    }
    server.assert_serves();
    server.wait_until("request_memory_bytes", |bytes| bytes == 0);
}

#[test]
fn each_api_cut_at_every_byte_closes_the_connection() {
    let server = Server::start();
    let mut served = served(&server);
    // In its last version, which has all fields.
    served.reverse();
    served.dedup_by_key(|(key, _)| *key);
    for (key, version) in served {
        let style = Style { is_full: true, ..Style::default() };
        let (whole, body_begin) = frame(key, version, &sample(key, version, 2, style));
        for end in (1..whole.len()).rev() {
            // The stream ends there.
            let mut peer = server.connect();
            peer.write(&whole[..end]);
            peer.end();
            assert!(peer.is_closed(), "{key} {version}: {end} of {} bytes", whole.len());
            if end < body_begin || end % 4 != 0 {
                continue;
            }
            // The frame says that it ends there.
            let mut short = whole[..end].to_vec();
            let length = i32::try_from(end - 4).expect("small");
            short[..4].copy_from_slice(&length.to_be_bytes());
            torment(&server, key, &short);
        }
    }
    server.assert_serves();
}
