//! Each rule fires where it should, and stays silent on a sound machine.

use super::super::card::Figure;
use super::*;
use crate::machine::{Device, Mount};

const PLAN: Plan = Plan { core: 0, peer_core: 1, seconds: 60.0 };

fn mount(kind: &str, options: &[&str]) -> Mount {
    Mount {
        point: "/".into(),
        kind: kind.to_owned(),
        source: String::from("/dev/sda"),
        options: options.iter().map(ToString::to_string).collect(),
        numbers: String::from("8:0"),
    }
}

fn device(write_cache: WriteCache) -> Device {
    Device {
        name: String::from("sda"),
        model: String::new(),
        write_cache,
        has_forced_writes: false,
        is_rotational: false,
        scheduler: String::from("none"),
        queue_count: 1,
        interrupt_cores: Vec::new(),
    }
}

fn machine(write_cache: WriteCache) -> Machine {
    Machine {
        mount: Some(mount("ext4", &["rw"])),
        device: Some(device(write_cache)),
        ..Machine::default()
    }
}

fn card(durable: f64, plain: f64) -> Card {
    let figure = |name, value| Figure::new(disk::GROUP, name, Unit::Seconds, value);
    let figures = vec![figure(disk::DURABLE_P50, durable), figure(disk::PLAIN_P50, plain)];
    Card { figures, ..Card::default() }
}

fn said(card: &Card, machine: &Machine) -> String {
    let all = findings(card, machine, &PLAN);
    let about_the_machine = all.into_iter().filter(|finding| finding != DEBUG_BUILD);
    about_the_machine.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_flush_that_costs_nothing_is_doubted_where_a_cache_could_lose_it() {
    let back = machine(WriteCache::Back);
    assert!(said(&card(120e-6, 60e-6), &back).starts_with("A flush does something"));
    for (durable, plain) in [(60e-6, 55e-6), (30e-6, 10e-6)] {
        assert!(said(&card(durable, plain), &back).contains("Ask whoever provides it"));
    }
    let through = machine(WriteCache::Through);
    assert!(said(&card(60e-6, 55e-6), &through).contains("as its maker says"));
    let slow = said(&card(8e-3, 60e-6), &back);
    assert!(slow.contains("acknowledgements will not come sooner"), "{slow}");
    assert_eq!(said(&Card::default(), &back), "");
}

#[test]
fn memory_is_no_disk() {
    let mut machine = machine(WriteCache::Unknown);
    machine.mount = Some(mount("tmpfs", &["rw"]));
    let said = said(&card(1e-6, 1e-6), &machine);
    assert!(said.starts_with("This is a tmpfs") && !said.contains("Ask whoever"), "{said}");
}

#[test]
fn dangerous_and_unusual_file_systems_are_named() {
    let mut machine = machine(WriteCache::Back);
    machine.mount = Some(mount("btrfs", &["rw", "nobarrier", "data=journal"]));
    let said = said(&Card::default(), &machine);
    for word in ["without barriers", "data=journal", "btrfs is not among"] {
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn settings_of_the_kernel_are_looked_at() {
    let mut machine = machine(WriteCache::Back);
    machine.settings.huge_pages = String::from("never");
    machine.settings.clock = String::from("hpet");
    machine.settings.congestion = String::from("bbr");
    let said = said(&Card::default(), &machine);
    for word in ["huge pages are off", "hpet", "bbr"] {
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn jitter_is_said_with_its_size() {
    let mut card = Card::default();
    let figure = |name, value| Figure::new(cpu::GROUP, name, Unit::Seconds, value);
    card.figures = vec![figure(cpu::PAUSE_MAX, 0.012), figure(cpu::LATE_P99, 0.002)];
    let said = said(&card, &machine(WriteCache::Back));
    assert!(said.contains("12.0 ms") && said.contains("2.00 ms late"), "{said}");
}
