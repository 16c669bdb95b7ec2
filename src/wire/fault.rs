//! Why a body cannot be read: it is no JSON or CBOR, or a field has another type than its shape.
//!
//! The sentences are the service's, which name the classes of its own language; source: kinesalite,
//! whose tables were checked against AWS.

use std::fmt;

/// The types of the service's model, as its sentences name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Boolean,
    Integer,
    Text,
    Blob,
    Time,
    List,
    Structure,
}

/// What stands in the body instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Null,
    Boolean,
    Number,
    Text,
    Bytes,
    List,
    Structure,
}

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not what its content type says.
    Syntax,
    /// A field has another type than its shape.
    Type(String),
}

impl Fault {
    /// `found` where `shape` is due.
    pub(super) fn other_type(shape: Shape, found: Found) -> Self {
        Self::Type(sentence(shape, found))
    }

    /// A text that is no base64.
    pub(super) fn blob(text: &str) -> Self {
        Self::Type(format!("'{text}' can not be converted to a Blob: {}", BlobFault::of(text)))
    }
}

fn sentence(shape: Shape, found: Found) -> String {
    let class = match found {
        Found::List => return format!("Unrecognized collection type class {}", class_of(shape)),
        Found::Structure => {
            return "Start of structure or map found where not expected.".to_owned();
        }
        Found::Null | Found::Boolean => "java.lang.Boolean",
        Found::Number if shape == Shape::Blob => "java.math.BigDecimal",
        Found::Number => "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
        Found::Text | Found::Bytes => "java.lang.String",
    };
    match shape {
        Shape::Boolean => format!("class {class} can not be converted to an Boolean"),
        Shape::Integer => format!("class {class} can not be converted to an Integer"),
        Shape::Text => format!("class {class} can not be converted to an String"),
        Shape::Blob => format!("class {class} can not be converted to a Blob"),
        Shape::Time => format!("class {class} can not be converted to milliseconds since epoch"),
        Shape::List | Shape::Structure => "Unexpected field type".to_owned(),
    }
}

fn class_of(shape: Shape) -> &'static str {
    match shape {
        Shape::Boolean => "java.lang.Boolean",
        Shape::Integer => "java.lang.Integer",
        Shape::Text => "java.lang.String",
        Shape::Blob => "java.nio.ByteBuffer",
        Shape::Time => "java.util.Date",
        Shape::List => "java.util.List",
        Shape::Structure => "java.util.Map",
    }
}

/// What is wrong with a text that is no base64.
enum BlobFault {
    Length(usize),
    Character(char),
    End,
}

impl BlobFault {
    fn of(text: &str) -> Self {
        let alphabet = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
        let digits = text.trim_end_matches('=');
        match text.len() % 4 {
            0 => digits.chars().find(|c| !alphabet(*c)).map_or(Self::End, Self::Character),
            _ => Self::Length(text.len()),
        }
    }
}

impl fmt::Display for BlobFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(length) => write!(
                f,
                "Base64 encoded length is expected a multiple of 4 bytes but found: {length}"
            ),
            Self::Character(character) => write!(f, "Invalid Base64 character: '{character}'"),
            Self::End => f.write_str("Invalid last non-pad Base64 character dectected"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_type_is_told_in_the_service_s_words() {
        let number = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be";
        for (shape, found, expected) in [
            (Shape::Text, Found::Number, format!("{number} converted to an String")),
            (Shape::Boolean, Found::Number, format!("{number} converted to an Boolean")),
            (
                Shape::Integer,
                Found::Text,
                "class java.lang.String can not be converted to an Integer".to_owned(),
            ),
            (
                Shape::Blob,
                Found::Number,
                "class java.math.BigDecimal can not be converted to a Blob".to_owned(),
            ),
            (
                Shape::Text,
                Found::List,
                "Unrecognized collection type class java.lang.String".to_owned(),
            ),
            (
                Shape::Text,
                Found::Structure,
                "Start of structure or map found where not expected.".to_owned(),
            ),
            (Shape::List, Found::Text, "Unexpected field type".to_owned()),
        ] {
            assert_eq!(Fault::other_type(shape, found), Fault::Type(expected));
        }
    }

    #[test]
    fn a_text_that_is_no_base64_is_told_with_the_reason() {
        let head = |text: &str| format!("'{text}' can not be converted to a Blob: ");
        for (text, rest) in [
            ("abc", "Base64 encoded length is expected a multiple of 4 bytes but found: 3"),
            ("ab_c", "Invalid Base64 character: '_'"),
            ("ab=c", "Invalid Base64 character: '='"),
            ("aB==", "Invalid last non-pad Base64 character dectected"),
        ] {
            assert_eq!(Fault::blob(text), Fault::Type(head(text) + rest));
        }
    }
}
