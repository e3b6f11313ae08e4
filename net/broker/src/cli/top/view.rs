//! What two looks at a broker say of the time between them.

use crate::cli::output::{size, table};
use crate::cli::top::buckets::Buckets;
use crate::cli::top::page::Wanted;
use crate::cli::top::scrape::Scrape;
use serde_json::{Map, Value, json};

/// A column: what stands above it, and the number that stands in it.
type Column = (&'static str, &'static str);

const SHARD_COLUMNS: &[Column] = &[
    ("CONNECTIONS", "connections"),
    ("PARTITIONS", "partitions"),
    ("REQUESTS/s", "requests_per_second"),
    ("IN/s", "in_bytes_per_second"),
    ("OUT/s", "out_bytes_per_second"),
    ("COMMITS/s", "commits_per_second"),
    ("COMMIT p50", "commit_p50_ms"),
    ("p99", "commit_p99_ms"),
    ("MAILBOX p99", "mailbox_p99_ms"),
    ("SEND p99", "send_p99_ms"),
    ("BUFFERS", "buffers_bytes"),
];
const API_COLUMNS: &[Column] = &[
    ("REQUESTS/s", "requests_per_second"),
    ("p50", "p50_ms"),
    ("p99", "p99_ms"),
    ("p99 OF: RECEIVE", "receive_p99_ms"),
    ("DECODE", "decode_p99_ms"),
    ("APPEND", "append_p99_ms"),
    ("STABLE", "stable_p99_ms"),
    ("READ", "read_p99_ms"),
    ("PARK", "park_p99_ms"),
    ("ANSWER", "answer_p99_ms"),
];
const TOPIC_COLUMNS: &[Column] = &[
    ("BATCHES/s", "batches_per_second"),
    ("IN/s", "in_bytes_per_second"),
    ("READS/s", "reads_per_second"),
    ("OUT/s", "out_bytes_per_second"),
];

/// What a broker did between two looks.
pub(super) struct View {
    seconds: f64,
    memory_bytes: f64,
    shards: Vec<Row>,
    apis: Vec<Row>,
    topics: Vec<Row>,
    slowest: Vec<Value>,
}

/// Numbers by their names; those that nothing is known of are missing.
struct Row {
    name: String,
    numbers: Map<String, Value>,
}

impl View {
    pub(super) fn new(before: &Scrape, now: &Scrape) -> Self {
        let seconds = (now.taken - before.taken).as_secs_f64().max(1e-3);
        let pair = Pair { before, now, seconds };
        let values = |name, label| now.page.values(name, label).into_iter();
        let topics = values("topic_bytes_in_total", "topic").map(|topic| pair.topic(&topic));
        let mut topics: Vec<Row> = topics.collect();
        let busy =
            |row: &Row| row.number("in_bytes_per_second") + row.number("out_bytes_per_second");
        topics.sort_by(|left, right| busy(right).total_cmp(&busy(left)));
        Self {
            seconds,
            memory_bytes: now.page.sum("memory_resident_bytes", &[]),
            shards: values("connections", "shard").map(|shard| pair.shard(&shard)).collect(),
            apis: values("request_seconds_count", "api").map(|api| pair.api(&api)).collect(),
            topics,
            slowest: now.slowest.clone(),
        }
    }

    /// Tables; of topics and slow requests at most so many.
    pub(super) fn text(&self, limit: usize) -> String {
        let memory = bytes(self.memory_bytes);
        let shards = rows_text("SHARD", SHARD_COLUMNS, &self.shards, usize::MAX);
        let is_busy = |row: &&Row| row.number("requests_per_second") > 0.0;
        let apis: Vec<&Row> = self.apis.iter().filter(is_busy).collect();
        let apis = rows_text("API", API_COLUMNS, apis, usize::MAX);
        let topics = rows_text("TOPIC", TOPIC_COLUMNS, &self.topics, limit);
        let slowest = self.slowest.iter().take(limit).map(|slow| {
            let text = |name: &str| match &slow[name] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let took = slow["ms"].as_f64().map(ms).unwrap_or_default();
            vec![took, text("api"), text("stage"), text("client"), text("shard")]
        });
        let heads = ["SLOWEST, ms", "API", "STAGE", "CLIENT", "SHARD"];
        let slowest = table(&heads, &slowest.collect::<Vec<_>>());
        let seconds = self.seconds;
        format!(
            "the last {seconds:.1} s; latencies in ms; memory {memory}\n\n{shards}\n{apis}\n\
             {topics}\n{slowest}"
        )
    }

    pub(super) fn json(&self) -> Value {
        let rows =
            |key: &str, rows: &[Row]| -> Value { rows.iter().map(|row| row.json(key)).collect() };
        json!({
            "seconds": self.seconds,
            "memory_bytes": self.memory_bytes,
            "shards": rows("shard", &self.shards),
            "apis": rows("api", &self.apis),
            "topics": rows("topic", &self.topics),
            "slowest": self.slowest,
        })
    }
}

impl Row {
    fn number(&self, name: &str) -> f64 {
        self.numbers.get(name).and_then(Value::as_f64).unwrap_or(0.0)
    }

    fn cell(&self, name: &str) -> String {
        let Some(number) = self.numbers.get(name).and_then(Value::as_f64) else {
            return String::from("-");
        };
        if name.ends_with("_ms") {
            ms(number)
        } else if name.contains("bytes") {
            bytes(number)
        } else {
            format!("{number:.0}")
        }
    }

    fn json(&self, key: &str) -> Value {
        let mut all = self.numbers.clone();
        all.insert(key.to_owned(), json!(self.name));
        Value::Object(all)
    }
}

/// Two looks, the later one after so many seconds.
struct Pair<'a> {
    before: &'a Scrape,
    now: &'a Scrape,
    seconds: f64,
}

impl Pair<'_> {
    fn shard(&self, shard: &str) -> Row {
        let wanted: Wanted<'_> = &[("shard", shard)];
        let gauge = |name: &str| Some(self.now.page.sum(name, wanted));
        let rate = |name: &str| Some(self.rate(name, wanted));
        let commits = self.buckets("journal_commit_seconds", wanted);
        let mailbox = self.buckets("mailbox_seconds", wanted);
        let sends = self.buckets("send_seconds", wanted);
        let numbers = [
            ("connections", gauge("connections")),
            ("partitions", gauge("partitions")),
            ("requests_per_second", rate("request_seconds_count")),
            ("in_bytes_per_second", rate("topic_bytes_in_total")),
            ("out_bytes_per_second", rate("topic_bytes_out_total")),
            ("commits_per_second", rate("journal_commit_seconds_count")),
            ("commit_p50_ms", quantile_ms(&commits, 0.5)),
            ("commit_p99_ms", quantile_ms(&commits, 0.99)),
            ("mailbox_p99_ms", quantile_ms(&mailbox, 0.99)),
            ("send_p99_ms", quantile_ms(&sends, 0.99)),
            ("buffers_bytes", gauge("buffers_lent_bytes")),
        ];
        row(shard, numbers)
    }

    fn api(&self, api: &str) -> Row {
        let wanted: Wanted<'_> = &[("api", api)];
        let all = self.buckets("request_seconds", wanted);
        let stage = |stage| {
            let stages = self.buckets("request_stage_seconds", &[("api", api), ("stage", stage)]);
            quantile_ms(&stages, 0.99)
        };
        let numbers = [
            ("requests_per_second", Some(self.rate("request_seconds_count", wanted))),
            ("p50_ms", quantile_ms(&all, 0.5)),
            ("p99_ms", quantile_ms(&all, 0.99)),
            ("receive_p99_ms", stage("receive")),
            ("decode_p99_ms", stage("decode")),
            ("append_p99_ms", stage("append")),
            ("stable_p99_ms", stage("stable")),
            ("read_p99_ms", stage("read")),
            ("park_p99_ms", stage("park")),
            ("answer_p99_ms", stage("answer")),
        ];
        row(api, numbers)
    }

    fn topic(&self, topic: &str) -> Row {
        let rate = |name: &str| Some(self.rate(name, &[("topic", topic)]));
        let numbers = [
            ("batches_per_second", rate("topic_batches_in_total")),
            ("in_bytes_per_second", rate("topic_bytes_in_total")),
            ("reads_per_second", rate("topic_reads_total")),
            ("out_bytes_per_second", rate("topic_bytes_out_total")),
        ];
        row(topic, numbers)
    }

    fn rate(&self, name: &str, wanted: Wanted<'_>) -> f64 {
        let (before, now) = (&self.before.page, &self.now.page);
        // A broker that was started again counts from nothing.
        (now.sum(name, wanted) - before.sum(name, wanted)).max(0.0) / self.seconds
    }

    fn buckets(&self, name: &str, wanted: Wanted<'_>) -> Buckets {
        let (before, now) = (&self.before.page, &self.now.page);
        now.buckets(name, wanted).since(&before.buckets(name, wanted))
    }
}

fn row<const COUNT: usize>(name: &str, numbers: [(&str, Option<f64>); COUNT]) -> Row {
    let known = numbers.into_iter().filter_map(|(name, number)| Some((name, number?)));
    let numbers = known.map(|(name, number)| (name.to_owned(), json!(number))).collect();
    Row { name: name.to_owned(), numbers }
}

fn rows_text<'a>(
    head: &str,
    columns: &[Column],
    rows: impl IntoIterator<Item = &'a Row>,
    limit: usize,
) -> String {
    let heads: Vec<&str> = [head].into_iter().chain(columns.iter().map(|it| it.0)).collect();
    let cells = rows.into_iter().take(limit).map(|row| {
        let numbers = columns.iter().map(|(_, name)| row.cell(name));
        [row.name.clone()].into_iter().chain(numbers).collect()
    });
    table(&heads, &cells.collect::<Vec<Vec<String>>>())
}

fn quantile_ms(buckets: &Buckets, part: f64) -> Option<f64> {
    Some(buckets.quantile(part)? * 1e3)
}

fn ms(number: f64) -> String {
    format!("{number:.3}")
}

fn bytes(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a size for people; it saturates")]
    size(number as i64)
}

#[cfg(test)]
mod view_test {
    use super::*;
    use crate::cli::machine::now;
    use crate::cli::top::page::Page;
    use std::time::Duration;

    fn scrape(after: Duration, page: &str) -> Scrape {
        let slowest = vec![json!({ "api": "Produce", "ms": 7.5, "stage": "stable" })];
        Scrape { taken: now() + after, page: Page::parse(page).expect("a page"), slowest }
    }

    #[test]
    fn rates_are_those_of_the_time_between() {
        let page = |requests: u32, bytes: u32| {
            format!(
                "millstream_connections{{shard=\"0\"}} 3\n\
                 millstream_memory_resident_bytes 2048\n\
                 millstream_request_seconds_count{{shard=\"0\",api=\"Produce\"}} {requests}\n\
                 millstream_request_seconds_bucket{{shard=\"0\",api=\"Produce\",le=\"0.002\"}} {requests}\n\
                 millstream_topic_bytes_in_total{{shard=\"0\",topic=\"quiet\"}} 1\n\
                 millstream_topic_bytes_in_total{{shard=\"0\",topic=\"busy\"}} {bytes}\n"
            )
        };
        let before = scrape(Duration::ZERO, &page(10, 0));
        let view = View::new(&before, &scrape(Duration::from_secs(10), &page(30, 40_960)));
        let json = view.json();
        let close = |got: &Value, expected: f64| {
            assert!((got.as_f64().expect("a number") - expected).abs() < expected / 100.0, "{got}");
        };
        close(&json["seconds"], 10.0);
        close(&json["apis"][0]["requests_per_second"], 2.0);
        close(&json["apis"][0]["p50_ms"], 1.0);
        close(&json["shards"][0]["in_bytes_per_second"], 4096.0);
        assert_eq!(json["topics"][0]["topic"], "busy");
        let text = view.text(1);
        for part in ["busy", "2.0 KiB", "Produce", "stable", "7.500"] {
            assert!(text.contains(part), "{part} is missing:\n{text}");
        }
        assert!(!text.contains("quiet"), "{text}");
    }
}
