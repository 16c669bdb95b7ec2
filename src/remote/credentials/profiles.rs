//! The files of profiles: `credentials` and `config`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::Keys;

/// The keys and values of one profile.
type Values = BTreeMap<String, String>;

/// The profiles of one file, by the names of these; a session of single sign-on stands among them with
/// `sso-session ` before its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles(BTreeMap<String, Values>);

impl Profiles {
    /// Reads `name = value` under `[profile]`, or `[profile NAME]` as the configuration file has it.
    /// What is something else is passed over, as AWS' tools do.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut profiles = BTreeMap::<String, Values>::new();
        let mut into = None;
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = trimmed.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
                let name = name.trim();
                let name = name.strip_prefix("profile ").map_or(name, str::trim);
                into = Some(profiles.entry(name.to_owned()).or_default());
            } else if let (Some(profile), Some((key, value)), false) =
                (&mut into, trimmed.split_once('='), line.starts_with([' ', '\t']))
            {
                // What is set in is a part of the value before.
                profile.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
            }
        }
        Self(profiles)
    }

    /// The pairs of keys in it: name and secret.
    pub fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.values().filter_map(|profile| {
            let value = |name: &str| profile.get(name).map(String::as_str);
            value("aws_access_key_id").zip(value("aws_secret_access_key"))
        })
    }
}

/// What the user's files say.
pub(super) struct Settings {
    /// By profile: of the credentials file before the configuration file.
    profiles: BTreeMap<String, Values>,
    paths: [PathBuf; 2],
    /// Where single sign-ons are kept.
    pub(super) sign_ons: PathBuf,
}

impl Settings {
    /// Reads them; a file that is not there says nothing.
    pub(super) fn read(credentials: PathBuf, config: PathBuf, sign_ons: PathBuf) -> Self {
        let paths = [credentials, config];
        let mut profiles = BTreeMap::<String, Values>::new();
        for path in paths.iter().rev() {
            let text = fs::read_to_string(path).unwrap_or_default();
            for (name, values) in Profiles::parse(&text).0 {
                profiles.entry(name).or_default().extend(values);
            }
        }
        Self { profiles, paths, sign_ons }
    }

    /// A profile; one that is not there has no values.
    pub(super) fn profile<'a>(&'a self, name: &'a str) -> Profile<'a> {
        Profile { name, values: self.profiles.get(name) }
    }

    /// A session of single sign-on.
    pub(super) fn sso_session(&self, name: &str) -> Option<&Values> {
        self.profiles.get(&format!("sso-session {name}"))
    }

    /// The files, for a sentence.
    pub(super) fn files(&self) -> String {
        let shown = |path: &Path| format!("`{}`", path.display());
        let [credentials, config] = &self.paths;
        format!("{} and {}", shown(credentials), shown(config))
    }
}

/// One profile.
#[derive(Clone, Copy)]
pub(super) struct Profile<'a> {
    pub(super) name: &'a str,
    values: Option<&'a Values>,
}

impl Profile<'_> {
    pub(super) fn exists(&self) -> bool {
        self.values.is_some()
    }

    pub(super) fn value(&self, key: &str) -> Option<String> {
        self.values?.get(key).filter(|value| !value.is_empty()).cloned()
    }

    /// Keys that stand in it.
    pub(super) fn keys(&self) -> Option<Keys> {
        Some(Keys {
            name: self.value("aws_access_key_id")?,
            secret: self.value("aws_secret_access_key")?,
            token: self.value("aws_session_token"),
            until: None,
        })
    }
}
