//! Messages made up from their layout: a second writer, which shares with the codec nothing but
//! the tables, and knows where each length stands.

use core::fmt;

use millstream_base::Random;
use millstream_wire::codec::{Field, Kind, Layout, Value, Versions};
use millstream_wire::record::consumer_protocol::{
    ConsumerProtocolAssignment, ConsumerProtocolSubscription,
};
use millstream_wire::record::group_metadata::{GroupMetadataKey, GroupMetadataValue};
use millstream_wire::record::offset_commit::{OffsetCommitKey, OffsetCommitValue};
use millstream_wire::{ApiKey, Decoder, Encoder, Message, Request, Response, WireError};

/// Where a message stands.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    Request(ApiKey),
    Response(ApiKey),
    Record(&'static RecordType),
}

/// Content of records, which no API has.
pub(crate) struct RecordType {
    name: &'static str,
    versions: Versions,
    flexible: Versions,
    kind: Kind,
    /// From the first version to the second.
    rewrite: fn(&mut Decoder<'_>, [i16; 2], &mut Encoder) -> Result<(), WireError>,
}

/// One message in one version.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) source: Source,
    pub(crate) version: i16,
}

/// How values are made up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style {
    /// Each array has exactly one element, nothing is null, and every tag is there.
    pub(crate) is_full: bool,
    /// With `is_full`, each array has so many elements more.
    pub(crate) more_elements: usize,
    /// Numbers are 0 or -1, and texts mostly empty: near to the defaults, whichever those are.
    pub(crate) is_plain: bool,
    /// Numbers are the least and the greatest there are.
    pub(crate) is_extreme: bool,
    /// Tagged fields that nobody knows, in each place that can have them.
    pub(crate) unknown_tag_count: u32,
    /// A length that lies.
    pub(crate) lie: Option<Lie>,
}

/// Something else instead of the true length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lie {
    /// Which length, in the order of the wire.
    pub(crate) index: usize,
    /// What it says.
    pub(crate) declared: i64,
}

/// What a length counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    TextBytes,
    BlobBytes,
    Elements,
    Tags,
    TagBytes,
}

/// A length that was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Length {
    pub(crate) counts: Counts,
    pub(crate) is_flexible: bool,
    pub(crate) is_nullable: bool,
    /// What it says where it does not lie; -1 for null.
    pub(crate) truth: i64,
    /// Where that which it counts begins.
    pub(crate) position: usize,
}

/// A made-up message.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) bytes: Vec<u8>,
    pub(crate) lengths: Vec<Length>,
}

macro_rules! record_types {
    ($($name:ident),*) => { &[$(
        RecordType {
            name: stringify!($name),
            versions: $name::VERSIONS,
            flexible: $name::FLEXIBLE,
            kind: <$name<'_> as Value<'_>>::KIND,
            rewrite: |decoder, [from, to], encoder| {
                let content = $name::read(decoder, from)?;
                decoder.finish(stringify!($name))?;
                content.write(encoder, to)
            },
        },
    )*] };
}

static RECORD_TYPES: &[RecordType] = record_types!(
    OffsetCommitKey,
    OffsetCommitValue,
    GroupMetadataKey,
    GroupMetadataValue,
    ConsumerProtocolSubscription,
    ConsumerProtocolAssignment
);

impl Source {
    fn all() -> impl Iterator<Item = Self> {
        let both = |key: &ApiKey| [Self::Request(*key), Self::Response(*key)];
        ApiKey::ALL.iter().flat_map(both).chain(RECORD_TYPES.iter().map(Self::Record))
    }

    fn versions(self) -> Versions {
        match self {
            Self::Request(key) | Self::Response(key) => key.versions(),
            Self::Record(record_type) => record_type.versions,
        }
    }
}

impl fmt::Debug for Case {
    /// As `ProduceRequest 3`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.layout().name, self.version)
    }
}

impl Case {
    /// Every message, read in its last version and written in each, and the other way round.
    pub(crate) fn all_across() -> impl Iterator<Item = (Self, i16, Sample)> {
        let pairs = Source::all().flat_map(|source| {
            let Versions { min, max } = source.versions();
            let down = (min..max).map(move |version| (Self { source, version: max }, version));
            let up = (min..max).map(move |version| (Self { source, version }, max));
            down.chain(up)
        });
        // Of full messages many are refused, so that plain ones must show the defaults.
        let full = Style { is_full: true, ..Style::default() };
        let plain = Style { is_plain: true, ..Style::default() };
        let styles = [(0, full), (1, plain), (2, plain), (3, plain)];
        pairs.flat_map(move |(case, version)| {
            styles.map(|(seed, style)| (case, version, case.sample(seed, style)))
        })
    }

    /// Every message in every version.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Source::all().flat_map(|source| {
            let Versions { min, max } = source.versions();
            (min..=max).map(move |version| Self { source, version })
        })
    }

    pub(crate) fn layout(self) -> &'static Layout {
        match self.source {
            Source::Request(key) => key.request_layout(),
            Source::Response(key) => key.response_layout(),
            Source::Record(RecordType { kind: Kind::Part(layout), .. }) => layout,
            Source::Record(RecordType { name, .. }) => panic!("{name} is no struct"),
        }
    }

    pub(crate) fn is_flexible(self) -> bool {
        match self.source {
            Source::Request(key) | Source::Response(key) => key.flexible(),
            Source::Record(record_type) => record_type.flexible,
        }
        .contains(self.version)
    }

    pub(crate) fn sample(self, seed: u64, style: Style) -> Sample {
        let (random, unknown) = (Random::new(seed), Random::new(!seed));
        let sample = Sample { bytes: Vec::new(), lengths: Vec::new() };
        let (version, is_flexible) = (self.version, self.is_flexible());
        let mut writer = Writer { random, unknown, style, version, is_flexible, sample };
        writer.part(self.layout(), false);
        writer.sample
    }

    /// Reads the message with the codec, to its end, and writes it again.
    pub(crate) fn rewrite(self, bytes: &[u8]) -> Result<Vec<u8>, WireError> {
        self.rewrite_from(&mut Decoder::with_budget(bytes, usize::MAX))
    }

    /// As [`Case::rewrite`], with the decoder's budget.
    pub(crate) fn rewrite_from(self, decoder: &mut Decoder<'_>) -> Result<Vec<u8>, WireError> {
        self.rewrite_across(decoder, self.version)
    }

    /// Reads the message with the codec, to its end, and writes it in another version.
    pub(crate) fn rewrite_across(
        self,
        decoder: &mut Decoder<'_>,
        version: i16,
    ) -> Result<Vec<u8>, WireError> {
        let mut encoder = Encoder::new();
        match self.source {
            Source::Request(key) => {
                let request = Request::read(decoder, key, self.version)?;
                decoder.finish(self.layout().name)?;
                request.write(&mut encoder, version)?;
            }
            Source::Response(key) => {
                let response = Response::read(decoder, key, self.version)?;
                decoder.finish(self.layout().name)?;
                response.write(&mut encoder, version)?;
            }
            Source::Record(record_type) => {
                (record_type.rewrite)(decoder, [self.version, version], &mut encoder)?;
            }
        }
        assert!(encoder.gaps().is_empty(), "what was read lies in the frame");
        Ok(encoder.bytes().to_vec())
    }
}

/// Texts with characters of one to four bytes.
const TEXTS: [&str; 6] = ["", "a", "topic-7", "é", "日本", "🦀 crab"];

struct Writer {
    random: Random,
    /// For what the codec skips, so that the rest is the same with and without it.
    unknown: Random,
    style: Style,
    version: i16,
    is_flexible: bool,
    sample: Sample,
}

impl Writer {
    fn part(&mut self, layout: &Layout, is_rich: bool) {
        let version = self.version;
        for field in layout.fields.iter().filter(|field| field.is_in_line(version)) {
            let was_flexible = self.is_flexible;
            self.is_flexible &= !field.inflexible;
            self.field(field, is_rich);
            self.is_flexible = was_flexible;
        }
        if self.is_flexible {
            self.tags(layout);
        }
    }

    fn tags(&mut self, layout: &Layout) {
        let known = layout.fields.iter().filter(|field| field.is_tagged(self.version));
        let known =
            known.filter(|_| self.style.is_full || self.random.chance(1, 2)).collect::<Vec<_>>();
        let tag_count = known.len() + self.style.unknown_tag_count as usize;
        self.length(Some(tag_count), Counts::Tags, false);
        for field in known {
            self.varint(field.tag.expect("tagged"));
            // The size of the value is known when the value is: it is written aside, without the
            // size and then with it, so that lengths keep their order.
            let before = (self.random.clone(), self.unknown.clone(), self.sample.bytes.len());
            let length_count = self.sample.lengths.len();
            self.sample.lengths.push(Length::of_tag());
            self.field(field, true);
            let value_bytes = self.sample.bytes.len() - before.2;
            self.sample.bytes.truncate(before.2);
            self.sample.lengths.truncate(length_count);
            (self.random, self.unknown) = (before.0, before.1);
            self.length(Some(value_bytes), Counts::TagBytes, false);
            self.field(field, true);
        }
        for index in 0..self.style.unknown_tag_count {
            self.varint(1000 + index);
            let size_bytes = self.unknown.below(200);
            self.length(usize::try_from(size_bytes).ok(), Counts::TagBytes, false);
            let noise = (0..size_bytes).map(|_| self.unknown.next_u64().to_le_bytes()[0]);
            self.sample.bytes.extend(noise);
        }
    }

    /// `is_rich`: the value differs from each default.
    fn field(&mut self, field: &Field, is_rich: bool) {
        let is_nullable = field.null.contains(self.version);
        let may_be_null = is_nullable && !is_rich && !self.style.is_full;
        let is_null = may_be_null && self.random.chance(1, 3);
        match (field.kind, is_nullable, is_null) {
            (Kind::Part(_), true, true) => self.sample.bytes.push(0xff),
            (Kind::Part(layout), true, false) => {
                self.sample.bytes.push(1);
                self.part(layout, is_rich);
            }
            (kind, _, true) => self.length(None, Counts::of(kind), true),
            (kind, ..) => self.value(kind, is_nullable, is_rich),
        }
    }

    fn value(&mut self, kind: Kind, is_nullable: bool, is_rich: bool) {
        match kind {
            Kind::Bool => {
                let truth = is_rich || self.random.chance(1, 2);
                self.sample.bytes.push(u8::from(truth));
            }
            Kind::I8 => self.number(1, is_rich),
            Kind::I16 | Kind::U16 => self.number(2, is_rich),
            Kind::I32 => self.number(4, is_rich),
            Kind::I64 => self.number(8, is_rich),
            Kind::F64 => {
                let whole = i16::from_le_bytes([self.byte(), self.byte()]);
                self.sample.bytes.extend(f64::from(whole).to_be_bytes());
            }
            Kind::Uuid => self.number(16, is_rich),
            Kind::Text => {
                let text = TEXTS[self.below(TEXTS.len(), is_rich)];
                self.length(Some(text.len()), Counts::TextBytes, is_nullable);
                self.sample.bytes.extend(text.as_bytes());
            }
            Kind::Blob | Kind::Records => {
                let size_bytes = self.below(150, is_rich);
                self.length(Some(size_bytes), Counts::BlobBytes, is_nullable);
                let noise = (0..size_bytes).map(|_| self.byte()).collect::<Vec<_>>();
                self.sample.bytes.extend(noise);
            }
            Kind::Array(element) => {
                let count = if self.style.is_full {
                    1 + self.style.more_elements
                } else {
                    self.below(3, is_rich)
                };
                self.length(Some(count), Counts::Elements, is_nullable);
                (0..count).for_each(|_| self.value(*element, false, is_rich));
            }
            Kind::Part(layout) => self.part(layout, is_rich),
        }
    }

    fn number(&mut self, size_bytes: usize, is_rich: bool) {
        let mut bytes = (0..size_bytes).map(|_| self.byte()).collect::<Vec<_>>();
        if self.style.is_extreme && !is_rich {
            let is_least = self.random.chance(1, 2);
            bytes.fill(if is_least { 0 } else { 0xff });
            bytes[0] ^= 0x80;
        }
        if self.style.is_plain && !is_rich {
            bytes.fill(if self.random.chance(1, 2) { 0 } else { 0xff });
        }
        if is_rich {
            // Neither 0, -1, nor the least or greatest.
            bytes[0] = 0x2a;
        }
        self.sample.bytes.extend(bytes);
    }

    fn below(&mut self, bound: usize, is_rich: bool) -> usize {
        let below = |random: &mut Random, bound: usize| {
            usize::try_from(random.below(bound as u64)).expect("below a usize")
        };
        if self.style.is_plain && !is_rich && self.random.chance(3, 4) {
            0
        } else if is_rich || self.style.is_full {
            1 + below(&mut self.random, bound - 1)
        } else {
            below(&mut self.random, bound)
        }
    }

    fn byte(&mut self) -> u8 {
        self.random.next_u64().to_le_bytes()[0]
    }

    fn length(&mut self, length: Option<usize>, counts: Counts, is_nullable: bool) {
        let index = self.sample.lengths.len();
        let is_flexible = self.is_flexible;
        let truth = length.map_or(-1, |length| i64::try_from(length).expect("small"));
        let lie = self.style.lie.filter(|lie| lie.index == index);
        let declared = lie.map_or(truth, |lie| lie.declared);
        match counts {
            Counts::Tags | Counts::TagBytes => self.varint(truncated(declared)),
            _ if is_flexible => self.varint(truncated(declared + 1)),
            Counts::TextBytes => {
                self.sample.bytes.extend(&declared.to_be_bytes()[6..]);
            }
            _ => self.sample.bytes.extend(&declared.to_be_bytes()[4..]),
        }
        let position = self.sample.bytes.len();
        self.sample.lengths.push(Length { counts, is_flexible, is_nullable, truth, position });
    }

    fn varint(&mut self, mut value: u32) {
        while value > 0x7f {
            self.sample.bytes.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.sample.bytes.push(value.to_le_bytes()[0]);
    }
}

fn truncated(declared: i64) -> u32 {
    u32::try_from(declared & i64::from(u32::MAX)).expect("32 bits")
}

impl Counts {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::TextBytes,
            Kind::Array(_) => Self::Elements,
            _ => Self::BlobBytes,
        }
    }
}

impl Length {
    const fn of_tag() -> Self {
        let (counts, is_flexible) = (Counts::TagBytes, true);
        Self { counts, is_flexible, is_nullable: false, truth: 0, position: 0 }
    }
}
