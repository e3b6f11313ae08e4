//! Byte tables of the documents, read as data: what a table says of a field is held against the
//! bytes of a golden file.

use std::fs;
use std::path::PathBuf;

/// One row: a field and its place.
#[derive(Debug)]
struct Row {
    offset: usize,
    size: usize,
    field: String,
}

/// Compares `bytes` with the table under `heading` of a document: rows follow each other without a
/// gap from 0 to the end of `bytes`, and each field has the value that is given for it. A number is
/// given little-endian, in as many bytes as the row has; every other field as its bytes.
pub(crate) fn assert_table(document: &str, heading: &str, bytes: &[u8], fields: &[(&str, Value)]) {
    let rows = read_table(document, heading);
    let mut offset = 0;
    for row in &rows {
        assert_eq!(row.offset, offset, "{document}: {heading}: {} follows", row.field);
        let found = &bytes[offset..offset + row.size];
        let value = fields.iter().find(|(field, _)| *field == row.field);
        let (_, value) = value.unwrap_or_else(|| panic!("{heading}: unknown field {}", row.field));
        assert_eq!(found, value.bytes(row.size), "{document}: {heading}: {}", row.field);
        offset += row.size;
    }
    assert_eq!(offset, bytes.len(), "{document}: {heading}: the table is whole");
    assert_eq!(rows.len(), fields.len(), "{document}: {heading}: no field is missing");
}

/// What a field should hold.
pub(crate) enum Value {
    /// A number; a negative one in two's complement.
    Number(i128),
    /// Bytes as they are.
    Bytes(Vec<u8>),
    /// Zeros.
    Zeros,
}

impl Value {
    fn bytes(&self, size: usize) -> Vec<u8> {
        match self {
            Self::Number(number) => number.to_le_bytes()[..size].to_vec(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::Zeros => vec![0; size],
        }
    }
}

impl<T: Into<i128>> From<T> for Value {
    fn from(number: T) -> Self {
        Self::Number(number.into())
    }
}

pub(crate) fn bytes(bytes: impl AsRef<[u8]>) -> Value {
    Value::Bytes(bytes.as_ref().to_vec())
}

fn read_table(document: &str, heading: &str) -> Vec<Row> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(document);
    let text = fs::read_to_string(&path).expect("the document is part of the repository");
    let mut lines = text.lines().skip_while(|line| line.trim_start_matches('#').trim() != heading);
    assert!(lines.next().is_some(), "{document} has a heading {heading:?}");
    let section = lines.take_while(|line| !line.starts_with('#'));
    let rows: Vec<_> = section.filter_map(read_row).collect();
    assert!(!rows.is_empty(), "{document}: {heading} has a table");
    rows
}

/// `| 8 | 2 | version | … |`; anything else is no row.
fn read_row(line: &str) -> Option<Row> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let offset = cells.next()?.parse().ok()?;
    let size = cells.next()?.parse().ok()?;
    Some(Row { offset, size, field: cells.next()?.trim_matches('`').to_owned() })
}
