//! Keys of a role: for other keys, or for the token of a pod.

use std::fs;
use std::time::Duration;

use super::fetch::form;
use super::profiles::{Profile, Settings};
use super::{CredentialsError, Keys, Who, time};
use crate::model::Millis;
use crate::remote::Place;
use crate::remote::http::Request;
use crate::wire::signature::ToSign;

const PATIENCE: Duration = Duration::from_secs(10);
const FORM: &str = "application/x-www-form-urlencoded";
/// How many profiles may stand behind each other as `source_profile`.
const DEPTH_MAX: usize = 8;

impl Who {
    /// The keys of the role that the token of a pod is for.
    pub(super) fn of_pod(&self, now: Millis) -> Result<Option<Keys>, CredentialsError> {
        let variable = |name: &str| self.variable(name);
        let Some((file, role)) =
            variable("AWS_WEB_IDENTITY_TOKEN_FILE").zip(variable("AWS_ROLE_ARN"))
        else {
            return Ok(None);
        };
        self.by_token(now, &file, &role, variable("AWS_ROLE_SESSION_NAME")).map(Some)
    }

    /// The keys of the role that a profile names.
    pub(super) fn of_role(
        &self,
        now: Millis,
        settings: &Settings,
        profile: &Profile<'_>,
        depth: usize,
    ) -> Result<Option<Keys>, CredentialsError> {
        let Some(role) = profile.value("role_arn") else { return Ok(None) };
        let session = profile.value("role_session_name");
        if let Some(file) = profile.value("web_identity_token_file") {
            return self.by_token(now, &file, &role, session).map(Some);
        }
        let wrong = |why: &str| {
            let profile = profile.name.to_owned();
            Err(CredentialsError::Profile { profile, why: why.to_owned() })
        };
        if depth > DEPTH_MAX {
            return wrong("is its own `source_profile`");
        }
        if profile.value("mfa_serial").is_some() {
            return wrong(
                "wants a code (`mfa_serial`), which nobody is asked for here: \
                 `aws configure export-credentials --format env` gives keys for a while",
            );
        }
        let behind = match (profile.value("source_profile"), profile.value("credential_source")) {
            (Some(name), None) if name == profile.name => profile.keys(),
            (Some(name), None) => {
                self.of_profile(now, settings, &settings.profile(&name), depth + 1)?
            }
            (None, Some(source)) => match source.as_str() {
                "Environment" => self.of_variables(),
                "EcsContainer" => self.of_container()?,
                "Ec2InstanceMetadata" => {
                    let failed = |why| CredentialsError::Role { role: role.clone(), why };
                    Some(self.of_instance().map_err(failed)?)
                }
                _ => return wrong("has a `credential_source` that is not known"),
            },
            (Some(_), Some(_)) | (None, None) => {
                return wrong(
                    "wants `source_profile` or `credential_source` beside its `role_arn`",
                );
            }
        };
        let Some(keys) = behind else { return wrong("has no keys behind its `role_arn`") };
        self.by_keys(now, keys, &role, session, profile).map(Some)
    }

    fn by_token(
        &self,
        now: Millis,
        file: &str,
        role: &str,
        session: Option<String>,
    ) -> Result<Keys, CredentialsError> {
        let failed = |why| CredentialsError::Role { role: role.to_owned(), why };
        let token = fs::read_to_string(file).map_err(|why| failed(format!("`{file}`: {why}")))?;
        let body = form(&[
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", role),
            ("RoleSessionName", &session_name(now, session)),
            ("WebIdentityToken", token.trim()),
        ]);
        self.role(&body, &[("content-type", FORM)]).map_err(failed)
    }

    fn by_keys(
        &self,
        now: Millis,
        keys: Keys,
        role: &str,
        session: Option<String>,
        profile: &Profile<'_>,
    ) -> Result<Keys, CredentialsError> {
        let failed = |why| CredentialsError::Role { role: role.to_owned(), why };
        let session = session_name(now, session);
        let mut pairs = vec![
            ("Action", "AssumeRole"),
            ("Version", "2011-06-15"),
            ("RoleArn", role),
            ("RoleSessionName", &session),
        ];
        let (external, seconds) = (profile.value("external_id"), profile.value("duration_seconds"));
        pairs.extend(external.as_deref().map(|id| ("ExternalId", id)));
        pairs.extend(seconds.as_deref().map(|seconds| ("DurationSeconds", seconds)));
        let body = form(&pairs);
        let place = Place::parse(&self.sts()).map_err(|why| failed(why.to_string()))?;
        let signer = keys.signer(&self.region_or_default());
        let mut headers = vec![("content-type", FORM), ("host", &*place.host)];
        let to_sign = ToSign { at: now, service: "sts", headers: &headers, body: body.as_bytes() };
        let added = signer.sign(&to_sign);
        headers.extend(added.iter().map(|(name, value)| (*name, value.as_str())));
        self.role(&body, &headers).map_err(failed)
    }

    /// Where roles are given.
    fn sts(&self) -> String {
        let region = self.region_or_default();
        let usual = || format!("https://sts.{region}.{}", Place::domain(&region));
        self.variable("AWS_ENDPOINT_URL_STS").unwrap_or_else(usual)
    }

    fn role(&self, body: &str, headers: &[(&str, &str)]) -> Result<Keys, String> {
        let request = Request { method: "POST", headers, body: body.as_bytes(), ..Request::get() };
        let answer = self.fetch(&self.sts(), request, PATIENCE);
        let answer = answer
            .map_err(|why| element(&why, "Message").map_or_else(|| why.clone(), str::to_owned))?;
        let text = |name: &str| element(&answer, name).map(str::to_owned);
        let missing = || "the answer has no keys".to_owned();
        Ok(Keys {
            name: text("AccessKeyId").ok_or_else(missing)?,
            secret: text("SecretAccessKey").ok_or_else(missing)?,
            token: text("SessionToken"),
            until: text("Expiration").and_then(|until| time(&until)),
        })
    }
}

/// The name of a session, by which trails tell who did something.
fn session_name(now: Millis, named: Option<String>) -> String {
    named.unwrap_or_else(|| format!("watershed-{}", now.seconds()))
}

/// What stands in the first element of a name. Keys and times need no more of XML.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}
