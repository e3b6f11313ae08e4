//! What strangers send: each ends in an answer or a closed connection, and disturbs nobody else.

mod apis;
mod bytes;
mod limits;
mod peer;
#[path = "../../../wire/tests/wire/sample.rs"]
#[expect(dead_code, reason = "the tests of the protocol use more of it")]
mod sample;

/// The largest request that the servers of these tests take, `socket.request.max.bytes`.
const REQUEST_BYTES_MAX: usize = 1 << 20;
