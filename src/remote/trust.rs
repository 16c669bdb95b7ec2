//! Whom a client trusts: the authorities that sign the certificates of endpoints.
//!
//! They stand in one file, where one is named; else they are the system's, which is where companies
//! put the authorities of their proxies.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, InvalidMessage, RootCertStore, StreamOwned,
};
use rustls_native_certs::load_native_certs;
use thiserror::Error;

use crate::model::Millis;
use crate::model::date::Iso;
use crate::remote::Place;
use crate::tls::{PemError, certificates, provider};

/// Nobody can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TrustError {
    /// The file of authorities cannot be read.
    #[error("`{}` cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// It has no certificate, or one that is none.
    #[error("`{}` names no authority: {why}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The system has no authorities where it should.
    #[error("this system names no authorities to trust: `--ca FILE` or AWS_CA_BUNDLE does")]
    NoneHere,
}

/// The authorities that are trusted, and how hands are shaken.
#[derive(Clone, Debug)]
pub(super) struct Trust(Arc<ClientConfig>);

impl Trust {
    /// The authorities of a file, and no other; without one the system's.
    pub(super) fn of(file: Option<&Path>) -> Result<Self, TrustError> {
        let roots = match file {
            Some(path) => of_file(path)?,
            None => of_system()?,
        };
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("invariant: the ciphers fit the versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// Shakes hands with a place.
    pub(super) fn shake(
        &self,
        place: &Place,
        mut socket: TcpStream,
    ) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let wrong = |_| io::Error::other(format!("`{}` is no name of a machine", place.name()));
        let name = ServerName::try_from(place.name().to_owned()).map_err(wrong)?;
        let connection = ClientConnection::new(Arc::clone(&self.0), name);
        let mut connection = connection.map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut socket).map_err(|why| match why.kind() {
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => {
                    io::Error::new(why.kind(), "it ended the handshake: does it speak TLS?")
                }
                _ => why,
            })?;
        }
        Ok(StreamOwned::new(connection, socket))
    }
}

fn of_file(path: &Path) -> Result<RootCertStore, TrustError> {
    let text = fs::read(path)
        .map_err(|why| TrustError::Unreadable { path: path.to_owned(), why: why.to_string() })?;
    let wrong = |why: String| TrustError::Malformed { path: path.to_owned(), why };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&text).map_err(|why: PemError| wrong(why.to_string()))? {
        roots.add(certificate).map_err(|why| wrong(why.to_string()))?;
    }
    Ok(roots)
}

fn of_system() -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    // Old certificates that nobody understands any more stand among the others.
    roots.add_parsable_certificates(load_native_certs().certs);
    if roots.is_empty() { Err(TrustError::NoneHere) } else { Ok(roots) }
}

/// Why hands were not shaken, where that is a matter of trust: no second attempt goes better.
pub(super) fn distrust(why: &io::Error) -> Option<String> {
    let why = why.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match why {
        rustls::Error::InvalidCertificate(why) => untrusted(why),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "it speaks no TLS: does its URL begin with http?".to_owned()
        }
        rustls::Error::AlertReceived(alert) => format!("it ends the handshake: {alert:?}"),
        why => why.to_string(),
    })
}

fn untrusted(why: &CertificateError) -> String {
    match why {
        // The second is another authority of a name that is known.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "who signed its certificate is not known here: trust it with `--ca FILE` or AWS_CA_BUNDLE"
                .to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => format!(
            "its certificate is not for `{}`, but for {}",
            expected.to_str(),
            presented.join(", ")
        ),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate was good until {}", Iso(Millis(not_after.as_secs() * 1_000)))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("its certificate is good from {} on", Iso(Millis(not_before.as_secs() * 1_000)))
        }
        why => format!("its certificate is not good: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_authorities_is_told_with_what_is_wrong_in_it() {
        let folder = std::env::temp_dir().join(format!("watershed-trust-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("ca.pem");
        let told = |path: &Path| Trust::of(Some(path)).expect_err("it is none").to_string();
        assert!(told(&path).starts_with(&format!("`{}` cannot be read", path.display())));
        fs::write(&path, "no certificate").expect("a file");
        assert!(told(&path).contains("names no authority: it has no certificate"));
        fs::write(&path, crate::tls::pem("CERTIFICATE", b"nonsense")).expect("a file");
        assert!(told(&path).contains("names no authority: "));
        fs::remove_dir_all(folder).expect("it is there");
    }
}
