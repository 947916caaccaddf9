//! The program's settings. Each is documented once, in its doc comment, which `mannameter --help` prints.
//!
//! Every setting can be given as a flag or as the environment variable of the same name. Nothing else reads the
//! environment.

mod choices;

use std::{
    net::{IpAddr, ToSocketAddrs as _},
    path::{Path, PathBuf},
};

use clap::{
    Args,
    builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser},
};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

pub use self::choices::{DatabasePooler, LogFormat, SearchEngineAccess, SubmissionAccess, Switch, TranscriptReaders};
use crate::{domain::Canon, safety::OffsiteSettings};

/// Directory and file name of the default SQLite database. The previous system used the same names.
const INSTANCE: &str = "instance";
const DEFAULT_FILE: &str = "mannameter.db";

/// The settings of the server and of every command.
#[derive(Debug, Clone, Args)]
#[expect(clippy::doc_markdown, reason = "the doc comments of the fields are what --help prints")]
#[command(next_help_heading = "Settings (flags or environment variables)")]
pub struct Settings {
    /// Database: postgres://user:password@host/name or sqlite://path (default: SQLite in the data directory)
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true, value_name = "URL")]
    database_url: Option<SecretString>,

    /// Whether PostgreSQL is behind a connection pooler in transaction mode, such as pgbouncer
    #[arg(long, env = "DATABASE_POOLER", default_value = "auto", global = true, value_name = "MODE")]
    pub database_pooler: DatabasePooler,

    /// Directory for the export, the backups and the SQLite database
    #[arg(long, env = "DATA_DIR", global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Former name of DATA_DIR; implies SQLite
    #[arg(long, env = "PERSISTENT_DISK_PATH", global = true, hide = true, value_name = "DIR")]
    persistent_disk_path: Option<PathBuf>,

    /// Address to listen on; 0.0.0.0 for all network interfaces
    #[arg(long, env = "HOST", default_value = "127.0.0.1", global = true, value_name = "ADDRESS", value_parser = parse_host)]
    pub host: IpAddr,

    /// Port to listen on; 0 for any free port
    #[arg(long, env = "PORT", default_value_t = 5000, global = true, value_name = "NUMBER")]
    pub port: u16,

    /// Token for the admin pages and routes (default: generated, stored in the data directory and printed once)
    #[arg(long, env = "ADMIN_TOKEN", hide_env_values = true, global = true, value_name = "TOKEN")]
    admin_token: Option<SecretString>,

    /// Accept an admin token shorter than 24 characters, which can be guessed
    #[arg(long, env = "INSECURE_ADMIN_TOKEN", global = true)]
    pub insecure_admin_token: bool,

    /// Public URL of the site, for links and for forms behind a proxy, such as `https://manna.example` (default: from
    /// the request)
    #[arg(long, env = "PUBLIC_URL", global = true, value_name = "URL", value_parser = parse_public_url)]
    public_url: Option<Url>,

    /// Path under which everything is served, such as /manna (default: the path of PUBLIC_URL)
    #[arg(long, env = "BASE_PATH", global = true, value_name = "PATH", value_parser = parse_base_path)]
    base_path: Option<String>,

    /// Who may add sermons
    #[arg(long, env = "SUBMISSIONS", default_value = "open", global = true, value_name = "WHO")]
    pub submissions: SubmissionAccess,

    /// Whether search engines may index the pages; if on, there is a sitemap
    #[arg(long, env = "SEARCH_ENGINES", default_value = "off", global = true, value_name = "ON|OFF")]
    pub search_engines: SearchEngineAccess,

    /// Which books count as Scripture; references to other books are counted separately from the manna, as
    /// deuterocanonical
    #[arg(long, env = "CANON", default_value = "protestant", global = true, value_name = "CANON", value_parser = parse_canon())]
    pub canon: Canon,

    /// Who may read full transcripts; excerpts around references and search matches are always public
    #[arg(long, env = "SHOW_TRANSCRIPTS", default_value = "admin", global = true, value_name = "WHO")]
    pub show_transcripts: TranscriptReaders,

    /// Number of trusted proxies in front of the server that append to X-Forwarded-For; needed for rate limits by
    /// client address
    #[arg(long, env = "TRUSTED_PROXIES", default_value_t = 0, global = true, value_name = "NUMBER")]
    pub trusted_proxies: u8,

    /// Number of sermons that one address may add per minute if submissions are open
    #[arg(long, env = "SUBMISSIONS_PER_MINUTE", default_value_t = 300, global = true, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub submissions_per_minute: u32,

    /// Number of sermons to analyze at the same time
    #[arg(long, env = "WORKERS", default_value_t = 2, global = true, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(0..=64))]
    pub workers: u8,

    /// Hours between scheduled backups; 0 turns them off
    #[arg(long, env = "BACKUP_EVERY_HOURS", default_value_t = 24, global = true, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(0..=8760))]
    backup_every_hours: u16,

    /// Hours between restore drills, which restore the newest backup into a scratch database; 0 turns them off
    #[arg(long, env = "DRILL_EVERY_HOURS", default_value_t = 168, global = true, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(0..=8760))]
    drill_every_hours: u16,

    /// Hours between scrubs, which read and verify every backup; 0 turns them off
    #[arg(long, env = "SCRUB_EVERY_HOURS", default_value_t = 720, global = true, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(0..=8760))]
    scrub_every_hours: u16,

    /// Hours between cleanups, which delete backups according to the retention rules; 0 never deletes any
    #[arg(long, env = "CLEANUP_EVERY_HOURS", default_value_t = 0, global = true, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(0..=8760))]
    cleanup_every_hours: u16,

    /// Minutes between checks that the database still contains what was written to it
    #[arg(long, env = "CHECK_EVERY_MINUTES", default_value_t = 5, global = true, value_name = "MINUTES", value_parser = clap::value_parser!(u16).range(1..=1440))]
    pub check_every_minutes: u16,

    /// At startup, fill an uninitialized database from the export and the backups in the data directory
    #[arg(long, env = "SEED_FROM_BACKUP", global = true)]
    pub seed_from_backup: bool,

    /// Whether to copy the sermons from the previous system's `video` table at the first start; that table is never
    /// modified
    #[arg(long, env = "ADOPT_OLD_DATABASE", default_value = "on", global = true, value_name = "ON|OFF")]
    pub adopt_old_database: Switch,

    /// Base URL of all requests to YouTube
    #[arg(
        long,
        env = "YOUTUBE_BASE_URL",
        default_value = "https://www.youtube.com",
        global = true,
        value_name = "URL"
    )]
    pub youtube_base_url: String,

    /// YouTube clients to identify as, in the order to try them (default: a built-in list)
    #[arg(long, env = "YOUTUBE_CLIENTS", global = true, value_name = "LIST", value_parser = NonEmptyStringValueParser::new())]
    youtube_clients: Option<String>,

    /// YouTube Data API key, for titles and dates that are not available otherwise
    #[arg(long, env = "YOUTUBE_API_KEY", hide_env_values = true, global = true, value_name = "KEY")]
    youtube_api_key: Option<SecretString>,

    /// Proxy that uses a different IP address for each connection: http://user:password@host:port
    #[arg(long, env = "ROTATING_PROXY", hide_env_values = true, global = true, value_name = "URL")]
    rotating_proxy: Option<SecretString>,

    /// Comma-separated list of proxies to use in turn
    #[arg(long, env = "PROXY_LIST", hide_env_values = true, global = true, value_name = "URLS")]
    proxy_list: Option<SecretString>,

    /// Comma-separated list of channel IDs (UC...) that are always treated as churches
    #[arg(long, env = "CHURCH_CHANNELS", global = true, value_name = "IDS", value_delimiter = ',')]
    pub church_channels: Vec<String>,

    /// Where to copy verified backups: s3://bucket/prefix (default: no offsite copies)
    #[arg(long, env = "BACKUP_STORE_URL", global = true, value_name = "URL")]
    backup_store_url: Option<String>,

    /// URL of an S3-compatible server other than Amazon S3, such as `https://s3.example.org`
    #[arg(long, env = "BACKUP_STORE_ENDPOINT", global = true, value_name = "URL")]
    backup_store_endpoint: Option<String>,

    /// Region of the bucket in BACKUP_STORE_URL
    #[arg(long, env = "AWS_REGION", default_value = "us-east-1", global = true, value_name = "NAME")]
    aws_region: String,

    /// Access key ID for BACKUP_STORE_URL
    #[arg(long, env = "AWS_ACCESS_KEY_ID", hide_env_values = true, global = true, value_name = "ID")]
    aws_access_key_id: Option<SecretString>,

    /// Secret access key for BACKUP_STORE_URL
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true, global = true, value_name = "KEY")]
    aws_secret_access_key: Option<SecretString>,

    /// Format of the log, which is written to standard error
    #[arg(long, env = "LOG_FORMAT", default_value = "text", global = true, value_name = "FORMAT")]
    pub log_format: LogFormat,

    /// Log filter, in the syntax of tracing's EnvFilter, such as info, or mannameter=debug,sqlx=warn
    #[arg(long, env = "RUST_LOG", global = true, value_name = "FILTER")]
    rust_log: Option<String>,
}

/// Parses an address to listen on: an IP address, optionally in brackets, or a host name such as `localhost`.
fn parse_host(text: &str) -> Result<IpAddr, String> {
    let address = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = address.parse() {
        return Ok(address);
    }
    let addresses = (text, 0).to_socket_addrs().map_err(|error| format!("not an address of this machine: {error}"))?;
    // Like other servers, prefer IPv4 for `localhost`.
    let mut addresses: Vec<_> = addresses.map(|address| address.ip()).collect();
    addresses.sort_by_key(IpAddr::is_ipv6);
    addresses.first().copied().ok_or_else(|| "the name has no address".to_owned())
}

/// Parses the name of a canon.
fn parse_canon() -> impl TypedValueParser<Value = Canon> {
    PossibleValuesParser::new(Canon::ALL.map(Canon::name)).try_map(|name| name.parse::<Canon>())
}

/// Treats an empty variable as unset, because hosting dashboards leave such values behind.
fn non_empty(secret: Option<&SecretString>) -> Option<&SecretString> {
    secret.filter(|secret| !secret.expose_secret().trim().is_empty())
}

/// Parses the URL of the site: a scheme, a host and an optional path.
fn parse_public_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| error.to_string())?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain && url.password().is_none() {
        parse_base_path(url.path())?;
        Ok(url)
    } else {
        Err("must be like https://manna.example or https://example.org/manna".to_owned())
    }
}

/// Parses a base path and removes its trailing slash.
fn parse_base_path(text: &str) -> Result<String, String> {
    let path = text.trim().trim_end_matches('/');
    let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(is_plain_letter);
    match path.strip_prefix('/') {
        None if path.is_empty() => Ok(String::new()),
        Some(parts) if parts.split('/').all(is_plain) => Ok(path.to_owned()),
        _ => Err("must be like /manna: a slash, then letters, digits, -, _ or . in each part".to_owned()),
    }
}

fn is_plain_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_.".contains(letter)
}

impl Settings {
    /// Returns the scheme and host of the public URL, if one is configured.
    pub fn public_origin(&self) -> Option<String> {
        self.public_url.as_ref().map(|url| url.origin().ascii_serialization())
    }

    /// Returns the base path that everything is served under, or an empty string for the root.
    pub fn base_path(&self) -> String {
        let of_public_url = || self.public_url.as_ref().map(|url| url.path().trim_end_matches('/').to_owned());
        self.base_path.clone().or_else(of_public_url).unwrap_or_default()
    }

    /// Returns the data directory.
    pub fn data_dir(&self) -> PathBuf {
        let candidates = [&self.data_dir, &self.persistent_disk_path];
        candidates
            .into_iter()
            .flatten()
            .find(|path| !path.as_os_str().is_empty())
            .cloned()
            .unwrap_or_else(|| PathBuf::from("data"))
    }

    /// Returns the URL of the database. The default is SQLite in the data directory.
    pub fn database_url(&self) -> SecretString {
        match non_empty(self.database_url.as_ref()) {
            Some(url) if self.flask_file().is_none() => url.clone(),
            _ => {
                let name = self.flask_file().unwrap_or(DEFAULT_FILE);
                let path = self.data_dir().join(INSTANCE).join(name);
                SecretString::from(format!("sqlite://{}", path.display()))
            }
        }
    }

    /// Returns the file name in a URL such as `sqlite:///mannameter.db`, which the previous system resolved in the
    /// `instance` directory. If the root directory contains a file with that name, the URL is taken literally.
    fn flask_file(&self) -> Option<&str> {
        let url = non_empty(self.database_url.as_ref())?.expose_secret();
        let name = url.trim().strip_prefix("sqlite:///")?;
        let is_name = !name.is_empty() && !name.contains(['/', '?', ':']) && !Path::new("/").join(name).exists();
        is_name.then_some(name)
    }

    /// Returns the files that may contain the previous system's database, other than the configured database: first
    /// those that it used with these settings, then the others.
    pub fn old_database_files(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let name = self.flask_file().unwrap_or(DEFAULT_FILE);
        let mut files = vec![self.data_dir().join(INSTANCE).join(name), self.data_dir().join(name)];
        let is_set = |path: &Option<PathBuf>| path.as_ref().is_some_and(|path| !path.as_os_str().is_empty());
        if !is_set(&self.data_dir) && !is_set(&self.persistent_disk_path) {
            files.push(Path::new(INSTANCE).join(name));
        }
        let url = self.database_url();
        let configured = url.expose_secret().trim_start_matches("sqlite:").trim_start_matches("//");
        files.retain(|file| file != Path::new(configured));
        let uses_file = !self.has_database_url() || self.flask_file().is_some();
        if uses_file { (files, Vec::new()) } else { (Vec::new(), files) }
    }

    /// Returns the settings of the offsite store, if configured.
    pub fn offsite(&self) -> Option<OffsiteSettings> {
        let non_empty = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let key_id = self.aws_access_key_id.as_ref().map(|id| id.expose_secret().to_owned());
        Some(OffsiteSettings {
            url: non_empty(&self.backup_store_url)?,
            endpoint: non_empty(&self.backup_store_endpoint),
            region: self.aws_region.clone(),
            key_id: key_id.unwrap_or_default(),
            secret: self.aws_secret_access_key.clone().unwrap_or_default(),
        })
    }

    /// Returns whether a database is configured explicitly, as opposed to the default SQLite database.
    pub fn has_database_url(&self) -> bool {
        non_empty(self.database_url.as_ref()).is_some()
    }

    /// Returns the hours between backups, restore drills, scrubs and cleanups, with `None` for each that is turned off.
    pub fn maintenance_hours(&self) -> [Option<u16>; 4] {
        let hours = [self.backup_every_hours, self.drill_every_hours, self.scrub_every_hours, self.cleanup_every_hours];
        hours.map(|hours| (hours > 0).then_some(hours))
    }

    /// Returns the admin token, if one is configured.
    pub fn admin_token(&self) -> Option<&SecretString> {
        non_empty(self.admin_token.as_ref())
    }

    /// Returns the list of YouTube clients, if one is configured.
    pub fn youtube_clients(&self) -> Option<&str> {
        self.youtube_clients.as_deref()
    }

    /// Returns the YouTube Data API key, if one is configured.
    pub fn youtube_api_key(&self) -> Option<&SecretString> {
        non_empty(self.youtube_api_key.as_ref())
    }

    /// Returns the rotating proxy, if one is configured.
    pub fn rotating_proxy(&self) -> Option<&SecretString> {
        non_empty(self.rotating_proxy.as_ref())
    }

    /// Returns the list of proxies, if one is configured.
    pub fn proxy_list(&self) -> Option<&SecretString> {
        non_empty(self.proxy_list.as_ref())
    }

    /// Returns the log filter.
    pub fn log_filter<'a>(&'a self, default: &'a str) -> &'a str {
        self.rust_log.as_deref().filter(|filter| !filter.trim().is_empty()).unwrap_or(default)
    }
}

#[cfg(test)]
mod tests;
