//! Where an endpoint is.

use thiserror::Error;

use crate::remote::Service;

/// Where an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As it was given, without a slash at its end.
    pub url: String,
    /// Host, and port where it is not the protocol's own: the header `Host`.
    pub host: String,
    /// Host and port.
    pub address: String,
    /// Is TLS spoken there?
    pub is_secure: bool,
}

/// A text is no URL of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not an endpoint: it is like http://127.0.0.1:4567 or https://HOST, without a path"
)]
pub struct PlaceError(String);

impl Place {
    /// Reads `http://HOST:PORT` or `https://HOST:PORT`.
    ///
    /// # Errors
    /// When it is something else, or has a path.
    pub fn parse(url: &str) -> Result<Self, PlaceError> {
        let wrong = || PlaceError(url.to_owned());
        let url = url.trim_end_matches('/');
        let (host, is_secure) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
            (Some(host), _) => (host, false),
            (None, Some(host)) => (host, true),
            (None, None) => return Err(wrong()),
        };
        if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
            return Err(wrong());
        }
        let port = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
        if port.is_some_and(|(name, port)| name.is_empty() || port.parse::<u16>().is_err()) {
            return Err(wrong());
        }
        let usual = if is_secure { ":443" } else { ":80" };
        let address = if port.is_some() { host.to_owned() } else { format!("{host}{usual}") };
        let host = host.strip_suffix(usual).unwrap_or(host).to_owned();
        Ok(Self { url: url.to_owned(), host, address, is_secure })
    }

    /// The place of a URL, and its path with all that follows: `/` where it has none.
    ///
    /// # Errors
    /// As for [`Self::parse`].
    pub(super) fn and_path(url: &str) -> Result<(Self, &str), PlaceError> {
        let begin = url.find("://").map_or(0, |at| at + 3);
        let end = url[begin..].find('/').map_or(url.len(), |at| begin + at);
        let (place, path) = url.split_at(end);
        Ok((Self::parse(place)?, if path.is_empty() { "/" } else { path }))
    }

    /// Where AWS serves a service in a region; `None` for what is no region. `fips` is for the endpoint
    /// whose ciphers are validated by FIPS 140.
    #[must_use]
    pub fn of_region(service: Service, region: &str, fips: bool) -> Option<Self> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = region.contains('-') && region.len() <= 32 && region.bytes().all(known);
        let (service, fips) = (service.name(), if fips { "-fips" } else { "" });
        let url = format!("https://{service}{fips}.{region}.{}", Self::domain(region));
        good.then(|| Self::parse(&url).expect("invariant: it is a URL"))
    }

    /// The domain of AWS' services in a region.
    #[must_use]
    pub fn domain(region: &str) -> &'static str {
        if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// The region that the name of one of AWS' machines tells.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        let mut labels = self.name().split('.').filter(|_| self.is_aws());
        labels
            .find(|label| Service::named(label.strip_suffix("-fips").unwrap_or(label)).is_some())?;
        labels.next()
    }

    /// The name or the address of the machine alone.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.address.rsplit_once(':').map_or(&*self.address, |(name, _)| name);
        name.trim_start_matches('[').trim_end_matches(']')
    }

    /// Is it AWS itself, where asking costs money and what is deleted may be missed?
    #[must_use]
    pub fn is_aws(&self) -> bool {
        let ends = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
        ends.iter().any(|end| self.name().ends_with(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_has_an_endpoint_in_each_region() {
        use Service::{CloudWatch, Kinesis};
        for (service, region, fips, url) in [
            (Kinesis, "eu-west-1", false, "https://kinesis.eu-west-1.amazonaws.com"),
            (Kinesis, "us-gov-west-1", true, "https://kinesis-fips.us-gov-west-1.amazonaws.com"),
            (Kinesis, "cn-north-1", false, "https://kinesis.cn-north-1.amazonaws.com.cn"),
            (CloudWatch, "eu-west-1", false, "https://monitoring.eu-west-1.amazonaws.com"),
            (CloudWatch, "us-east-2", true, "https://monitoring-fips.us-east-2.amazonaws.com"),
        ] {
            let place = Place::of_region(service, region, fips).expect(region);
            assert!(place.url == url && place.is_aws() && place.is_secure, "{place:?}");
            assert_eq!(place.region(), Some(region));
        }
        for region in ["", "eu", "eu-west-1/", "eu.west-1", "EU-west-1", "eu-west-1:80"] {
            assert_eq!(Place::of_region(Kinesis, region, false), None, "{region}");
        }
        let local = Place::parse("http://amazonaws.com.example").expect("it is a URL");
        assert!(!local.is_aws() && local.region().is_none());
    }

    #[test]
    fn a_url_is_a_place_and_a_path() {
        for (url, place, path) in [
            ("http://169.254.170.2/v2/keys?a=/b", "http://169.254.170.2", "/v2/keys?a=/b"),
            ("https://sts.amazonaws.com/", "https://sts.amazonaws.com", "/"),
            ("http://[::1]:80", "http://[::1]:80", "/"),
        ] {
            let (found, rest) = Place::and_path(url).expect(url);
            assert_eq!((found, rest), (Place::parse(place).expect(place), path));
        }
        assert!(Place::and_path("ftp://x/y").is_err());
    }

    #[test]
    fn an_endpoint_is_a_url_without_a_path() {
        for (url, host, address) in [
            ("http://127.0.0.1:4567", "127.0.0.1:4567", "127.0.0.1:4567"),
            ("http://localhost/", "localhost", "localhost:80"),
            ("http://localhost:80", "localhost", "localhost:80"),
            ("http://[::1]:4567", "[::1]:4567", "[::1]:4567"),
            ("http://[::1]", "[::1]", "[::1]:80"),
            ("https://localhost", "localhost", "localhost:443"),
            ("https://[::1]:443", "[::1]", "[::1]:443"),
            ("https://localhost:80", "localhost:80", "localhost:80"),
        ] {
            let place = Place::parse(url).expect(url);
            assert_eq!((&*place.host, &*place.address), (host, address), "{url}");
            assert_eq!(place.is_secure, url.starts_with("https"), "{url}");
            assert!(matches!(place.name(), "127.0.0.1" | "localhost" | "::1"), "{}", place.name());
        }
        for url in
            ["", "http://", "localhost:4567", "ftp://a", "http://a/b", "http://a:b", "http://:1"]
        {
            assert_eq!(Place::parse(url), Err(PlaceError(url.to_owned())), "{url}");
        }
    }
}
