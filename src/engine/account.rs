//! What the account has and may have.

use crate::engine::Engine;
use crate::engine::stream::Stream;
use crate::model::StreamMode;

impl Engine {
    /// Shards that count to the account's quota: those of provisioned streams that are open, and
    /// those that a change going on may need.
    pub(super) fn shards_charged(&self) -> u32 {
        let provisioned = |stream: &&Stream| stream.settings.mode == StreamMode::Provisioned;
        self.streams.values().filter(provisioned).map(charged).sum()
    }
}

fn charged(stream: &Stream) -> u32 {
    let open = stream.open_count();
    open + stream.pending.iter().map(|step| step.growth(open)).sum::<u32>()
}
