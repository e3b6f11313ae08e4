//! What the kernel allows the whole process.

/// Lets the process have as many descriptors as the machine's owner allows it (`RLIMIT_NOFILE`,
/// the soft limit becomes the hard one), and gives their number. The usual soft limit of 1024 is
/// for programs that use select(2); a broker has a descriptor for each connection and file.
///
/// Where the kernel refuses, the limit stays as it was. `None` if it cannot even be asked.
#[must_use]
pub fn raise_descriptor_limit() -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure is ours and lives through the call, which fills it.
    let asked = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    if asked != 0 {
        return None;
    }
    let raised = libc::rlimit { rlim_cur: limit.rlim_max, ..limit };
    // SAFETY: the structure lives through the call, which only reads it.
    let set = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const raised) };
    Some(if set == 0 { raised.rlim_cur } else { limit.rlim_cur })
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::raise_descriptor_limit;

    #[test]
    fn a_raised_limit_stays() {
        let raised = raise_descriptor_limit().expect("the kernel answers");
        assert!(raised >= 256, "{raised}");
        assert_eq!(raise_descriptor_limit(), Some(raised));
    }
}
