//! A card in a terminal.

use super::card::Card;
use crate::plot::Curve;

/// The whole card as text, for a terminal of usual width.
pub(super) fn render(card: &Card) -> String {
    let mut text = String::new();
    let rows = card.machine.iter().map(|fact| (fact.name.as_str(), fact.value.clone()));
    section(&mut text, "machine", rows);
    for group in card.groups() {
        let rows = card.group(group);
        let rows = rows.map(|figure| (figure.name.as_str(), figure.unit.show(figure.value)));
        section(&mut text, group, rows);
    }
    for curve in &card.curves {
        grid(&mut text, curve);
    }
    let rows = card.expectations.iter().map(|expected| {
        let value = expected.unit.show(expected.value);
        (expected.name.as_str(), format!("{value}, bound by {}", expected.constraint))
    });
    section(&mut text, "what a Millstream broker of one shard should reach here", rows);
    let changes =
        card.expectations.iter().map(|expected| (expected.name.as_str(), expected.change.clone()));
    section(&mut text, "what would have to change for more", changes);
    if !card.findings.is_empty() {
        heading(&mut text, "findings");
    }
    for finding in &card.findings {
        text.push_str(&format!("  - {finding}\n"));
    }
    if card.is_partial {
        text.push_str("\nInterrupted: what is missing was not measured.\n");
    }
    text
}

fn heading(text: &mut String, title: &str) {
    let gap = if text.is_empty() { "" } else { "\n" };
    text.push_str(&format!("{gap}{}\n", title.to_uppercase()));
}

fn section<'a>(text: &mut String, title: &str, rows: impl Iterator<Item = (&'a str, String)>) {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return;
    }
    heading(text, title);
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in rows {
        text.push_str(&format!("  {name:<width$}  {value}\n"));
    }
}

/// Places downwards, lines across.
fn grid(text: &mut String, curve: &Curve) {
    let Some(longest) = curve.series.iter().max_by_key(|series| series.points.len()) else {
        return;
    };
    if longest.points.is_empty() {
        return;
    }
    heading(text, &curve.title);
    let names = curve.series.iter().map(|series| series.name.as_str());
    let widths: Vec<usize> = names.clone().map(|name| name.chars().count().max(9)).collect();
    text.push_str(&format!("  {:<20}", curve.across));
    for (name, width) in names.zip(&widths) {
        text.push_str(&format!("  {name:>width$}"));
    }
    text.push('\n');
    for place in &longest.points {
        text.push_str(&format!("  {:<20}", place.across));
        for (series, width) in curve.series.iter().zip(&widths) {
            let own = series.points.iter().find(|point| point.across == place.across);
            let value = own.map_or_else(|| String::from("–"), |point| curve.unit.show(point.value));
            text.push_str(&format!("  {value:>width$}"));
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod table_test {
    use super::super::sample::card;
    use super::*;

    #[test]
    fn everything_of_a_card_is_in_its_table() {
        let text = render(&card());
        for part in [
            "Linux <6>",
            "4.50 GB/s",
            "120 µs",
            "1 MiB                   4.00 GB/s",
            "2.00 GB/s, bound by the disk",
            "a faster one",
            "- All is <well>.",
        ] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
        assert!(!text.contains("Interrupted"));
    }

    #[test]
    fn a_card_of_nothing_is_short_and_says_why() {
        let card = Card { is_partial: true, ..Card::default() };
        assert_eq!(render(&card), "\nInterrupted: what is missing was not measured.\n");
    }
}
