//! Opaque texts that clients carry about: base64 of bytes and their CRC-32. The checksum finds
//! slips of copying; it keeps no secret and withstands no forger.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes that [`seal`] adds.
pub(super) const SEAL_BYTES: usize = 4;

/// The text of `bytes`.
pub(super) fn seal(mut bytes: Vec<u8>) -> String {
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    STANDARD.encode(bytes)
}

/// The bytes of a text, if it is as [`seal`] wrote it.
pub(super) fn open(text: &str) -> Option<Vec<u8>> {
    let mut bytes = STANDARD.decode(text).ok()?;
    let (sealed, checksum) = bytes.split_last_chunk()?;
    let length = sealed.len();
    if crc32fast::hash(sealed) != u32::from_be_bytes(*checksum) {
        return None;
    }
    bytes.truncate(length);
    Some(bytes)
}
