//! What the fuzz targets call, here so that their corpora are replayed by the ordinary tests.
//!
//! Not part of the API. A finding is a panic: of the code under test, or of what is asserted here
//! about its answer.

use crate::config::BrokerConfig;
use crate::image::MetadataImage;
use crate::record::{decode, encode};

/// Records, each as a length and so many bytes: what is one is written the same, and an image takes
/// it or stays as it is.
pub fn metadata(mut input: &[u8]) {
    let mut image = MetadataImage::default();
    while let Some((length, rest)) = input.split_first() {
        let (bytes, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        input = rest;
        let Ok(record) = decode(bytes) else { continue };
        let mut written = Vec::new();
        encode(&record, &mut written);
        assert_eq!(written, bytes, "there is one way to write a record");
        let before = image.clone();
        if image.apply(&record).is_err() {
            assert_eq!(image, before, "a record that contradicts changes nothing");
        }
    }
    let mut again = MetadataImage::default();
    for record in image.records() {
        again.apply(&record).expect("an image's own records follow from each other");
    }
    assert_eq!(again, image, "an image is what its records say");
}

/// A properties file.
pub fn properties(input: &[u8]) {
    let Ok(text) = core::str::from_utf8(input) else { return };
    if let Ok(config) = BrokerConfig::from_properties(text) {
        // Whatever passes the ranges makes settings.
        let _ = config.settings();
    }
}
