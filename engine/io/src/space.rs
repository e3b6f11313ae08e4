//! How full a file system is.

use crate::error::{IoError, Result};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What a file system has, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Of all that it can hold.
    pub total_bytes: u64,
    /// That a process without privileges may still use.
    pub free_bytes: u64,
}

/// The space of the file system of `path`. Blocks, where that is not one of this machine's disks:
/// not for what a shard does often.
///
/// # Errors
/// [`IoError::Os`]: there is no such path, or it may not be reached.
pub fn space(path: &Path) -> Result<Space> {
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
    Ok(Space {
        total_bytes: answer.f_blocks.saturating_mul(answer.f_frsize),
        free_bytes: answer.f_bavail.saturating_mul(answer.f_frsize),
    })
}

#[cfg(test)]
mod space_test {
    use super::*;

    #[test]
    fn a_file_system_has_space_and_what_is_not_there_has_none() {
        let space = super::space(&std::env::temp_dir()).expect("it is there");
        assert!(space.free_bytes > 0 && space.free_bytes <= space.total_bytes);
        let missing = super::space(Path::new("/nowhere/at/all")).expect_err("it is not there");
        assert!(missing.is_not_found());
        assert!(super::space(Path::new("a\0b")).is_err());
    }
}
