//! Keys as they were seen on a stream.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::HashKey;
use crate::model::limits::SHARDS_PER_STREAM_MAX;
use crate::pipeline::settings::{SettingError, require};

/// Pieces of the hash-key space at most: some for each shard that a stream can have.
const PIECES_MAX: usize = 4 * SHARDS_PER_STREAM_MAX as usize;
/// Characters of a partition key at most.
const KEY_CHARS_MAX: usize = 256;

/// Keys as they were seen on a stream: those that brought much, and how all others lay. Weights are
/// relative to each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenKeys {
    /// Pieces of the hash-key space, ascending, each up to the next. Inside of one, keys are as heavy as
    /// each other.
    #[serde(default)]
    pub pieces: Vec<Piece>,
    /// Keys that are heavy by themselves.
    #[serde(default)]
    pub heavy: Vec<Heavy>,
}

/// A piece of the hash-key space.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Its first key.
    #[schemars(with = "String")]
    pub from: HashKey,
    /// How much comes to it, 0 and up.
    pub weight: f64,
}

/// A key that is heavy by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heavy {
    /// The partition key, 1 to 256 characters.
    pub key: String,
    /// How much it brings, 0 and up.
    pub weight: f64,
}

impl SeenKeys {
    pub(super) fn check(&self) -> Result<(), SettingError> {
        let Self { pieces, heavy } = self;
        let rule = format!("at most {PIECES_MAX}");
        require(pieces.len() <= PIECES_MAX, "pieces", pieces.len(), rule)?;
        let ascending = pieces.is_sorted_by(|one, next| one.from < next.from);
        require(ascending, "pieces", "not in order", "ascending, each `from` once")?;
        for Heavy { key, .. } in heavy {
            let fits = (1..=KEY_CHARS_MAX).contains(&key.chars().count());
            require(fits, "key", key, format!("1 to {KEY_CHARS_MAX} characters"))?;
        }
        let weights = pieces.iter().map(|piece| piece.weight);
        let weights = weights.chain(heavy.iter().map(|heavy| heavy.weight));
        let mut sum = 0.0;
        for weight in weights {
            require((0.0..=1e12).contains(&weight), "weight", weight, "0 to 1000000000000")?;
            sum += weight;
        }
        require(sum > 0.0, "weight", sum, "above 0 for at least one piece or key")
    }
}
