//! Floor 1: the durable log. Bytes, in order. Knows nothing of Kinesis.

pub mod storage;
pub use storage::{Storage, StorageError};
