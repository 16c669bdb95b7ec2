//! Who asks: keys, profile and region, from the variables and files that AWS' tools read.
//!
//! Keys are looked for in this order: the profile that was named; the variables `AWS_ACCESS_KEY_ID`,
//! `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`; the profile that `AWS_PROFILE` names, else
//! `default`. A profile's keys stand in the credentials file or the configuration file, or are told by
//! its `credential_process`. They are looked for again when they have expired.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use thiserror::Error;

use crate::remote::TrustError;
use crate::remote::trust::Trust;
use crate::wire::signature::Signer;

/// Gives a variable of the environment; an empty one counts as none.
pub type Lookup = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The keys and values of profiles, by the names of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles(BTreeMap<String, BTreeMap<String, String>>);

/// Nothing says who asks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CredentialsError {
    /// There is no such profile, or it has no keys of a kind that is read here.
    #[error(
        "the profile `{profile}` has no keys: neither `aws_access_key_id` with \
         `aws_secret_access_key` nor `credential_process` in {files}"
    )]
    NoKeys {
        /// The profile.
        profile: String,
        /// The files that were read.
        files: String,
    },
    /// The command of a profile gives no keys.
    #[error("the `credential_process` of the profile `{profile}` gives no keys: {why}")]
    Process {
        /// The profile.
        profile: String,
        /// What is wrong.
        why: String,
    },
}

/// Who asks, and whom they trust, as far as the environment and the command line say.
pub struct Who {
    profile: Option<String>,
    region: Option<String>,
    authorities: Option<PathBuf>,
    lookup: Lookup,
    trust: OnceLock<Result<Trust, TrustError>>,
}

impl Who {
    /// Whoever the environment says, unless a profile or a region is named.
    #[must_use]
    pub fn new(profile: Option<String>, region: Option<String>, lookup: Lookup) -> Self {
        Self { profile, region, authorities: None, lookup, trust: OnceLock::new() }
    }

    /// The same who trusts the authorities of this file and no other.
    #[must_use]
    pub fn trusting(self, authorities: Option<PathBuf>) -> Self {
        Self { authorities, ..self }
    }

    /// Who signs the certificates of endpoints: those in the file that is named here, by AWS_CA_BUNDLE
    /// or as the profile's `ca_bundle`, else the system's. Read once.
    pub(super) fn trust(&self) -> Result<&Trust, TrustError> {
        let of_profile = || self.files().0.remove("ca_bundle").filter(|path| !path.is_empty());
        let trust = self.trust.get_or_init(|| {
            let named = || self.variable("AWS_CA_BUNDLE").or_else(of_profile).map(PathBuf::from);
            Trust::of(self.authorities.clone().or_else(named).as_deref())
        });
        trust.as_ref().map_err(Clone::clone)
    }

    fn variable(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// The endpoint that the environment names.
    #[must_use]
    pub fn endpoint(&self) -> Option<String> {
        self.variable("AWS_ENDPOINT_URL_KINESIS").or_else(|| self.variable("AWS_ENDPOINT_URL"))
    }

    fn profile(&self) -> String {
        let named = self.profile.clone().or_else(|| self.variable("AWS_PROFILE"));
        named.unwrap_or_else(|| "default".to_owned())
    }

    /// The region: as named, of the environment, or of the profile.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        let of_profile = || {
            let (profile, _) = self.files();
            profile.get("region").cloned()
        };
        let named = self.region.clone().or_else(|| self.variable("AWS_REGION"));
        named.or_else(|| self.variable("AWS_DEFAULT_REGION")).or_else(of_profile)
    }

    /// The keys to sign with in `region`.
    ///
    /// # Errors
    /// When there are none.
    pub fn signer(&self, region: &str) -> Result<Signer, CredentialsError> {
        let with = |key: String, secret: String, token: Option<String>| Signer {
            key,
            secret,
            token,
            region: region.to_owned(),
        };
        let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| self.variable(name));
        if let (None, [Some(key), Some(secret)]) = (&self.profile, keys) {
            return Ok(with(key, secret, self.variable("AWS_SESSION_TOKEN")));
        }
        let (profile, files) = self.files();
        let value = |name: &str| profile.get(name).cloned();
        if let (Some(key), Some(secret)) =
            (value("aws_access_key_id"), value("aws_secret_access_key"))
        {
            return Ok(with(key, secret, value("aws_session_token")));
        }
        let name = self.profile();
        let Some(command) = profile.get("credential_process") else {
            return Err(CredentialsError::NoKeys { profile: name, files: files.join(" and ") });
        };
        let told = told_by(command)
            .map_err(|why| CredentialsError::Process { profile: name.clone(), why })?;
        let text = |name: &str| told[name].as_str().map(str::to_owned);
        match (text("AccessKeyId"), text("SecretAccessKey")) {
            (Some(key), Some(secret)) => Ok(with(key, secret, text("SessionToken"))),
            _ => {
                let why = "AccessKeyId or SecretAccessKey is missing".to_owned();
                Err(CredentialsError::Process { profile: name, why })
            }
        }
    }

    /// The profile as the credentials file and the configuration file have it, the first before the
    /// second, and the names of these.
    fn files(&self) -> (BTreeMap<String, String>, [String; 2]) {
        let home = self.variable("HOME").or_else(|| self.variable("USERPROFILE"));
        let home = PathBuf::from(home.unwrap_or_default()).join(".aws");
        let path = |variable: &str, name: &str| {
            self.variable(variable).map_or_else(|| home.join(name), PathBuf::from)
        };
        let paths =
            [path("AWS_SHARED_CREDENTIALS_FILE", "credentials"), path("AWS_CONFIG_FILE", "config")];
        let mut found = BTreeMap::new();
        for path in paths.iter().rev() {
            let text = fs::read_to_string(path).unwrap_or_default();
            found.extend(Profiles::parse(&text).0.remove(&self.profile()).unwrap_or_default());
        }
        (found, paths.map(|path| shown(&path)))
    }
}

fn shown(path: &Path) -> String {
    format!("`{}`", path.display())
}

/// What a command prints, as JSON. Its words are apart by spaces, quotes hold them together.
fn told_by(command: &str) -> Result<Value, String> {
    let words = words(command);
    let (program, arguments) = words.split_first().ok_or("it names no program")?;
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|why| format!("`{program}`: {why}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{program}`: {}: {}", output.status, told.trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|why| format!("`{program}` prints: {why}"))
}

fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for letter in command.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

impl Profiles {
    /// Reads `name = value` under `[profile]`, or `[profile NAME]` as the configuration file has it.
    /// What is something else is passed over, as AWS' tools do.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut profiles = BTreeMap::<String, BTreeMap<String, String>>::new();
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

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "# mine\n[default]\naws_access_key_id = A\naws_secret_access_key=s=1\n\
        \n[half]\naws_access_key_id=B\n[c]\naws_secret_access_key = t\naws_access_key_id=C\n\
        aws_session_token = u\ns3 =\n  region = nowhere\n";

    /// Somebody with such files and variables, apart from all others in a folder of `name`.
    fn who(name: &str, profile: Option<&str>, variables: &[(&str, &str)]) -> Who {
        let folder =
            std::env::temp_dir().join(format!("watershed-who-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join(".aws")).expect("a folder");
        fs::write(folder.join(".aws/credentials"), CREDENTIALS).expect("a file");
        let keys = folder.join("keys of told.json");
        fs::write(&keys, r#"{"AccessKeyId": "T", "SecretAccessKey": "x"}"#).expect("a file");
        let config = format!(
            "[default]\nregion = eu-west-1\n[profile told]\ncredential_process = cat \"{}\"\n\
             [profile gone]\ncredential_process = no-such-program-here\n",
            keys.display()
        );
        fs::write(folder.join(".aws/config"), config).expect("a file");
        let mut all = BTreeMap::from([("HOME".to_owned(), folder.display().to_string())]);
        all.extend(variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        Who::new(profile.map(str::to_owned), None, Box::new(move |name| all.get(name).cloned()))
    }

    fn key_and_token(who: &Who) -> Result<(String, Option<String>), CredentialsError> {
        who.signer("us-east-1").map(|signer| (signer.key, signer.token))
    }

    #[test]
    fn keys_are_read_from_a_file_of_profiles() {
        let profiles = Profiles::parse(CREDENTIALS);
        assert_eq!(profiles.keys().collect::<Vec<_>>(), [("C", "t"), ("A", "s=1")]);
        assert_eq!(Profiles::parse("nothing"), Profiles::default());
    }

    #[test]
    fn a_named_profile_goes_before_variables_and_these_before_the_default() {
        let variables = [("AWS_ACCESS_KEY_ID", "E"), ("AWS_SECRET_ACCESS_KEY", "x")];
        let token = Some("u".to_owned());
        assert_eq!(key_and_token(&who("order", None, &[])), Ok(("A".to_owned(), None)));
        assert_eq!(key_and_token(&who("order", None, &variables)), Ok(("E".to_owned(), None)));
        let of_c = Ok(("C".to_owned(), token));
        assert_eq!(key_and_token(&who("order", Some("c"), &variables)), of_c);
        assert_eq!(key_and_token(&who("order", None, &[("AWS_PROFILE", "c")])), of_c);
        assert_eq!(key_and_token(&who("order", Some("told"), &[])), Ok(("T".to_owned(), None)));
        assert_eq!(who("order", None, &[]).region().as_deref(), Some("eu-west-1"));
        assert_eq!(who("order", Some("c"), &[]).region(), None);
        let of_variable = who("order", None, &[("AWS_REGION", "us-west-2")]).region();
        assert_eq!(of_variable.as_deref(), Some("us-west-2"));
    }

    #[test]
    fn a_profile_without_keys_is_told_with_its_files() {
        let told = key_and_token(&who("none", Some("half"), &[])).expect_err("it has none");
        assert!(told.to_string().contains("`half`"), "{told}");
        assert!(told.to_string().contains(".aws/credentials` and `"), "{told}");
        let told = key_and_token(&who("none", Some("gone"), &[])).expect_err("it does not run");
        assert!(told.to_string().contains("no-such-program-here"), "{told}");
    }

    #[test]
    fn words_are_apart_by_spaces_and_held_together_by_quotes() {
        assert_eq!(words(r#"a "b c"  d"e f" """#), ["a", "b c", "de f", ""]);
        assert_eq!(words("  "), [""; 0]);
    }
}
