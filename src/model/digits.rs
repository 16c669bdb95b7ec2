//! Decimal digits, many at a time: each record that is put or read has some dozens.

/// Fills `digits` from its end, eight at a time and the rest one by one.
pub(super) fn write_digits(mut value: u64, digits: &mut [u8]) {
    let mut eights = digits.rchunks_exact_mut(8);
    for eight in &mut eights {
        eight.copy_from_slice(&eight_digits(value % 100_000_000));
        value /= 100_000_000;
    }
    for digit in eights.into_remainder().iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// The digits of a number below 10^8, all at once: halves, then quarters, then single digits are parted
/// in the lanes of one register. A division by 10^n is a multiplication and a shift there.
fn eight_digits(value: u64) -> [u8; 8] {
    let halves = (value / 10_000) | (value % 10_000) << 32;
    // In lanes of 32 bits: x / 100 for x < 10^4.
    let hundreds = ((halves * 5_243) >> 19) & 0x0000_007f_0000_007f;
    let pairs = hundreds | (halves - hundreds * 100) << 16;
    // In lanes of 16 bits: x / 10 for x < 100.
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | (pairs - tens * 10) << 8;
    (digits | 0x3030_3030_3030_3030).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_are_those_of_the_number() {
        let steps = (0..100_000_000).step_by(9_973);
        let edges = [0, 1, 9, 10, 99, 100, 9_999, 10_000, 10_001, 99_999_999];
        for value in steps.chain(edges) {
            assert_eq!(eight_digits(value), *format!("{value:08}").as_bytes(), "{value}");
        }
    }
}
