//! What every store must do here.

use std::error::Error;
use std::path::Path;

use crate::work::{Batch, Check, Load};

pub type Failure = Box<dyn Error>;

/// Opens a store in a folder, new or with what is in it.
pub type Open = fn(&Path, &Load) -> Result<Box<dyn Peer>, Failure>;

pub trait Peer {
    /// Appends a batch as one, and syncs it if the load says so.
    fn append(&mut self, batch: &Batch) -> Result<(), Failure>;

    /// Tells every record, shard by shard, in order.
    fn read_back(&mut self, check: &mut Check) -> Result<(), Failure>;

    /// Lets go of the folder, with what is not synced handed to the system.
    fn close(self: Box<Self>) -> Result<(), Failure>;
}
