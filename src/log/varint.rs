//! Numbers in as few bytes as they need: LEB128, seven bits a byte, the lowest first.

/// Bytes of a number at most.
const BYTES_MAX: usize = 10;

/// Writes `value` at `at` of `into`, which has room for 10 bytes more; gives where it ends.
#[inline]
pub(super) fn put(into: &mut [u8], mut at: usize, mut value: u64) -> usize {
    while value >= 0x80 {
        into[at] = (value & 0x7f) as u8 | 0x80;
        value >>= 7;
        at += 1;
    }
    into[at] = (value & 0x7f) as u8;
    at + 1
}

/// Takes a number off the front of `bytes`; `None` when there is none that fits 64 bits.
#[inline]
pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for at in 0..BYTES_MAX.min(bytes.len()) {
        let byte = bytes[at];
        let bits = u64::from(byte & 0x7f);
        if at == BYTES_MAX - 1 && bits > 1 {
            return None;
        }
        value |= bits << (7 * at);
        if byte < 0x80 {
            *bytes = &bytes[at + 1..];
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_leave_what_follows() {
        for value in [0, 1, 127, 128, 300, 16_383, 16_384, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = [0xee; 12];
            let end = put(&mut bytes, 1, value);
            let mut rest = &bytes[1..];
            assert_eq!(take(&mut rest), Some(value));
            assert_eq!(rest.len(), 12 - end);
        }
    }

    #[test]
    fn what_ends_early_or_is_too_long_is_no_number() {
        for bad in [&[][..], &[0x80], &[0xff; 9], &[0xff; 11]] {
            assert_eq!(take(&mut &*bad), None, "{bad:?}");
        }
        let mut too_large = [0xff; 10];
        too_large[9] = 2;
        assert_eq!(take(&mut &too_large[..]), None);
    }
}
