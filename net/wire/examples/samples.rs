//! Writes made-up messages of all APIs in all versions, one a line: name, version, bytes in
//! hexadecimal. With the word `across` there is a second version, in which they are to be written.
//! Apache Kafka's own classes are to write them the same; see
//! `net/wire/tests/kafka/Rewrite.java`.

#![forbid(unsafe_code)]

#[path = "../tests/wire/sample.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod sample;

use std::fmt::Write as _;
use std::io::Write as _;

use sample::{Case, Style};

fn main() -> std::io::Result<()> {
    let word = std::env::args().nth(1).unwrap_or_else(|| "1".to_owned());
    let mut output = std::io::stdout().lock();
    if word == "across" {
        for (case, version, sample) in Case::all_across() {
            writeln!(output, "{case:?} {version} {}", hexadecimal(&sample.bytes))?;
        }
        return Ok(());
    }
    let count: u64 = word.parse().map_err(std::io::Error::other)?;
    for case in Case::all() {
        for seed in 0..count {
            let style = Style { is_full: seed == 0, ..Style::default() };
            writeln!(output, "{case:?} {}", hexadecimal(&case.sample(seed, style).bytes))?;
        }
    }
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in bytes {
        write!(digits, "{byte:02x}").expect("a String takes everything");
    }
    digits
}
