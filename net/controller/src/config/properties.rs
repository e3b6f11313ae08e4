//! Java's properties files: `name=value` lines with comments, continuations and escapes.

use super::fault::ConfigFault;
use std::iter::Peekable;
use std::str::Chars;

/// One entry of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Which line it begins at, from 1.
    pub line: usize,
    /// Its name, without escapes.
    pub name: String,
    /// Its value, without escapes; empty where the line has none.
    pub value: String,
}

/// Reads all entries of a properties file, in its order.
///
/// As Java reads them: a line that begins with `#` or `!` is a comment; one that ends with an odd
/// number of backslashes goes on in the next, whose leading white space does not count; the name
/// ends at the first `=`, `:` or white space; `\t`, `\n`, `\r`, `\f` and `\uXXXX` mean what they
/// mean in Java, and any other character behind a backslash means itself.
///
/// # Errors
/// [`ConfigFault::Line`] for a `\u` without four hexadecimal digits, or with half of a pair.
pub fn parse(text: &str) -> Result<Vec<Property>, ConfigFault> {
    let mut properties = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let line = line.trim_start_matches(is_space);
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = line.to_owned();
        while is_continued(&logical) {
            logical.pop();
            let Some((_, next)) = lines.next() else { break };
            logical.push_str(next.trim_start_matches(is_space));
        }
        properties.push(property(index + 1, &logical)?);
    }
    Ok(properties)
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\x0c')
}

fn is_continued(line: &str) -> bool {
    let kept = line.trim_end_matches('\\').len();
    (line.len() - kept) % 2 == 1
}

fn property(line: usize, text: &str) -> Result<Property, ConfigFault> {
    let mut rest = text.chars().peekable();
    let is_end = |character| is_space(character) || matches!(character, '=' | ':');
    let name = unescaped(&mut rest, line, is_end)?;
    skip_spaces(&mut rest);
    if rest.next_if(|character| matches!(character, '=' | ':')).is_some() {
        skip_spaces(&mut rest);
    }
    let value = unescaped(&mut rest, line, |_| false)?;
    Ok(Property { line, name, value })
}

fn skip_spaces(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|character| is_space(*character)).is_some() {}
}

/// Everything before the first unescaped character that ends it.
fn unescaped(
    rest: &mut Peekable<Chars<'_>>,
    line: usize,
    is_end: impl Fn(char) -> bool,
) -> Result<String, ConfigFault> {
    let mut text = String::new();
    // Java's characters are those of UTF-16, so one beyond them comes as two escapes.
    let mut high = None;
    while let Some(character) = rest.next_if(|character| !is_end(*character)) {
        let escaped = if character == '\\' { rest.next() } else { None };
        let unit = match (character, escaped) {
            ('\\', Some('u')) => hexadecimal(rest, line)?,
            (plain, None) if plain != '\\' => u32::from(plain),
            (_, None) => continue,
            (_, Some(escaped)) => u32::from(meaning(escaped)),
        };
        high = push(&mut text, high, unit, line)?;
    }
    if high.is_some() { Err(half_pair(line)) } else { Ok(text) }
}

fn meaning(escaped: char) -> char {
    match escaped {
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        'f' => '\x0c',
        other => other,
    }
}

fn hexadecimal(rest: &mut Peekable<Chars<'_>>, line: usize) -> Result<u32, ConfigFault> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = rest.next().and_then(|character| character.to_digit(16));
        let why = "\\u wants four hexadecimal digits";
        unit = unit * 16 + digit.ok_or(ConfigFault::Line { line, why })?;
    }
    Ok(unit)
}

/// Adds a unit of UTF-16; the first half of a pair is kept for the second.
fn push(
    text: &mut String,
    high: Option<u32>,
    unit: u32,
    line: usize,
) -> Result<Option<u32>, ConfigFault> {
    match (high, unit) {
        (None, 0xd800..=0xdbff) => return Ok(Some(unit)),
        (Some(high), 0xdc00..=0xdfff) => {
            let code = 0x1_0000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
            text.push(char::from_u32(code).expect("a pair is a character"));
        }
        (None, _) => text.push(char::from_u32(unit).ok_or_else(|| half_pair(line))?),
        (Some(_), _) => return Err(half_pair(line)),
    }
    Ok(None)
}

fn half_pair(line: usize) -> ConfigFault {
    ConfigFault::Line { line, why: "\\u names half of a character" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<(usize, String, String)> {
        let properties = parse(text).expect("a file");
        properties.into_iter().map(|entry| (entry.line, entry.name, entry.value)).collect()
    }

    fn entry(line: usize, name: &str, value: &str) -> (usize, String, String) {
        (line, name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_plain_file_is_read() {
        let text = "# comment\r\n! and another\r\n\r\nnum.partitions=3\r\nlog.dirs = /a,/b\n\
                    broker.id:1\nempty\nalso.empty=\n  indented\t value \n";
        let expected = [
            entry(4, "num.partitions", "3"),
            entry(5, "log.dirs", "/a,/b"),
            entry(6, "broker.id", "1"),
            entry(7, "empty", ""),
            entry(8, "also.empty", ""),
            entry(9, "indented", "value "),
        ];
        assert_eq!(entries(text), expected);
    }

    #[test]
    fn lines_continue_behind_an_odd_backslash() {
        let text = "a=1,\\\n   2,\\\n\t3\nb=c:\\\\\nd=last\\";
        let expected = [entry(1, "a", "1,2,3"), entry(4, "b", "c:\\"), entry(5, "d", "last")];
        assert_eq!(entries(text), expected);
        assert_eq!(entries("a=\\\n# no comment"), [entry(1, "a", "# no comment")]);
    }

    #[test]
    fn escapes_mean_what_java_means() {
        let text = "a\\ b\\=c=\\t\\n\\r\\f\\q\\u00e9\\ud83d\\ude00";
        assert_eq!(entries(text), [entry(1, "a b=c", "\t\n\r\x0cqé😀")]);
    }

    #[test]
    fn broken_escapes_name_their_line() {
        for text in ["\na=\\u12", "\na=\\u12g4", "\na=\\ud83d", "\na=\\ude00", "\na=\\ud83dx"] {
            let fault = parse(text).expect_err("a broken escape");
            assert!(matches!(fault, ConfigFault::Line { line: 2, .. }), "{text:?}: {fault}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[a-c=: \t\\\\\\nuU0-9!#]{0,60}") {
            let _ = parse(&text);
        }
    }
}
