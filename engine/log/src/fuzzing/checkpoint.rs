//! Checkpoints and identities.

use crate::checkpoint::Checkpoint;
use crate::cursor::Writer;
use crate::identity::Identity;
use millstream_base::crc;
use millstream_base::limits::BLOCK_BYTES;

const HEADER_BYTES: usize = 128;
const BODY_CRC: usize = 100;
const CRC: usize = HEADER_BYTES - 4;

/// The input as a checkpoint and as an identity, with checksums and without: what is read is
/// written the same.
pub fn checkpoint(data: &[u8]) {
    let mut sealed = data.to_vec();
    seal(&mut sealed);
    for bytes in [data, &sealed] {
        let Ok(read) = Checkpoint::decode(bytes) else { continue };
        let again = read.encode();
        assert_eq!(Checkpoint::decode(&again).as_ref(), Ok(&read));
        let common = again.len().min(bytes.len());
        let used = HEADER_BYTES + body_bytes(bytes);
        assert_eq!(again[..used.min(common)], bytes[..used.min(common)]);
    }
    let mut block = [0; BLOCK_BYTES];
    let common = data.len().min(BLOCK_BYTES);
    block[..common].copy_from_slice(&data[..common]);
    let mut writer = Writer::new(&mut block);
    writer.bytes(b"MSTIDENT").u16(1);
    let sum = crc::crc32c(&block[..BLOCK_BYTES - 4]);
    block[BLOCK_BYTES - 4..].copy_from_slice(&sum.to_le_bytes());
    if let Ok(identity) = Identity::decode(&block) {
        assert_eq!(identity.encode(), block);
    }
}

/// Magic, version, the size of the body, and both checksums, since no fuzzer finds those.
fn seal(bytes: &mut [u8]) {
    let Some((header, body)) = bytes.split_at_mut_checked(HEADER_BYTES) else { return };
    let mut writer = Writer::new(header);
    writer.bytes(b"MSTCHECK").u16(1);
    header[88..96].copy_from_slice(&(body.len() as u64).to_le_bytes());
    header[BODY_CRC..BODY_CRC + 4].copy_from_slice(&crc::crc32c(body).to_le_bytes());
    let sum = crc::crc32c(&header[..CRC]);
    header[CRC..].copy_from_slice(&sum.to_le_bytes());
}

fn body_bytes(bytes: &[u8]) -> usize {
    let field = bytes[88..].first_chunk().expect("a header was read");
    usize::try_from(u64::from_le_bytes(*field)).expect("the body was read")
}
