//! The names of answers: `x-amzn-RequestId`, a UUID, and `x-amz-id-2`, 72 bytes in base64.

use std::hash::{BuildHasher, Hasher};

use base64_simd::STANDARD;
use hyper::header::HeaderValue;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// Bytes of `x-amz-id-2`.
const LONG_BYTES: usize = 72;
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Makes names that no other answer has.
pub(super) struct Identities(Pcg64Mcg);

impl Identities {
    /// From a beginning of its own.
    pub(super) fn new() -> Self {
        // The standard library's keys are the system's chance.
        let seed = || std::hash::RandomState::new().build_hasher().finish();
        let seed = u128::from(seed()) << 64 | u128::from(seed());
        Self(Pcg64Mcg::from_seed(seed.to_le_bytes()))
    }

    /// The next request's.
    pub(super) fn next(&mut self) -> (HeaderValue, HeaderValue) {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut long = [0; LONG_BYTES];
        self.0.fill_bytes(&mut long);
        let mut text = Vec::with_capacity(LONG_BYTES / 3 * 4);
        STANDARD.encode_append(&long[..], &mut text);
        (value(&uuid(bytes)), value(&text))
    }
}

fn value(text: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(text).expect("invariant: hexadecimal and base64 are ASCII")
}

fn uuid(bytes: [u8; 16]) -> [u8; 36] {
    let mut text = [b'-'; 36];
    let mut at = 0;
    for (index, byte) in bytes.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 0xf)];
        at += 2;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_a_uuid_of_version_4_and_ninety_six_characters_more() {
        let mut identities = Identities::new();
        let (short, long) = identities.next();
        let text = short.to_str().expect("it is ASCII");
        let dashes: Vec<usize> = text.match_indices('-').map(|(at, _)| at).collect();
        assert_eq!((text.len(), dashes), (36, vec![8, 13, 18, 23]));
        assert_eq!((&text[14..15], long.len()), ("4", 96));
        assert_ne!(identities.next().0, short);
    }
}
