//! What a run came to, for people and for programs.

use super::run::Outcome;
use super::tally::{Count, Tally};
use crate::amount::{scaled, time};
use millstream_base::histogram::Histogram;
use millstream_wire::ErrorCode;
use serde_json::{Value, json};
use std::time::Duration;

/// The percentiles that are shown.
const SHOWN: [f64; 4] = [50.0, 99.0, 99.9, 99.99];
/// Those that a plot needs.
const PLOTTED: [f64; 12] =
    [0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99, 99.999];
/// A client above it has no time left, and its figures are its own and not the broker's.
const BUSY_MAX: f64 = 0.95;
/// A client that starts one request of a hundred later than this is late itself.
const LATENESS_MAX: Duration = Duration::from_millis(1);

/// The outcome of a run, without its warm-up.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) elapsed: Duration,
    /// What came before, and is not in the figures.
    pub(crate) warm_up: Duration,
    /// Bytes moved both ways, in the warm-up too: what the broker's processor has worked for.
    pub(crate) total_bytes: u64,
    pub(crate) count: Count,
    pub(crate) unanswered: u64,
    is_answered: bool,
    is_cut: bool,
    churn_rates: [Option<f64>; 2],
    idle_member_count: usize,
    pub(crate) busy: f64,
    /// What was asked for, in requests per second.
    pub(crate) asked: Option<f64>,
    seconds: Vec<(Duration, Count)>,
}

impl Report {
    /// Of all seconds from `first` on; of all, if the run did not come that far.
    pub(crate) fn new(outcome: &Outcome, first: usize, asked: Option<f64>) -> Self {
        let is_short = outcome.series.since(first).next().is_none();
        let first = if is_short { 0 } else { first };
        let (whole, all) = outcome.series.sum_since(0);
        let (elapsed, count) = outcome.series.sum_since(first);
        let warm_up = whole.saturating_sub(elapsed);
        let total_bytes = all.produced.bytes + all.fetched.bytes;
        let seconds = outcome.series.since(first).cloned().collect();
        let Outcome { unanswered, is_answered, is_cut, busy, .. } = *outcome;
        let Outcome { churn_rates, idle_member_count, .. } = *outcome;
        Self {
            elapsed,
            warm_up,
            total_bytes,
            count,
            unanswered,
            is_answered,
            is_cut,
            churn_rates,
            idle_member_count,
            busy,
            asked,
            seconds,
        }
    }

    /// What makes the figures those of the client, in sentences.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.busy > BUSY_MAX {
            let percent = 100.0 * self.busy;
            warnings.push(format!("the client is saturated: its cores are {percent:.0} % busy"));
        }
        let lateness = self.count.lateness.value_at_percentile(99.0);
        if lateness > LATENESS_MAX {
            let lateness = time(lateness);
            warnings.push(format!(
                "the client is late: it started one request of a hundred {lateness} after its time"
            ));
        }
        let got = self.count.produced.requests_per_second(self.elapsed);
        if self.asked.is_some_and(|asked| got < 0.98 * asked) {
            warnings.push(String::from("the rate was not reached"));
        }
        for (name, tally, rate) in self.churns() {
            if tally.requests_per_second(self.elapsed) < 0.98 * rate {
                warnings.push(format!("fewer {name} came and went than were asked for"));
            }
        }
        if self.idle_member_count > 0 {
            let count = self.idle_member_count;
            warnings.push(format!("{count} members had nothing to read: partitions are too few"));
        }
        if !self.is_answered {
            warnings.push(String::from("nothing was acknowledged: times are until it was sent"));
        }
        if self.is_cut {
            warnings.push(String::from("the run ended before everything was read"));
        }
        if self.unanswered > 0 {
            warnings.push(format!("{} requests were never answered", self.unanswered));
        }
        if self.count.faults > 0 {
            warnings.push(format!("{} batches were not as they should be", self.count.faults));
        }
        warnings
    }

    /// How long producers waited, in a line.
    pub(crate) fn latency_text(&self) -> String {
        latency_text(&self.count.produced.latency)
    }

    /// A line for people: one step of many.
    pub(crate) fn step_text(&self, rate: &str) -> String {
        let produced = &self.count.produced;
        let got = scaled(produced.bytes_per_second(self.elapsed), "B");
        let requests = scaled(produced.requests_per_second(self.elapsed), "");
        let mut text =
            format!("{rate:<16} {got}/s, {requests} requests/s  {}", self.latency_text());
        for (code, count) in &produced.errors {
            text.push_str(&format!("; {count} × {}", ErrorCode(*code)));
        }
        for warning in self.warnings() {
            text.push_str(&format!("; {warning}"));
        }
        text
    }

    /// Some lines for people.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (name, tally) in self.count.directions() {
            self.write_direction(&mut text, name, tally);
        }
        if self.count.end_to_end.count() > 0 {
            let latency = latency_text(&self.count.end_to_end);
            text.push_str(&format!("  end to end  {latency}\n"));
        }
        for (name, tally, _) in self.churns() {
            self.write_churn(&mut text, name, tally);
        }
        for (name, tally) in self.count.beside() {
            if tally.requests > 0 || tally.error_count() > 0 {
                text.push_str(&format!("{name:<12} {} times\n", tally.requests));
                text.push_str(&format!("  took       {}\n", latency_text(&tally.latency)));
                write_errors(&mut text, tally);
            }
        }
        text.push_str(&format!("client       {:.0} % busy\n", 100.0 * self.busy));
        for warning in self.warnings() {
            text.push_str(&format!("note         {warning}\n"));
        }
        text
    }

    fn write_direction(&self, text: &mut String, name: &str, tally: &Tally) {
        if tally.requests == 0 && tally.error_count() == 0 {
            return;
        }
        let bytes = scaled(tally.bytes_per_second(self.elapsed), "B");
        let requests = scaled(tally.requests_per_second(self.elapsed), "");
        let records = scaled(tally.records_per_second(self.elapsed), "");
        let seconds = self.elapsed.as_secs_f64();
        text.push_str(&format!(
            "{name:<12} {bytes}/s, {requests} requests/s, {records} records/s in {seconds:.1} s\n"
        ));
        text.push_str(&format!("  latency    {}\n", latency_text(&tally.latency)));
        write_errors(text, tally);
    }

    /// What came and went, and how many of it in a second were asked for.
    fn churns(&self) -> impl Iterator<Item = (&'static str, &Tally, f64)> {
        let [connections, groups] = self.churn_rates;
        let connections = connections.map(|rate| ("connections", &self.count.churned, rate));
        let groups = groups.map(|rate| ("groups", &self.count.groups, rate));
        connections.into_iter().chain(groups)
    }

    fn write_churn(&self, text: &mut String, name: &str, tally: &Tally) {
        let came = scaled(tally.requests_per_second(self.elapsed), "");
        text.push_str(&format!("churned      {came} {name}/s, {} in all\n", tally.requests));
        text.push_str(&format!("  served in  {}\n", latency_text(&tally.latency)));
        write_errors(text, tally);
    }

    /// Everything, for programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "seconds": self.elapsed.as_secs_f64(),
            "warm_up_seconds": self.warm_up.as_secs_f64(),
            "total_bytes": self.total_bytes,
            "produced": self.direction_json(&self.count.produced),
            "fetched": self.direction_json(&self.count.fetched),
            "asked": self.direction_json(&self.count.asked),
            "churned": self.direction_json(&self.count.churned),
            "groups": self.direction_json(&self.count.groups),
            "rebalanced": self.direction_json(&self.count.rebalanced),
            "committed": self.direction_json(&self.count.committed),
            "heartbeats": self.direction_json(&self.count.heartbeats),
            "reconnected": self.direction_json(&self.count.reconnected),
            "end_to_end": histogram_json(&self.count.end_to_end),
            "client": {
                "busy": self.busy,
                "lateness": histogram_json(&self.count.lateness),
            },
            "asked_requests_per_second": self.asked,
            "unanswered": self.unanswered,
            "faults": self.count.faults,
            "warnings": self.warnings(),
            "series": self.seconds.iter().map(second_json).collect::<Vec<_>>(),
        })
    }

    fn direction_json(&self, tally: &Tally) -> Value {
        let errors = tally.errors.iter();
        let errors: serde_json::Map<String, Value> =
            errors.map(|(code, count)| (ErrorCode(*code).to_string(), json!(count))).collect();
        json!({
            "bytes_per_second": tally.bytes_per_second(self.elapsed),
            "requests_per_second": tally.requests_per_second(self.elapsed),
            "records_per_second": tally.records_per_second(self.elapsed),
            "bytes": tally.bytes,
            "records": tally.records,
            "latency": histogram_json(&tally.latency),
            "errors": errors,
        })
    }
}

fn write_errors(text: &mut String, tally: &Tally) {
    for (code, count) in &tally.errors {
        text.push_str(&format!("  errors     {count} × {}\n", ErrorCode(*code)));
    }
}

fn second_json((elapsed, count): &(Duration, Count)) -> Value {
    let direction = |tally: &Tally| {
        json!({
            "bytes_per_second": tally.bytes_per_second(*elapsed),
            "requests_per_second": tally.requests_per_second(*elapsed),
            "p50_ms": percentile_ms(&tally.latency, 50.0),
            "p99_ms": percentile_ms(&tally.latency, 99.0),
            "max_ms": milliseconds(tally.latency.max()),
            "errors": tally.error_count(),
        })
    };
    let directions = count.directions().map(|(name, tally)| (name.to_owned(), direction(tally)));
    Value::Object(directions.into_iter().collect())
}

fn histogram_json(histogram: &Histogram) -> Value {
    let plotted: Vec<Value> = PLOTTED
        .iter()
        .map(|percentile| json!([percentile, percentile_ms(histogram, *percentile)]))
        .collect();
    json!({
        "count": histogram.count(),
        "p50_ms": percentile_ms(histogram, 50.0),
        "p99_ms": percentile_ms(histogram, 99.0),
        "p99_9_ms": percentile_ms(histogram, 99.9),
        "p99_99_ms": percentile_ms(histogram, 99.99),
        "max_ms": milliseconds(histogram.max()),
        "percentiles_ms": plotted,
    })
}

fn latency_text(histogram: &Histogram) -> String {
    let mut text = String::new();
    for percentile in SHOWN {
        let value = time(histogram.value_at_percentile(percentile));
        text.push_str(&format!("p{percentile} {value}  "));
    }
    text.push_str(&format!("max {}", time(histogram.max())));
    text
}

fn percentile_ms(histogram: &Histogram, percentile: f64) -> f64 {
    milliseconds(histogram.value_at_percentile(percentile))
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
