//! Who asks: AWS' signature of version 4, in headers or in the query.
//!
//! A request is looked at in this order, as the service does:
//!
//! 1. It says who asks, in one of the two places.
//! 2. Nothing that a signature needs is missing.
//! 3. Where signatures are verified: the key is known, the scope is right, the time is near, and the
//!    signature is that of this request.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::Mac;
use hyper::header::{AUTHORIZATION, DATE, HeaderMap, HeaderValue};
use hyper::http::request::Parts;

use crate::model::Millis;
use crate::wire::Refusal;
use crate::wire::signature::{ALGORITHM, SERVICE, TERM, basic, digest, mark, parse_basic, unhex};

/// How far the clock of a client may be from ours, milliseconds.
const SKEW_MS: u64 = 300_000;
/// How long a request signed in its query is good at most.
const EXPIRES_S_MAX: u64 = 604_800;

/// Secret keys by the names of their access keys.
pub type Keys = BTreeMap<String, String>;

/// What is asked of a request's signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// Nothing.
    Off,
    /// That it is there.
    #[default]
    Present,
    /// That it is right, by one of these keys.
    Verify(Keys),
}

impl Auth {
    /// May this request be looked at?
    ///
    /// # Errors
    /// What is missing or wrong of its signature.
    pub(super) fn check(&self, head: &Parts, body: &[u8], region: &str) -> Result<(), Refusal> {
        if *self == Self::Off {
            return Ok(());
        }
        let query = parameters(head.uri.query().unwrap_or_default());
        let claim = match (head.headers.get(AUTHORIZATION), query.get("X-Amz-Algorithm")) {
            (None, None) => return Err(Refusal::MissingToken),
            (Some(_), Some(_)) => return Err(invalid(BOTH)),
            (Some(_), None) => Claim::of_headers(&head.headers)?,
            (None, Some(_)) => Claim::of_query(&query)?,
        };
        match self {
            Self::Off | Self::Present => Ok(()),
            Self::Verify(keys) => claim.verify(keys, head, &query, body, (region, now())),
        }
    }
}

const BOTH: &str = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP \
                    header.";
const MISMATCH: &str = "The request signature we calculated does not match the signature you \
                        provided. Check your AWS Secret Access Key and signing method. Consult the \
                        service documentation for details.";

fn invalid(why: impl Into<String>) -> Refusal {
    Refusal::InvalidSignature(why.into())
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// What a request says of who signed it.
#[derive(Clone, Copy, Debug)]
struct Claim<'r> {
    credential: &'r str,
    signature: &'r str,
    signed_headers: &'r str,
    /// `20261126T012345Z`.
    date: &'r str,
    /// For how many seconds it is good, where the query says so.
    expires_s: Option<u64>,
}

impl<'r> Claim<'r> {
    fn of_headers(headers: &'r HeaderMap) -> Result<Self, Refusal> {
        let text = |value: Option<&'r HeaderValue>| {
            value.and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        let authorization = text(headers.get(AUTHORIZATION));
        let list = authorization.strip_prefix(ALGORITHM).unwrap_or_default();
        let [mut credential, mut signature, mut signed_headers] = [""; 3];
        for (name, value) in list.split(',').filter_map(|part| part.trim().split_once('=')) {
            match name {
                "Credential" => credential = value,
                "Signature" => signature = value,
                "SignedHeaders" => signed_headers = value,
                _ => {}
            }
        }
        let needed = [
            ("Credential", credential),
            ("Signature", signature),
            ("SignedHeaders", signed_headers),
        ];
        let date = headers.get("x-amz-date").or_else(|| headers.get(DATE));
        let mut missing = String::new();
        for (name, value) in needed {
            if value.is_empty() {
                missing += &format!("Authorization header requires '{name}' parameter. ");
            }
        }
        if date.is_none() {
            missing += "Authorization header requires existence of either a 'X-Amz-Date' or a \
                        'Date' header. ";
        }
        if !missing.is_empty() {
            missing += &format!("Authorization={authorization}");
            return Err(Refusal::IncompleteSignature(missing));
        }
        Ok(Self { credential, signature, signed_headers, date: text(date), expires_s: None })
    }

    fn of_query(query: &'r BTreeMap<String, String>) -> Result<Self, Refusal> {
        let mut missing = String::new();
        let names = ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];
        for name in names {
            if query.get(name).is_none_or(String::is_empty) {
                missing += &format!("AWS query-string parameters must include '{name}'. ");
            }
        }
        if !missing.is_empty() {
            missing += "Re-examine the query-string parameters.";
            return Err(Refusal::IncompleteSignature(missing));
        }
        let of = |name: &str| query.get(name).map_or("", String::as_str);
        Ok(Self {
            credential: of("X-Amz-Credential"),
            signature: of("X-Amz-Signature"),
            signed_headers: of("X-Amz-SignedHeaders"),
            date: of("X-Amz-Date"),
            expires_s: Some(of("X-Amz-Expires").parse().unwrap_or(0).min(EXPIRES_S_MAX)),
        })
    }

    fn verify(
        &self,
        keys: &Keys,
        head: &Parts,
        query: &BTreeMap<String, String>,
        body: &[u8],
        (region, now): (&str, Millis),
    ) -> Result<(), Refusal> {
        let scope: Vec<&str> = self.credential.split('/').collect();
        let [key, day, its_region, service, TERM] = scope[..] else {
            return Err(Refusal::IncompleteSignature(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{}'",
                self.credential
            )));
        };
        let secret = keys.get(key).ok_or(Refusal::UnrecognizedClient)?;
        if its_region != region {
            let why =
                format!("Credential should be scoped to a valid region, not '{its_region}'. ");
            return Err(invalid(why));
        }
        if service != SERVICE {
            return Err(invalid(format!(
                "Credential should be scoped to correct service: '{SERVICE}'. "
            )));
        }
        self.check_time(day, now)?;
        let canonical = self.canonical(head, query, body);
        let right = mark(secret, [day, region, SERVICE, TERM], self.date, &canonical);
        // Compared in a time that does not tell how much of it is right.
        let given = unhex(self.signature).ok_or_else(|| invalid(MISMATCH))?;
        right.verify_slice(&given).map_err(|_| invalid(MISMATCH))
    }

    /// Was it signed lately, and on the day that its scope says?
    fn check_time(&self, day: &str, now: Millis) -> Result<(), Refusal> {
        let date = self.date;
        let signed = parse_basic(date).filter(|_| date.starts_with(day)).ok_or_else(|| {
            invalid(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{day}' != '{date}'"
            ))
        })?;
        let good_ms = self.expires_s.map_or(SKEW_MS, |seconds| seconds * 1_000);
        if signed.plus(good_ms) < now {
            let (bound, present) = (basic(Millis(now.0.saturating_sub(good_ms))), basic(now));
            let minutes = good_ms / 60_000;
            return Err(invalid(format!(
                "Signature expired: {date} is now earlier than {bound} ({present} - {minutes} min.)"
            )));
        }
        if signed > now.plus(SKEW_MS) {
            let (bound, present) = (basic(now.plus(SKEW_MS)), basic(now));
            return Err(invalid(format!(
                "Signature not yet current: {date} is still later than {bound} ({present} + 5 min.)"
            )));
        }
        Ok(())
    }

    /// The request as it is signed.
    fn canonical(&self, head: &Parts, query: &BTreeMap<String, String>, body: &[u8]) -> String {
        let mut text = format!("{}\n{}\n", head.method, head.uri.path());
        let pairs = query.iter().filter(|(name, _)| *name != "X-Amz-Signature");
        let pairs: Vec<String> =
            pairs.map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        text += &pairs.join("&");
        text.push('\n');
        for name in self.signed_headers.split(';') {
            let all = head.headers.get_all(name);
            let values: Vec<String> = all.iter().filter_map(one_spaced).collect();
            let value = match name {
                // In HTTP/2 it is a part of the target.
                "host" if values.is_empty() => {
                    head.uri.authority().map(ToString::to_string).unwrap_or_default()
                }
                _ => values.join(","),
            };
            text += &format!("{name}:{value}\n");
        }
        let told = head.headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok());
        let hash = match told {
            Some("UNSIGNED-PAYLOAD") => "UNSIGNED-PAYLOAD".to_owned(),
            Some(_) | None => digest(body),
        };
        text + &format!("\n{}\n{hash}", self.signed_headers)
    }
}

/// A value without spaces at its ends, and with single ones inside.
fn one_spaced(value: &HeaderValue) -> Option<String> {
    let words: Vec<&str> = value.to_str().ok()?.split_ascii_whitespace().collect();
    Some(words.join(" "))
}

/// The parameters of a query, as they are meant.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (unescape(name), unescape(value))
    };
    pairs.map(pair).collect()
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%');
        let byte = escaped.and_then(|two| std::str::from_utf8(two).ok()).and_then(unhex);
        match byte.as_deref() {
            Some([byte]) => {
                bytes.push(*byte);
                rest = &after[2..];
            }
            Some(_) | None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => escaped += &format!("%{byte:02X}"),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;
    use crate::wire::signature::{Signer, ToSign};

    fn keys() -> Keys {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        Keys::from([("AKIDEXAMPLE".to_owned(), secret.to_owned())])
    }

    fn head(headers: &[(&str, &str)], target: &str) -> Parts {
        let mut request = Request::builder().method("POST").uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("it is a request").into_parts().0
    }

    const AT: Millis = Millis(1_440_938_160_000);

    /// What a client of ours sends at that time.
    fn sent(host: &str) -> Parts {
        let signer = Signer {
            key: "AKIDEXAMPLE".to_owned(),
            secret: keys()["AKIDEXAMPLE"].clone(),
            token: None,
            region: "us-east-1".to_owned(),
        };
        let added = signer.sign(&ToSign {
            at: AT,
            service: SERVICE,
            headers: &[("host", host)],
            body: b"{}",
        });
        let mut headers = vec![("host", host)];
        headers.extend(added.iter().map(|(name, value)| (*name, value.as_str())));
        head(&headers, "/")
    }

    #[test]
    fn a_signature_is_of_one_request_one_key_and_some_minutes() {
        let request = sent("localhost");
        let good = Claim::of_headers(&request.headers).expect("it is whole");
        let verify = |claim: &Claim<'_>, head: &Parts, body: &[u8], now: Millis| {
            claim.verify(&keys(), head, &BTreeMap::new(), body, ("us-east-1", now))
        };
        assert_eq!(verify(&good, &request, b"{}", AT), Ok(()));
        assert_eq!(verify(&good, &request, b"{ }", AT), Err(invalid(MISMATCH)));
        let elsewhere = head(&[("host", "elsewhere"), ("x-amz-date", good.date)], "/");
        assert_eq!(verify(&good, &elsewhere, b"{}", AT), Err(invalid(MISMATCH)));
        for late in [AT.plus(301_000), Millis(AT.0 - 301_000)] {
            let told = verify(&good, &request, b"{}", late);
            assert!(matches!(told, Err(Refusal::InvalidSignature(_))), "{told:?}");
            assert_ne!(told, Err(invalid(MISMATCH)));
        }
        let other_key = good.credential.replace("AKID", "AKIX");
        let claim = Claim { credential: &other_key, ..good };
        assert_eq!(verify(&claim, &request, b"{}", AT), Err(Refusal::UnrecognizedClient));
        for (part, other) in
            [("us-east-1", "eu-west-1"), ("kinesis", "s3"), ("20150830", "20150829")]
        {
            let other_scope = good.credential.replace(part, other);
            let claim = Claim { credential: &other_scope, ..good };
            let told = verify(&claim, &request, b"{}", AT);
            assert!(matches!(told, Err(Refusal::InvalidSignature(_))), "{told:?}");
        }
    }

    #[test]
    fn a_signature_of_now_is_taken() {
        let signer = Signer {
            key: "AKIDEXAMPLE".to_owned(),
            secret: keys()["AKIDEXAMPLE"].clone(),
            token: Some("t".to_owned()),
            region: "us-east-1".to_owned(),
        };
        let headers = [("host", "localhost"), ("x-amz-target", "Kinesis_20131202.ListStreams")];
        let added =
            signer.sign(&ToSign { at: now(), service: SERVICE, headers: &headers, body: b"{}" });
        let mut sent = headers.to_vec();
        sent.extend(added.iter().map(|(name, value)| (*name, value.as_str())));
        let auth = Auth::Verify(keys());
        assert_eq!(auth.check(&head(&sent, "/"), b"{}", "us-east-1"), Ok(()));
        let told = auth.check(&head(&sent, "/"), b"[]", "us-east-1");
        assert_eq!(told, Err(invalid(MISMATCH)));
    }

    #[test]
    fn what_is_missing_is_named() {
        let check = |headers: &[(&str, &str)], target: &str| {
            Auth::Present.check(&head(headers, target), b"", "us-east-1")
        };
        assert_eq!(check(&[], "/"), Err(Refusal::MissingToken));
        assert_eq!(Auth::Off.check(&head(&[], "/"), b"", "us-east-1"), Ok(()));
        let full = "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c";
        let date = ("x-amz-date", "x");
        assert_eq!(check(&[("authorization", full), date], "/"), Ok(()));
        assert_eq!(
            check(&[("authorization", full), date], "/?X-Amz-Algorithm=x"),
            Err(invalid(BOTH))
        );
        assert_eq!(
            check(&[("authorization", "AWS4-HMAC-SHA256 Credential=a")], "/"),
            Err(Refusal::IncompleteSignature(
                "Authorization header requires 'Signature' parameter. Authorization header requires \
                 'SignedHeaders' parameter. Authorization header requires existence of either a \
                 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 Credential=a"
                    .to_owned()
            ))
        );
        assert_eq!(
            check(&[], "/?X-Amz-Algorithm=x&X-Amz-Date=y&X-Amz-Signature=z&X-Amz-Credential=%2F"),
            Err(Refusal::IncompleteSignature(
                "AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the \
                 query-string parameters."
                    .to_owned()
            ))
        );
    }
}
