//! The macro that turns tables into messages.
//!
//! ```text
//! messages! {
//!     /// Appends record batches to partitions.
//!     request ProduceRequest<'a> = 3..=13, flexible 9.. {
//!         transactional_id: Option<&'a str>,   3.., null 3..;
//!         acks: i16,                           0..;
//!         topic_data: Vec<TopicProduceData<'a>>, 0..;
//!     }
//!     part TopicProduceData<'a> {
//!         name: &'a str,                       0..=12, ignorable;
//!         topic_id: Uuid,                      13.., ignorable;
//!     }
//! }
//! ```
//!
//! A row is a field: its name, its type, `= default` where that is not the type's own, the
//! versions that have it, and, in any order,
//!
//! - `null 3..`: the versions in which it may be null (its type is an `Option`, or `Records`);
//! - `tag 0`: it stands under this tag (KIP-482), in ascending order of the tags;
//! - `ignorable`: a version that lacks it drops its value; without the word such a version cannot
//!   be written unless the field has its default;
//! - `inflexible`: it has the old form also in flexible versions.
//!
//! Rows come in the order of the wire. `request`, `response` and `data` are messages with versions
//! of their own; a `part` stands within them and goes by theirs.
//!
//! Of each struct one function is made that reads and one that writes, for all versions: a row
//! becomes a comparison of the version with two constants.

/// See the module.
macro_rules! messages {
    ($(
        $(#[$meta:meta])*
        $kind:ident $name:ident $(<$life:lifetime>)?
        $(= $low:literal $(..)? $(..= $high:literal)? $(, flexible $flexible:literal ..)?)?
        { $($rows:tt)* }
    )*) => { $(
        $crate::codec::table::part! {
            $(#[$meta])* $name $(<$life>)? { $($rows)* }
        }
        $crate::codec::table::whole! {
            $kind $name $(<$life>)? $(= $low $(..= $high)? $(, flexible $flexible)?)?
        }
    )* };
}

/// A struct and its codec. Two ways in, since without a lifetime of its own it is read from a
/// frame with any.
macro_rules! part {
    ($(#[$meta:meta])* $name:ident { $($rows:tt)* }) => {
        $crate::codec::table::part_of! { $(#[$meta])* 'frame [] $name { $($rows)* } }
    };
    ($(#[$meta:meta])* $name:ident <$life:lifetime> { $($rows:tt)* }) => {
        $crate::codec::table::part_of! { $(#[$meta])* $life [<$life>] $name { $($rows)* } }
    };
}

macro_rules! part_of {
    (
        $(#[$meta:meta])*
        $frame:lifetime [$($generics:tt)*] $name:ident { $(
            $(#[$row_meta:meta])*
            $field:ident : $type:ty $(= $default:expr)?,
            $low:literal $(..)? $(..= $high:literal)?
            $(, $trait:ident $($argument:literal $(..)? $(..= $argument_high:literal)?)?)* ;
        )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name $($generics)* { $(
            $(#[$row_meta])*
            #[doc = ""]
            #[doc = $crate::codec::table::row_doc!(
                $low $(..= $high)? $(, $trait $($argument $(..= $argument_high)?)?)*
            )]
            pub $field: $type,
        )* }

        impl $($generics)* Default for $name $($generics)* {
            fn default() -> Self {
                Self { $( $field: $crate::codec::table::default!($type $(= $default)?), )* }
            }
        }

        #[expect(non_upper_case_globals, reason = "a row is named as its field")]
        impl $($generics)* $name $($generics)* { $(
            const $field: $crate::codec::Field = $crate::codec::Field::new(
                concat!(stringify!($name), ".", stringify!($field)),
                <$type as $crate::codec::Value<'_>>::KIND,
                $crate::codec::table::versions!($low $(..= $high)?),
                &[$(
                    $crate::codec::table::row_trait!(
                        $trait $($argument $(..= $argument_high)?)?
                    ),
                )*],
            );
        )* }

        impl<$frame> $crate::codec::Value<$frame> for $name $($generics)* {
            const KIND: $crate::codec::Kind = $crate::codec::Kind::Part(
                &$crate::codec::Layout::new(stringify!($name), &[$( Self::$field, )*])
            );

            fn bytes_min(form: $crate::codec::Form) -> usize {
                let tags_bytes = usize::from(form.flexible);
                let fields_bytes = 0 $(
                    + if Self::$field.is_in_line(form.version) {
                        <$type as $crate::codec::Value<$frame>>::bytes_min(Self::$field.form(form))
                    } else {
                        0
                    }
                )*;
                usize::max(tags_bytes + fields_bytes, 1)
            }

            fn decode(
                decoder: &mut $crate::codec::Decoder<$frame>,
                form: $crate::codec::Form,
            ) -> Result<Self, $crate::WireError> {
                let mut part = Self::default();
                $(
                    if Self::$field.is_in_line(form.version) {
                        decoder.begin(Self::$field.name);
                        part.$field = $crate::codec::Value::decode(
                            decoder, Self::$field.form(form),
                        )?;
                    }
                )*
                if form.flexible {
                    decoder.tagged_fields(|tag, decoder| {
                        $(
                            if Self::$field.is_tagged(form.version)
                                && Self::$field.tag == Some(tag)
                            {
                                decoder.begin(Self::$field.name);
                                part.$field = $crate::codec::Value::decode(
                                    decoder, Self::$field.form(form),
                                )?;
                                return Ok(true);
                            }
                        )*
                        let _ = (tag, decoder);
                        Ok(false)
                    })?;
                }
                Ok(part)
            }

            fn encode(
                &self,
                encoder: &mut $crate::codec::Encoder,
                form: $crate::codec::Form,
            ) -> Result<(), $crate::WireError> {
                let mut tag_count = 0_u32;
                $( {
                    encoder.begin(Self::$field.name);
                    let differs = ||
                        self.$field != $crate::codec::table::default!($type $(= $default)?);
                    if Self::$field.is_in_line(form.version) {
                        $crate::codec::Value::encode(
                            &self.$field, encoder, Self::$field.form(form),
                        )?;
                    } else if Self::$field.is_tagged(form.version) {
                        tag_count += u32::from(differs());
                    } else if !Self::$field.ignorable && differs() {
                        return Err(encoder.absent(form.version));
                    }
                } )*
                if form.flexible {
                    encoder.put_varint(tag_count);
                    $(
                        if let Some(tag) = Self::$field.tag
                            && Self::$field.is_tagged(form.version)
                            && self.$field != $crate::codec::table::default!($type $(= $default)?)
                        {
                            encoder.begin(Self::$field.name);
                            encoder.put_tagged(tag, |encoder| $crate::codec::Value::encode(
                                &self.$field, encoder, Self::$field.form(form),
                            ))?;
                        }
                    )*
                }
                Ok(())
            }
        }
    };
}

/// What makes a struct a message of its own.
macro_rules! whole {
    (part $($rest:tt)*) => {};
    (request $($rest:tt)*) => { $crate::codec::table::message! { $($rest)* } };
    (response $($rest:tt)*) => { $crate::codec::table::message! { $($rest)* } };
    (data $($rest:tt)*) => { $crate::codec::table::message! { $($rest)* } };
}

macro_rules! message {
    ($name:ident = $($rest:tt)*) => {
        $crate::codec::table::message_of! { 'frame [] $name $($rest)* }
    };
    ($name:ident <$life:lifetime> = $($rest:tt)*) => {
        $crate::codec::table::message_of! { $life [<$life>] $name $($rest)* }
    };
}

macro_rules! message_of {
    (
        $frame:lifetime [$($generics:tt)*] $name:ident
        $low:literal $(..= $high:literal)? $(, flexible $flexible:literal)?
    ) => {
        impl<$frame> $crate::message::Message<$frame> for $name $($generics)* {
            const NAME: &'static str = stringify!($name);
            const VERSIONS: $crate::codec::Versions =
                $crate::codec::Versions::between($low, $crate::codec::table::last!($low $($high)?));
            const FLEXIBLE: $crate::codec::Versions =
                $crate::codec::table::flexible!($($flexible)?);
        }
    };
}

macro_rules! last {
    ($low:literal) => {
        $low
    };
    ($low:literal $high:literal) => {
        $high
    };
}

macro_rules! flexible {
    () => {
        $crate::codec::Versions::NONE
    };
    ($low:literal) => {
        $crate::codec::Versions::since($low)
    };
}

macro_rules! versions {
    ($low:literal) => {
        $crate::codec::Versions::since($low)
    };
    ($low:literal ..= $high:expr) => {
        $crate::codec::Versions::between($low, $high)
    };
}

macro_rules! row_trait {
    (ignorable) => { $crate::codec::Trait::Ignorable };
    (inflexible) => { $crate::codec::Trait::Inflexible };
    (tag $tag:literal) => { $crate::codec::Trait::Tag($tag) };
    (null $low:literal $(..= $high:literal)?) => {
        $crate::codec::Trait::Null($crate::codec::table::versions!($low $(..= $high)?))
    };
}

macro_rules! default {
    ($type:ty) => {
        <$type as Default>::default()
    };
    ($type:ty = $default:expr) => {
        $default
    };
}

/// What every reader of a field must know, as a sentence of its documentation.
macro_rules! row_doc {
    (
        $low:literal $(..= $high:literal)?
        $(, $trait:ident $($argument:literal $(..= $argument_high:literal)?)?)*
    ) => {
        concat!(
            "Versions `", $low, "..", $("=", $high,)? "`",
            $( ", ", stringify!($trait) $(, " `", $argument $(, "..=", $argument_high)?, "`")?, )*
            "."
        )
    };
}

pub(crate) use {
    default, flexible, last, message, message_of, messages, part, part_of, row_doc, row_trait,
    versions, whole,
};
