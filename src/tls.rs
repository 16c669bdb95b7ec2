//! Floor 2: what both ends of TLS need. Certificates and keys as text, and the one set of ciphers.
//!
//! Absent: sockets, files, the clock. The endpoint shakes hands in `server`, a client in `remote`.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

/// Characters of a line of base64 (RFC 7468).
const LINE: usize = 64;

/// A text is not the certificates or the key that it should be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PemError {
    /// No `-----BEGIN CERTIFICATE-----` stands in it.
    #[error("it has no certificate: one begins with `-----BEGIN CERTIFICATE-----`")]
    NoCertificate,
    /// No key without a passphrase stands in it.
    #[error(
        "it has no private key: one without a passphrase begins with `-----BEGIN PRIVATE KEY-----`"
    )]
    NoKey,
    /// Something in it begins and does not go on as it should.
    #[error("it cannot be read: {0}")]
    Malformed(String),
}

impl From<pem::Error> for PemError {
    fn from(why: pem::Error) -> Self {
        Self::Malformed(why.to_string())
    }
}

/// The certificates of a text in PEM, in their order, one at least.
///
/// # Errors
/// When there is none, or one is cut off.
pub fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    Some(all?).filter(|all| !all.is_empty()).ok_or(PemError::NoCertificate)
}

/// The first private key of a text in PEM.
///
/// # Errors
/// When there is none, or it is cut off.
pub fn key(text: &[u8]) -> Result<PrivateKeyDer<'static>, PemError> {
    PrivateKeyDer::from_pem_slice(text).map_err(|why| match why {
        pem::Error::NoItemsFound => PemError::NoKey,
        why => why.into(),
    })
}

/// Bytes as PEM: `label` is like `CERTIFICATE`.
#[must_use]
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut lines = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(LINE));
        lines += line;
        lines.push('\n');
        rest = more;
    }
    lines + &format!("-----END {label}-----\n")
}

/// The ciphers of both ends: those of `ring`.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for bytes in [&[0_u8; 1][..], &[7; 48], &[9; 49], &[1; 200]] {
            let text = pem("CERTIFICATE", bytes);
            assert!(text.lines().all(|line| line.len() <= LINE), "{text}");
            let two = [pem("PRIVATE KEY", bytes), text.clone(), text].concat();
            let read = certificates(two.as_bytes()).expect("there are two");
            assert_eq!(read, [CertificateDer::from(bytes), CertificateDer::from(bytes)]);
            assert_eq!(key(two.as_bytes()).expect("there is one").secret_der(), bytes);
        }
    }

    #[test]
    fn what_is_missing_or_cut_off_is_told() {
        assert_eq!(certificates(b"text"), Err(PemError::NoCertificate));
        assert_eq!(key(b""), Err(PemError::NoKey));
        let text = pem("CERTIFICATE", &[7; 48]);
        let cut = &text.as_bytes()[..text.len() - 30];
        assert!(matches!(certificates(cut), Err(PemError::Malformed(_))));
        let locked = pem("ENCRYPTED PRIVATE KEY", &[7; 48]);
        assert_eq!(key(locked.as_bytes()), Err(PemError::NoKey));
    }
}
