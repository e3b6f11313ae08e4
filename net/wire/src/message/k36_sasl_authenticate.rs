//! SaslAuthenticate (key 36): one step of a SASL exchange.

use crate::codec::Blob;
use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Carries what the client says.
    request SaslAuthenticateRequest<'a> = 0..=2, flexible 2.. {
        /// Secret.
        auth_bytes: Blob<'a>, 0..;
    }

    /// Carries what the broker says.
    response SaslAuthenticateResponse<'a> = 0..=2, flexible 2.. {
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
        /// Secret.
        auth_bytes: Blob<'a>,                      0..;
        /// After so long the client must authenticate again (KIP-368); 0 for never.
        session_lifetime_ms: i64,                  1.., ignorable;
    }
}
