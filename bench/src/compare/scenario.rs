//! A scenario: a load, the figure that counts, and what it should come to.

use super::bar::Bar;
use crate::failure::Failure;
use crate::quantity::Unit;
use std::path::Path;
use toml::{Table, Value};

/// One row of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scenario {
    /// As people call it.
    pub(super) title: String,
    /// What it shows, in a sentence.
    pub(super) why: String,
    /// The arguments of `load`, without those of where and how long.
    pub(super) load: Vec<String>,
    /// How long to measure, as `load` takes it.
    pub(super) seconds: String,
    /// Where the report has the figure that counts, as a JSON pointer (RFC 6901).
    pub(super) figure: String,
    pub(super) unit: Unit,
    /// What its value in the report is multiplied with to have that unit.
    pub(super) factor: f64,
    pub(super) bars: Vec<Bar>,
}

const KNOWN: [&str; 8] = ["title", "why", "load", "seconds", "figure", "unit", "factor", "bars"];

impl Scenario {
    /// Reads a file.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::usage(format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        Self::parse(&text).map_err(wrong)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error| format!("{error}"))?;
        if let Some(unknown) = table.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            return Err(format!("`{unknown}` is not known: {}", KNOWN.join(", ")));
        }
        let unit = text_of(&table, "unit")?;
        let named = Unit::ALL.into_iter().find(|known| known.name() == unit);
        let unit = named.ok_or_else(|| format!("`{unit}` is no unit"))?;
        let load = table.get("load").and_then(Value::as_array).ok_or("load is a list of words")?;
        let load = load.iter().map(|word| word.as_str().map(str::to_owned));
        let bars = match table.get("bars") {
            None => Vec::new(),
            Some(bars) => {
                let bars = bars.as_array().ok_or("bars is a list of tables")?;
                bars.iter().map(Bar::parse).collect::<Result<_, _>>()?
            }
        };
        Ok(Self {
            title: text_of(&table, "title")?,
            why: text_of(&table, "why")?,
            load: load.collect::<Option<_>>().ok_or("load is a list of words")?,
            seconds: text_of(&table, "seconds")?,
            figure: text_of(&table, "figure")?,
            unit,
            factor: table
                .get("factor")
                .map_or(Some(1.0), Value::as_float)
                .ok_or("factor: 0.001")?,
            bars,
        })
    }
}

fn text_of(table: &Table, key: &str) -> Result<String, String> {
    let text = table.get(key).and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| format!("{key} is missing, or is no text"))
}

#[cfg(test)]
mod scenario_test {
    use super::*;

    const SOUND: &str = "title = 'a'\nwhy = 'b'\nload = ['produce']\nseconds = '3s'\n\
                         figure = '/produced/bytes_per_second'\nunit = 'bytes_per_second'\n";

    #[test]
    fn what_is_not_right_is_named() {
        let scenario = Scenario::parse(SOUND).expect("is sound");
        assert_eq!((scenario.load.len(), scenario.bars.len()), (1, 0));
        for (from, to, said) in [
            ("title = 'a'", "", "title"),
            ("why", "wyh", "wyh"),
            ("['produce']", "'produce'", "load"),
            ("['produce']", "[7]", "load"),
            ("'bytes_per_second'\n", "'miles'\n", "miles"),
            ("why = 'b'", "why = 'b'\nbars = 7", "bars"),
            ("why = 'b'", "why = 'b'\nfactor = 'x'", "factor"),
        ] {
            let error = Scenario::parse(&SOUND.replacen(from, to, 1)).expect_err("is wrong");
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn all_scenarios_of_this_folder_are_sound() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let files = std::fs::read_dir(folder).expect("is there");
        let mut count = 0;
        for file in files {
            Scenario::read(&file.expect("is listed").path()).expect("is sound");
            count += 1;
        }
        assert!(count > 0, "there are some");
    }
}
