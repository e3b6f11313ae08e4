//! `--format`: what is written of a record.

use crate::cli::record::Consumed;
use std::io::{self, Write};
use std::str::FromStr;

/// A text with places for the parts of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Format(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(u8),
    Key,
    Value,
    Headers,
    Topic,
    Partition,
    Offset,
    Timestamp,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            let part = match byte {
                b'%' => of_percent(bytes.next())?,
                b'\\' => Part::Text(of_backslash(bytes.next())?),
                byte => Part::Text(byte),
            };
            parts.push(part);
        }
        Ok(Self(parts))
    }
}

fn of_percent(letter: Option<u8>) -> Result<Part, String> {
    Ok(match letter {
        Some(b'k') => Part::Key,
        Some(b'v') => Part::Value,
        Some(b'h') => Part::Headers,
        Some(b't') => Part::Topic,
        Some(b'p') => Part::Partition,
        Some(b'o') => Part::Offset,
        Some(b'T') => Part::Timestamp,
        Some(b'%') => Part::Text(b'%'),
        _ => return Err(String::from("behind % stands one of k v h t p o T %")),
    })
}

fn of_backslash(letter: Option<u8>) -> Result<u8, String> {
    match letter {
        Some(b'n') => Ok(b'\n'),
        Some(b't') => Ok(b'\t'),
        Some(b'0') => Ok(0),
        Some(b'\\') => Ok(b'\\'),
        _ => Err(String::from(r"behind \ stands one of n t 0 \")),
    }
}

impl Format {
    /// Writes a record. Null and empty look alike; JSON keeps them apart.
    pub(crate) fn write(&self, output: &mut impl Write, consumed: Consumed<'_>) -> io::Result<()> {
        let Consumed { topic, partition, record } = consumed;
        for part in &self.0 {
            match part {
                Part::Text(byte) => output.write_all(&[*byte])?,
                Part::Key => output.write_all(record.key().unwrap_or_default())?,
                Part::Value => output.write_all(record.value().unwrap_or_default())?,
                Part::Headers => write_headers(output, consumed)?,
                Part::Topic => output.write_all(topic.as_bytes())?,
                Part::Partition => write!(output, "{partition}")?,
                Part::Offset => write!(output, "{}", record.offset().get())?,
                Part::Timestamp => write!(output, "{}", record.timestamp().get())?,
            }
        }
        Ok(())
    }
}

fn write_headers(output: &mut impl Write, consumed: Consumed<'_>) -> io::Result<()> {
    for (index, header) in consumed.record.headers().enumerate() {
        if index > 0 {
            output.write_all(b",")?;
        }
        output.write_all(header.key)?;
        output.write_all(b"=")?;
        output.write_all(header.value.unwrap_or_default())?;
    }
    Ok(())
}

#[cfg(test)]
mod format_test {
    use super::*;

    #[test]
    fn formats_are_read_or_refused() {
        let format: Format = r"%k\t%%\n".parse().expect("a good one");
        let text = |byte| Part::Text(byte);
        assert_eq!(format.0, [Part::Key, text(b'\t'), text(b'%'), text(b'\n')]);
        for wrong in ["%", "%x", r"\", r"\x"] {
            assert!(wrong.parse::<Format>().is_err(), "{wrong}");
        }
    }
}
