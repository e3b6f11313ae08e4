//! What the machine is, as its kernel says it. Each file reads one kind of thing: a pure function
//! from the kernel's text, and a thin one that fetches the text.

mod cores;
mod device;
mod interrupts;
mod mount;
mod processor;
mod settings;

pub(crate) use cores::Cores;
pub(crate) use device::{Device, WriteCache};
pub(crate) use mount::Mount;
pub(crate) use processor::Processor;
pub(crate) use settings::Settings;

use std::path::Path;

/// One thing that is so on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Fact {
    pub(crate) fn new(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), value: value.into() }
    }
}

/// The machine, and the disk under one of its directories.
#[derive(Clone, Debug, Default)]
pub(crate) struct Machine {
    pub(crate) processor: Processor,
    pub(crate) cores: Cores,
    pub(crate) settings: Settings,
    /// `None` where the kernel does not say what a directory lies on.
    pub(crate) mount: Option<Mount>,
    /// `None` where that is no disk.
    pub(crate) device: Option<Device>,
}

impl Machine {
    pub(crate) fn of(directory: &Path) -> Self {
        let mount = Mount::of(directory);
        let device = mount.as_ref().and_then(Device::of);
        Self {
            processor: Processor::read(),
            cores: Cores::read(),
            settings: Settings::read(),
            mount,
            device,
        }
    }

    /// All of it, for people.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        let mut facts = self.processor.facts();
        facts.extend(self.cores.facts());
        facts.extend(self.settings.facts());
        facts.extend(self.mount.iter().flat_map(Mount::facts));
        facts.extend(self.device.iter().flat_map(Device::facts));
        facts
    }
}

/// The content of a file of the kernel's; empty where it has none.
fn text(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The one in brackets of a list of choices.
fn chosen(choices: &str) -> Option<&str> {
    let (_, rest) = choices.split_once('[')?;
    rest.split_once(']').map(|(choice, _)| choice)
}
