//! Kafka's configurations that are not served: which may be there all the same.

use super::fault::ConfigFault;
use super::unserved_table::UNSERVED;

/// A configuration of Kafka's brokers that changes nothing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unserved {
    pub(super) name: &'static str,
    /// Why it changes nothing.
    pub(super) why: &'static str,
    pub(super) regard: Regard,
}

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Regard {
    /// It is accepted, and the broker says at its start that it changes nothing.
    Ignored,
    /// Whoever sets it relies on it: everything but this value, which asks for nothing, is refused.
    Refused { harmless: &'static str },
}

/// How configurations of single listeners begin.
const LISTENER_PREFIX: &str = "listener.name.";

pub(super) const fn ignored(name: &'static str, why: &'static str) -> Unserved {
    Unserved { name, why, regard: Regard::Ignored }
}

pub(super) const fn refused(
    name: &'static str,
    harmless: &'static str,
    why: &'static str,
) -> Unserved {
    Unserved { name, why, regard: Regard::Refused { harmless } }
}

/// The names of all of them.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    UNSERVED.iter().map(|unserved| unserved.name)
}

/// Whether one of them may have this value: `None` if there is none of this name.
pub(super) fn check(name: &str, text: &str) -> Option<Result<&'static Unserved, ConfigFault>> {
    if name.starts_with(LISTENER_PREFIX) {
        let why = "settings of single listeners are not served";
        return Some(Err(ConfigFault::Unserved { name: name.to_owned(), why }));
    }
    let index = UNSERVED.binary_search_by(|unserved| unserved.name.cmp(name)).ok()?;
    let unserved = &UNSERVED[index];
    Some(match unserved.regard {
        Regard::Refused { harmless } if !is_same(harmless, text) => {
            Err(ConfigFault::Unserved { name: name.to_owned(), why: unserved.why })
        }
        Regard::Refused { .. } | Regard::Ignored => Ok(unserved),
    })
}

/// Whether two texts are the same value of any type of Kafka's.
fn is_same(left: &str, right: &str) -> bool {
    let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    plain(left) == plain(right)
}
