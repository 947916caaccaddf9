//! Every setting, documented once: `mannameter --help` is the reference.
//!
//! Each is a flag and an environment variable of the same name. Nothing else reads the environment.

use std::{fmt, net::IpAddr, path::PathBuf};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};

use crate::safety::OffsiteSettings;

/// The settings of the server and of every command.
#[derive(Debug, Clone, Args)]
#[expect(clippy::doc_markdown, reason = "the doc comments of the fields are what --help prints")]
#[command(next_help_heading = "Settings (flags, or environment variables)")]
pub struct Settings {
    /// Where everything is kept: postgres://user:password@host/name or sqlite://path; unset: SQLite under the data directory
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true, value_name = "URL")]
    database_url: Option<Secret>,

    /// Directory of the export files, the backups and the SQLite database
    #[arg(long, env = "DATA_DIR", global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Older name of DATA_DIR, with SQLite
    #[arg(long, env = "PERSISTENT_DISK_PATH", global = true, hide = true, value_name = "DIR")]
    persistent_disk_path: Option<PathBuf>,

    /// Address to listen on; 0.0.0.0 is every network of this machine
    #[arg(long, env = "HOST", default_value = "127.0.0.1", global = true, value_name = "ADDRESS")]
    pub host: IpAddr,

    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "PORT", default_value_t = 5000, global = true, value_name = "NUMBER")]
    pub port: u16,

    /// Opens the admin routes; unset: one is made, kept in the data directory and printed once
    #[arg(long, env = "ADMIN_TOKEN", hide_env_values = true, global = true, value_name = "TOKEN")]
    admin_token: Option<Secret>,

    /// Who may add a sermon
    #[arg(long, env = "SUBMISSIONS", default_value = "open", global = true, value_name = "WHO")]
    pub submissions: Submissions,

    /// Proxies in front of us that append to X-Forwarded-For, so that rate limits go by the visitor's address
    #[arg(long, env = "TRUSTED_PROXIES", default_value_t = 0, global = true, value_name = "NUMBER")]
    pub trusted_proxies: u8,

    /// Sermons that one address may add in a minute, when anybody may
    #[arg(long, env = "SUBMISSIONS_PER_MINUTE", default_value_t = 300, global = true, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub submissions_per_minute: u32,

    /// Sermons that this process analyzes at the same time
    #[arg(long, env = "WORKERS", default_value_t = 2, global = true, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(0..=64))]
    pub workers: u8,

    /// Hours between two backups that the server makes by itself; 0: never
    #[arg(long, env = "BACKUP_EVERY_HOURS", default_value_t = 24, global = true, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(0..=8760))]
    backup_every_hours: u16,

    /// Hours between two drills, which restore the newest backup into a scratch database; 0: never
    #[arg(long, env = "DRILL_EVERY_HOURS", default_value_t = 168, global = true, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(0..=8760))]
    drill_every_hours: u16,

    /// Hours between two readings of every backup to its end; 0: never
    #[arg(long, env = "SCRUB_EVERY_HOURS", default_value_t = 720, global = true, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(0..=8760))]
    scrub_every_hours: u16,

    /// Hours between two cleanups, which remove backups that may go by the rules of retention; 0: never, nothing is removed unless asked
    #[arg(long, env = "CLEANUP_EVERY_HOURS", default_value_t = 0, global = true, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(0..=8760))]
    cleanup_every_hours: u16,

    /// Minutes between two looks at whether the database holds what was written
    #[arg(long, env = "CHECK_EVERY_MINUTES", default_value_t = 5, global = true, value_name = "MINUTES", value_parser = clap::value_parser!(u16).range(1..=1440))]
    pub check_every_minutes: u16,

    /// Fill a new database, one that was never written to, from the export and the backups beside it when the server starts
    #[arg(long, env = "SEED_FROM_BACKUP", global = true)]
    pub seed_from_backup: bool,

    /// Every request to YouTube goes below this address
    #[arg(
        long,
        env = "YOUTUBE_BASE_URL",
        default_value = "https://www.youtube.com",
        global = true,
        value_name = "URL"
    )]
    pub youtube_base_url: String,

    /// The clients that we speak to YouTube as, in order; unset: those that are known to work
    #[arg(long, env = "YOUTUBE_CLIENTS", global = true, value_name = "LIST", value_parser = NonEmptyStringValueParser::new())]
    youtube_clients: Option<String>,

    /// Key of the YouTube Data API, for titles that YouTube itself does not tell
    #[arg(long, env = "YOUTUBE_API_KEY", hide_env_values = true, global = true, value_name = "KEY")]
    youtube_api_key: Option<Secret>,

    /// Proxy that leaves by another address with each connection: http://user:password@host:port
    #[arg(long, env = "ROTATING_PROXY", hide_env_values = true, global = true, value_name = "URL")]
    rotating_proxy: Option<Secret>,

    /// Proxies to take in turn, separated by commas
    #[arg(long, env = "PROXY_LIST", hide_env_values = true, global = true, value_name = "URLS")]
    proxy_list: Option<Secret>,

    /// Channels (UC...) that are churches whatever they say of themselves, separated by commas
    #[arg(long, env = "CHURCH_CHANNELS", global = true, value_name = "IDS", value_delimiter = ',')]
    pub church_channels: Vec<String>,

    /// Where verified backups are copied to: s3://bucket/prefix; unset: nowhere
    #[arg(long, env = "BACKUP_STORE_URL", global = true, value_name = "URL")]
    backup_store_url: Option<String>,

    /// Address of a store that speaks S3 and is not Amazon's, such as `https://s3.example.org`
    #[arg(long, env = "BACKUP_STORE_ENDPOINT", global = true, value_name = "URL")]
    backup_store_endpoint: Option<String>,

    /// Region of the bucket of BACKUP_STORE_URL
    #[arg(long, env = "AWS_REGION", default_value = "us-east-1", global = true, value_name = "NAME")]
    aws_region: String,

    /// Name of the key to BACKUP_STORE_URL
    #[arg(long, env = "AWS_ACCESS_KEY_ID", hide_env_values = true, global = true, value_name = "ID")]
    aws_access_key_id: Option<Secret>,

    /// The key to BACKUP_STORE_URL
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true, global = true, value_name = "KEY")]
    aws_secret_access_key: Option<Secret>,

    /// Form of the log on standard error
    #[arg(long, env = "LOG_FORMAT", default_value = "text", global = true, value_name = "FORM")]
    pub log_format: LogFormat,

    /// What is logged, as in RUST_LOG of the Rust world: `info`, `mannameter=debug,sqlx=warn` ...
    #[arg(long, env = "RUST_LOG", global = true, value_name = "FILTER")]
    rust_log: Option<String>,
}

/// Who may add a sermon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Submissions {
    /// Anybody, rate-limited.
    Open,
    /// Only with the admin token.
    Admin,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A setting that must never be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for the place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A variable that is set to nothing counts as not set, as hosting panels leave them.
fn set(secret: Option<&Secret>) -> Option<&Secret> {
    secret.filter(|secret| !secret.0.trim().is_empty())
}

impl Settings {
    /// The directory of the export files, the backups and the SQLite database.
    pub fn data_dir(&self) -> PathBuf {
        let given = [&self.data_dir, &self.persistent_disk_path];
        given
            .into_iter()
            .flatten()
            .find(|path| !path.as_os_str().is_empty())
            .cloned()
            .unwrap_or_else(|| PathBuf::from("data"))
    }

    /// The database: as given, or SQLite under the data directory.
    pub fn database_url(&self) -> Secret {
        set(self.database_url.as_ref()).cloned().unwrap_or_else(|| {
            let path = self.data_dir().join("instance").join("mannameter.db");
            Secret(format!("sqlite://{}", path.display()))
        })
    }

    /// The second place for backups, if one is named.
    pub fn offsite(&self) -> Option<OffsiteSettings> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.0.clone()).unwrap_or_default();
        Some(OffsiteSettings {
            url: given(&self.backup_store_url)?,
            endpoint: given(&self.backup_store_endpoint),
            region: self.aws_region.clone(),
            key_id: secret(&self.aws_access_key_id),
            secret: secret(&self.aws_secret_access_key),
        })
    }

    /// Whether the database was named, so that SQLite under the data directory is not meant.
    pub fn database_is_given(&self) -> bool {
        set(self.database_url.as_ref()).is_some()
    }

    /// Hours between two backups, drills, readings of every backup, and cleanups; none is never.
    pub fn maintenance_hours(&self) -> [Option<u16>; 4] {
        let hours = [self.backup_every_hours, self.drill_every_hours, self.scrub_every_hours, self.cleanup_every_hours];
        hours.map(|hours| (hours > 0).then_some(hours))
    }

    /// The admin token, if one was given.
    pub fn admin_token(&self) -> Option<&Secret> {
        set(self.admin_token.as_ref())
    }

    /// The list of YouTube clients, if one was given.
    pub fn youtube_clients(&self) -> Option<&str> {
        self.youtube_clients.as_deref()
    }

    /// The key of the YouTube Data API, if one was given.
    pub fn youtube_api_key(&self) -> Option<&Secret> {
        set(self.youtube_api_key.as_ref())
    }

    /// The rotating proxy, if one was given.
    pub fn rotating_proxy(&self) -> Option<&Secret> {
        set(self.rotating_proxy.as_ref())
    }

    /// The proxies to take in turn, if some were given.
    pub fn proxy_list(&self) -> Option<&Secret> {
        set(self.proxy_list.as_ref())
    }

    /// What is logged; a server tells more than a command.
    pub fn log_filter(&self, serving: bool) -> &str {
        match self.rust_log.as_deref() {
            Some(filter) if !filter.trim().is_empty() => filter,
            _ if serving => "info,sqlx=warn,hyper=warn",
            _ => "warn",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        settings: Settings,
    }

    fn settings(arguments: &[&str]) -> Settings {
        let arguments = std::iter::once("mannameter").chain(arguments.iter().copied());
        Program::try_parse_from(arguments).expect("valid arguments").settings
    }

    #[test]
    fn without_a_database_url_it_is_sqlite_under_the_data_directory() {
        let settings = settings(&["--data-dir", "/x", "--database-url", " "]);
        assert_eq!(settings.database_url().expose(), "sqlite:///x/instance/mannameter.db");
        assert!(!settings.database_is_given());
    }

    #[test]
    fn the_older_name_of_the_data_directory_still_works_and_the_newer_wins() {
        assert_eq!(settings(&["--persistent-disk-path", "/old"]).data_dir(), PathBuf::from("/old"));
        assert_eq!(
            settings(&["--persistent-disk-path", "/old", "--data-dir", "/new"]).data_dir(),
            PathBuf::from("/new")
        );
    }

    #[test]
    fn secrets_are_not_shown_when_settings_are_printed() {
        let settings = settings(&[
            "--admin-token",
            "hush",
            "--database-url",
            "postgres://u:hush@h/d",
            "--proxy-list",
            "http://u:hush@p:1,",
        ]);
        assert!(!format!("{settings:?}").contains("hush"));
        assert!(settings.proxy_list().is_some());
    }
}
