//! A file that was written with zeros once and is written over from then on.

use millstream_base::Position;
use millstream_base::limits::REGION_BYTES;
use millstream_io::{Buffer, Durability, File, Io, OpenOptions, Result, Slice};
use std::path::Path;

/// Writes of zeros in flight at once.
const ZEROING_COUNT: usize = 4;

/// Space on disk that costs no metadata any more.
#[derive(Clone, Debug)]
pub(crate) struct Recycled {
    file: File,
    length_bytes: u64,
}

impl Recycled {
    /// Makes the file, of a multiple of 2 MiB, and makes it durable.
    pub(crate) async fn make(io: &Io, path: &Path, length_bytes: u64) -> Result<Self> {
        assert!(length_bytes.is_multiple_of(REGION_BYTES as u64), "a file of whole regions");
        let file = io.open(path, OpenOptions::write_direct()).await?;
        file.allocate(Position::ZERO, length_bytes).await?;
        let mut zeros = io.buffers().region()?;
        zeros.fill(0);
        let zeros = zeros.freeze();
        let positions: Vec<u64> = (0..length_bytes).step_by(REGION_BYTES).collect();
        for some in positions.chunks(ZEROING_COUNT) {
            let write = |position: &u64| {
                let position = Position::new(*position);
                file.write_at(vec![zeros.clone()], position, Durability::Written)
            };
            for write in some.iter().map(write).collect::<Vec<_>>() {
                write.await?;
            }
        }
        file.sync_all().await?;
        Ok(Self { file, length_bytes })
    }

    pub(crate) fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    /// Writes at a position that counts on and on, beyond the end of the file, and is brought back
    /// into it. What is written must not cross the end.
    pub(crate) fn write(
        &self,
        slices: Vec<Slice>,
        position: u64,
        durability: Durability,
    ) -> impl Future<Output = Result<()>> + use<> {
        self.file.write_at(slices, Position::new(position % self.length_bytes), durability)
    }

    /// Reads at a position that is brought back into the file as those of writes are.
    pub(crate) fn read(
        &self,
        buffer: Buffer,
        position: u64,
    ) -> impl Future<Output = (Result<usize>, Buffer)> + use<> {
        self.file.read_at(buffer, Position::new(position % self.length_bytes))
    }

    /// Makes durable what has been written.
    pub(crate) fn sync(&self) -> impl Future<Output = Result<()>> + use<> {
        self.file.sync_data()
    }
}
