//! Keys of where this runs: the service of a container, and that of an instance (its second version,
//! which asks for a token first).

use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value;

use super::{CredentialsError, Keys, Who, time};
use crate::remote::Place;
use crate::remote::http::Request;

/// Where a container's service is, as far as variables say a path alone.
const CONTAINER: &str = "http://169.254.170.2";
/// Machines that may be asked without TLS, beside this one.
const CONTAINERS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];
const CONTAINER_PATIENCE: Duration = Duration::from_secs(2);
const INSTANCE: &str = "http://169.254.169.254";
const INSTANCE_V6: &str = "http://[fd00:ec2::254]";
/// Where there is no instance, nobody answers.
const INSTANCE_PATIENCE: Duration = Duration::from_secs(1);
const ROLES: &str = "latest/meta-data/iam/security-credentials/";

impl Who {
    /// The keys of the container, if variables say that there is one.
    pub(super) fn of_container(&self) -> Result<Option<Keys>, CredentialsError> {
        let relative = self.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        let relative = relative.map(|path| format!("{CONTAINER}{path}"));
        let full = || self.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        let Some(url) = relative.or_else(full) else { return Ok(None) };
        let keys = self.at_container(&url);
        keys.map(Some).map_err(|why| CredentialsError::Container { url, why })
    }

    fn at_container(&self, url: &str) -> Result<Keys, String> {
        if !may_be_asked(url) {
            return Err("it has no TLS and is another machine's".to_owned());
        }
        let token = match self.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            Some(path) => {
                let text = fs::read_to_string(&path).map_err(|why| format!("`{path}`: {why}"))?;
                Some(text.trim().to_owned())
            }
            None => self.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
        };
        let mut headers = vec![("accept", "application/json")];
        headers.extend(token.as_deref().map(|token| ("authorization", token)));
        let request = Request { headers: &headers, ..Request::get() };
        read(&self.fetch_json(url, request, CONTAINER_PATIENCE)?)
    }

    /// The keys of the role of the instance.
    pub(super) fn of_instance(&self) -> Result<Keys, String> {
        let mode = self.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
        let is_v6 = mode.is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
        let usual = || if is_v6 { INSTANCE_V6 } else { INSTANCE }.to_owned();
        let url = self.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(usual);
        let url = url.trim_end_matches('/');
        let life = [("x-aws-ec2-metadata-token-ttl-seconds", "21600")];
        let request = Request { method: "PUT", headers: &life, ..Request::get() };
        let token = self.fetch(&format!("{url}/latest/api/token"), request, INSTANCE_PATIENCE)?;
        let headers = [("x-aws-ec2-metadata-token", token.trim())];
        let request = Request { headers: &headers, ..Request::get() };
        let roles = self.fetch(&format!("{url}/{ROLES}"), request, INSTANCE_PATIENCE)?;
        let role = roles.lines().next().ok_or("the instance has no role")?;
        read(&self.fetch_json(&format!("{url}/{ROLES}{role}"), request, INSTANCE_PATIENCE)?)
    }
}

/// Is a token safe there? Behind TLS, on this machine, and at the addresses that AWS has for it.
fn may_be_asked(url: &str) -> bool {
    let Ok((place, _)) = Place::and_path(url) else { return false };
    let name = place.name();
    place.is_secure
        || name == "localhost"
        || CONTAINERS.contains(&name)
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The keys that both services tell, in the same form.
fn read(told: &Value) -> Result<Keys, String> {
    let text = |name: &str| told[name].as_str().map(str::to_owned);
    let (Some(name), Some(secret)) = (text("AccessKeyId"), text("SecretAccessKey")) else {
        return Err(text("Message")
            .or(text("Code"))
            .unwrap_or("the answer has no keys".to_owned()));
    };
    let until = text("Expiration").and_then(|until| time(&until));
    Ok(Keys { name, secret, token: text("Token"), until })
}
