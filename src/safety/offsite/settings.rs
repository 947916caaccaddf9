//! Settings of the offsite store.

use std::fmt;

use rusty_s3::{Bucket, Credentials, UrlStyle};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// The URL and credentials of the offsite store.
#[derive(Debug, Clone)]
pub struct OffsiteSettings {
    /// URL of the form `s3://bucket/prefix`.
    pub url: String,
    /// URL of the server, if it is not Amazon's. The bucket is then part of the path.
    pub endpoint: Option<String>,
    /// Region of the bucket.
    pub region: String,
    /// Access key ID.
    pub key_id: String,
    /// Secret access key.
    pub secret: SecretString,
}

/// Why the settings are incomplete or invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OffsiteSettingsError {
    /// The URL does not name a bucket.
    #[error("BACKUP_STORE_URL must be s3://bucket/prefix")]
    Url,
    /// A credential is missing.
    #[error("BACKUP_STORE_URL is set, but {0} is not: set it, or unset BACKUP_STORE_URL")]
    MissingKey(&'static str),
    /// The endpoint is not a valid URL.
    #[error("BACKUP_STORE_ENDPOINT must be a URL such as https://s3.example.org: {0}")]
    Endpoint(String),
    /// The HTTP client could not be created.
    #[error("could not create a client for the offsite store: {0}")]
    Connection(String),
}

/// A folder of a bucket, and the credentials for it.
#[derive(Debug, Clone)]
pub(super) struct BucketFolder {
    pub(super) bucket: Bucket,
    pub(super) credentials: Credentials,
    /// Prefix of the object keys: empty, or ending with a slash.
    pub(super) prefix: String,
}

impl BucketFolder {
    pub(super) fn new(settings: &OffsiteSettings) -> Result<Self, OffsiteSettingsError> {
        let malformed = || OffsiteSettingsError::Url;
        let path = settings.url.trim().strip_prefix("s3://").ok_or_else(malformed)?;
        let (name, prefix) = path.split_once('/').unwrap_or((path, ""));
        let is_valid =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        let prefix = prefix.trim_matches('/');
        // Some stores resolve `.` and `..`, as file systems do.
        if !is_valid || prefix.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(malformed());
        }
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", settings.key_id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", settings.secret.expose_secret()),
        ] {
            if value.trim().is_empty() {
                return Err(OffsiteSettingsError::MissingKey(name));
            }
        }
        let (endpoint, style) = match &settings.endpoint {
            Some(endpoint) => (endpoint.clone(), UrlStyle::Path),
            // Amazon's certificate does not cover bucket names with dots.
            None if name.contains('.') => (amazon(&settings.region), UrlStyle::Path),
            None => (amazon(&settings.region), UrlStyle::VirtualHost),
        };
        let invalid = |error: &dyn fmt::Display| OffsiteSettingsError::Endpoint(format!("{endpoint:?}: {error}"));
        let url: Url = endpoint.parse().map_err(|error| invalid(&error))?;
        let bucket =
            Bucket::new(url, style, name.to_owned(), settings.region.clone()).map_err(|error| invalid(&error))?;
        Ok(Self {
            bucket,
            credentials: Credentials::new(settings.key_id.clone(), settings.secret.expose_secret().to_owned()),
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
            secret: "hush".into(),
        }
    }

    #[test]
    fn the_address_of_an_object_has_its_bucket_and_folder() {
        for (url, endpoint, object) in [
            ("s3://b", None, "https://b.s3.eu-central-1.amazonaws.com/x"),
            ("s3://b/", None, "https://b.s3.eu-central-1.amazonaws.com/x"),
            ("s3://b/p/q/", None, "https://b.s3.eu-central-1.amazonaws.com/p/q/x"),
            ("s3://b.c/p", None, "https://s3.eu-central-1.amazonaws.com/b.c/p/x"),
            ("s3://b/p", Some("http://localhost:9000"), "http://localhost:9000/b/p/x"),
        ] {
            let folder = BucketFolder::new(&settings(url, endpoint)).unwrap();
            assert_eq!(folder.bucket.object_url(&format!("{}x", folder.prefix)).as_str(), object, "{url}");
        }
    }

    #[test]
    fn invalid_settings_are_refused_and_the_secret_is_never_shown() {
        for url in ["", "b/p", "https://b/p", "s3://", "s3:///p", "s3://b/../c", "s3://b/./c", "s3://b?x/p"] {
            assert_eq!(BucketFolder::new(&settings(url, None)).unwrap_err(), OffsiteSettingsError::Url);
        }
        for endpoint in ["", "localhost", "ftp://x"] {
            let error = BucketFolder::new(&settings("s3://b", Some(endpoint))).unwrap_err();
            assert!(matches!(error, OffsiteSettingsError::Endpoint(_)), "{error}");
        }
        let unset = OffsiteSettings { secret: SecretString::from(" "), ..settings("s3://b", None) };
        assert_eq!(BucketFolder::new(&unset).unwrap_err(), OffsiteSettingsError::MissingKey("AWS_SECRET_ACCESS_KEY"));
        assert!(!format!("{:?}", settings("s3://b", None)).contains("hush"));
    }
}
