//! Whether records are encrypted where they rest, as a stream says it.
//!
//! The setting is kept and told; what is on the disk of this engine is not encrypted.

use crate::model::Millis;

/// How a record, or what is put now, is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EncryptionType {
    /// Not at all.
    #[default]
    None,
    /// With a key of the key management service.
    Kms,
}

impl EncryptionType {
    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Kms => "KMS",
        }
    }
}

/// How a stream encrypted what was put, from which time on. Records that were put before a change
/// stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encryption {
    changes: Vec<(Millis, EncryptionType)>,
}

impl Encryption {
    /// Changes that were kept, in any order.
    #[must_use]
    pub fn of(mut changes: Vec<(Millis, EncryptionType)>) -> Self {
        changes.sort_by_key(|(from, _)| *from);
        Self { changes }
    }

    /// From `at` on it is `kind`. What was before `horizon` is forgotten.
    pub fn change(&mut self, at: Millis, kind: EncryptionType, horizon: Millis) {
        if self.last() != kind {
            self.changes.push((at, kind));
        }
        let needed = self.changes.partition_point(|(from, _)| *from <= horizon).saturating_sub(1);
        self.changes.drain(..needed);
    }

    /// How the stream encrypts when the last change is done.
    #[must_use]
    pub fn last(&self) -> EncryptionType {
        self.changes.last().map_or(EncryptionType::None, |(_, kind)| *kind)
    }

    /// How a record is encrypted that arrived at that time.
    #[must_use]
    pub fn at(&self, arrival: Millis) -> EncryptionType {
        let after = self.changes.partition_point(|(from, _)| *from <= arrival);
        self.changes[..after].last().map_or(EncryptionType::None, |(_, kind)| *kind)
    }

    /// The changes, oldest first, to be kept.
    #[must_use]
    pub fn changes(&self) -> &[(Millis, EncryptionType)] {
        &self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EncryptionType::{Kms, None};

    #[test]
    fn only_records_after_a_change_are_encrypted_as_it_says() {
        let mut encryption = Encryption::default();
        assert_eq!((encryption.at(Millis(5)), encryption.last()), (None, None));
        for (at, kind) in [(10, Kms), (15, Kms), (20, None), (30, Kms)] {
            encryption.change(Millis(at), kind, Millis::ZERO);
        }
        for (at, kind) in [(9, None), (10, Kms), (19, Kms), (20, None), (30, Kms), (99, Kms)] {
            assert_eq!(encryption.at(Millis(at)), kind, "{at}");
        }
        assert_eq!((encryption.changes().len(), encryption.last()), (3, Kms));
        assert_eq!(Encryption::of(encryption.changes().to_vec()), encryption);
    }

    #[test]
    fn what_no_record_remembers_is_forgotten() {
        let mut encryption = Encryption::default();
        for n in 1..=50 {
            let kind = if n % 2 == 0 { Kms } else { None };
            encryption.change(Millis(n * 10), kind, Millis((n * 10).max(105) - 100));
        }
        // Records of the last 100 milliseconds may still be there, from 11 spans.
        assert_eq!(encryption.changes().len(), 11);
        assert_eq!((encryption.at(Millis(400)), encryption.at(Millis(415))), (Kms, None));
    }
}
