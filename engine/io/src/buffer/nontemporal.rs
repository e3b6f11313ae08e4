//! Copies into memory that the processor will not look at again soon.
//!
//! What is only written to a disk is read by the device. An ordinary copy would first fetch each
//! line of its destination into the caches, where it displaces what is needed next; non-temporal
//! stores write whole lines past them (Intel 64 and IA-32 Architectures Optimization Reference
//! Manual, "Non-Temporal Store Instructions").

/// Below this the caches gain nothing by being spared.
const NONTEMPORAL_BYTES_MIN: usize = 1 << 10;

/// Copies `from` into `into`, past the caches where the processor can: for what goes to the disk
/// and is not read here soon. It is as visible to other threads as after an ordinary copy.
///
/// # Panics
/// If the lengths differ.
pub fn copy_nontemporal(from: &[u8], into: &mut [u8]) {
    assert_eq!(from.len(), into.len(), "a copy is as long as what is copied");
    if from.len() < NONTEMPORAL_BYTES_MIN {
        into.copy_from_slice(from);
    } else {
        copy_lines(from, into);
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
fn copy_lines(from: &[u8], into: &mut [u8]) {
    use std::arch::x86_64::{
        __m128i, _MM_HINT_T0, _mm_loadu_si128, _mm_prefetch, _mm_sfence, _mm_stream_si128,
    };

    const LINE_BYTES: usize = 64;
    /// How far ahead the source is fetched.
    const AHEAD_BYTES: usize = 512;

    let front_bytes = into.as_ptr().align_offset(LINE_BYTES).min(into.len());
    let (front, into) = into.split_at_mut(front_bytes);
    front.copy_from_slice(&from[..front_bytes]);
    let mut from = from[front_bytes..].chunks_exact(LINE_BYTES);
    let mut into = into.chunks_exact_mut(LINE_BYTES);
    for (from, into) in from.by_ref().zip(into.by_ref()) {
        let (from, into) = (from.as_ptr().cast::<__m128i>(), into.as_mut_ptr().cast::<__m128i>());
        // SAFETY: a prefetch (SSE, part of x86-64) reads nothing, whatever its address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.wrapping_byte_add(AHEAD_BYTES).cast()) };
        for part in 0..LINE_BYTES / size_of::<__m128i>() {
            let (from, into) = (from.wrapping_add(part), into.wrapping_add(part));
            // SAFETY: SSE2 is part of x86-64. The part lies inside of a chunk of a whole line,
            // whose bytes are initialised; this load needs no alignment.
            let value = unsafe { _mm_loadu_si128(from) };
            // SAFETY: as above; the line is aligned, since the front was cut off, and so is each
            // part. Nobody else sees it while it is borrowed, which is until the fence below.
            unsafe { _mm_stream_si128(into, value) };
        }
    }
    // SAFETY: part of x86-64. It orders the stores above before all that follow, so that whoever
    // learns of this memory by those finds it written.
    unsafe { _mm_sfence() };
    into.into_remainder().copy_from_slice(from.remainder());
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
fn copy_lines(from: &[u8], into: &mut [u8]) {
    into.copy_from_slice(from);
}

#[cfg(test)]
mod tests {
    use super::{NONTEMPORAL_BYTES_MIN, copy_nontemporal};

    #[test]
    fn bytes_arrive_wherever_they_begin_and_end_and_none_beside_them() {
        let source: Vec<u8> = (0..2_000).map(|index: u32| (index % 251) as u8 + 1).collect();
        for length in [0, 1, 63, NONTEMPORAL_BYTES_MIN, NONTEMPORAL_BYTES_MIN + 63, 1_900] {
            for (from_start, into_start) in [(0, 0), (1, 0), (0, 1), (63, 17), (33, 64)] {
                let from = &source[from_start..from_start + length];
                let mut target = [0; 2_048];
                let into_end = into_start + length;
                copy_nontemporal(from, &mut target[into_start..into_end]);
                assert_eq!(&target[into_start..into_end], from);
                assert!(target[..into_start].iter().all(|byte| *byte == 0));
                assert!(target[into_end..].iter().all(|byte| *byte == 0));
            }
        }
    }
}
