//! A page of metrics as Prometheus reads it.

use crate::cli::top::buckets::Buckets;
use std::collections::BTreeMap;

/// Numbers by their names without `millstream_`; each with its labels.
#[derive(Debug, Default)]
pub(super) struct Page(BTreeMap<String, Vec<Series>>);

#[derive(Debug)]
struct Series {
    labels: BTreeMap<String, String>,
    number: f64,
}

/// Labels that a series must have.
pub(super) type Wanted<'a> = &'a [(&'a str, &'a str)];

impl Page {
    /// `None` if it is no such page.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut page = Self::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (series, number) = line.rsplit_once(' ')?;
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels = labels.strip_suffix('}')?;
            let labels = labels.split(',').filter(|label| !label.is_empty());
            let labels = labels.map(|label| {
                let (name, value) = label.split_once('=')?;
                let value = value.strip_prefix('"')?.strip_suffix('"')?;
                Some((name.to_owned(), value.to_owned()))
            });
            let series =
                Series { labels: labels.collect::<Option<_>>()?, number: number.parse().ok()? };
            let name = name.strip_prefix("millstream_").unwrap_or(name);
            page.0.entry(name.to_owned()).or_default().push(series);
        }
        (!page.0.is_empty()).then_some(page)
    }

    fn series<'a>(&'a self, name: &str, wanted: Wanted<'a>) -> impl Iterator<Item = &'a Series> {
        let all = self.0.get(name).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(move |series| {
            let has = |(name, value): &(&str, &str)| {
                series.labels.get(*name).is_some_and(|got| got == value)
            };
            wanted.iter().all(has)
        })
    }

    /// The sum of all series of a name that have these labels.
    pub(super) fn sum(&self, name: &str, wanted: Wanted<'_>) -> f64 {
        self.series(name, wanted).map(|series| series.number).sum()
    }

    /// What values a label of a name has, in the order of the page.
    pub(super) fn values(&self, name: &str, label: &str) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for series in self.series(name, &[]) {
            if let Some(value) = series.labels.get(label)
                && !values.contains(value)
            {
                values.push(value.clone());
            }
        }
        values
    }

    /// The distribution of a name, of all series that have these labels together.
    pub(super) fn buckets(&self, name: &str, wanted: Wanted<'_>) -> Buckets {
        let series = self.0.get(&format!("{name}_bucket")).map(Vec::as_slice).unwrap_or_default();
        let mut buckets = Buckets::default();
        for series in series {
            let has = |(name, value): &(&str, &str)| {
                series.labels.get(*name).is_some_and(|got| got == value)
            };
            if wanted.iter().all(has)
                && let Some(Ok(bound)) = series.labels.get("le").map(|bound| bound.parse())
            {
                buckets.add(bound, series.number);
            }
        }
        buckets
    }
}

#[cfg(test)]
mod page_test {
    use super::*;

    #[test]
    fn a_page_is_read_and_summed() {
        let text = "# HELP millstream_a It.\n# TYPE millstream_a counter\n\
                    millstream_a{shard=\"0\",topic=\"x\"} 1\nmillstream_a{shard=\"1\",topic=\"x\"} 2.5\n\
                    millstream_m 7\n\
                    millstream_h_bucket{le=\"0.1\"} 1\nmillstream_h_bucket{le=\"+Inf\"} 3\n";
        let page = Page::parse(text).expect("a page");
        assert!((page.sum("a", &[]) - 3.5).abs() < 1e-9);
        assert!((page.sum("a", &[("shard", "1")]) - 2.5).abs() < 1e-9);
        assert!((page.sum("m", &[]) - 7.0).abs() < 1e-9);
        assert!(page.sum("nothing", &[]).abs() < 1e-9);
        assert_eq!(page.values("a", "shard"), ["0", "1"]);
        assert!((page.buckets("h", &[]).count() - 3.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for text in ["", "\n", "a{", "a{b} 1", "a{b=\"c} 1", "a 1x", "<html>"] {
            assert!(Page::parse(text).is_none(), "{text:?}");
        }
    }
}
