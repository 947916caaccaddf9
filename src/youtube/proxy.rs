//! Proxy URLs.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::SettingsError;

/// The URL of a proxy. The user name and password are never printed.
#[derive(Debug, Clone)]
pub struct ProxyUrl {
    /// The URL with `***` instead of the user name and password.
    redacted: String,
    url: SecretString,
}

impl ProxyUrl {
    /// Parses `http://user:password@host:port` (also `https`, `socks5` or `socks5h`), the same without a scheme, or
    /// `host:port:user:password`, as used by proxy vendors.
    ///
    /// The error does not include the text, which may contain a password.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let text = text.trim();
        let parts: Vec<&str> = text.split(':').collect();
        let with_scheme = match parts.as_slice() {
            _ if text.contains("://") => text.to_owned(),
            [host, port, user, password] if !text.contains('@') => format!("http://{user}:{password}@{host}:{port}"),
            _ => format!("http://{text}"),
        };
        let url = Url::parse(&with_scheme).map_err(|_| SettingsError::Proxy)?;
        let supported = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
        if supported && url.host_str().is_some_and(|host| !host.is_empty()) {
            Ok(Self { redacted: redact(&url), url: SecretString::from(String::from(url)) })
        } else {
            Err(SettingsError::Proxy)
        }
    }

    /// Parses a list separated by commas or whitespace.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, SettingsError> {
        let parts = text.split(|letter: char| letter == ',' || letter.is_whitespace()).filter(|part| !part.is_empty());
        parts
            .enumerate()
            .map(|(index, part)| Self::parse(part).map_err(|_| SettingsError::ProxyInList(index + 1)))
            .collect()
    }

    /// Returns the full URL, including the password.
    pub(super) fn expose(&self) -> &str {
        self.url.expose_secret()
    }
}

/// Replaces the user name and password of a URL with `***`.
fn redact(url: &Url) -> String {
    let user = if url.username().is_empty() && url.password().is_none() { "" } else { "***@" };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{user}{}{port}", url.scheme(), url.host_str().unwrap_or_default())
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_parsed_in_every_common_form_and_hide_their_passwords() {
        for text in [
            "http://ann:hunter2@proxy.example:8080",
            "ann:hunter2@proxy.example:8080",
            "proxy.example:8080:ann:hunter2",
        ] {
            let proxy = ProxyUrl::parse(text).expect("a proxy");
            assert_eq!(proxy.expose(), "http://ann:hunter2@proxy.example:8080/");
            assert_eq!(proxy.to_string(), "http://***@proxy.example:8080");
            assert!(!format!("{proxy:?}").contains("hunter2"), "{proxy:?}");
        }
        let list = ProxyUrl::parse_list("socks5://a.example:1080,\n b.example:3128\n").expect("two proxies");
        assert_eq!(
            list.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["socks5://a.example:1080", "http://b.example:3128"]
        );
    }

    #[test]
    fn the_error_for_an_invalid_proxy_does_not_include_it() {
        let error = ProxyUrl::parse_list("a.example:1 ftp://ann:hunter2@b.example").unwrap_err();
        assert_eq!(error, SettingsError::ProxyInList(2));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
