//! A comparison as one page that needs nothing else.

use super::markdown::verdicts;
use super::summary::{Cell, Row, Summary};
use crate::markup::escape;
use crate::plot::{Curve, Point, Series};
use crate::quantity::Unit;
use std::fmt::Write;

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--soft:#8888}\
body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.5rem 0 .25rem}\
p.lead{color:var(--soft);margin:.25rem 0 1rem}\
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}\
td,th{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:left}\
td+td{font-variant-numeric:tabular-nums}\
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:1.5rem}\
figure{margin:0}figcaption{font-weight:600;margin-bottom:.25rem}\
svg text{font-size:12px;fill:currentColor}svg .grid{stroke:var(--line)}\
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1rem;padding:0;margin:.25rem 0}";

pub(super) fn render(summary: &Summary) -> String {
    let mut page = String::from("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
    let _ = write!(page, "<title>Brokers compared</title><style>{STYLE}</style></head><body>");
    let _ = write!(
        page,
        "<h1>Brokers compared</h1><p class=\"lead\">Taken by <code>millstream-bench compare</code> \
         on {}. All brokers ran on the same core and were loaded from another, in turns; the \
         figures are medians of the rounds, and those on the plots of latency come from the round \
         next to the median. Lower lines are better there: the further to the right a line stays \
         low, the fewer requests wait long.</p>",
        escape(&summary.taken_at)
    );
    for row in &summary.rows {
        section(&mut page, summary, row);
    }
    page.push_str("</body></html>");
    page
}

fn section(page: &mut String, summary: &Summary, row: &Row) {
    let scenario = &row.scenario;
    let (title, why) = (escape(&scenario.title), escape(&scenario.why));
    let _ = write!(page, "<h2>{title}</h2><p class=\"lead\">{why}</p><table><tr>");
    for head in ["Broker", "Median", "Spread", "CPU seconds per GB", "Memory"] {
        let _ = write!(page, "<th>{head}</th>");
    }
    page.push_str("</tr>");
    for (name, cell) in summary.brokers.iter().zip(&row.cells) {
        table_row(page, row, name, cell);
    }
    page.push_str("</table>");
    let verdicts = verdicts(summary, row);
    if !verdicts.is_empty() {
        page.push_str("<ul>");
        for (is_held, words) in verdicts {
            let verdict = if is_held { "held" } else { "missed" };
            let _ = write!(page, "<li><b>{verdict}</b>: {}</li>", escape(&words));
        }
        page.push_str("</ul>");
    }
    page.push_str("<div class=\"plots\">");
    page.push_str(&latency(summary, row).to_svg());
    page.push_str(&rounds(summary, row).to_svg());
    page.push_str("</div>");
}

fn table_row(page: &mut String, row: &Row, name: &str, cell: &Cell) {
    let unit = row.scenario.unit;
    let (median, spread) = cell.figure().map_or_else(
        || (String::from("–"), cell.notes().join("; ")),
        |figure| {
            let spread = format!("{} to {}", unit.show(figure.min), unit.show(figure.max));
            (unit.show(figure.median), spread)
        },
    );
    let cpu = cell.cpu_seconds_per_gb();
    let cpu = cpu.map_or(String::from("–"), |spread| format!("{:.2}", spread.median));
    let memory = cell.memory_bytes();
    let memory = memory.map_or(String::from("–"), |bytes| format!("{} MiB", bytes >> 20));
    page.push_str("<tr>");
    for value in [name, &median, &spread, &cpu, &memory] {
        let _ = write!(page, "<td>{}</td>", escape(value));
    }
    page.push_str("</tr>");
}

fn latency(summary: &Summary, row: &Row) -> Curve {
    let series = summary.brokers.iter().zip(&row.cells).filter_map(|(name, cell)| {
        let latency = &cell.typical()?.latency;
        let point = |(percentile, seconds): &(f64, f64)| Point {
            across: percentile.to_string(),
            value: *seconds,
        };
        Some(Series { name: name.clone(), points: latency.iter().map(point).collect() })
    });
    Curve {
        title: String::from("Latency by percentile"),
        across: String::from("percentile"),
        unit: Unit::Seconds,
        series: series.collect(),
    }
}

fn rounds(summary: &Summary, row: &Row) -> Curve {
    let series = summary.brokers.iter().zip(&row.cells).map(|(name, cell)| {
        let point = |(index, figure)| Point { across: format!("{}", index + 1), value: figure };
        let figures = cell.rounds.iter().map(|round| round.figure);
        Series { name: name.clone(), points: figures.enumerate().map(point).collect() }
    });
    Curve {
        title: String::from("The figure, round by round"),
        across: String::from("round"),
        unit: row.scenario.unit,
        series: series.collect(),
    }
}
