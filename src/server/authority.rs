//! An authority of one's own: it makes the certificate of an endpoint that is given none.
//!
//! The authority is kept and trusted once; each run gets a certificate of its own from it, for the
//! names and addresses of that run, so that it is never too old and always fits.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::PrivatePkcs8KeyDer;

use crate::model::Millis;
use crate::model::date::Date;
use crate::server::tls::{Tls, TlsError};
use crate::tls::{certificates, key, pem};

/// Who signs, in certificates.
const AUTHORITY: &str = "watershed's own authority";
/// How long the authority is good for.
const AUTHORITY_DAYS: u64 = 20 * 365;
/// How long a certificate is; no client takes one for more than 398 days.
const CERTIFICATE_DAYS: u64 = 397;
const DAY_MS: u64 = 86_400_000;

impl From<rcgen::Error> for TlsError {
    fn from(why: rcgen::Error) -> Self {
        Self::Own(why.to_string())
    }
}

/// An authority of one's own: who trusts it trusts every endpoint that it makes a certificate for.
pub struct Authority {
    key: KeyPair,
    /// Its certificate, in PEM: what clients are given.
    pub certificate: String,
}

impl Authority {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no chance.
    pub fn new(now: Millis) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let certificate = authority(now).self_signed(&key)?;
        Ok(Self { key, certificate: pem("CERTIFICATE", certificate.der()) })
    }

    /// One that was made before: its certificate and its key, in PEM.
    ///
    /// # Errors
    /// When one of them is none, or they do not belong together.
    pub fn of(certificate: &str, private: &str) -> Result<Self, TlsError> {
        let der = certificates(certificate.as_bytes()).map_err(TlsError::Certificate)?;
        let private = key(private.as_bytes()).map_err(TlsError::Key)?;
        let key = KeyPair::try_from(private.secret_der())?;
        let public = key.public_key_raw();
        if !der[0].windows(public.len()).any(|part| part == public) {
            return Err(TlsError::Pair("the key is another one's".to_owned()));
        }
        Ok(Self { key, certificate: certificate.to_owned() })
    }

    /// Its key, in PEM: what nobody else shall see.
    #[must_use]
    pub fn key(&self) -> String {
        pem("PRIVATE KEY", self.key.serialized_der())
    }

    /// A certificate of an endpoint at these addresses and names, beside this machine's own.
    ///
    /// # Errors
    /// When a name is none.
    pub fn endpoint(
        &self,
        now: Millis,
        addresses: &[IpAddr],
        names: &[String],
    ) -> Result<Tls, TlsError> {
        let mut all = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let addresses = addresses.iter().map(IpAddr::to_string);
        for name in addresses.chain(names.iter().cloned()) {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        let mut params = CertificateParams::new(all)?;
        params.distinguished_name.push(DnType::CommonName, "watershed");
        lasts(&mut params, now, CERTIFICATE_DAYS);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let issuer = authority(now);
        let certificate = params.signed_by(&key, &Issuer::from_params(&issuer, &self.key))?;
        let key = PrivatePkcs8KeyDer::from(key.serialized_der().to_vec());
        Tls::of(vec![certificate.der().clone()], key.into())
    }
}

/// What stands in the certificate of an authority. The name is the same for all: a certificate that
/// it signs refers to the name and the key.
fn authority(now: Millis) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, AUTHORITY);
    lasts(&mut params, now, AUTHORITY_DAYS);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// From the day before, as clocks differ, and so many days on.
fn lasts(params: &mut CertificateParams, now: Millis, days: u64) {
    let day = |at: u64| {
        let Date { year, month, day } = Date::of(Millis(at));
        let small = |number: u64| u8::try_from(number).expect("invariant: of a date");
        date_time_ymd(i32::try_from(year).unwrap_or(i32::MAX), small(month), small(day))
    };
    params.not_before = day(now.0.saturating_sub(DAY_MS));
    params.not_after = day(now.0.saturating_add(days * DAY_MS));
}
