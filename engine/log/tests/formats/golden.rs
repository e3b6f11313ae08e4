//! Golden files: bytes that were written once, by the version that they are named after, and are
//! never written again. What they hold must be read for ever.

use std::fs;
use std::path::PathBuf;

/// The bytes of a golden file.
///
/// For a new one, run the tests once with `MILLSTREAM_GOLDEN=write`: what is missing is made. What
/// is there is left alone, whatever is set.
pub(crate) fn golden(name: &str, make: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let is_made = std::env::var("MILLSTREAM_GOLDEN").is_ok_and(|value| value == "write");
    if is_made && !path.exists() {
        fs::write(&path, make()).expect("the folder can be written");
    }
    fs::read(&path).unwrap_or_else(|error| panic!("golden file {name}: {error}"))
}
