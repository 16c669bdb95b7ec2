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

/// The keys of a stream, each from some time on. Records that were put before a key came stay as
/// they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encryption {
    changes: Vec<(Millis, Option<String>)>,
}

impl Encryption {
    /// Changes that were kept, in any order.
    #[must_use]
    pub fn of(mut changes: Vec<(Millis, Option<String>)>) -> Self {
        changes.sort_by_key(|(from, _)| *from);
        Self { changes }
    }

    /// The key changes at `now`; `None` ends encryption. What was before `horizon` is forgotten.
    pub fn change(&mut self, now: Millis, key: Option<String>, horizon: Millis) {
        self.changes.push((now, key));
        let needed = self.changes.partition_point(|(from, _)| *from <= horizon).saturating_sub(1);
        self.changes.drain(..needed);
    }

    /// The key now, or when the last change is done.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.changes.last()?.1.as_deref()
    }

    /// How the stream encrypts now, or when the last change is done.
    #[must_use]
    pub fn current(&self) -> EncryptionType {
        if self.key().is_some() { EncryptionType::Kms } else { EncryptionType::None }
    }

    /// How a record is encrypted that arrived at that time.
    #[must_use]
    pub fn at(&self, arrival: Millis) -> EncryptionType {
        let after = self.changes.partition_point(|(from, _)| *from <= arrival);
        match self.changes[..after].last() {
            Some((_, Some(_))) => EncryptionType::Kms,
            Some((_, None)) | None => EncryptionType::None,
        }
    }

    /// The changes, oldest first, to be kept.
    #[must_use]
    pub fn changes(&self) -> &[(Millis, Option<String>)] {
        &self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_records_after_a_change_are_encrypted_as_it_says() {
        use EncryptionType::{Kms, None};
        let mut encryption = Encryption::default();
        assert_eq!((encryption.at(Millis(5)), encryption.current()), (None, None));
        encryption.change(Millis(10), Some("alias/aws/kinesis".into()), Millis::ZERO);
        encryption.change(Millis(20), Option::None, Millis::ZERO);
        encryption.change(Millis(30), Some("other".into()), Millis::ZERO);
        for (at, kind) in [(9, None), (10, Kms), (19, Kms), (20, None), (30, Kms), (99, Kms)] {
            assert_eq!(encryption.at(Millis(at)), kind, "{at}");
        }
        assert_eq!((encryption.key(), encryption.current()), (Some("other"), Kms));
        assert_eq!(Encryption::of(encryption.changes().to_vec()), encryption);
    }

    #[test]
    fn what_no_record_remembers_is_forgotten() {
        let mut encryption = Encryption::default();
        for n in 1..=50 {
            encryption.change(Millis(n * 10), Some(n.to_string()), Millis((n * 10).max(105) - 100));
        }
        // Records of the last 100 milliseconds may still be there, under 11 keys.
        assert_eq!(encryption.changes().len(), 11);
        assert_eq!(encryption.at(Millis(400)), EncryptionType::Kms);
    }
}
