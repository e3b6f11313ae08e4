//! How fields become bytes and bytes fields: cursors that check, types that know their form, and
//! the macro that makes a codec of a table.

mod array;
mod blob;
mod decoder;
mod encoder;
mod fixed;
mod layout;
mod optional;
mod records;
pub(crate) mod table;
mod text;
mod value;
mod varint;

pub use blob::Blob;
pub use decoder::Decoder;
pub use encoder::{Encoder, Gap, Piece};
pub(crate) use fixed::fixed;
pub(crate) use layout::Trait;
pub use layout::{Field, Form, Kind, Layout, Versions};
pub use records::Records;
pub use value::Value;
