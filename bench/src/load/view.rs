//! How a run goes, for whoever sits before it.

use super::tally::{Second, Series, Tally};
use crate::amount::{scaled, time};
use std::io::{IsTerminal, Write};

/// One line on standard error that is written over each second; nothing where that is no terminal.
#[derive(Debug)]
pub(crate) struct View {
    is_shown: bool,
    series: Series,
}

impl View {
    pub(crate) fn new() -> Self {
        Self { is_shown: std::io::stderr().is_terminal(), series: Series::default() }
    }

    /// What shows each second of each shard.
    pub(crate) fn each(mut self) -> impl FnMut(&Second) {
        move |second| self.show(second)
    }

    fn show(&mut self, second: &Second) {
        if !self.is_shown {
            return;
        }
        self.series.add(second.clone());
        let Some((elapsed, count)) = self.series.since(second.index).next() else { return };
        let side = |name: &str, tally: &Tally| {
            let bytes = scaled(tally.bytes_per_second(*elapsed), "B");
            let p99 = time(tally.latency.value_at_percentile(99.0));
            let errors = tally.error_count();
            format!("{name} {bytes}/s p99 {p99} errors {errors}  ")
        };
        let mut line = format!("\r\x1b[K{:>4} s  ", second.index + 1);
        for (name, tally) in count.directions() {
            if tally.requests + tally.error_count() > 0 {
                line.push_str(&side(name, tally));
            }
        }
        eprint!("{line}");
        drop(std::io::stderr().flush());
    }
}

impl Drop for View {
    fn drop(&mut self) {
        if self.is_shown {
            eprint!("\r\x1b[K");
        }
    }
}
