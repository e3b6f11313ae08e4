//! What is remarkable about a machine, and what to change: rules, each a sentence.

use super::card::Card;
use super::plan::Plan;
use super::{cpu, disk};
use crate::machine::{Machine, WriteCache};
use crate::quantity::Unit;

/// A durable write that takes less than this on a disk with a cache that loses its content: no
/// flash is programmed, and no platter turned, in so short a time.
const FLUSH_SECONDS_MIN: f64 = 40e-6;
/// A durable write that costs at least so much more than a plain one does flush something.
const FLUSH_RATIO_MIN: f64 = 1.3;
/// Above this the broker itself warns at its start.
const COMMIT_SECONDS_MAX: f64 = 2e-3;
/// A core that is away for longer shows in the latencies of whoever runs on it.
const PAUSE_SECONDS_MAX: f64 = 1e-3;
const LATE_SECONDS_MAX: f64 = 0.5e-3;

const DEBUG_BUILD: &str = "This program was built without optimisation: the figures of processor \
                           and loopback say little. Build it with --release.";

/// All that applies, the gravest first.
pub(super) fn findings(card: &Card, machine: &Machine, plan: &Plan) -> Vec<String> {
    let mut findings = Vec::new();
    if cfg!(debug_assertions) {
        findings.push(String::from(DEBUG_BUILD));
    }
    findings.extend(durability(card, machine));
    findings.extend(options(machine));
    findings.extend(placement(machine, plan));
    findings.extend(jitter(card));
    findings.extend(kernel(machine));
    findings
}

/// Whether what this disk calls durable is.
fn durability(card: &Card, machine: &Machine) -> Vec<String> {
    let mut findings = Vec::new();
    if let Some(mount) = machine.mount.as_ref().filter(|mount| mount.is_volatile()) {
        let kind = &mount.kind;
        findings.push(format!(
            "This is a {kind}: nothing on it survives a power cut, and the figures are those of \
             memory. Give a directory on a disk with --dir."
        ));
        return findings;
    }
    let durable = card.value(disk::GROUP, disk::DURABLE_P50);
    let plain = card.value(disk::GROUP, disk::PLAIN_P50);
    let (Some(durable), Some(plain)) = (durable, plain) else { return findings };
    let cache = machine.device.as_ref().map_or(WriteCache::Unknown, |device| device.write_cache);
    let (shown, ratio) = (Unit::Seconds.show(durable), durable / plain);
    let costs_something = ratio >= FLUSH_RATIO_MIN && durable >= FLUSH_SECONDS_MIN;
    findings.push(match cache {
        WriteCache::Through => format!(
            "The kernel believes that this disk needs no flush, and a durable write takes {shown}, \
             {ratio:.1} × a plain one: it is as durable as its maker says."
        ),
        _ if costs_something => format!(
            "A flush does something: a durable write takes {shown}, {ratio:.1} × a plain one."
        ),
        _ => format!(
            "A durable write takes {shown}, {ratio:.1} × a plain one: either the disk protects its \
             cache against a power cut, or something below it says that bytes are stable when they \
             are not. Ask whoever provides it."
        ),
    });
    if durable > COMMIT_SECONDS_MAX {
        findings.push(format!(
            "A durable write takes {shown}: acknowledgements will not come sooner. A disk with \
             power-loss protection does it in a tenth of a millisecond."
        ));
    }
    findings
}

fn options(machine: &Machine) -> Vec<String> {
    let mut findings = Vec::new();
    let Some(mount) = &machine.mount else { return findings };
    if mount.has("nobarrier") || mount.has("barrier=0") {
        findings.push(String::from(
            "The file system is mounted without barriers: a power cut loses what was called \
             durable. Mount it without nobarrier.",
        ));
    }
    if mount.has("data=journal") {
        findings.push(String::from(
            "The file system writes data twice (data=journal), and direct I/O with it goes through \
             the page cache. Mount it with data=ordered.",
        ));
    }
    if !["ext4", "xfs"].contains(&mount.kind.as_str()) && !mount.is_volatile() {
        let kind = &mount.kind;
        findings.push(format!(
            "{kind} is not among the file systems that the broker is measured on, which are ext4 \
             and xfs."
        ));
    }
    findings
}

/// Which thread runs beside what.
fn placement(machine: &Machine, plan: &Plan) -> Vec<String> {
    let mut findings = Vec::new();
    let core = machine.cores.number(plan.core);
    let device = machine.device.as_ref();
    if let (Some(core), Some(device)) = (core, device)
        && machine.cores.count() > 1
        && device.interrupt_cores == [core]
    {
        findings.push(format!(
            "The interrupts of {} come to core {core} alone, where the shard was measured: give it \
             another one (--core here, --cores for the broker).",
            device.name
        ));
    }
    if machine.cores.count() == 1 {
        findings.push(String::from(
            "There is one core: client and server shared it, and no figure of the loopback says \
             what a network would allow.",
        ));
    }
    if machine.processor.core_count < machine.processor.thread_count
        && machine.processor.core_count > 0
    {
        findings.push(String::from(
            "Some of the processor's threads share a core: a shard for each core is worth more \
             than one for each thread.",
        ));
    }
    if device.is_some_and(|device| device.is_rotational && !machine.processor.is_virtual) {
        findings.push(String::from("The disk turns: each flush waits for it."));
    }
    findings
}

fn jitter(card: &Card) -> Vec<String> {
    let mut findings = Vec::new();
    let over = |name, limit| card.value(cpu::GROUP, name).filter(|value| *value > limit);
    if let Some(pause) = over(cpu::PAUSE_MAX, PAUSE_SECONDS_MAX) {
        findings.push(format!(
            "A core that was busy stood still for {}: other programs or guests run there, and the \
             slowest acknowledgements will show it.",
            Unit::Seconds.show(pause)
        ));
    }
    if let Some(late) = over(cpu::LATE_P99, LATE_SECONDS_MAX) {
        findings.push(format!(
            "Timers come up to {} late: power saving or a busy host.",
            Unit::Seconds.show(late)
        ));
    }
    findings
}

fn kernel(machine: &Machine) -> Vec<String> {
    let mut findings = Vec::new();
    let settings = &machine.settings;
    if settings.huge_pages == "never" {
        findings.push(String::from(
            "Transparent huge pages are off: large direct reads cost up to three times as much. \
             Write madvise to /sys/kernel/mm/transparent_hugepage/enabled.",
        ));
    }
    if settings.is_clock_slow() {
        findings.push(format!(
            "Asking the clock {} costs a system call: choose tsc, if the machine has a sound one.",
            settings.clock
        ));
    }
    if !settings.congestion.is_empty() && settings.congestion != "cubic" {
        findings.push(format!(
            "New connections use {} unless they choose; the broker's choose cubic, those of its \
             clients may not.",
            settings.congestion
        ));
    }
    if machine.processor.saves_power() {
        findings.push(String::from(
            "The clock governor saves power: latencies are better with performance.",
        ));
    }
    findings
}

#[cfg(test)]
#[path = "findings_test.rs"]
mod findings_test;
