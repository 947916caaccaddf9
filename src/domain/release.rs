//! The version of the program.

use std::{fmt, str::FromStr};

/// The version of a release, such as `1.4.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseVersion {
    major: u32,
    minor: u32,
    patch: u32,
}

/// The error for text that is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid version {0:?}: three numbers such as 1.4.0 are expected")]
pub struct InvalidVersion(String);

impl ReleaseVersion {
    /// The version of this program.
    pub const CURRENT: Self = Self {
        major: number(env!("CARGO_PKG_VERSION_MAJOR")),
        minor: number(env!("CARGO_PKG_VERSION_MINOR")),
        patch: number(env!("CARGO_PKG_VERSION_PATCH")),
    };

    /// Creates a version from its three numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }
}

/// Parses a number that Cargo has checked.
const fn number(text: &str) -> u32 {
    match u32::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("Cargo accepts only numbers"),
    }
}

impl FromStr for ReleaseVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let numbers: Option<Vec<u32>> = text.split('.').map(|number| number.parse().ok()).collect();
        match numbers.as_deref() {
            Some([major, minor, patch]) => Ok(Self::new(*major, *minor, *patch)),
            _ => Err(InvalidVersion(text.to_owned())),
        }
    }
}

impl fmt::Display for ReleaseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_their_numbers_and_round_trip() {
        let versions = ["0.0.0", "0.9.10", "0.10.0", "1.0.0", "1.0.2", "2.0.0"];
        let parsed = versions.map(|text| text.parse::<ReleaseVersion>().expect("a version"));
        assert!(parsed.is_sorted());
        assert_eq!(parsed.map(|version| version.to_string()), versions);
        assert_eq!(ReleaseVersion::CURRENT.to_string(), env!("CARGO_PKG_VERSION"));
        for text in ["", "1.0", "1.0.0.0", "1.x.0", "1.0.0-rc1"] {
            assert!(text.parse::<ReleaseVersion>().is_err(), "{text}");
        }
    }
}
