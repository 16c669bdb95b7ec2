//! Where an endpoint is.

use thiserror::Error;

/// Where an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As it was given, without a slash at its end.
    pub url: String,
    /// Host, and port where it is not the protocol's own: the header `Host`.
    pub host: String,
    /// Host and port.
    pub address: String,
}

/// A text is no URL of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not an endpoint: it is like http://127.0.0.1:4567, without a path")]
pub struct PlaceError(String);

impl Place {
    /// Reads `http://HOST:PORT`.
    ///
    /// # Errors
    /// When it is something else, or has a path.
    pub fn parse(url: &str) -> Result<Self, PlaceError> {
        let wrong = || PlaceError(url.to_owned());
        let url = url.trim_end_matches('/');
        let host = url.strip_prefix("http://").ok_or_else(wrong)?;
        if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
            return Err(wrong());
        }
        let port = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
        if port.is_some_and(|(name, port)| name.is_empty() || port.parse::<u16>().is_err()) {
            return Err(wrong());
        }
        let address = if port.is_some() { host.to_owned() } else { format!("{host}:80") };
        let host = host.strip_suffix(":80").unwrap_or(host).to_owned();
        Ok(Self { url: url.to_owned(), host, address })
    }

    /// Is it AWS itself, where asking costs money and what is deleted may be missed?
    #[must_use]
    pub fn is_aws(&self) -> bool {
        let (name, _) = self.address.rsplit_once(':').unwrap_or((&self.address, ""));
        [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|end| name.ends_with(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_url_without_a_path() {
        for (url, host, address) in [
            ("http://127.0.0.1:4567", "127.0.0.1:4567", "127.0.0.1:4567"),
            ("http://localhost/", "localhost", "localhost:80"),
            ("http://localhost:80", "localhost", "localhost:80"),
            ("http://[::1]:4567", "[::1]:4567", "[::1]:4567"),
            ("http://[::1]", "[::1]", "[::1]:80"),
        ] {
            let place = Place::parse(url).expect(url);
            assert_eq!((&*place.host, &*place.address), (host, address), "{url}");
        }
        for url in
            ["", "http://", "localhost:4567", "ftp://a", "http://a/b", "http://a:b", "http://:1"]
        {
            assert_eq!(Place::parse(url), Err(PlaceError(url.to_owned())), "{url}");
        }
    }
}
