//! Writes made-up messages of all APIs in all versions, one a line: name, version, bytes in
//! hexadecimal. Apache Kafka's own classes are to write them the same; see
//! `net/wire/tests/kafka/Rewrite.java`.

#![forbid(unsafe_code)]

#[path = "../tests/wire/sample.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod sample;

use std::fmt::Write as _;
use std::io::Write as _;

use sample::{Case, Style};

fn main() -> std::io::Result<()> {
    let count = std::env::args().nth(1).map_or(Ok(1), |count| count.parse());
    let count = count.map_err(std::io::Error::other)?;
    let mut output = std::io::stdout().lock();
    for case in Case::all() {
        for seed in 0..count {
            let style = Style { is_full: seed == 0, ..Style::default() };
            let line = line(case, &case.sample(seed, style).bytes);
            writeln!(output, "{line}")?;
        }
    }
    Ok(())
}

fn line(case: Case, bytes: &[u8]) -> String {
    let mut line = format!("{case:?} ");
    for byte in bytes {
        write!(line, "{byte:02x}").expect("a String takes everything");
    }
    line
}
