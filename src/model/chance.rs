//! Salts: one root seed gives each user of chance its own seed, by name.
//!
//! Adding a draw in one place then does not change another's story. Only the derivation lives
//! here; generators are made by those who draw.

/// The seed of the user of chance called `name`, under `root`: FNV-1a over the name, mixed with
/// the root by the SplitMix64 finalizer.
#[must_use]
pub fn salted(root: u64, name: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let mut mixed = root.wrapping_add(hash).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::salted;

    #[test]
    fn each_name_has_its_own_story_and_keeps_it() {
        assert_eq!(salted(42, "producer clicks"), salted(42, "producer clicks"));
        assert_ne!(salted(42, "producer clicks"), salted(42, "producer orders"));
        assert_ne!(salted(42, "producer clicks"), salted(43, "producer clicks"));
    }
}
