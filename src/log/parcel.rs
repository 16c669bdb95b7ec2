//! Bytes of long records that stay where whoever put them has them.
//!
//! A tail is memory that no cache holds: copying a record of a KiB there took a quarter of the time of
//! putting it (measured: 500 x 1 KiB, 16 shards). So a long record of a batch that may be kept stays
//! there, and its block knows the place. Short ones are copied: they cost less to copy than to look up,
//! and a block of few short records shall not hold on to memory that is mostly of others.
//!
//! A batch is kept as long as a block that has a record in it, and all of its records went to the
//! journal. That is no longer than the journal needs the segment where they are: what pins one is moved
//! to a chunk by then. So tails keep no more than the journal does, but for those of a stream that was
//! switched to level `memory` meanwhile, which keep theirs until retention takes them.

use std::sync::Arc;

use crate::model::batch::KEPT_BYTES;
use crate::model::{Kept, KeyedBytes};

/// Memory of a batch.
pub(super) type Parcel = Arc<Vec<u8>>;

/// The place of a record that is long enough to stay there.
#[inline]
pub(super) fn stays<'a>(stored: KeyedBytes<'_>, kept: Option<Kept<'a>>) -> Option<Kept<'a>> {
    kept.filter(|_| stored.bytes().len() >= KEPT_BYTES)
}
