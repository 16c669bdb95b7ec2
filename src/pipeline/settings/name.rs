//! Names in settings files: read as text, checked while reading.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::model::{PartName, StreamName};

macro_rules! named {
    ($module:ident, $name:ident, $doc:literal) => {
        #[doc = $doc]
        pub mod $module {
            use super::{Deserialize, Deserializer, Error, Serialize, Serializer, $name};

            /// Writes the name as text.
            ///
            /// # Errors
            /// When the format does.
            pub fn serialize<S: Serializer>(name: &$name, to: S) -> Result<S::Ok, S::Error> {
                name.as_str().serialize(to)
            }

            /// Reads and checks the name.
            ///
            /// # Errors
            /// When the text is not a name.
            pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<$name, D::Error> {
                let text = String::deserialize(from)?;
                $name::new(&text).map_err(D::Error::custom)
            }
        }
    };
}

named!(stream, StreamName, "For fields that hold a [`StreamName`]: `#[serde(with = ..)]`.");
named!(part, PartName, "For fields that hold a [`PartName`]: `#[serde(with = ..)]`.");

/// For fields that hold some names of streams, or none.
pub mod streams {
    use super::{Deserialize, Deserializer, Error, Serialize, Serializer, StreamName};

    /// Writes them as texts.
    ///
    /// # Errors
    /// When the format does.
    pub fn serialize<S: Serializer>(names: &[StreamName], to: S) -> Result<S::Ok, S::Error> {
        names.iter().map(StreamName::as_str).collect::<Vec<_>>().serialize(to)
    }

    /// Reads and checks them.
    ///
    /// # Errors
    /// When one is not a name.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<StreamName>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| StreamName::new(text).map_err(D::Error::custom)).collect()
    }
}

/// For fields that hold the name of a stream, or none.
pub mod maybe_stream {
    use super::{Deserialize, Deserializer, Error, Serialize, Serializer, StreamName};

    /// Writes it as text.
    ///
    /// # Errors
    /// When the format does.
    pub fn serialize<S: Serializer>(name: &Option<StreamName>, to: S) -> Result<S::Ok, S::Error> {
        name.as_ref().map(StreamName::as_str).serialize(to)
    }

    /// Reads and checks it.
    ///
    /// # Errors
    /// When the text is not a name.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<StreamName>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| StreamName::new(&text).map_err(D::Error::custom)).transpose()
    }
}
