//! What Kafka writes as content of records: the topic of offsets and groups, and what consumers
//! tell each other. Tables as those of messages; before each stands its version, two bytes.

pub mod consumer_protocol;
pub mod group_metadata;
pub mod offset_commit;

use crate::codec::{Decoder, Encoder, Versions};
use crate::error::WireError;
use crate::message::Message;
use group_metadata::GroupMetadataKey;
use offset_commit::OffsetCommitKey;

/// The key of a record in `__consumer_offsets`, by its version.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum GroupRecordKey<'a> {
    /// Versions 0 and 1: an offset of a group.
    OffsetCommit(OffsetCommitKey<'a>),
    /// Version 2: a group of the classic protocol.
    GroupMetadata(GroupMetadataKey<'a>),
    /// Something of another release, to be kept and not understood.
    Unknown {
        /// The version.
        version: i16,
    },
}

impl<'a> GroupRecordKey<'a> {
    /// Reads a key; an error if it is of a known version and not sound.
    pub fn decode(key: &'a [u8]) -> Result<Self, WireError> {
        let version = Decoder::new(key).take_version()?;
        if OffsetCommitKey::VERSIONS.contains(version) {
            return decode_versioned(key).map(|(_, key)| Self::OffsetCommit(key));
        }
        if GroupMetadataKey::VERSIONS.contains(version) {
            return decode_versioned(key).map(|(_, key)| Self::GroupMetadata(key));
        }
        Ok(Self::Unknown { version })
    }
}

/// Reads a version and what is written in it, and nothing more.
pub fn decode_versioned<'a, T: Message<'a>>(bytes: &'a [u8]) -> Result<(i16, T), WireError> {
    let mut decoder = Decoder::new(bytes);
    let version = decoder.take_version()?;
    let content = T::read(&mut decoder, version)?;
    decoder.finish(T::NAME)?;
    Ok((version, content))
}

/// As [`decode_versioned`], but a version newer than those we know is read as the newest, and
/// bytes that follow are left.
//= KIP-429: new versions of what consumers tell each other only add fields at the end.
pub fn decode_extensible<'a, T: Message<'a>>(bytes: &'a [u8]) -> Result<(i16, T), WireError> {
    let mut decoder = Decoder::new(bytes);
    let version = decoder.take_version()?;
    let Versions { max: newest, .. } = T::VERSIONS;
    let content = T::read(&mut decoder, version.min(newest))?;
    Ok((version, content))
}

/// Writes `version` and `content` in it. After an error `encoder` is to be thrown away.
pub fn encode_versioned<'a, T: Message<'a>>(
    encoder: &mut Encoder,
    version: i16,
    content: &T,
) -> Result<(), WireError> {
    encoder.put(&version.to_be_bytes());
    content.write(encoder, version)
}
