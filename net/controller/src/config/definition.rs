//! What is known of one configuration: its name, type, default, range, and what it is for.

use super::fault::ConfigFault;
use super::value::Value;
use core::fmt;
use std::collections::BTreeSet;

/// The type of a configuration's value; the discriminant is the code that DescribeConfigs uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum Kind {
    /// `true` or `false`.
    Boolean = 1,
    /// Any text.
    String = 2,
    /// 32 bits, signed.
    Int = 3,
    /// 16 bits, signed.
    Short = 4,
    /// 64 bits, signed.
    Long = 5,
    /// A floating-point number.
    Double = 6,
    /// Texts, separated by commas.
    List = 7,
    /// The name of a Java class, which nobody loads here.
    Class = 8,
    /// A text that is never shown.
    Password = 9,
}

/// How much a newcomer needs to know of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Importance {
    /// Look at it first.
    High,
    /// Look at it when there is a reason.
    Medium,
    /// Leave it alone.
    Low,
}

/// Which values of the type are permitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Valid {
    /// All of them.
    Any,
    /// From this number on.
    AtLeast(i64),
    /// From the first number to the second.
    Between(i64, i64),
    /// As `Between`, for floating-point numbers.
    Ratio(f64, f64),
    /// −1, which switches it off or leaves the choice to the codec, or from the first to the
    /// second.
    OffOr(i64, i64),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of these texts, none twice.
    ListOf(&'static [&'static str]),
    /// A list in which nothing is empty and nothing stands twice.
    Distinct,
    /// `*`, or a list of `partition:node`.
    ThrottledReplicas,
}

/// Whether a broker's configuration can be changed while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// Only by the configuration file or the command line.
    ReadOnly,
    /// By AlterConfigs on one broker or on all.
    Dynamic,
}

/// Whether a configuration changes anything here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It does what its text says.
    Honoured,
    /// It is accepted, stored and answered, since Kafka has it, and changes nothing: why.
    Ignored(&'static str),
}

/// In which unit a broker's configuration counts what a topic's counts in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// In the same unit.
    One,
    /// In minutes.
    Minutes,
    /// In hours.
    Hours,
}

/// A broker's configuration from which a topic's takes its value where the topic has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// The broker's configuration.
    pub name: &'static str,
    /// Its unit.
    pub scale: Scale,
}

/// What is known of one configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Definition {
    /// Kafka's name of it.
    pub name: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// Its value where nobody set any, as text.
    pub default: Option<&'static str>,
    /// Which values are permitted.
    pub valid: Valid,
    /// Who should know it.
    pub importance: Importance,
    /// What it is for.
    pub doc: &'static str,
    /// For a topic's: the broker's configurations that it falls back to, the first first.
    pub synonyms: &'static [Synonym],
    /// For a broker's: whether it can be changed while the broker runs.
    pub update: Update,
    /// Whether it changes anything here.
    pub effect: Effect,
}

impl Definition {
    /// A configuration of which all values of its type are permitted.
    #[must_use]
    pub const fn new(
        name: &'static str,
        kind: Kind,
        default: Option<&'static str>,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            default,
            valid: Valid::Any,
            importance: Importance::Medium,
            doc,
            synonyms: &[],
            update: Update::ReadOnly,
            effect: Effect::Honoured,
        }
    }

    /// The same with a range.
    #[must_use]
    pub const fn valid(self, valid: Valid) -> Self {
        Self { valid, ..self }
    }

    /// The same with another importance.
    #[must_use]
    pub const fn importance(self, importance: Importance) -> Self {
        Self { importance, ..self }
    }

    /// The same with broker configurations to fall back to.
    #[must_use]
    pub const fn synonyms(self, synonyms: &'static [Synonym]) -> Self {
        Self { synonyms, ..self }
    }

    /// The same, to be changed while the broker runs.
    #[must_use]
    pub const fn dynamic(self) -> Self {
        Self { update: Update::Dynamic, ..self }
    }

    /// The same without an effect, and why it has none.
    #[must_use]
    pub const fn ignored(self, why: &'static str) -> Self {
        Self { effect: Effect::Ignored(why), ..self }
    }

    /// Whether its value is never shown.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.kind == Kind::Password
    }

    /// Reads a value of it from text, as Kafka reads it.
    ///
    /// # Errors
    /// [`ConfigFault::Type`] or [`ConfigFault::Range`].
    pub fn parse(&self, text: &str) -> Result<Value, ConfigFault> {
        let value = Value::parse(self.kind, text).ok_or_else(|| ConfigFault::Type {
            name: self.name.to_owned(),
            kind: self.kind,
            got: self.shown(text),
        })?;
        if self.valid.permits(&value) {
            return Ok(value);
        }
        let got = self.shown(text);
        Err(ConfigFault::Range { name: self.name.to_owned(), got, expected: self.valid })
    }

    /// The value where nobody set any.
    #[must_use]
    pub fn default_value(&self) -> Option<Value> {
        let text = self.default?;
        Some(Value::parse(self.kind, text).expect("a test reads every default of the tables"))
    }

    /// The text as an error may repeat it.
    fn shown(&self, text: &str) -> String {
        if self.is_sensitive() { "[hidden]".to_owned() } else { text.to_owned() }
    }
}

/// A synonym in the same unit.
#[must_use]
pub(super) const fn same(name: &'static str) -> Synonym {
    Synonym { name, scale: Scale::One }
}

impl Scale {
    /// `count` of the unit in milliseconds; what is negative means "never" in all units.
    #[must_use]
    pub const fn to_ms(self, count: i64) -> i64 {
        let unit_ms = match self {
            Self::One => return count,
            Self::Minutes => 60_000,
            Self::Hours => 3_600_000,
        };
        if count < 0 { -1 } else { count.saturating_mul(unit_ms) }
    }
}

impl Valid {
    /// Whether a value of the right type is permitted.
    #[must_use]
    pub fn permits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::AtLeast(min), _) => value.as_i64().is_some_and(|got| got >= *min),
            (Self::Between(min, max), _) => {
                value.as_i64().is_some_and(|got| (*min..=*max).contains(&got))
            }
            (Self::OffOr(min, max), _) => {
                value.as_i64().is_some_and(|got| got == -1 || (*min..=*max).contains(&got))
            }
            (Self::Ratio(min, max), Value::Double(got)) => (*min..=*max).contains(got),
            (Self::OneOf(texts), Value::String(got)) => texts.contains(&got.as_str()),
            (Self::ListOf(texts), Value::List(got)) => {
                got.iter().all(|item| texts.contains(&item.as_str())) && is_distinct(got)
            }
            (Self::Distinct, Value::List(got)) => {
                is_distinct(got) && got.iter().all(|item| !item.is_empty())
            }
            (Self::ThrottledReplicas, Value::List(got)) => {
                got.len() == 1 && got[0] == "*" || got.iter().all(|item| is_replica(item))
            }
            (Self::Any, _) => true,
            (Self::Ratio(..) | Self::OneOf(_), _) => false,
            (Self::ListOf(_) | Self::Distinct | Self::ThrottledReplicas, _) => false,
        }
    }
}

fn is_distinct(items: &[String]) -> bool {
    let mut seen = BTreeSet::new();
    items.iter().all(|item| seen.insert(item))
}

fn is_replica(item: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    item.split_once(':').is_some_and(|(partition, node)| is_number(partition) && is_number(node))
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Boolean => "true or false",
            Self::String => "a text",
            Self::Int => "a whole number of 32 bits",
            Self::Short => "a whole number of 16 bits",
            Self::Long => "a whole number of 64 bits",
            Self::Double => "a number",
            Self::List => "a list",
            Self::Class => "the name of a class",
            Self::Password => "a secret",
        })
    }
}

impl fmt::Display for Valid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("anything"),
            Self::AtLeast(min) => write!(formatter, "at least {min}"),
            Self::Between(min, max) => write!(formatter, "from {min} to {max}"),
            Self::Ratio(min, max) => write!(formatter, "from {min} to {max}"),
            Self::OffOr(min, i64::MAX) => write!(formatter, "-1, or at least {min}"),
            Self::OffOr(min, max) => write!(formatter, "-1, or from {min} to {max}"),
            Self::OneOf(texts) => write!(formatter, "one of {}", texts.join(", ")),
            Self::ListOf(texts) => {
                write!(formatter, "a list of {}, each at most once", texts.join(", "))
            }
            Self::Distinct => formatter.write_str("a list without empty or repeated items"),
            Self::ThrottledReplicas => formatter.write_str("*, or a list of partition:node"),
        }
    }
}
