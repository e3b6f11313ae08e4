//! A card as JSON, and back.

use super::card::{Card, Expectation, Figure};
use crate::machine::Fact;
use crate::plot::{Curve, Point, Series};
use crate::quantity::Unit;
use serde_json::{Value, json};

/// Told from other files by this, and from later forms of itself.
const FORMAT: &str = "millstream-bench hw 1";

pub(super) fn encode(card: &Card) -> Value {
    let facts = card.machine.iter().map(|fact| json!({"name": fact.name, "value": fact.value}));
    let figures = card.figures.iter().map(|figure| {
        json!({
            "group": figure.group,
            "name": figure.name,
            "unit": figure.unit.name(),
            "value": figure.value,
        })
    });
    let expectations = card.expectations.iter().map(|expected| {
        json!({
            "name": expected.name,
            "unit": expected.unit.name(),
            "value": expected.value,
            "constraint": expected.constraint,
            "change": expected.change,
        })
    });
    json!({
        "format": FORMAT,
        "taken_at_ms": card.taken_at_ms,
        "is_partial": card.is_partial,
        "machine": facts.collect::<Vec<_>>(),
        "figures": figures.collect::<Vec<_>>(),
        "curves": card.curves.iter().map(encode_curve).collect::<Vec<_>>(),
        "expectations": expectations.collect::<Vec<_>>(),
        "findings": card.findings,
    })
}

fn encode_curve(curve: &Curve) -> Value {
    let point = |point: &Point| json!([point.across, point.value]);
    let series = curve.series.iter().map(|series| {
        let points: Vec<_> = series.points.iter().map(point).collect();
        json!({"name": series.name, "points": points})
    });
    json!({
        "title": curve.title,
        "across": curve.across,
        "unit": curve.unit.name(),
        "series": series.collect::<Vec<_>>(),
    })
}

/// Reads what [`encode`] wrote. The error says what is missing.
pub(super) fn decode(text: &str) -> Result<Card, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
    match value["format"].as_str() {
        Some(FORMAT) => {}
        Some(other) => return Err(format!("it is {other:?}, not {FORMAT:?}")),
        None => return Err(String::from("it is no score card of `millstream-bench hw --json`")),
    }
    Ok(Card {
        taken_at_ms: value["taken_at_ms"].as_i64().ok_or("taken_at_ms is missing")?,
        is_partial: value["is_partial"].as_bool().unwrap_or(false),
        machine: each(&value, "machine", |fact| {
            Ok(Fact { name: string(fact, "name")?, value: string(fact, "value")? })
        })?,
        figures: each(&value, "figures", |figure| {
            Ok(Figure {
                group: string(figure, "group")?,
                name: string(figure, "name")?,
                unit: unit(figure)?,
                value: number(&figure["value"])?,
            })
        })?,
        curves: each(&value, "curves", decode_curve)?,
        expectations: each(&value, "expectations", |expected| {
            Ok(Expectation {
                name: string(expected, "name")?,
                unit: unit(expected)?,
                value: number(&expected["value"])?,
                constraint: string(expected, "constraint")?,
                change: string(expected, "change")?,
            })
        })?,
        findings: each(&value, "findings", |finding| {
            finding.as_str().map(str::to_owned).ok_or_else(|| String::from("a finding is a text"))
        })?,
    })
}

fn decode_curve(curve: &Value) -> Result<Curve, String> {
    let point = |point: &Value| {
        let across = point[0].as_str().ok_or("a point has a place")?.to_owned();
        Ok(Point { across, value: number(&point[1])? })
    };
    let series = each(curve, "series", |series| {
        Ok(Series { name: string(series, "name")?, points: each(series, "points", point)? })
    })?;
    let (title, across) = (string(curve, "title")?, string(curve, "across")?);
    Ok(Curve { title, across, unit: unit(curve)?, series })
}

fn each<T>(
    value: &Value,
    name: &str,
    read: impl Fn(&Value) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let items = value[name].as_array().ok_or_else(|| format!("{name} is missing"))?;
    items.iter().map(read).collect()
}

fn string(value: &Value, name: &str) -> Result<String, String> {
    value[name].as_str().map(str::to_owned).ok_or_else(|| format!("{name} is missing"))
}

fn number(value: &Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| String::from("a value is no number"))
}

fn unit(value: &Value) -> Result<Unit, String> {
    let name = string(value, "unit")?;
    let known = Unit::ALL.into_iter().find(|unit| unit.name() == name);
    known.ok_or_else(|| format!("the unit {name:?} is unknown"))
}

#[cfg(test)]
mod json_test {
    use super::super::sample::card;
    use super::*;

    #[test]
    fn a_card_comes_back_as_it_was() {
        let card = card();
        assert_eq!(decode(&encode(&card).to_string()), Ok(card));
    }

    #[test]
    fn what_is_no_card_is_told_in_words() {
        for (text, said) in [
            ("", "no JSON"),
            ("[1]", "no score card"),
            ("{\"format\": \"else\"}", "it is \"else\""),
            ("{\"format\": \"millstream-bench hw 1\"}", "taken_at_ms is missing"),
        ] {
            let error = decode(text).expect_err("it is no card");
            assert!(error.contains(said), "{error}");
        }
        let mut value = encode(&card());
        value["figures"][0]["unit"] = json!("parsec");
        assert!(decode(&value.to_string()).expect_err("unknown").contains("parsec"));
    }
}
