//! What is said when a request is not done.

use crate::api::ApiError;
use crate::wire::writer::Writer;
use crate::wire::{Account, Fault, Format};

/// How a sentence of the service begins that tells of a resource, and shows no value of a field.
const OF_A_RESOURCE: &str = "Request is invalid. ";

/// Why a request is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such operation.
    UnknownOperation,
    /// The body cannot be read.
    Fault(Fault),
    /// The service refuses it.
    Api(ApiError),
    /// Nobody says who asks.
    MissingToken,
    /// Who asks is said in part.
    IncompleteSignature(String),
    /// What is said of who asks does not hold.
    InvalidSignature(String),
    /// Nobody here has that key.
    UnrecognizedClient,
    /// Queues and channels are not served.
    NotEnabled(String),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl Refusal {
    /// The code on the wire.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownOperation => "UnknownOperationException",
            Self::Fault(_) => "SerializationException",
            Self::Api(error) => error.code(),
            Self::MissingToken => "MissingAuthenticationTokenException",
            Self::IncompleteSignature(_) => "IncompleteSignatureException",
            Self::InvalidSignature(_) => "InvalidSignatureException",
            Self::UnrecognizedClient => "UnrecognizedClientException",
            Self::NotEnabled(_) => "AccessDeniedException",
        }
    }

    /// The status of the answer: whose fault it is.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Api(ApiError::InternalFailure(_)) => 500,
            Self::UnknownOperation
            | Self::Fault(_)
            | Self::Api(_)
            | Self::MissingToken
            | Self::IncompleteSignature(_)
            | Self::InvalidSignature(_)
            | Self::UnrecognizedClient
            | Self::NotEnabled(_) => 400,
        }
    }

    /// The body of the answer. What the protocol itself refuses has its sentence under another name
    /// than what the service refuses.
    #[must_use]
    pub fn body(&self, format: Format, account: &Account) -> Vec<u8> {
        let mut writer = Writer::new(format);
        writer.structure(|writer| {
            writer.key("__type").word(self.code());
            match self {
                Self::UnknownOperation | Self::Fault(Fault::Syntax) => {}
                Self::Fault(Fault::Type(why)) => writer.key("Message").text(why),
                // Fields are shown as they came from outside.
                Self::Api(ApiError::Validation(why)) if !why.starts_with(OF_A_RESOURCE) => {
                    writer.key("message").text(why);
                }
                Self::Api(error) => writer.key("message").text(&account.outer(&error.to_string())),
                Self::MissingToken => writer.key("message").text("Missing Authentication Token"),
                Self::IncompleteSignature(why)
                | Self::InvalidSignature(why)
                | Self::NotEnabled(why) => writer.key("message").text(why),
                Self::UnrecognizedClient => {
                    writer
                        .key("message")
                        .text("The security token included in the request is invalid.");
                }
            }
        });
        writer.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_invalid_of_a_resource_has_its_outer_account_and_what_came_in_is_shown_as_it_came() {
        let account = Account { id: "123456789012".into(), ..Account::default() };
        let told = |why: &str| {
            let body = Refusal::Api(ApiError::Validation(why.into())).body(Format::Json, &account);
            String::from_utf8(body).expect("it is text")
        };
        let mode = told("Request is invalid. Stream a under account 000000000000 is in some mode.");
        assert!(mode.contains("account 123456789012 is"), "{mode}");
        let field = told("1 validation error detected: Value 'account 000000000000' at 'keyId'");
        assert!(field.contains("account 000000000000'"), "{field}");
    }
}
