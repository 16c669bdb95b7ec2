//! A session as the text of a file.

use ron::extensions::Extensions;
use ron::ser::PrettyConfig;

use crate::session::Session;

impl Session {
    /// The session as the text of the file of that name: JSON where it ends so, else RON.
    #[must_use]
    pub fn to_text(&self, file: &str) -> String {
        if file.ends_with(".json") { self.to_json() } else { self.to_ron() }
    }

    /// The session as JSON, as [`Session::parse`] reads it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("invariant: plain data is written without fail") + "\n"
    }

    /// The session as RON, as [`Session::parse`] reads it.
    #[must_use]
    pub fn to_ron(&self) -> String {
        let pretty = PrettyConfig::new()
            .indentor("    ")
            .depth_limit(3)
            .extensions(Extensions::IMPLICIT_SOME);
        let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let text = options
            .to_string_pretty(self, pretty)
            .expect("invariant: plain data is written without fail");
        format!("// {}\n{text}\n", self.title.replace('\n', " "))
    }
}

#[cfg(test)]
mod tests {
    use crate::session::{Session, builtin};

    #[test]
    fn every_built_in_session_reads_back_as_it_is_written() {
        for (name, text) in builtin() {
            let session = Session::parse(name, text).expect("built-in sessions are good");
            let written = session.to_ron();
            let again =
                Session::parse(name, &written).unwrap_or_else(|why| panic!("{why}\n{written}"));
            assert_eq!(again, session, "{name}");
            let again = Session::parse(name, &session.to_json()).expect("as it was written");
            assert_eq!(again, session, "{name} as JSON");
        }
    }
}
