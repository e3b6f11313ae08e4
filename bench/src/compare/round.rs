//! One load on one broker.

use super::broker::Broker;
use super::scenario::Scenario;
use serde_json::Value;
use std::process::{Command, Stdio};

/// What a load came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Round {
    /// The figure that counts, in the scenario's unit.
    pub(super) figure: f64,
    /// Seconds of the broker's processor for each GB produced and fetched.
    pub(super) cpu_seconds_per_gb: Option<f64>,
    /// The broker's memory after it.
    pub(super) memory_bytes: Option<u64>,
    /// Percentiles of what took its time, in seconds.
    pub(super) latency: Vec<(f64, f64)>,
    /// What the load has to say of itself.
    pub(super) warnings: Vec<String>,
}

impl Round {
    /// Loads a broker as a scenario says. `Err` is why there is no figure.
    pub(super) fn run(
        scenario: &Scenario,
        broker: &Broker,
        seconds: &str,
        core: usize,
    ) -> Result<Self, String> {
        // What others have left to write is not this one's burden; where there is no such program
        // it is, for all alike.
        drop(Command::new("sync").status());
        let before = broker.usage();
        let this = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(this);
        command.arg("load").args(&scenario.load).args(["--json", "--seconds", seconds]);
        command.args(["--broker", broker.address(), "--core", &core.to_string()]);
        let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).output();
        let output = output.map_err(|error| error.to_string())?;
        let after = broker.usage();
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return Err(said.lines().last().unwrap_or("the load ended without a word").to_owned());
        }
        let report: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("the load's report: {error}"))?;
        let mut round = Self::read(scenario, &report)?;
        if let (Some(before), Some(after)) = (before, after) {
            let gb = gigabytes(&report);
            let cpu_seconds = after.cpu_seconds - before.cpu_seconds;
            round.cpu_seconds_per_gb = (gb > 0.0).then(|| cpu_seconds / gb);
            round.memory_bytes = Some(after.memory_bytes);
        }
        Ok(round)
    }

    fn read(scenario: &Scenario, report: &Value) -> Result<Self, String> {
        let figure = report.pointer(&scenario.figure).and_then(Value::as_f64);
        let figure = figure.ok_or_else(|| format!("the report has no {}", scenario.figure))?;
        let end_to_end = report.pointer("/end_to_end/count").and_then(Value::as_u64).unwrap_or(0);
        let kinds = ["/produced/latency", "/fetched/latency"];
        let counted = |kind: &&str| {
            report.pointer(&format!("{kind}/count")).and_then(Value::as_u64).unwrap_or(0) > 0
        };
        let kind = if end_to_end > 0 {
            "/end_to_end"
        } else {
            kinds.iter().find(|kind| counted(kind)).copied().unwrap_or(kinds[0])
        };
        let plotted = report.pointer(&format!("{kind}/percentiles_ms")).and_then(Value::as_array);
        let point = |point: &Value| Some((point.get(0)?.as_f64()?, point.get(1)?.as_f64()? / 1e3));
        let warnings = report.pointer("/warnings").and_then(Value::as_array);
        let warnings = warnings.into_iter().flatten().filter_map(Value::as_str);
        Ok(Self {
            figure: figure * scenario.factor,
            cpu_seconds_per_gb: None,
            memory_bytes: None,
            latency: plotted.into_iter().flatten().filter_map(point).collect(),
            warnings: warnings.map(str::to_owned).collect(),
        })
    }
}

/// What was moved in the whole of the run, its warm-up included.
fn gigabytes(report: &Value) -> f64 {
    report.pointer("/total_bytes").and_then(Value::as_f64).unwrap_or(0.0) / 1e9
}

#[cfg(test)]
mod round_test {
    use super::*;
    use crate::quantity::Unit;
    use serde_json::json;

    #[test]
    fn the_figure_is_found_where_the_scenario_says() {
        let scenario = Scenario {
            title: String::new(),
            why: String::new(),
            load: Vec::new(),
            seconds: String::new(),
            figure: String::from("/produced/latency/p99_ms"),
            unit: Unit::Seconds,
            factor: 0.001,
            bars: Vec::new(),
        };
        let report = json!({
            "total_bytes": 2_000_000_000_u64,
            "produced": {
                "latency": { "count": 3, "p99_ms": 4.0, "percentiles_ms": [[50.0, 1.0]] },
            },
            "warnings": ["late"],
        });
        let round = Round::read(&scenario, &report).expect("is whole");
        assert!((round.figure - 0.004).abs() < 1e-12);
        assert_eq!((round.latency, round.warnings.len()), (vec![(50.0, 0.001)], 1));
        assert!((gigabytes(&report) - 2.0).abs() < 1e-12);
        assert!(Round::read(&scenario, &json!({})).is_err());
    }
}
