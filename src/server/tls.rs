//! TLS at the endpoint: certificates, given or its own, and handshakes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{InvalidMessage, ServerConfig};
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::tls::{PemError, certificates, key, provider};

/// What clients may ask for: HTTP/2 before HTTP/1.1.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];
/// The first byte of a handshake.
const HANDSHAKE: u8 = 22;
/// How long a handshake may take, beside the patience of the endpoint.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// How much is heard of somebody who speaks no TLS.
const HEARD_BYTES_MAX: u64 = 1_048_576;

/// A certificate cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TlsError {
    /// The file of the certificate.
    #[error("the certificate: {0}")]
    Certificate(PemError),
    /// The file of the key.
    #[error("the key: {0}")]
    Key(PemError),
    /// They are not one pair, or of a kind that is not known.
    #[error("the certificate and the key cannot be used together: {0}")]
    Pair(String),
    /// A certificate cannot be made.
    #[error("no certificate can be made: {0}")]
    Own(String),
}

/// What the endpoint shows to clients: a certificate, and the key for it.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// From a chain of certificates, the endpoint's own first, and its key; both in PEM.
    ///
    /// # Errors
    /// When one of them is none, or they do not belong together.
    pub fn new(chain: &[u8], private: &[u8]) -> Result<Self, TlsError> {
        let chain = certificates(chain).map_err(TlsError::Certificate)?;
        Self::of(chain, key(private).map_err(TlsError::Key)?)
    }

    /// The same of what was read already.
    pub(super) fn of(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, TlsError> {
        let pair = |why: rustls::Error| TlsError::Pair(why.to_string());
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(pair)?;
        let mut config = config.with_no_client_auth().with_single_cert(chain, key).map_err(pair)?;
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Shakes hands with whoever connected.
    ///
    /// # Errors
    /// Why it came to nothing, for the log.
    pub(super) async fn shake(
        &self,
        socket: TcpStream,
        patience: Duration,
    ) -> Result<TlsStream<TcpStream>, String> {
        let patience = patience.min(HANDSHAKE_MAX);
        let late = |_| format!("it was not done within {} s", patience.as_secs_f64());
        timeout(patience, self.shaken(socket)).await.map_err(late)?
    }

    async fn shaken(&self, mut socket: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        let mut first = [0];
        match socket.peek(&mut first).await {
            Ok(0) => return Err("the client left without a word".to_owned()),
            Ok(_) if first[0].is_ascii_alphabetic() => {
                // Nobody minds when this is not read.
                drop(decline(&mut socket).await);
                return Err("the client speaks HTTP without TLS".to_owned());
            }
            Ok(_) if first[0] != HANDSHAKE => return Err("the client speaks no TLS".to_owned()),
            Ok(_) => {}
            Err(why) => return Err(why.to_string()),
        }
        self.0.accept(socket).await.map_err(|why| told(&why))
    }
}

/// What somebody is told who asks without TLS, in a form that clients of the service show.
const SPEAKS_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    content-type: application/x-amz-json-1.1\r\ncontent-length: 87\r\nconnection: close\r\n\r\n\
    {\"__type\":\"BadRequest\",\"message\":\"this endpoint speaks TLS: its URL begins with https\"}";

/// Tells a client that it should have spoken TLS, and lets it finish: who is cut off while it sends
/// does not read.
async fn decline(socket: &mut TcpStream) -> io::Result<u64> {
    socket.write_all(SPEAKS_TLS).await?;
    socket.shutdown().await?;
    copy(&mut socket.take(HEARD_BYTES_MAX), &mut sink()).await
}

/// Why a handshake failed, in words.
fn told(why: &io::Error) -> String {
    let inner = why.get_ref().and_then(|why| why.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::AlertReceived(alert)) => {
            format!("the client refuses the certificate, or knows no common way: {alert:?}")
        }
        Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            "the client speaks no TLS".to_owned()
        }
        Some(why) => why.to_string(),
        None => why.to_string(),
    }
}
