//! How full a file system is.

use crate::error::{IoError, Result};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Bytes that a process without privileges may still use on the file system of `path`. Blocks: not
/// for a shard under load.
///
/// # Errors
/// [`IoError::Os`]: there is no such path, or it may not be reached.
pub fn free_bytes(path: &Path) -> Result<u64> {
    let error = |errno| IoError::Os { operation: "statvfs", path: Some(path.to_owned()), errno };
    let name = CString::new(path.as_os_str().as_bytes()).map_err(|_| error(libc::EINVAL))?;
    let mut answer = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: `name` ends with a zero, and `answer` is a valid place for the answer.
    let result = unsafe { libc::statvfs(name.as_ptr(), answer.as_mut_ptr()) };
    if result != 0 {
        let errno = std::io::Error::last_os_error().raw_os_error();
        return Err(error(errno.unwrap_or(libc::EIO)));
    }
    // SAFETY: all fields are integers, for which zeros are values, and the call has filled them.
    let answer = unsafe { answer.assume_init() };
    Ok(answer.f_bavail.saturating_mul(answer.f_frsize))
}

#[cfg(test)]
mod space_test {
    use super::*;

    #[test]
    fn a_file_system_has_space_and_what_is_not_there_has_none() {
        assert!(free_bytes(&std::env::temp_dir()).expect("it is there") > 0);
        let missing = free_bytes(Path::new("/nowhere/at/all")).expect_err("it is not there");
        assert!(missing.is_not_found());
        assert!(free_bytes(Path::new("a\0b")).is_err());
    }
}
