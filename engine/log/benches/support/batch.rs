//! The batch that is appended: checked once, appended many times.

use super::Result;
use millstream_base::Timestamp;
use millstream_batch::{BatchBuilder, BuilderOptions, CheckOptions, CheckedBatch, Origin, check};
use std::rc::Rc;

/// A batch of one record that is `length_bytes` long in all.
pub(crate) fn of_length(length_bytes: usize) -> Result<Rc<[u8]>> {
    // The lengths of a record are varints, so the overhead depends on the size of the value.
    let mut value_bytes = length_bytes;
    loop {
        let bytes = with_value(value_bytes)?;
        let excess = bytes.len().saturating_sub(length_bytes);
        if excess == 0 {
            let is_exact = bytes.len() == length_bytes;
            return if is_exact { Ok(bytes) } else { Err("no batch has this length".into()) };
        }
        value_bytes = value_bytes.checked_sub(excess).ok_or("a batch is longer than its header")?;
    }
}

/// The proof that the bytes are a batch, which appending asks for.
pub(crate) fn checked(bytes: &[u8]) -> Result<CheckedBatch<'_>> {
    let options = CheckOptions { batch_bytes_max: 1 << 20, origin: Origin::Producer };
    Ok(check(bytes, options)?)
}

fn with_value(value_bytes: usize) -> Result<Rc<[u8]>> {
    let value: Vec<u8> = (0..251u8).cycle().take(value_bytes).collect();
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(Timestamp::new(1), None, Some(&value), &[])?;
    Ok(builder.finish()?.into())
}
