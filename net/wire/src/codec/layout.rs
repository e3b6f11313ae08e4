//! A message as data: its fields, their types, and the versions in which they exist.
//!
//! What [`crate::codec::table`] makes of a table's rows. The codec reads them as constants; tests
//! and tools read them as a description from which any message can be made up or taken apart.

/// A range of versions, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The first.
    pub min: i16,
    /// The last; [`i16::MAX`] where it goes on with the message.
    pub max: i16,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One byte, 0 or not.
    Bool,
    /// One byte.
    I8,
    /// Two bytes.
    I16,
    /// Two bytes, unsigned.
    U16,
    /// Four bytes.
    I32,
    /// Eight bytes.
    I64,
    /// Eight bytes, IEEE 754.
    F64,
    /// Sixteen bytes.
    Uuid,
    /// UTF-8 with a length.
    Text,
    /// Bytes with a length.
    Blob,
    /// Record batches with a length.
    Records,
    /// Elements with a count.
    Array(&'static Kind),
    /// Fields one after another.
    Part(&'static Layout),
}

/// The fields of a struct, in the order of the wire.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    /// The name of the Rust struct.
    pub name: &'static str,
    /// All fields, of all versions.
    pub fields: &'static [Field],
}

/// A field of a struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Struct and field, as `ProduceRequest.acks`.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// The versions that have it.
    pub versions: Versions,
    /// The versions in which it may be null.
    pub null: Versions,
    /// The tag (KIP-482) under which it stands in flexible versions; without one it stands in line.
    pub tag: Option<u32>,
    /// Whether a version that lacks it drops its value, instead of refusing to be written.
    pub ignorable: bool,
    /// Whether it has the old form also in flexible versions.
    pub inflexible: bool,
}

/// A word after the versions in a row of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trait {
    Null(Versions),
    Tag(u32),
    Ignorable,
    Inflexible,
}

/// How values are written in the version at hand.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The version of the message.
    pub version: i16,
    /// Whether lengths are variable and tagged fields follow (KIP-482).
    pub flexible: bool,
    /// Whether the value may be null.
    pub nullable: bool,
}

impl Versions {
    /// No version at all.
    pub const NONE: Self = Self { min: 0, max: -1 };

    /// From `min` on.
    #[must_use]
    pub const fn since(min: i16) -> Self {
        Self { min, max: i16::MAX }
    }

    /// From `min` to `max`.
    #[must_use]
    pub const fn between(min: i16, max: i16) -> Self {
        assert!(min <= max, "a range begins before it ends");
        Self { min, max }
    }

    /// Whether `version` is one of them.
    #[must_use]
    #[inline]
    pub const fn contains(self, version: i16) -> bool {
        self.min <= version && version <= self.max
    }
}

impl Layout {
    /// Tags must ascend in the table, since they are written in its order.
    pub(crate) const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        let (mut index, mut tag_min) = (0, 0);
        while index < fields.len() {
            if let Some(tag) = fields[index].tag {
                assert!(tag >= tag_min, "tags ascend");
                tag_min = tag + 1;
            }
            index += 1;
        }
        Self { name, fields }
    }
}

impl Field {
    pub(crate) const fn new(
        name: &'static str,
        kind: Kind,
        versions: Versions,
        traits: &[Trait],
    ) -> Self {
        let (tag, ignorable, inflexible) = (None, false, false);
        let null = Versions::NONE;
        let mut field = Self { name, kind, versions, null, tag, ignorable, inflexible };
        let mut index = 0;
        while index < traits.len() {
            match traits[index] {
                Trait::Null(versions) => field.null = versions,
                Trait::Tag(tag) => field.tag = Some(tag),
                Trait::Ignorable => field.ignorable = true,
                Trait::Inflexible => field.inflexible = true,
            }
            index += 1;
        }
        field
    }

    /// Whether the field stands in line in `version`, and not under a tag.
    #[must_use]
    #[inline]
    pub const fn is_in_line(&self, version: i16) -> bool {
        self.tag.is_none() && self.versions.contains(version)
    }

    /// Whether the field may stand under its tag in `version`.
    #[must_use]
    #[inline]
    pub const fn is_tagged(&self, version: i16) -> bool {
        self.tag.is_some() && self.versions.contains(version)
    }

    /// The form of this field within a struct of form `form`.
    #[must_use]
    #[inline]
    pub const fn form(&self, form: Form) -> Form {
        Form {
            version: form.version,
            flexible: form.flexible && !self.inflexible,
            nullable: self.null.contains(form.version),
        }
    }
}
