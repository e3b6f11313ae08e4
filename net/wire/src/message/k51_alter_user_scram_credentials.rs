//! AlterUserScramCredentials (key 51): passwords.

use crate::codec::Blob;
use crate::codec::table::messages;
use crate::error_code::ErrorCode;

messages! {
    /// Sets and deletes credentials (KIP-554).
    request AlterUserScramCredentialsRequest<'a> = 0..=0, flexible 0.. {
        deletions: Vec<ScramCredentialDeletion<'a>>,   0..;
        upsertions: Vec<ScramCredentialUpsertion<'a>>, 0..;
    }

    /// An element of `deletions` in [`AlterUserScramCredentialsRequest`].
    part ScramCredentialDeletion<'a> {
        name: &'a str, 0..;
        /// 1 SCRAM-SHA-256, 2 SCRAM-SHA-512.
        mechanism: i8, 0..;
    }

    /// An element of `upsertions` in [`AlterUserScramCredentialsRequest`].
    part ScramCredentialUpsertion<'a> {
        name: &'a str,             0..;
        /// 1 SCRAM-SHA-256, 2 SCRAM-SHA-512.
        mechanism: i8,             0..;
        iterations: i32,           0..;
        /// Secret.
        salt: Blob<'a>,            0..;
        /// Secret.
        salted_password: Blob<'a>, 0..;
    }

    /// What became of each user.
    response AlterUserScramCredentialsResponse<'a> = 0..=0, flexible 0.. {
        /// How long the client is to be quiet; the broker answered at once (KIP-219).
        throttle_time_ms: i32,                             0..;
        results: Vec<AlterUserScramCredentialsResult<'a>>, 0..;
    }

    /// An element of `results` in [`AlterUserScramCredentialsResponse`].
    part AlterUserScramCredentialsResult<'a> {
        user: &'a str,                             0..;
        error_code: ErrorCode,                     0..;
        /// For people.
        error_message: Option<&'a str> = Some(""), 0.., null 0..;
    }
}
