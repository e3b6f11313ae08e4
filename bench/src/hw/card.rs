//! The score card: all that was found out about a machine, as data.

use crate::machine::Fact;
use crate::plot::Curve;
use crate::quantity::Unit;

/// What `hw` says, however it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Card {
    /// Milliseconds since 1970.
    pub(super) taken_at_ms: i64,
    /// Whether it was interrupted.
    pub(super) is_partial: bool,
    pub(super) machine: Vec<Fact>,
    pub(super) figures: Vec<Figure>,
    pub(super) curves: Vec<Curve>,
    pub(super) expectations: Vec<Expectation>,
    /// What was noticed and what to change, a sentence each.
    pub(super) findings: Vec<String>,
}

/// One measured figure. Group and name together are its identity, also between two cards.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) group: String,
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) value: f64,
}

impl Figure {
    pub(super) fn new(group: &str, name: impl Into<String>, unit: Unit, value: f64) -> Self {
        Self { group: group.to_owned(), name: name.into(), unit, value }
    }
}

/// What a broker should reach here.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expectation {
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) value: f64,
    /// What binds it.
    pub(super) constraint: String,
    /// What would have to change for more.
    pub(super) change: String,
}

impl Card {
    /// The value of a figure, if it was measured.
    pub(super) fn value(&self, group: &str, name: &str) -> Option<f64> {
        let is_it = |figure: &&Figure| figure.group == group && figure.name == name;
        self.figures.iter().find(is_it).map(|figure| figure.value)
    }

    /// The groups of its figures, in order.
    pub(super) fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = Vec::new();
        for figure in &self.figures {
            if !groups.contains(&figure.group.as_str()) {
                groups.push(&figure.group);
            }
        }
        groups
    }

    pub(super) fn group(&self, group: &str) -> impl Iterator<Item = &Figure> {
        self.figures.iter().filter(move |figure| figure.group == group)
    }
}
