//! DescribeUserScramCredentials (key 50): who has a password.

use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Asks for users (KIP-554); for all if null.
    request DescribeUserScramCredentialsRequest<'a> = 0..=0, flexible 0.. {
        users: Option<Vec<UserName<'a>>> = Some(Vec::new()), 0.., null 0..;
    }

    /// An element of `users` in [`DescribeUserScramCredentialsRequest`].
    part UserName<'a> {
        name: &'a str, 0..;
    }

    /// The users with their mechanisms, without secrets.
    response DescribeUserScramCredentialsResponse<'a> = 0..=0, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                                0..;
        error_code: ErrorCode,                                0..;
        /// For people.
        error_message: Option<&'a str> = Some(""),            0.., null 0..;
        results: Vec<DescribeUserScramCredentialsResult<'a>>, 0..;
    }

    /// An element of `results` in [`DescribeUserScramCredentialsResponse`].
    part DescribeUserScramCredentialsResult<'a> {
        user: &'a str,                             0..;
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
        credential_infos: Vec<CredentialInfo>,     0..;
    }

    /// An element of `credential_infos` in [`DescribeUserScramCredentialsResult`].
    part CredentialInfo {
        /// 1 SCRAM-SHA-256, 2 SCRAM-SHA-512.
        mechanism: i8,   0..;
        iterations: i32, 0..;
    }
}
