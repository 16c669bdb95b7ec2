//! Bytes of a frame that stay in memory once it was written, for the tails of the shards whose
//! records stand in it.
//!
//! A tail is memory that no cache holds: copying a record of a KiB there took a quarter of the time of
//! putting it (measured: 500 x 1 KiB, 16 shards). So a long record stays where the journal's frame has
//! it, and its block knows the place. Short ones are copied: they cost less to copy than to look up, and
//! a block of few short records shall not hold on to frames that are mostly of others.
//!
//! A parcel lives as long as a block that has a record in it. That is no longer than the journal needs
//! the segment where the frame was written: what pins one is moved to a chunk by then.

/// Bytes of key and data from which on a record stays in its frame.
const LONG: usize = 512;
/// A frame's memory is kept with the frame when no more than this share of it is empty.
const EMPTY_SHARE: usize = 2;

/// Memory that the next frame has in any case: what is shorter than half of it is soon copied.
const FRAME_BYTES: usize = 64 * 1_024;

/// The bytes of a frame.
#[derive(Debug)]
pub(super) struct Parcel(Vec<u8>);

/// A record's place in the frame that is being filled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lent {
    pub(super) at: usize,
    pub(super) key_len: usize,
    pub(super) len: usize,
}

/// Does a record of so many bytes stay in its frame?
#[inline]
pub(super) fn is_lent(bytes: usize) -> bool {
    bytes >= LONG
}

impl Parcel {
    pub(super) fn new(frame: Vec<u8>) -> Self {
        Self(frame)
    }

    pub(super) fn copy_of(frame: &[u8]) -> Self {
        Self(frame.to_vec())
    }

    /// Is the memory of a frame worth keeping with it?
    pub(super) fn takes_memory_of(frame: &Vec<u8>) -> bool {
        frame.len() >= frame.capacity() / EMPTY_SHARE
    }

    /// Gives memory back of one that is too large, so that the next like it can be kept.
    pub(super) fn fit(frame: &mut Vec<u8>) {
        frame.shrink_to(FRAME_BYTES.max(EMPTY_SHARE * frame.len()));
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn into_memory(self) -> Vec<u8> {
        self.0
    }
}
