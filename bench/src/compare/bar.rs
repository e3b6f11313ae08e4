//! What a figure should come to.

use crate::quantity::Unit;
use toml::Value;

/// A bar for the broker that was named first.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bar {
    /// At least so many times the figure of another broker.
    AtLeast { of: String, ratio: f64 },
    /// At most so many times the figure of another broker.
    AtMost { of: String, ratio: f64 },
    /// At most this value.
    Below(f64),
}

impl Bar {
    pub(super) fn parse(value: &Value) -> Result<Self, String> {
        const FORM: &str = "a bar is { of = 'limit', at_least = 0.75 }, { of = 'limit', \
                            at_most = 1.15 } or { below = 0.001 }";
        let table = value.as_table().ok_or(FORM)?;
        let number = |key: &str| table.get(key).and_then(Value::as_float);
        let of = table.get("of").and_then(Value::as_str).map(str::to_owned);
        match (of, number("at_least"), number("at_most"), number("below")) {
            (Some(of), Some(ratio), None, None) => Ok(Self::AtLeast { of, ratio }),
            (Some(of), None, Some(ratio), None) => Ok(Self::AtMost { of, ratio }),
            (None, None, None, Some(value)) => Ok(Self::Below(value)),
            _ => Err(String::from(FORM)),
        }
    }

    /// What became of it, in words, given the first broker's figure and those of all by name;
    /// `None` where the other broker was not measured.
    pub(super) fn judge(
        &self,
        ours: f64,
        theirs: impl Fn(&str) -> Option<f64>,
        unit: Unit,
    ) -> Option<(bool, String)> {
        match self {
            Self::AtLeast { of, ratio } => {
                let got = ours / theirs(of)?;
                Some((got >= *ratio, format!("{got:.2} × {of}, should be ≥ {ratio}")))
            }
            Self::AtMost { of, ratio } => {
                let got = ours / theirs(of)?;
                Some((got <= *ratio, format!("{got:.2} × {of}, should be ≤ {ratio}")))
            }
            Self::Below(value) => {
                let (got, bar) = (unit.show(ours), unit.show(*value));
                Some((ours <= *value, format!("{got}, should be ≤ {bar}")))
            }
        }
    }
}

#[cfg(test)]
mod bar_test {
    use super::*;

    fn bar(text: &str) -> Result<Bar, String> {
        let table: toml::Table = text.parse().expect("is TOML");
        Bar::parse(&table["bar"])
    }

    #[test]
    fn a_bar_is_held_or_missed() {
        let theirs = |name: &str| (name == "limit").then_some(100.0);
        let judge = |text: &str, ours: f64| {
            let judged = bar(text).expect("a bar").judge(ours, theirs, Unit::PerSecond);
            judged.map(|(is_held, _)| is_held)
        };
        assert_eq!(judge("bar = { of = 'limit', at_least = 0.75 }", 75.0), Some(true));
        assert_eq!(judge("bar = { of = 'limit', at_least = 0.75 }", 74.0), Some(false));
        assert_eq!(judge("bar = { of = 'limit', at_most = 1.5 }", 151.0), Some(false));
        assert_eq!(judge("bar = { of = 'kafka', at_least = 6.0 }", 75.0), None);
        assert_eq!(judge("bar = { below = 80.0 }", 75.0), Some(true));
        for wrong in ["bar = 7", "bar = {}", "bar = { of = 'limit' }", "bar = { at_least = 1.0 }"] {
            assert!(bar(wrong).is_err(), "{wrong}");
        }
    }
}
