//! Input read as instructions: bytes off its front, and zeros once it has ended.

/// What is left of the input.
#[derive(Debug)]
pub(super) struct Script<'a> {
    rest: &'a [u8],
}

impl<'a> Script<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    pub(super) const fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *byte
    }

    /// A number below `bound`, which is at most 256.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        assert!((1..=256).contains(&bound));
        usize::from(self.byte()) % bound
    }

    /// A small number as most fields have it, and now and then one at the edge of its range.
    pub(super) fn number(&mut self) -> u64 {
        match self.byte() {
            255 => u64::MAX - u64::from(self.byte() % 4),
            254 => i64::MAX.cast_unsigned() - u64::from(self.byte() % 4),
            253 => u64::from(u32::MAX) - u64::from(self.byte() % 4),
            byte => u64::from(byte % 16),
        }
    }

    /// Up to `count_max` bytes.
    pub(super) fn bytes(&mut self, count_max: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(count_max.min(self.rest.len()));
        self.rest = rest;
        taken
    }
}
