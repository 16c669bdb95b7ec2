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
