//! Addresses of proxies, whose passwords are never shown.

use std::fmt;

use url::Url;

use super::SettingsError;

/// The address of a proxy; it shows itself without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(Url);

impl ProxyUrl {
    /// Takes `http://user:password@host:port` (also `https`, `socks5`, `socks5h`), the same without a scheme, or
    /// `host:port:user:password`, as sellers of proxies write it.
    ///
    /// The error does not repeat the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let text = text.trim();
        let parts: Vec<&str> = text.split(':').collect();
        let with_scheme = match parts.as_slice() {
            _ if text.contains("://") => text.to_owned(),
            [host, port, user, password] if !text.contains('@') => format!("http://{user}:{password}@{host}:{port}"),
            _ => format!("http://{text}"),
        };
        let url = Url::parse(&with_scheme).map_err(|_| SettingsError::Proxy)?;
        let known = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
        if known && url.host_str().is_some_and(|host| !host.is_empty()) {
            Ok(Self(url))
        } else {
            Err(SettingsError::Proxy)
        }
    }

    /// Takes a list, parted by commas, white space or line ends.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, SettingsError> {
        let parts = text.split(|letter: char| letter == ',' || letter.is_whitespace()).filter(|part| !part.is_empty());
        parts
            .enumerate()
            .map(|(index, part)| Self::parse(part).map_err(|_| SettingsError::ProxyInList(index + 1)))
            .collect()
    }

    /// The whole address, for the connection alone.
    pub(super) fn secret(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = if self.0.username().is_empty() && self.0.password().is_none() { "" } else { "***@" };
        write!(f, "{}://{hidden}{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        self.0.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_taken_in_every_common_form_and_hide_their_passwords() {
        for text in [
            "http://ann:hunter2@proxy.example:8080",
            "ann:hunter2@proxy.example:8080",
            "proxy.example:8080:ann:hunter2",
        ] {
            let proxy = ProxyUrl::parse(text).expect("a proxy");
            assert_eq!(proxy.secret(), "http://ann:hunter2@proxy.example:8080/");
            assert_eq!(
                format!("{proxy} {proxy:?}"),
                "http://***@proxy.example:8080 ProxyUrl(http://***@proxy.example:8080)"
            );
        }
        let list = ProxyUrl::parse_list("socks5://a.example:1080,\n b.example:3128\n").expect("two proxies");
        assert_eq!(
            list.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["socks5://a.example:1080", "http://b.example:3128"]
        );
    }

    #[test]
    fn the_error_for_a_wrong_proxy_does_not_repeat_it() {
        let error = ProxyUrl::parse_list("a.example:1 ftp://ann:hunter2@b.example").unwrap_err();
        assert_eq!(error, SettingsError::ProxyInList(2));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
