//! What strangers send: each ends in an answer or a closed connection, and disturbs nobody else.

mod bytes;
mod peer;

/// The largest request that the servers of these tests take, `socket.request.max.bytes`.
const REQUEST_BYTES_MAX: usize = 1 << 20;
