//! A record as a JSON object: what `consume` writes, `produce` reads.
//!
//! Bytes that are UTF-8 are a string; others are `{"hex": "00ff"}`; nothing is `null`.

use crate::cli::record::{Consumed, Header, NewRecord};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// Writes a record as one line.
pub(crate) fn write(output: &mut impl Write, consumed: Consumed<'_>) -> io::Result<()> {
    let Consumed { topic, partition, record } = consumed;
    let headers = record.headers().map(|header| {
        json!({ "key": String::from_utf8_lossy(header.key), "value": of_bytes(header.value) })
    });
    let object = json!({
        "topic": topic,
        "partition": partition,
        "offset": record.offset().get(),
        "timestamp": record.timestamp().get(),
        "key": of_bytes(record.key()),
        "value": of_bytes(record.value()),
        "headers": headers.collect::<Value>(),
    });
    writeln!(output, "{object}")
}

fn of_bytes(bytes: Option<&[u8]>) -> Value {
    let Some(bytes) = bytes else { return Value::Null };
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::from(text),
        Err(_) => json!({ "hex": hex(bytes) }),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a record: an object with `value` and perhaps `key`, `headers` (as `consume` writes them,
/// or an object of texts), `timestamp` and `partition`. Other fields are for other readers.
pub(crate) fn parse(line: &[u8]) -> Result<NewRecord, String> {
    let value: Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let Value::Object(object) = value else {
        return Err(String::from("a record is an object: {\"value\": \"…\"}"));
    };
    let partition = integer(&object, "partition")?.map(i32::try_from);
    Ok(NewRecord {
        key: to_bytes(object.get("key"))?,
        value: to_bytes(object.get("value"))?,
        headers: headers(object.get("headers"))?,
        timestamp: integer(&object, "timestamp")?,
        partition: partition.transpose().map_err(|_| "partition: too great")?,
    })
}

fn integer(object: &Map<String, Value>, name: &str) -> Result<Option<i64>, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| format!("{name}: a number")),
    }
}

fn headers(value: Option<&Value>) -> Result<Vec<Header>, String> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(object)) => {
            object.iter().map(|(key, value)| Ok((key.clone(), to_bytes(Some(value))?))).collect()
        }
        Some(Value::Array(headers)) => headers.iter().map(header).collect(),
        Some(_) => Err(String::from("headers: an object, or a list of {\"key\", \"value\"}")),
    }
}

fn header(header: &Value) -> Result<Header, String> {
    let key = header.get("key").and_then(Value::as_str).ok_or("headers: each has a \"key\"")?;
    Ok((key.to_owned(), to_bytes(header.get("value"))?))
}

/// A string is its bytes, `{"hex": …}` what it says, anything else its JSON.
fn to_bytes(value: Option<&Value>) -> Result<Option<Vec<u8>>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone().into_bytes())),
        Some(Value::Object(object)) if object.len() == 1 && object.contains_key("hex") => {
            let text = object.get("hex").and_then(Value::as_str);
            let bytes = text.and_then(of_hex).ok_or("hex: an even count of digits from 0 to f")?;
            Ok(Some(bytes))
        }
        Some(other) => Ok(Some(other.to_string().into_bytes())),
    }
}

fn of_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod json_test {
    use super::*;

    #[test]
    fn objects_are_read() {
        let line = br#"{"key":"k","value":{"hex":"00ff"},"headers":[{"key":"a","value":null}],
                        "timestamp":5,"partition":1,"offset":9}"#;
        let record = NewRecord {
            key: Some(b"k".to_vec()),
            value: Some(vec![0, 255]),
            headers: vec![(String::from("a"), None)],
            timestamp: Some(5),
            partition: Some(1),
        };
        assert_eq!(parse(line), Ok(record));
        let line = br#"{"value":{"a":1},"headers":{"b":"c"}}"#;
        let record = parse(line).expect("a good one");
        assert_eq!(record.value, Some(br#"{"a":1}"#.to_vec()));
        assert_eq!(record.headers, [(String::from("b"), Some(b"c".to_vec()))]);
        assert_eq!(parse(b"{}"), Ok(NewRecord::default()));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let wrong: [&[u8]; 6] = [
            b"",
            b"[]",
            br#"{"value":{"hex":"0"}}"#,
            br#"{"headers":1}"#,
            br#"{"partition":"a"}"#,
            br#"{"partition":4294967296}"#,
        ];
        for line in wrong {
            assert!(parse(line).is_err(), "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn bytes_that_are_no_text_come_back_as_they_were() {
        for bytes in [None, Some(&b""[..]), Some(b"a"), Some(&[0, 159, 146, 150])] {
            let value = of_bytes(bytes);
            assert_eq!(to_bytes(Some(&value)), Ok(bytes.map(<[u8]>::to_vec)));
        }
    }
}
