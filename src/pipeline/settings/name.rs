//! Names in settings files: read as text, checked while reading.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::model::{ConsumerName, PartName, StreamName};

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

macro_rules! listed {
    ($module:ident, $name:ident, $doc:literal) => {
        #[doc = $doc]
        pub mod $module {
            use super::{Deserialize, Deserializer, Error, Serialize, Serializer, $name};

            /// Writes them as texts.
            ///
            /// # Errors
            /// When the format does.
            pub fn serialize<S: Serializer>(names: &[$name], to: S) -> Result<S::Ok, S::Error> {
                names.iter().map($name::as_str).collect::<Vec<_>>().serialize(to)
            }

            /// Reads and checks them.
            ///
            /// # Errors
            /// When one is not a name.
            pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<$name>, D::Error> {
                let texts = Vec::<String>::deserialize(from)?;
                texts.iter().map(|text| $name::new(text).map_err(D::Error::custom)).collect()
            }
        }
    };
}

listed!(streams, StreamName, "For fields that hold some names of streams, or none.");
listed!(consumers, ConsumerName, "For fields that hold names of registered consumers, or none.");

macro_rules! maybe {
    ($module:ident, $name:ident, $doc:literal) => {
        #[doc = $doc]
        pub mod $module {
            use super::{Deserialize, Deserializer, Error, Serialize, Serializer, $name};

            /// Writes it as text.
            ///
            /// # Errors
            /// When the format does.
            pub fn serialize<S: Serializer>(
                name: &Option<$name>,
                to: S,
            ) -> Result<S::Ok, S::Error> {
                name.as_ref().map($name::as_str).serialize(to)
            }

            /// Reads and checks it.
            ///
            /// # Errors
            /// When the text is not a name.
            pub fn deserialize<'de, D: Deserializer<'de>>(
                from: D,
            ) -> Result<Option<$name>, D::Error> {
                let text = Option::<String>::deserialize(from)?;
                text.map(|text| $name::new(&text).map_err(D::Error::custom)).transpose()
            }
        }
    };
}

maybe!(maybe_stream, StreamName, "For fields that hold the name of a stream, or none.");
maybe!(
    maybe_consumer,
    ConsumerName,
    "For fields that hold the name of a registered consumer, or none."
);
