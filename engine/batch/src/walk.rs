//! Runs of batches, one behind the other.

use core::fmt;

use crate::check::{CheckOptions, check};
use crate::checked::CheckedBatch;
use crate::error::BatchError;
use crate::header::HeaderView;

/// Checks the first batch of `bytes`, and returns it and what follows it; `None` for no bytes.
///
/// # Errors
/// As [`check`], but for [`BatchError::TrailingBytes`]. A batch that the end of `bytes` cuts off
/// is [`BatchError::Truncated`]; it may end a fetch response.
pub fn split_first(
    bytes: &[u8],
    options: CheckOptions,
) -> Result<Option<(CheckedBatch<'_>, &[u8])>, BatchError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    // Where there is no sound length, or no whole batch, the checker says why: it might be one of
    // Kafka's older formats, whose lengths may be less than our header's.
    let batch_bytes = HeaderView::new(bytes).and_then(|header| header.batch_bytes());
    let batch_bytes = batch_bytes.unwrap_or(bytes.len());
    let (first, rest) = bytes.split_at_checked(batch_bytes).unwrap_or((bytes, &[]));
    Ok(Some((check(first, options)?, rest)))
}

/// Iterates over a run of batches, checking each.
///
/// After an error it yields nothing: where a batch's length is in doubt, so is all that follows.
#[derive(Clone)]
pub struct Batches<'a> {
    rest: &'a [u8],
    options: CheckOptions,
}

impl<'a> Batches<'a> {
    /// A walk over all of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8], options: CheckOptions) -> Self {
        Self { rest: bytes, options }
    }

    /// What is not yet walked over: after an error, nothing.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Batches<'a> {
    type Item = Result<CheckedBatch<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (first, rest) = match split_first(self.rest, self.options) {
            Ok(found) => found.map(|(batch, rest)| (Ok(batch), rest))?,
            Err(error) => (Err(error), [].as_slice()),
        };
        self.rest = rest;
        Some(first)
    }
}

impl core::iter::FusedIterator for Batches<'_> {}

impl fmt::Debug for Batches<'_> {
    /// How much is left, never the bytes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Batches")
            .field("rest_bytes", &self.rest.len())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
