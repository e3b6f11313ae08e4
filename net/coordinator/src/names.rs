//! Names and numbers of groups: what crosses the border of this crate has a type of its own.

use core::borrow::Borrow;
use core::fmt;

use bytes::Bytes;

/// Declares a name: text that is compared, sorted, printed, and never looked into.
macro_rules! name {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes any text; what is too long or empty is refused by the command that needs it.
            #[must_use]
            pub fn new(text: impl Into<Box<str>>) -> Self {
                Self(text.into())
            }

            /// The bare text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether there is no text, which on the wire often means "none".
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

/// Declares a `Copy` number with `new`, `get` and `Display`.
macro_rules! number {
    ($(#[$meta:meta])* $name:ident($inner:ty)) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            /// Wraps the bare value.
            #[must_use]
            pub const fn new(value: $inner) -> Self {
                Self(value)
            }

            /// The bare value.
            #[must_use]
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, formatter)
            }
        }
    };
}

name! {
    /// A group: the members who share the work, and the offsets they have committed.
    GroupId
}

name! {
    /// One member of one group, named by the coordinator; empty for whoever has no name yet.
    MemberId
}

name! {
    /// A static member's own name, which outlives its process (KIP-345).
    InstanceId
}

name! {
    /// What kind of group it is: `consumer`, `connect`, `sr`, or anything else.
    ProtocolType
}

name! {
    /// One way to share the work out that a member knows, such as `range`.
    ProtocolName
}

name! {
    /// A topic.
    TopicName
}

name! {
    /// What a client calls itself, or where it is: shown to operators, never compared.
    ClientName
}

number! {
    /// How often the members of a group have agreed on a new sharing; 0 before the first time,
    /// -1 on the wire where a committer belongs to no generation.
    Generation(i32)
}

number! {
    /// A partition of a topic, by its number.
    PartitionIndex(i32)
}

number! {
    /// A waiting request of the broker's: opaque here, and answered exactly once.
    RequestId(u64)
}

number! {
    /// Records that belong together and were handed out to be made durable. Counts up, so a
    /// greater one was handed out later.
    AppendId(u64)
}

impl Generation {
    /// The wire's "no generation".
    pub const NONE: Self = Self::new(-1);

    /// The generation after this one; starts again at 1 when the numbers are used up.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add(1).unwrap_or(1))
    }
}

impl AppendId {
    /// The append after this one.
    #[must_use]
    pub(crate) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Bytes of a client's that the coordinator hands on unread. They never reach a `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Payload(Bytes);

impl Payload {
    /// Wraps bytes.
    #[must_use]
    pub const fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// The bytes, given away.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// How many there are.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.0.len()
    }

    /// The same bytes in memory of their own: a slice would keep the whole frame alive that it
    /// came in, for as long as the member lives.
    pub(crate) fn compacted(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Payload({} bytes)", self.0.len())
    }
}

impl From<&'static [u8]> for Payload {
    fn from(bytes: &'static [u8]) -> Self {
        Self(Bytes::from_static(bytes))
    }
}

/// The text that a client commits beside an offset. It never reaches a `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Note(Box<str>);

impl Note {
    /// Takes any text; what is too long is refused by the commit.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Note({} bytes)", self.0.len())
    }
}
