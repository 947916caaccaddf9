//! Where the store is, and who we are there.

use std::fmt;

use rusty_s3::{Bucket, Credentials, UrlStyle};
use url::Url;

/// Where backups are copied to.
#[derive(Clone, PartialEq, Eq)]
pub struct OffsiteSettings {
    /// `s3://bucket/prefix`.
    pub url: String,
    /// Address of a store that is not Amazon's; buckets are then named in the path.
    pub endpoint: Option<String>,
    /// Region of the bucket.
    pub region: String,
    /// Who we are.
    pub key_id: String,
    /// What proves it.
    pub secret: String,
}

impl fmt::Debug for OffsiteSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, endpoint, region, .. } = self;
        f.debug_struct("OffsiteSettings").field("url", url).field("endpoint", endpoint).field("region", region).finish()
    }
}

/// The settings name no store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OffsiteSettingsError {
    /// Not an address of a bucket.
    #[error("BACKUP_STORE_URL must be s3://bucket/prefix, not {0:?}")]
    Url(String),
    /// Nobody can get in without a key.
    #[error("BACKUP_STORE_URL is set, but not {0}: set it, or unset BACKUP_STORE_URL")]
    NoKey(&'static str),
    /// Not an address of a server.
    #[error("BACKUP_STORE_ENDPOINT must be an address such as https://s3.example.org: {0}")]
    Endpoint(String),
    /// TLS could not be set up.
    #[error("could not set up the connection to the store: {0}")]
    Connection(String),
}

/// The bucket, the folder in it, and the way in.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) bucket: Bucket,
    pub(super) credentials: Credentials,
    /// Empty, or with a slash at its end.
    pub(super) prefix: String,
}

impl Place {
    pub(super) fn of(settings: &OffsiteSettings) -> Result<Self, OffsiteSettingsError> {
        let malformed = || OffsiteSettingsError::Url(settings.url.clone());
        let path = settings.url.trim().strip_prefix("s3://").ok_or_else(malformed)?;
        let (name, prefix) = path.split_once('/').unwrap_or((path, ""));
        let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        let prefix = prefix.trim_matches('/');
        // Segments of dots would be resolved as in a file system, and lead elsewhere.
        if !named || prefix.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(malformed());
        }
        for (name, value) in [("AWS_ACCESS_KEY_ID", &settings.key_id), ("AWS_SECRET_ACCESS_KEY", &settings.secret)] {
            if value.trim().is_empty() {
                return Err(OffsiteSettingsError::NoKey(name));
            }
        }
        let (endpoint, style) = match &settings.endpoint {
            Some(endpoint) => (endpoint.clone(), UrlStyle::Path),
            // A certificate of Amazon covers one label before its name.
            None if name.contains('.') => (amazon(&settings.region), UrlStyle::Path),
            None => (amazon(&settings.region), UrlStyle::VirtualHost),
        };
        let invalid = |error: &dyn fmt::Display| OffsiteSettingsError::Endpoint(format!("{endpoint:?}: {error}"));
        let url: Url = endpoint.parse().map_err(|error| invalid(&error))?;
        let bucket =
            Bucket::new(url, style, name.to_owned(), settings.region.clone()).map_err(|error| invalid(&error))?;
        Ok(Self {
            bucket,
            credentials: Credentials::new(settings.key_id.clone(), settings.secret.clone()),
            prefix: if prefix.is_empty() { String::new() } else { format!("{prefix}/") },
        })
    }
}

fn amazon(region: &str) -> String {
    format!("https://s3.{region}.amazonaws.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str, endpoint: Option<&str>) -> OffsiteSettings {
        OffsiteSettings {
            url: url.to_owned(),
            endpoint: endpoint.map(str::to_owned),
            region: "eu-central-1".to_owned(),
            key_id: "key".to_owned(),
            secret: "hush".to_owned(),
        }
    }

    #[test]
    fn a_bucket_and_a_folder_in_it_are_found() {
        for (url, endpoint, object) in [
            ("s3://b", None, "https://b.s3.eu-central-1.amazonaws.com/x"),
            ("s3://b/", None, "https://b.s3.eu-central-1.amazonaws.com/x"),
            ("s3://b/p/q/", None, "https://b.s3.eu-central-1.amazonaws.com/p/q/x"),
            ("s3://b.c/p", None, "https://s3.eu-central-1.amazonaws.com/b.c/p/x"),
            ("s3://b/p", Some("http://localhost:9000"), "http://localhost:9000/b/p/x"),
        ] {
            let place = Place::of(&settings(url, endpoint)).unwrap();
            assert_eq!(place.bucket.object_url(&format!("{}x", place.prefix)).as_str(), object, "{url}");
        }
    }

    #[test]
    fn what_names_no_bucket_is_refused_and_no_secret_is_shown() {
        for url in ["", "b/p", "https://b/p", "s3://", "s3:///p", "s3://b/../c", "s3://b/./c", "s3://b?x/p"] {
            assert_eq!(Place::of(&settings(url, None)).unwrap_err(), OffsiteSettingsError::Url(url.to_owned()));
        }
        for endpoint in ["", "localhost", "ftp://x"] {
            let error = Place::of(&settings("s3://b", Some(endpoint))).unwrap_err();
            assert!(matches!(error, OffsiteSettingsError::Endpoint(_)), "{error}");
        }
        let unset = OffsiteSettings { secret: " ".to_owned(), ..settings("s3://b", None) };
        assert_eq!(Place::of(&unset).unwrap_err(), OffsiteSettingsError::NoKey("AWS_SECRET_ACCESS_KEY"));
        assert!(!format!("{:?}", settings("s3://b", None)).contains("hush"));
    }
}
