//! Who asks: keys, profile and region, found where AWS' tools find them.
//!
//! Keys are looked for in this order, and the first that are found are used until they end:
//!
//! 1. the profile that was named on the command line;
//! 2. the variables `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`;
//! 3. a role by the token in `AWS_WEB_IDENTITY_TOKEN_FILE`, as pods have it;
//! 4. the profile that `AWS_PROFILE` names, else `default`: a role (`role_arn` with `source_profile`,
//!    `credential_source` or `web_identity_token_file`), single sign-on (`sso_session`, or `sso_start_url` in the
//!    profile itself), keys, or the program in `credential_process`;
//! 5. the container that this runs in, if variables say so;
//! 6. the machine that this runs on, if it is AWS that is asked: the instance's role.
//!
//! Keys that end are replaced some minutes before. When that fails, they are used up to their end.
//!
//! Why this is written here: of the libraries that could do it, `aws-config` brings 187 crates, which take
//! longer to build than all else together; `reqsign-aws-v4` 3.3 brings 15, takes 32 s of processor time (as
//! much as TLS), and knows neither `sso_session` nor `role_arn` in profiles, nor renews a sign-on.
//! Source: the guide to SDKs and tools of AWS; where it is silent, what botocore does.

mod error;
mod fetch;
mod machine;
mod process;
mod profiles;
mod role;
mod sign_on;

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::model::date::Iso;
use crate::model::{Millis, REGION};
use crate::remote::trust::Trust;
use crate::remote::{Place, PlaceError, Service, TrustError};
use crate::wire::signature::Signer;

pub use error::CredentialsError;
pub use profiles::Profiles;

use profiles::{Profile, Settings};

/// How long before their end keys are replaced.
pub(super) const AHEAD_MS: u64 = 5 * 60_000;
/// After an attempt that failed, the next one comes so much later, while there are keys yet.
const AGAIN_MS: u64 = 30_000;

/// Gives a variable of the environment; an empty one counts as none.
pub type Lookup = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Keys, and when they end.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) name: String,
    pub(super) secret: String,
    /// Goes with keys that end by themselves.
    pub(super) token: Option<String>,
    pub(super) until: Option<Millis>,
}

impl std::fmt::Debug for Keys {
    /// Without what is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, until, .. } = self;
        f.debug_struct("Keys").field("name", name).field("until", until).finish_non_exhaustive()
    }
}

impl Keys {
    /// A signer by these keys in a region.
    pub(super) fn signer(self, region: &str) -> Signer {
        let Self { name, secret, token, .. } = self;
        Signer { key: name, secret, token, region: region.to_owned() }
    }

    fn last(&self, at: Millis) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// Keys that are in use.
struct Kept {
    keys: Keys,
    /// When others are looked for.
    look: Option<Millis>,
}

/// Who asks, and whom they trust, as far as the environment and the command line say.
pub struct Who {
    profile: Option<String>,
    region: Option<String>,
    authorities: Option<PathBuf>,
    lookup: Lookup,
    trust: OnceLock<Result<Trust, TrustError>>,
    kept: Mutex<Option<Kept>>,
}

impl Who {
    /// Whoever the environment says, unless a profile or a region is named.
    #[must_use]
    pub fn new(profile: Option<String>, region: Option<String>, lookup: Lookup) -> Self {
        let (trust, kept) = (OnceLock::new(), Mutex::new(None));
        Self { profile, region, authorities: None, lookup, trust, kept }
    }

    /// The same who trusts the authorities of this file and no other.
    #[must_use]
    pub fn trusting(self, authorities: Option<PathBuf>) -> Self {
        Self { authorities, ..self }
    }

    /// Who signs the certificates of endpoints: those in the file that is named here, by AWS_CA_BUNDLE
    /// or as the profile's `ca_bundle`, else the system's. Read once.
    pub(super) fn trust(&self) -> Result<&Trust, TrustError> {
        let trust = self.trust.get_or_init(|| {
            let of_profile = || self.settings().profile(&self.profile_name()).value("ca_bundle");
            let named = || self.variable("AWS_CA_BUNDLE").or_else(of_profile).map(PathBuf::from);
            Trust::of(self.authorities.clone().or_else(named).as_deref())
        });
        trust.as_ref().map_err(Clone::clone)
    }

    fn variable(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// Is a variable set to `true`?
    fn is_set(&self, name: &str) -> bool {
        self.variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The endpoint that the environment names.
    #[must_use]
    pub fn endpoint(&self) -> Option<String> {
        self.variable("AWS_ENDPOINT_URL_KINESIS").or_else(|| self.variable("AWS_ENDPOINT_URL"))
    }

    /// Where AWS itself is, in the region that was named or that the environment says.
    ///
    /// # Errors
    /// When nothing says which region, or it is none.
    pub fn aws(&self) -> Result<Place, CredentialsError> {
        let region =
            self.region().ok_or_else(|| CredentialsError::NoRegion(self.profile_name()))?;
        self.in_region(Service::Kinesis, &region).ok_or(CredentialsError::Region(region))
    }

    fn in_region(&self, service: Service, region: &str) -> Option<Place> {
        Place::of_region(service, region, self.is_set("AWS_USE_FIPS_ENDPOINT"))
    }

    /// Where the metrics of the streams at a place are: as `AWS_ENDPOINT_URL_CLOUDWATCH` says, else AWS'
    /// own for AWS' streams, and nowhere for others.
    ///
    /// # Errors
    /// When the variable is no endpoint.
    pub fn cloudwatch(&self, streams: &Place) -> Result<Option<Place>, PlaceError> {
        match self.variable("AWS_ENDPOINT_URL_CLOUDWATCH") {
            Some(url) => Place::parse(&url).map(Some),
            None => {
                let region = streams.region();
                Ok(region.and_then(|region| self.in_region(Service::CloudWatch, region)))
            }
        }
    }

    fn profile_name(&self) -> String {
        let named = self.profile.clone().or_else(|| self.variable("AWS_PROFILE"));
        named.unwrap_or_else(|| "default".to_owned())
    }

    /// The region: as named, of the environment, or of the profile.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        let of_profile = || self.settings().profile(&self.profile_name()).value("region");
        let named = self.region.clone().or_else(|| self.variable("AWS_REGION"));
        named.or_else(|| self.variable("AWS_DEFAULT_REGION")).or_else(of_profile)
    }

    /// The region that is asked for what no region is named for.
    fn region_or_default(&self) -> String {
        self.region().unwrap_or_else(|| REGION.to_owned())
    }

    /// The user's files, as they are now.
    fn settings(&self) -> Settings {
        let home = self.variable("HOME").or_else(|| self.variable("USERPROFILE"));
        let home = PathBuf::from(home.unwrap_or_default()).join(".aws");
        let path = |variable: &str, name: &str| {
            self.variable(variable).map_or_else(|| home.join(name), PathBuf::from)
        };
        Settings::read(
            path("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            path("AWS_CONFIG_FILE", "config"),
            home.join("sso/cache"),
        )
    }

    /// Keys that are good at this time; the instance's only where AWS itself is asked.
    pub(super) fn keys(&self, now: Millis, is_aws: bool) -> Result<Keys, CredentialsError> {
        // Whoever comes while somebody looks waits, and is given the same.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Kept { keys, look }) = &*kept
            && look.is_none_or(|look| now < look)
        {
            return Ok(keys.clone());
        }
        match (self.find(now, is_aws), &mut *kept) {
            (Ok(keys), kept) => {
                let look = keys.until.map(|until| Millis(until.0.saturating_sub(AHEAD_MS)));
                *kept = Some(Kept { keys: keys.clone(), look });
                Ok(keys)
            }
            (Err(why), Some(Kept { keys, look })) if keys.last(now) => {
                log::warn!(target: "remote", "keys are used up to their end: {why}");
                *look = Some(now.plus(AGAIN_MS));
                Ok(keys.clone())
            }
            (Err(why), _) => Err(why),
        }
    }

    /// These keys are no good: the next that are asked for are looked for anew.
    pub(super) fn forget(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn find(&self, now: Millis, is_aws: bool) -> Result<Keys, CredentialsError> {
        let settings = self.settings();
        let name = self.profile_name();
        let profile = settings.profile(&name);
        if let Some(named) = &self.profile {
            if !profile.exists() {
                let (profile, files) = (named.clone(), settings.files());
                return Err(CredentialsError::NoProfile { profile, files });
            }
            let none =
                || CredentialsError::NoKeys { profile: named.clone(), files: settings.files() };
            return self.of_profile(now, &settings, &profile, 0)?.ok_or_else(none);
        }
        if let Some(keys) = self.of_variables() {
            return Ok(keys);
        }
        if let Some(keys) = self.of_pod(now)? {
            return Ok(keys);
        }
        if let Some(keys) = self.of_profile(now, &settings, &profile, 0)? {
            return Ok(keys);
        }
        if let Some(keys) = self.of_container()? {
            return Ok(keys);
        }
        let files = settings.files();
        if !is_aws || self.is_set("AWS_EC2_METADATA_DISABLED") {
            return Err(CredentialsError::NoKeys { profile: name, files });
        }
        let nowhere = |why| CredentialsError::Nowhere { profile: name, files, why };
        self.of_instance().map_err(nowhere)
    }

    fn of_variables(&self) -> Option<Keys> {
        let [name, secret] =
            ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| self.variable(name));
        let token = self.variable("AWS_SESSION_TOKEN");
        Some(Keys { name: name?, secret: secret?, token, until: None })
    }

    /// The keys of a profile, if it has a way to some. So many profiles led to it.
    fn of_profile(
        &self,
        now: Millis,
        settings: &Settings,
        profile: &Profile<'_>,
        depth: usize,
    ) -> Result<Option<Keys>, CredentialsError> {
        if let Some(keys) = self.of_role(now, settings, profile, depth)? {
            return Ok(Some(keys));
        }
        if let Some(keys) = self.of_sign_on(now, settings, profile)? {
            return Ok(Some(keys));
        }
        if let Some(keys) = profile.keys() {
            return Ok(Some(keys));
        }
        let Some(command) = profile.value("credential_process") else { return Ok(None) };
        let wrong = |why| CredentialsError::Process { profile: profile.name.to_owned(), why };
        process::keys(&command).map_err(wrong).map(Some)
    }
}

/// Reads a time of AWS: `2019-11-14T00:38:06Z`.
fn time(text: &str) -> Option<Millis> {
    Iso::parse(text)
}

#[cfg(test)]
mod tests;
