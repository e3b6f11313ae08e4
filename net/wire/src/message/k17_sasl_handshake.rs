//! SaslHandshake (key 17): which mechanism authenticates.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Chooses a mechanism.
    request SaslHandshakeRequest<'a> = 0..=1 {
        mechanism: &'a str, 0..;
    }

    /// The mechanisms that there are.
    response SaslHandshakeResponse<'a> = 0..=1 {
        error_code: ErrorCode,    0..;
        mechanisms: Vec<&'a str>, 0..;
    }
}
