//! The schema of a session in JSON, for editors and for programs that write sessions.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use crate::session::Session;

/// The schema of what is read as `T`, in JSON Schema 2020-12.
#[must_use]
pub fn schema_of<T: JsonSchema>() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

impl Session {
    /// The schema of a session.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schema_of::<Self>()
    }
}
