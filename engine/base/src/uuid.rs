//! Names of 128 bits, drawn by chance, that are never given twice: clusters and topics.

use core::fmt;
use core::num::NonZeroU128;
use core::str::FromStr;

use crate::random::Random;

/// 128 bits as they lie on the wire, most significant byte first. All zeros mean "none".
///
/// Its text is that of Kafka: 22 characters of URL-safe base64 without padding.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(u128);

/// The id of a topic (KIP-516): never zero, and another one after the topic was made anew.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId(NonZeroU128);

/// Why a text is no [`Uuid`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UuidFault;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Characters of the text: 128 bits in groups of 6, the last with 4 bits of padding.
const TEXT_BYTES: usize = 22;
const GROUP_BITS: usize = 6;
const PADDING_BITS: usize = TEXT_BYTES * GROUP_BITS - 128;
//= KIP-631: the id 1 belongs to the topic `__cluster_metadata`.
const RESERVED_MAX: u128 = 1;

impl Uuid {
    /// No name at all.
    pub const ZERO: Self = Self(0);

    /// Takes the bytes as they lie on the wire.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The bytes as they lie on the wire.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// Draws a name of version 4, neither reserved nor with a text that a command line would take
    /// for an option.
    pub fn draw(random: &mut Random) -> Self {
        loop {
            let bits = u128::from(random.next_u64()) << 64 | u128::from(random.next_u64());
            // RFC 9562: version 4 in bits 48 to 51, variant 2 in bits 64 and 65.
            let bits = bits & !(0xf_u128 << 76) | 0x4_u128 << 76;
            let bits = bits & !(0b11_u128 << 62) | 0b10_u128 << 62;
            let drawn = Self(bits);
            if bits > RESERVED_MAX && drawn.text()[0] != b'-' {
                return drawn;
            }
        }
    }

    fn text(self) -> [u8; TEXT_BYTES] {
        core::array::from_fn(|index| {
            // The last group has its four missing bits below.
            let shift = 128 - GROUP_BITS.saturating_mul(index + 1).min(128);
            let group =
                if index + 1 == TEXT_BYTES { self.0 << PADDING_BITS } else { self.0 >> shift };
            ALPHABET[usize::try_from(group & 0x3f).expect("six bits")]
        })
    }
}

impl FromStr for Uuid {
    type Err = UuidFault;

    fn from_str(text: &str) -> Result<Self, UuidFault> {
        if text.len() != TEXT_BYTES {
            return Err(UuidFault);
        }
        let mut bits = 0_u128;
        for (index, character) in text.bytes().enumerate() {
            let place = ALPHABET.iter().position(|known| *known == character).ok_or(UuidFault)?;
            if index + 1 < TEXT_BYTES {
                bits = bits << GROUP_BITS | place as u128;
                continue;
            }
            if !place.is_multiple_of(1 << PADDING_BITS) {
                return Err(UuidFault);
            }
            bits = bits << (GROUP_BITS - PADDING_BITS) | (place >> PADDING_BITS) as u128;
        }
        Ok(Self(bits))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        formatter.pad(core::str::from_utf8(&text).expect("the alphabet is ASCII"))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl core::error::Error for UuidFault {}

impl fmt::Display for UuidFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "an id is 22 characters of URL-safe base64")
    }
}

impl TopicId {
    /// The id with this name; `None` for zero, which the wire means as "no id".
    #[must_use]
    pub const fn new(uuid: Uuid) -> Option<Self> {
        match NonZeroU128::new(uuid.0) {
            Some(bits) => Some(Self(bits)),
            None => None,
        }
    }

    /// Draws an id that no topic has.
    pub fn draw(random: &mut Random) -> Self {
        Self::new(Uuid::draw(random)).expect("what is drawn is never zero")
    }

    /// The name.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        Uuid(self.0.get())
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid(), formatter)
    }
}

impl fmt::Debug for TopicId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid(), formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_rfc_4648() {
        // RFC 4648 base64url of the bytes, computed by Python's base64.urlsafe_b64encode.
        for (bytes, text) in [
            ([0; 16], "AAAAAAAAAAAAAAAAAAAAAA"),
            ([0xff; 16], "_____________________w"),
            (
                core::array::from_fn(|byte| u8::try_from(byte).expect("16")),
                "AAECAwQFBgcICQoLDA0ODw",
            ),
        ] {
            let uuid = Uuid::from_bytes(bytes);
            assert_eq!(uuid.to_string(), text);
            assert_eq!(text.parse(), Ok(uuid));
            assert_eq!(uuid.to_bytes(), bytes);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "AAECAwQFBgcICQoLDA0OD",
            "AAECAwQFBgcICQoLDA0ODww",
            "AAECAwQFBgcICQoLDA0OD+",
            "AAECAwQFBgcICQoLDA0ODx",
            "AAECAwQFBgcICQoLDA0O\u{e9}",
        ] {
            assert_eq!(text.parse::<Uuid>(), Err(UuidFault), "{text:?}");
        }
    }

    #[test]
    fn what_is_drawn_has_a_version_and_never_begins_with_a_dash() {
        let mut random = Random::new(1);
        for _ in 0..2000 {
            let drawn = TopicId::draw(&mut random).uuid();
            assert_eq!(drawn.to_bytes()[6] >> 4, 4);
            assert_eq!(drawn.to_bytes()[8] >> 6, 2);
            let text = drawn.to_string();
            assert!(!text.starts_with('-'), "{text}");
            assert_eq!(text.parse(), Ok(drawn));
        }
    }

    #[test]
    fn no_topic_has_the_id_zero() {
        assert_eq!(TopicId::new(Uuid::ZERO), None);
        assert!(TopicId::new(Uuid::from_bytes([1; 16])).is_some());
    }
}
