//! The value of a configuration, read from text and written as Kafka writes it.

use super::definition::Kind;
use core::fmt;

/// A value of one of the types.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// [`Kind::Boolean`].
    Boolean(bool),
    /// [`Kind::Short`].
    Short(i16),
    /// [`Kind::Int`].
    Int(i32),
    /// [`Kind::Long`].
    Long(i64),
    /// [`Kind::Double`].
    Double(f64),
    /// [`Kind::List`].
    List(Vec<String>),
    /// [`Kind::String`] and [`Kind::Class`].
    String(String),
    /// [`Kind::Password`].
    Password(String),
}

impl Value {
    /// Reads a value; `None` where the text is none of the type. White space around it, and
    /// around the items of a list, does not count.
    #[must_use]
    pub fn parse(kind: Kind, text: &str) -> Option<Self> {
        let text = text.trim();
        Some(match kind {
            Kind::Boolean if text.eq_ignore_ascii_case("true") => Self::Boolean(true),
            Kind::Boolean if text.eq_ignore_ascii_case("false") => Self::Boolean(false),
            Kind::Boolean => return None,
            Kind::Short => Self::Short(text.parse().ok()?),
            Kind::Int => Self::Int(text.parse().ok()?),
            Kind::Long => Self::Long(text.parse().ok()?),
            Kind::Double => Self::Double(text.parse().ok().filter(|got: &f64| !got.is_nan())?),
            Kind::List if text.is_empty() => Self::List(Vec::new()),
            Kind::List => Self::List(text.split(',').map(|item| item.trim().to_owned()).collect()),
            Kind::String | Kind::Class => Self::String(text.to_owned()),
            Kind::Password => Self::Password(text.to_owned()),
        })
    }

    /// The number, of whatever width; `None` for other types.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Short(number) => Some(i64::from(*number)),
            Self::Int(number) => Some(i64::from(*number)),
            Self::Long(number) => Some(*number),
            _ => None,
        }
    }

    /// The floating-point number; `None` for other types.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Double(number) = self { Some(*number) } else { None }
    }

    /// The truth; `None` for other types.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Boolean(truth) = self { Some(*truth) } else { None }
    }

    /// The text; `None` for other types.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::Password(text) => Some(text),
            _ => None,
        }
    }

    /// The items; `None` for other types.
    #[must_use]
    pub fn as_list(&self) -> Option<&[String]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(truth) => write!(formatter, "{truth}"),
            Self::Short(number) => write!(formatter, "{number}"),
            Self::Int(number) => write!(formatter, "{number}"),
            Self::Long(number) => write!(formatter, "{number}"),
            // As Java has it: always with a point or an exponent, whose sign is a capital letter.
            Self::Double(number) => formatter.write_str(&format!("{number:?}").replace('e', "E")),
            Self::List(items) => formatter.write_str(&items.join(",")),
            Self::String(text) => formatter.write_str(text),
            Self::Password(_) => formatter.write_str("[hidden]"),
        }
    }
}

impl fmt::Debug for Value {
    /// As it is shown to a client: a secret stays one.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_written_as_kafka_does() {
        for (kind, text, shown) in [
            (Kind::Boolean, " TRUE ", "true"),
            (Kind::Boolean, "False", "false"),
            (Kind::Int, "+7", "7"),
            (Kind::Long, " -1\t", "-1"),
            (Kind::Short, "3", "3"),
            (Kind::Double, "0.50", "0.5"),
            (Kind::Double, "1", "1.0"),
            (Kind::Double, "1.7976931348623157E308", "1.7976931348623157E308"),
            (Kind::List, "delete , compact", "delete,compact"),
            (Kind::List, " ", ""),
            (Kind::String, " CreateTime ", "CreateTime"),
            (Kind::Password, "secret", "[hidden]"),
        ] {
            let value = Value::parse(kind, text).expect("a value");
            assert_eq!(value.to_string(), shown, "{text:?}");
            assert!(!format!("{value:?}").contains("secret"));
        }
    }

    #[test]
    fn texts_of_another_type_are_no_values() {
        for (kind, text) in [
            (Kind::Boolean, "yes"),
            (Kind::Int, "2147483648"),
            (Kind::Int, "1.5"),
            (Kind::Int, ""),
            (Kind::Long, "9223372036854775808"),
            (Kind::Short, "40000"),
            (Kind::Double, "half"),
            (Kind::Double, "NaN"),
        ] {
            assert_eq!(Value::parse(kind, text), None, "{text:?}");
        }
    }
}
