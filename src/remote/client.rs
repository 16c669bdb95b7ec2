//! A client: operations are signed and asked, and asked again when that may help.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use thiserror::Error;

use crate::model::{Action, Millis, REGION};
use crate::remote::credentials::AHEAD_MS;
use crate::remote::http::{Connection, Request, Response};
use crate::remote::trust::distrust;
use crate::remote::{CredentialsError, Place, Service, TrustError, Who};
use crate::wire::signature::{Signer, ToSign};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// What stands for a reason where none is told.
const UNTOLD: &str = "no reason is told";
/// What is refused because it is asked too often.
const TOO_OFTEN: [&str; 4] = [
    "KMSThrottlingException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
];
/// Times that a request is sent again when its connection breaks or the service wants it later.
const RETRIES: u32 = 8;

/// Where an attempt to be answered ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Nobody listens there.
    Refused,
    /// Nothing came for as long as one would wait.
    Silence,
    /// Anywhere else.
    Between,
}

/// Why an operation was not done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AskError {
    /// The service does not do it.
    #[error("{code}: {message}")]
    Refused {
        /// Its code for it.
        code: String,
        /// Its sentence.
        message: String,
    },
    /// Nobody answers, or with something else than the protocol.
    #[error("`{url}` does not answer: {why}")]
    Unreachable {
        /// Where.
        url: String,
        /// The system's words.
        why: String,
        /// Where it ended.
        at: Break,
    },
    /// It may be somebody else, or cannot prove that it is not.
    #[error("`{url}` is not to be trusted: {why}")]
    Untrusted {
        /// Where.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// Nothing says who is to be trusted.
    #[error("{0}")]
    Trust(#[from] TrustError),
    /// Nothing says who asks.
    #[error("{0}")]
    Credentials(#[from] CredentialsError),
}

impl AskError {
    /// Who does not know what is asked often says no more than that.
    fn of(self, target: &str) -> Self {
        match self {
            Self::Refused { code, message }
                if code == "UnknownOperationException" && message == UNTOLD =>
            {
                let name = target.rsplit('.').next().unwrap_or_default();
                Self::Refused { code, message: format!("this endpoint does not know {name}") }
            }
            other => other,
        }
    }

    /// The service's code, where it answered.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            Self::Unreachable { .. }
            | Self::Untrusted { .. }
            | Self::Trust(_)
            | Self::Credentials(_) => None,
        }
    }

    /// Does the same request have a chance a little later?
    #[must_use]
    pub fn is_passing(&self) -> bool {
        const BROKEN: [&str; 3] =
            ["InternalFailure", "InternalFailureException", "ServiceUnavailable"];
        match self {
            Self::Refused { code, .. } => {
                let known = BROKEN.iter().chain(&TOO_OFTEN).any(|passing| passing == code);
                known || code.starts_with("status 5")
            }
            Self::Unreachable { .. } => true,
            Self::Untrusted { .. } | Self::Trust(_) | Self::Credentials(_) => false,
        }
    }

    /// Was what was asked not even looked at? Nobody answers, or not to these keys, or not so often.
    pub(super) fn is_unheard(&self) -> bool {
        self.wants_keys() || self.code().is_none_or(|code| TOO_OFTEN.contains(&code))
    }

    /// Are these keys good no longer, so that others may be found where they came from?
    #[must_use]
    pub fn wants_keys(&self) -> bool {
        const EXPIRED: [&str; 4] = [
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidSignatureException",
            "UnrecognizedClientException",
        ];
        self.code().is_some_and(|code| EXPIRED.contains(&code))
    }
}

/// How a client signs.
struct Signing {
    signer: Signer,
    /// Whoever asks at this time or later asks first whether there are newer keys.
    look: Option<Millis>,
}

/// A client of one endpoint, with one connection.
pub struct Client {
    service: Service,
    place: Place,
    who: Arc<Who>,
    patience: Duration,
    signing: Option<Signing>,
    connection: Option<Connection>,
}

impl Client {
    /// A client that has asked nothing yet.
    #[must_use]
    pub fn new(place: Place, who: Arc<Who>) -> Self {
        Self::of(Service::Kinesis, place, who)
    }

    /// The same of another service: it is asked by [`Self::post_once`].
    pub(super) fn of(service: Service, place: Place, who: Arc<Who>) -> Self {
        Self { service, place, who, patience: PATIENCE, signing: None, connection: None }
    }

    /// The same for somebody who does not want to wait for an answer for longer than this.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Where it asks.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Asks until it is answered: what the service wants to be asked later, what is lost with its
    /// connection, and what was signed with keys that have expired is asked again, for some seconds. So
    /// an operation may be done twice when its answer is lost, as with AWS' own clients.
    ///
    /// # Errors
    /// When it is refused for good, or again and again.
    pub fn ask(&mut self, action: Action, body: &Value) -> Result<Value, AskError> {
        let mut attempt = 0;
        loop {
            let why = match self.ask_once(action, body) {
                Ok(answer) => return Ok(answer),
                Err(why) => why,
            };
            let hopeless = matches!(why, AskError::Unreachable { at: Break::Refused, .. });
            let again = why.is_passing() && !hopeless || why.wants_keys() && attempt == 0;
            if !again || attempt == RETRIES {
                return Err(why);
            }
            pause(attempt);
            attempt += 1;
        }
    }

    /// Asks once. A connection that was kept and has ended meanwhile is replaced; who only keeps silent
    /// may be at it, and is not asked the same again.
    ///
    /// # Errors
    /// Whatever comes in between.
    pub fn ask_once(&mut self, action: Action, body: &Value) -> Result<Value, AskError> {
        let target = format!("Kinesis_20131202.{}", action.name());
        let answer = self.post_once(&target, &body.to_string())?;
        Ok(serde_json::from_slice(&answer).unwrap_or(Value::Null))
    }

    /// The same for anything that has a target: the bytes of the answer.
    ///
    /// # Errors
    /// Whatever comes in between.
    pub fn post_once(&mut self, target: &str, body: &str) -> Result<Vec<u8>, AskError> {
        let kept = self.connection.is_some();
        let result = match self.send(target, body) {
            Err(AskError::Unreachable { at: Break::Between, .. }) if kept => {
                self.send(target, body)
            }
            result => result,
        };
        let answer = result.and_then(understood).map_err(|why| why.of(target));
        if answer.as_ref().is_err_and(AskError::wants_keys) {
            self.signing = None;
            self.who.forget();
        }
        answer
    }

    /// Sends a request and reads the answer, whatever it is.
    fn send(&mut self, target: &str, body: &str) -> Result<Response, AskError> {
        let headers = [
            ("content-type", self.service.content_type()),
            ("host", &self.place.host),
            ("x-amz-target", target),
        ];
        let at = now();
        let signer = match self.signing.take() {
            Some(Signing { signer, look }) if look.is_none_or(|look| at < look) => {
                &self.signing.insert(Signing { signer, look }).signer
            }
            Some(_) | None => &self.signing.insert(signing(&self.place, &self.who, at)?).signer,
        };
        let service = self.service.name();
        let request = ToSign { at, service, headers: &headers, body: body.as_bytes() };
        let added = signer.sign(&request);
        let mut all = headers.to_vec();
        all.extend(added.iter().map(|(name, value)| (*name, value.as_str())));
        let connection = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => {
                let trust = self.place.is_secure.then(|| self.who.trust()).transpose()?;
                Connection::open(&self.place, trust, self.patience)
            }
        };
        let posted = connection.and_then(|mut connection| {
            let request =
                Request { method: "POST", headers: &all, body: body.as_bytes(), ..Request::get() };
            let response = connection.send(&request)?;
            self.connection = response.keep.then_some(connection);
            Ok(response)
        });
        posted.map_err(|why| self.failed(&why))
    }

    /// What an error of a connection means.
    fn failed(&self, why: &io::Error) -> AskError {
        let url = self.place.url.clone();
        if let Some(why) = distrust(why) {
            return AskError::Untrusted { url, why };
        }
        let at = match why.kind() {
            ErrorKind::ConnectionRefused => Break::Refused,
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Break::Silence,
            _ => Break::Between,
        };
        let why = match at {
            Break::Silence => format!("nothing came for {} s", self.patience.as_secs()),
            Break::Refused | Break::Between => why.to_string(),
        };
        AskError::Unreachable { url, why, at }
    }
}

/// How to sign for a place. An endpoint that is not AWS' takes any keys, unless it was told to look.
fn signing(place: &Place, who: &Who, at: Millis) -> Result<Signing, CredentialsError> {
    let region = place.region().map(str::to_owned).or_else(|| who.region());
    let region = region.unwrap_or_else(|| REGION.to_owned());
    match who.keys(at, place.is_aws()) {
        Ok(keys) => {
            let look = keys.until.map(|until| Millis(until.0.saturating_sub(AHEAD_MS)));
            Ok(Signing { signer: keys.signer(&region), look })
        }
        Err(CredentialsError::NoKeys { .. }) if !place.is_aws() => {
            let test = || "test".to_owned();
            let signer = Signer { key: test(), secret: test(), token: None, region };
            Ok(Signing { signer, look: None })
        }
        Err(why) => Err(why),
    }
}

/// The body of an answer, or what it refuses.
fn understood(response: Response) -> Result<Vec<u8>, AskError> {
    if response.status == 200 {
        return Ok(response.body);
    }
    let told: Value = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    let text = |names: [&str; 2]| names.iter().find_map(|name| told[*name].as_str());
    // Some put a name space before the code.
    let code = text(["__type", "code"]).and_then(|code| code.rsplit('#').next());
    let code = code.map_or_else(|| format!("status {}", response.status), str::to_owned);
    let message = text(["message", "Message"]).unwrap_or(UNTOLD).to_owned();
    Err(AskError::Refused { code, message })
}

/// The time here.
pub(super) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Waits longer from attempt to attempt, three seconds at most.
pub fn pause(attempt: u32) {
    thread::sleep(Duration::from_millis(50 << attempt.min(6)).min(Duration::from_secs(3)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_its_code_and_sentence_or_its_status() {
        let told = |status: u16, body: &str| {
            understood(Response { status, body: body.as_bytes().to_vec(), keep: true })
        };
        let refused = |code: &str, message: &str| {
            Err(AskError::Refused { code: code.to_owned(), message: message.to_owned() })
        };
        assert_eq!(told(200, "x"), Ok(b"x".to_vec()));
        let body = r#"{"__type": "com.amazon#ResourceInUseException", "Message": "taken"}"#;
        assert_eq!(told(400, body), refused("ResourceInUseException", "taken"));
        assert_eq!(told(503, "<html>"), refused("status 503", "no reason is told"));
        assert!(told(503, "").is_err_and(|why| why.is_passing()));
        assert!(told(400, body).is_err_and(|why| !why.is_passing() && !why.wants_keys()));
        let expired = r#"{"__type": "ExpiredTokenException"}"#;
        assert!(told(400, expired).is_err_and(|why| why.wants_keys()));
    }
}
