//! What stands before each message.

use crate::codec::table::messages;

messages! {
    /// Before each request.
    data RequestHeader<'a> = 0..=2, flexible 2.. {
        /// Which API: see [`crate::ApiKey`].
        request_api_key: i16,                0..;
        /// In which version the request is written, and the answer to be.
        request_api_version: i16,            0..;
        /// Comes back in the answer.
        correlation_id: i32,                 0..;
        // A broker must be able to read this far in an ApiVersions request of any future version.
        /// What the client calls itself; null and "" mean the same.
        client_id: Option<&'a str> = Some(""), 1.., null 1.., ignorable, inflexible;
    }

    /// Before each response.
    data ResponseHeader = 0..=1, flexible 1.. {
        /// That of the request.
        correlation_id: i32,                 0..;
    }
}
