//! The Runtime API as a state machine: which call is allowed when, and what each is answered.
//!
//! | state | `next` | `response`, `error` | `init/error` |
//! |---|---|---|---|
//! | starting | waits for work | 403 | ends the start |
//! | waiting | waits for work | 403 | 403 |
//! | busy with an id | 403 | of that id: taken; of another: 400 | 403 |
//! | answered | waits for work | 400: already answered | 403 |

use serde_json::Value;

/// Largest answer of a function, bytes: 6 MiB and 100, as in Lambda.
pub(super) const ANSWER_BYTES_MAX: usize = 6 * 1_048_576 + 100;

/// Where a runtime is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// It has not asked for work yet.
    #[default]
    Starting,
    /// It has asked for work.
    Waiting,
    /// It works on the invocation of this id.
    Busy(String),
    /// It has answered and not asked again.
    Answered,
}

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: u16,
    kind: &'static str,
    message: String,
}

impl Refused {
    pub(super) fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into() }
    }

    pub(super) fn too_large() -> Self {
        let message = format!("Exceeded maximum allowed payload size ({ANSWER_BYTES_MAX} bytes).");
        Self::new(413, "RequestEntityTooLarge", message)
    }

    pub(super) fn body(&self) -> String {
        serde_json::json!({ "errorMessage": self.message, "errorType": self.kind }).to_string()
    }
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::Starting => "Starting",
            Self::Waiting => "Ready",
            Self::Busy(_) => "Running",
            Self::Answered => "InvocationResponse",
        }
    }

    fn refuse(&self, to: &str) -> Refused {
        let from = self.name();
        let message = format!(
            "State transition from {from} to {to} failed for runtime. Error: State transition is \
             not allowed"
        );
        Refused::new(403, "InvalidStateTransition", message)
    }

    /// The runtime asks for work.
    pub(super) fn on_next(&mut self) -> Result<(), Refused> {
        match self {
            Self::Busy(_) => Err(self.refuse("Ready")),
            Self::Starting | Self::Waiting | Self::Answered => {
                *self = Self::Waiting;
                Ok(())
            }
        }
    }

    /// It got some.
    pub(super) fn on_work(&mut self, id: &str) {
        *self = Self::Busy(id.to_owned());
    }

    /// Might the runtime answer the invocation of this id?
    pub(super) fn may_answer(&self, id: &str) -> Result<(), Refused> {
        let wrong = || Refused::new(400, "InvalidRequestID", "Invalid request ID");
        match self {
            Self::Busy(busy) if busy == id => Ok(()),
            Self::Busy(_) | Self::Answered => Err(wrong()),
            Self::Starting | Self::Waiting => Err(self.refuse("InvocationResponse")),
        }
    }

    /// It has answered.
    pub(super) fn on_answer(&mut self) {
        *self = Self::Answered;
    }

    /// It could not start.
    pub(super) fn on_init_error(&mut self) -> Result<(), Refused> {
        match self {
            Self::Starting => Ok(()),
            Self::Waiting | Self::Busy(_) | Self::Answered => Err(self.refuse("InitError")),
        }
    }
}

/// The sentence of an error that a runtime told: `TypeError: it is no number`. The header has a say
/// where the body has none.
pub(super) fn error_sentence(header: Option<&str>, body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let text = |field: &str| value.get(field).and_then(Value::as_str).filter(|t| !t.is_empty());
    let kind = text("errorType").or_else(|| header.filter(|header| is_error_type(header)));
    let kind = kind.unwrap_or("Function.Unknown");
    match text("errorMessage") {
        Some(message) => format!("{kind}: {message}"),
        None => kind.to_owned(),
    }
}

/// `Runtime.Something` or `Function.Something`, anywhere in it.
fn is_error_type(header: &str) -> bool {
    ["Runtime.", "Function."].iter().any(|category| {
        header.match_indices(category).any(|(at, _)| {
            let mut rest = header[at + category.len()..].chars();
            rest.next().is_some_and(|c| c.is_ascii_uppercase())
                && rest.next().is_some_and(|c| c.is_ascii_alphabetic())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_allowed_in_its_states_alone() {
        let busy = || State::Busy("a".to_owned());
        let states = [State::Starting, State::Waiting, busy(), State::Answered];
        let status = |result: Result<(), Refused>| result.map_err(|refused| refused.status);
        let next = states.clone().map(|mut state| status(state.on_next()));
        assert_eq!(next, [Ok(()), Ok(()), Err(403), Ok(())]);
        let own = states.clone().map(|state| status(state.may_answer("a")));
        assert_eq!(own, [Err(403), Err(403), Ok(()), Err(400)]);
        let other = states.clone().map(|state| status(state.may_answer("b")));
        assert_eq!(other, [Err(403), Err(403), Err(400), Err(400)]);
        let init = states.map(|mut state| status(state.on_init_error()));
        assert_eq!(init, [Ok(()), Err(403), Err(403), Err(403)]);
    }

    #[test]
    fn refusals_are_written_as_lambda_writes_them() {
        let wrong = busy_and_wrong();
        assert_eq!(
            wrong.body(),
            r#"{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}"#
        );
        let refused = State::Starting.may_answer("a").expect_err("it has no work");
        assert!(refused.body().contains("State transition from Starting to InvocationResponse"));
        assert!(Refused::too_large().body().contains("(6291556 bytes)"));
    }

    fn busy_and_wrong() -> Refused {
        State::Busy("a".to_owned()).may_answer("b").expect_err("another id")
    }

    #[test]
    fn an_error_is_told_in_a_sentence() {
        for (header, body, sentence) in [
            (None, r#"{"errorMessage":"m","errorType":"T"}"#, "T: m"),
            (None, r#"{"errorMessage":"m"}"#, "Function.Unknown: m"),
            (Some("Runtime.BadThing"), r#"{"errorMessage":"m"}"#, "Runtime.BadThing: m"),
            (Some("Bad"), "no json", "Function.Unknown"),
            (Some("Function.A"), "{}", "Function.Unknown"),
        ] {
            assert_eq!(error_sentence(header, body.as_bytes()), sentence);
        }
    }
}
