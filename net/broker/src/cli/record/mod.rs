//! Records as text and as JSON, one a line.

mod format;
mod json;

pub(crate) use format::Format;
pub(crate) use json::{parse, write};

/// A key and a value, or none.
pub(crate) type Header = (String, Option<Vec<u8>>);

/// A record on its way into a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NewRecord {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<Header>,
    /// Milliseconds since 1970; `None`: now.
    pub(crate) timestamp: Option<i64>,
    pub(crate) partition: Option<i32>,
}

/// A record as it came out of a topic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Consumed<'a> {
    pub(crate) topic: &'a str,
    pub(crate) partition: i32,
    pub(crate) record: millstream_batch::Record<'a>,
}
