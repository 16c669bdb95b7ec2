//! Positions in a shard: how they are asked for, and the iterator that is given.

use crate::model::{Millis, SequenceNumber, ShardId, StreamName};

/// Where a read begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IteratorType {
    /// The oldest record not yet trimmed.
    TrimHorizon,
    /// After the newest record.
    Latest,
    /// At that record.
    AtSequenceNumber(SequenceNumber),
    /// Right after that record.
    AfterSequenceNumber(SequenceNumber),
    /// The first record at or after that time.
    AtTimestamp(Millis),
}

/// The kinds of positions by their names on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IteratorKind {
    /// The oldest record not yet trimmed.
    TrimHorizon,
    /// After the newest record.
    Latest,
    /// At a record.
    AtSequenceNumber,
    /// Right after a record.
    AfterSequenceNumber,
    /// At a time.
    AtTimestamp,
}

impl IteratorKind {
    const ALL: [Self; 5] = [
        Self::TrimHorizon,
        Self::Latest,
        Self::AtSequenceNumber,
        Self::AfterSequenceNumber,
        Self::AtTimestamp,
    ];

    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TrimHorizon => "TRIM_HORIZON",
            Self::Latest => "LATEST",
            Self::AtSequenceNumber => "AT_SEQUENCE_NUMBER",
            Self::AfterSequenceNumber => "AFTER_SEQUENCE_NUMBER",
            Self::AtTimestamp => "AT_TIMESTAMP",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A position as the wire has it: nothing of it need fit together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawPosition {
    /// ShardIteratorType, or Type of a StartingPosition.
    pub kind: Option<IteratorKind>,
    /// StartingSequenceNumber, in decimal digits if it is right.
    pub number: Option<String>,
    /// Timestamp.
    pub timestamp: Option<Millis>,
}

/// A position as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedPosition {
    /// By someone inside, who has numbers as values.
    Known(IteratorType),
    /// By a request from outside.
    Raw(RawPosition),
}

impl From<IteratorType> for AskedPosition {
    fn from(position: IteratorType) -> Self {
        Self::Known(position)
    }
}

/// Tells those apart who read a shard. Never used again while the process lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReaderId(pub u64);

/// A read position, valid for five minutes after it was issued. Plain data here;
/// `rules::iterator` has the opaque token that it is on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardIterator {
    /// The stream.
    pub stream: StreamName,
    /// When that stream was created: a new stream of the same name does not honor old iterators.
    pub stream_created: Millis,
    /// The shard.
    pub shard: ShardId,
    /// Index of the next record to read.
    pub next_index: u64,
    /// When it was issued.
    pub issued: Millis,
    /// Who reads: the one for whom the first iterator of this row was issued.
    pub reader: ReaderId,
}
