//! Keys of a single sign-on. `aws sso login` signs on; its token is renewed here as long as that lasts.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Value, json};

use super::fetch::form;
use super::profiles::{Profile, Settings};
use super::{CredentialsError, Keys, Who, time};
use crate::model::Millis;
use crate::model::date::Iso;
use crate::remote::Place;
use crate::remote::http::Request;
use crate::wire::signature::hex;

const PATIENCE: Duration = Duration::from_secs(10);
/// How long before its end a token is renewed.
const AHEAD_MS: u64 = 15 * 60_000;

/// A sign-on that a profile names.
struct SignOn {
    /// What its file is named by: its session, or the start URL.
    name: String,
    region: String,
    account: String,
    role: String,
}

impl Who {
    /// The keys of the role that a profile has by a sign-on.
    pub(super) fn of_sign_on(
        &self,
        now: Millis,
        settings: &Settings,
        profile: &Profile<'_>,
    ) -> Result<Option<Keys>, CredentialsError> {
        let Some(sign_on) = sign_on(settings, profile)? else { return Ok(None) };
        let file = settings.sign_ons.join(file_name(&sign_on.name));
        let ended = |why| CredentialsError::SignOn { profile: profile.name.to_owned(), why };
        let token = self.token(now, &sign_on, &file).map_err(ended)?;
        self.of_portal(&sign_on, &token).map(Some).map_err(ended)
    }

    /// The token of a sign-on, renewed if it is about to end.
    fn token(&self, now: Millis, sign_on: &SignOn, file: &Path) -> Result<String, String> {
        let shown = file.display();
        let text = fs::read_to_string(file).map_err(|why| format!("`{shown}`: {why}"))?;
        let kept: Value = serde_json::from_str(&text).map_err(|why| format!("`{shown}`: {why}"))?;
        let ends = |name: &str| kept[name].as_str().and_then(time);
        let (Some(token), Some(end)) = (kept["accessToken"].as_str(), ends("expiresAt")) else {
            return Err(format!("`{shown}` has no token"));
        };
        if now.plus(AHEAD_MS) < end {
            return Ok(token.to_owned());
        }
        let renewable = ends("registrationExpiresAt").is_some_and(|end| now < end);
        let renewed = match renewable {
            true => self.renewed(now, sign_on, &kept),
            false => Err("it cannot be renewed".to_owned()),
        };
        match renewed {
            Ok(renewed) => {
                if let Err(why) = write(file, &renewed) {
                    log::warn!(target: "remote", "`{shown}` cannot be written: {why}");
                }
                Ok(renewed["accessToken"].as_str().unwrap_or_default().to_owned())
            }
            Err(_) if now < end => Ok(token.to_owned()),
            Err(why) => Err(format!("it has ended, and {why}")),
        }
    }

    /// What is kept of a sign-on, with a new token in it.
    fn renewed(&self, now: Millis, sign_on: &SignOn, kept: &Value) -> Result<Value, String> {
        let usual =
            || format!("https://oidc.{}.{}", sign_on.region, Place::domain(&sign_on.region));
        let url = self.variable("AWS_ENDPOINT_URL_SSO_OIDC").unwrap_or_else(usual);
        let asked = json!({
            "grantType": "refresh_token", "clientId": kept["clientId"],
            "clientSecret": kept["clientSecret"], "refreshToken": kept["refreshToken"],
        });
        let body = asked.to_string();
        let headers = [("content-type", "application/json")];
        let request =
            Request { method: "POST", headers: &headers, body: body.as_bytes(), ..Request::get() };
        let told = self.fetch_json(&format!("{url}/token"), request, PATIENCE)?;
        let (Some(token), Some(life_s)) =
            (told["accessToken"].as_str(), told["expiresIn"].as_u64())
        else {
            return Err("the answer has no token".to_owned());
        };
        let mut renewed = kept.clone();
        renewed["accessToken"] = json!(token);
        let end = Iso(now.plus(life_s.saturating_mul(1_000))).to_string();
        renewed["expiresAt"] = json!(format!("{}Z", &end[..19]));
        if let Some(refresh) = told.get("refreshToken") {
            renewed["refreshToken"] = refresh.clone();
        }
        Ok(renewed)
    }

    fn of_portal(&self, sign_on: &SignOn, token: &str) -> Result<Keys, String> {
        let SignOn { region, account, role, .. } = sign_on;
        let usual = || format!("https://portal.sso.{region}.{}", Place::domain(region));
        let url = self.variable("AWS_ENDPOINT_URL_SSO").unwrap_or_else(usual);
        let query = form(&[("role_name", role), ("account_id", account)]);
        let headers = [("x-amz-sso_bearer_token", token)];
        let request = Request { headers: &headers, ..Request::get() };
        let url = format!("{url}/federation/credentials?{query}");
        let told = self.fetch_json(&url, request, PATIENCE)?;
        let told = &told["roleCredentials"];
        let text = |name: &str| told[name].as_str().map(str::to_owned);
        let (Some(name), Some(secret)) = (text("accessKeyId"), text("secretAccessKey")) else {
            return Err("the answer has no keys".to_owned());
        };
        let until = told["expiration"].as_u64().map(Millis);
        Ok(Keys { name, secret, token: text("sessionToken"), until })
    }
}

/// The sign-on of a profile, if it has one.
fn sign_on(settings: &Settings, profile: &Profile<'_>) -> Result<Option<SignOn>, CredentialsError> {
    let Some((account, role)) = profile.value("sso_account_id").zip(profile.value("sso_role_name"))
    else {
        return Ok(None);
    };
    let session = profile.value("sso_session");
    let of_session = |session: &String| settings.sso_session(session)?.get("sso_region").cloned();
    let (name, region) = match &session {
        Some(session) => (Some(session.clone()), of_session(session)),
        None => (profile.value("sso_start_url"), profile.value("sso_region")),
    };
    let Some((name, region)) = name.zip(region) else {
        let why = match session {
            Some(session) => format!("names `[sso-session {session}]`, which has no `sso_region`"),
            None => "has no `sso_session`, nor `sso_start_url` with `sso_region`".to_owned(),
        };
        return Err(CredentialsError::Profile { profile: profile.name.to_owned(), why });
    };
    Ok(Some(SignOn { name, region, account, role }))
}

/// The name of the file that AWS' tools keep a sign-on in.
fn file_name(name: &str) -> String {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, name.as_bytes());
    format!("{}.json", hex(hash.as_ref()))
}

/// Writes what is kept, all or nothing, for nobody else to read.
fn write(file: &Path, kept: &Value) -> io::Result<()> {
    let beside = file.with_extension("json.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&beside)?.write_all(kept.to_string().as_bytes())?;
    fs::rename(&beside, file)
}
