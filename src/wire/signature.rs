//! Signatures of version 4, as AWS has them: how a request is signed, and by which keys.
//!
//! A client signs with [`Signer`]; who is asked computes the [`mark`] of what came and compares.
//! Source: the chapter on signing of AWS' general reference, whose example is a test below.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::model::Millis;
use crate::model::date::{Date, Iso};

/// The first word of a signed request.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The service, as scopes name it.
pub const SERVICE: &str = "kinesis";
/// The last part of a scope.
pub const TERM: &str = "aws4_request";

/// Who asks, as a client.
#[derive(Clone, PartialEq, Eq)]
pub struct Signer {
    /// The name of the access key.
    pub key: String,
    /// The secret key.
    pub secret: String,
    /// Goes with keys that end by themselves.
    pub token: Option<String>,
    /// The region that is asked.
    pub region: String,
}

impl std::fmt::Debug for Signer {
    /// Without what is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, region, .. } = self;
        f.debug_struct("Signer").field("key", key).field("region", region).finish_non_exhaustive()
    }
}

/// A request of POST to `/`, before it is signed.
#[derive(Clone, Copy, Debug)]
pub struct ToSign<'a> {
    /// When.
    pub at: Millis,
    /// Which service is asked, as scopes name it.
    pub service: &'a str,
    /// Headers that are signed beside those that the signature adds, names in small letters.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl Signer {
    /// The headers that a signature adds, names in small letters.
    #[must_use]
    pub fn sign(&self, request: &ToSign<'_>) -> Vec<(&'static str, String)> {
        let mut added = vec![("x-amz-date", basic(request.at))];
        added.extend(self.token.iter().map(|token| ("x-amz-security-token", token.clone())));
        let mut headers = request.headers.to_vec();
        headers.extend(added.iter().map(|(name, value)| (*name, value.as_str())));
        headers.sort_unstable();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", digest(request.body));
        let date = basic(request.at);
        let scope = [&date[..8], &self.region, request.service, TERM];
        let signature = hex(&mark(&self.secret, scope, &date, &canonical).finalize().into_bytes());
        let credential = format!("{}/{}", self.key, scope.join("/"));
        let told = format!(
            "{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        );
        added.push(("authorization", told));
        added
    }
}

/// The signature of a canonical request, of which nobody has asked yet what it is, so that it can be
/// compared in a time that tells nothing.
#[must_use]
pub fn mark(secret: &str, scope: [&str; 4], date: &str, canonical: &str) -> Hmac<Sha256> {
    let key = signing_key(secret, scope);
    let hash = digest(canonical.as_bytes());
    mac(&key, format!("{ALGORITHM}\n{date}\n{}\n{hash}", scope.join("/")).as_bytes())
}

/// The key for one day, region and service.
fn signing_key(secret: &str, scope: [&str; 4]) -> Vec<u8> {
    scope.iter().fold(format!("AWS4{secret}").into_bytes(), |key, part| {
        mac(&key, part.as_bytes()).finalize().into_bytes().to_vec()
    })
}

fn mac(key: &[u8], text: &[u8]) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).expect("invariant: a key may be of any length");
    mac.update(text);
    mac
}

/// SHA-256 in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Hexadecimal digits, two a byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads hexadecimal digits, two a byte.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|two| two[0] << 4 | two[1]).collect())
}

/// A time as signatures have it, to the second: `20261126T012345Z`.
#[must_use]
pub fn basic(at: Millis) -> String {
    let text = Iso(at).to_string();
    text[..19].chars().filter(|c| !matches!(c, '-' | ':')).chain(['Z']).collect()
}

/// Reads such a time, of 1970 and later.
#[must_use]
pub fn parse_basic(text: &str) -> Option<Millis> {
    if text.len() != 16 || !text.is_ascii() || &text[8..9] != "T" || !text.ends_with('Z') {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    let days = Date { year, month, day }.days()?;
    Some(Millis((days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    #[test]
    fn keys_are_derived_as_in_the_reference() {
        // The example of the chapter on signing: the key of 2015-08-30 for IAM.
        let key = signing_key(SECRET, ["20150830", "us-east-1", "iam", TERM]);
        assert_eq!(hex(&key), "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
        let canonical = "GET\n/\nAction=ListUsers&Version=2010-05-08\ncontent-type:\
                         application/x-www-form-urlencoded; charset=utf-8\nhost:iam.amazonaws.com\n\
                         x-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n\
                         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let scope = ["20150830", "us-east-1", "iam", TERM];
        let mark = mark(SECRET, scope, "20150830T123600Z", canonical);
        assert_eq!(
            hex(&mark.finalize().into_bytes()),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    #[test]
    fn a_token_is_signed_with_the_rest() {
        let signer = Signer {
            key: "AKIDEXAMPLE".to_owned(),
            secret: SECRET.to_owned(),
            token: Some("t".to_owned()),
            region: "us-east-1".to_owned(),
        };
        let at = Millis(1_440_938_160_000);
        let added =
            signer.sign(&ToSign { at, service: SERVICE, headers: &[("host", "h")], body: b"{}" });
        let names: Vec<&str> = added.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["x-amz-date", "x-amz-security-token", "authorization"]);
        assert!(added[2].1.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"));
        assert!(!format!("{signer:?}").contains("wJalr"), "what is secret is not shown");
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for at in [0, 951_782_400_000, 1_440_938_160_000, 4_107_542_400_000] {
            assert_eq!(parse_basic(&basic(Millis(at))), Some(Millis(at)));
        }
        for text in ["", "20150830", "20150830T123600", "2015-08-30T12:36Z", "20151330T123600Z"] {
            assert_eq!(parse_basic(text), None, "{text}");
        }
    }
}
