//! A card as one HTML page that needs nothing else.

use super::card::{Card, Expectation};
use crate::calendar::date_time;
use crate::markup::escape;

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--soft:#8888}\
body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}\
p.lead{color:var(--soft);margin:.25rem 0 1rem}\
table{border-collapse:collapse;width:100%}\
td,th{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}\
td.value{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:1.5rem}\
figure{margin:0}figcaption{font-weight:600;margin-bottom:.25rem}\
svg text{font-size:12px;fill:currentColor}svg .grid{stroke:var(--line)}\
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1rem;padding:0;margin:.25rem 0}\
.halves{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:0 2rem}\
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:1rem}\
.card{border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem}\
.card b{display:block;font-size:1.5rem}.card small{color:var(--soft);display:block}";

/// The page.
pub(super) fn render(card: &Card) -> String {
    let mut page = String::from("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
    page.push_str(&format!(
        "<title>Score card of a machine</title><style>{STYLE}</style></head><body>"
    ));
    page.push_str(&format!(
        "<h1>What this machine can do</h1><p class=\"lead\">Measured by <code>millstream-bench \
         hw</code> on {}.{}</p>",
        date_time(card.taken_at_ms),
        if card.is_partial { " Interrupted: what is missing was not measured." } else { "" }
    ));
    expectations(&mut page, &card.expectations);
    if !card.findings.is_empty() {
        page.push_str("<h2>Findings</h2><ul>");
        for finding in &card.findings {
            page.push_str(&format!("<li>{}</li>", escape(finding)));
        }
        page.push_str("</ul>");
    }
    page.push_str(
        "<h2>Durable writes</h2><p>More bytes per second are better, and so are shorter latencies. \
         The axes on the left are logarithmic: each line of the grid is about twice the one \
         below.</p><div class=\"plots\">",
    );
    for curve in &card.curves {
        page.push_str(&curve.to_svg());
    }
    page.push_str("</div><div class=\"halves\">");
    for group in card.groups() {
        let rows = card.group(group);
        let rows = rows.map(|figure| (figure.name.as_str(), figure.unit.show(figure.value)));
        table(&mut page, group, rows, true);
    }
    page.push_str("</div>");
    let rows = card.machine.iter().map(|fact| (fact.name.as_str(), fact.value.clone()));
    table(&mut page, "The machine", rows, false);
    page.push_str("</body></html>\n");
    page
}

fn expectations(page: &mut String, expectations: &[Expectation]) {
    if expectations.is_empty() {
        return;
    }
    page.push_str("<h2>What a Millstream broker of one shard should reach here</h2>");
    page.push_str("<div class=\"cards\">");
    for expected in expectations {
        page.push_str(&format!(
            "<div class=\"card\">{}<b>{}</b><small>Bound by {}.</small><small>For more: {}.</small>\
             </div>",
            escape(&expected.name),
            expected.unit.show(expected.value),
            escape(&expected.constraint),
            escape(&expected.change)
        ));
    }
    page.push_str("</div>");
}

fn table<'a>(
    page: &mut String,
    title: &str,
    rows: impl Iterator<Item = (&'a str, String)>,
    are_figures: bool,
) {
    let class = if are_figures { " class=\"value\"" } else { "" };
    page.push_str(&format!("<section><h2>{}</h2><table>", escape(title)));
    for (name, value) in rows {
        let (name, value) = (escape(name), escape(&value));
        page.push_str(&format!("<tr><td>{name}</td><td{class}>{value}</td></tr>"));
    }
    page.push_str("</table></section>");
}

#[cfg(test)]
mod page_test {
    use super::super::sample::card;
    use super::*;

    #[test]
    fn a_page_needs_nothing_else_and_shows_all() {
        let page = render(&card());
        for part in
            ["4.50 GB/s", "120 µs", "<polyline", "Bound by the disk", "2025-11-26 08:00 UTC"]
        {
            assert!(page.contains(part), "{part:?} is missing in:\n{page}");
        }
        for foreign in ["http:", "https:", "<script", "<link", "src="] {
            assert!(!page.contains(foreign), "{foreign:?} is in:\n{page}");
        }
    }

    #[test]
    fn what_the_machine_says_is_no_markup() {
        let page = render(&card());
        assert!(page.contains("Linux &lt;6&gt;") && !page.contains("<6>"));
        assert!(page.contains("All is &lt;well&gt;.") && !page.contains("<well>"));
    }
}
