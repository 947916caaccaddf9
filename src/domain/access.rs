//! Who a client is and what it may do: the admin, or a named token with scopes.

use std::{borrow::Cow, fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Sha256, clean_line};

/// Maximum length of a token's name, in characters.
const MAX_NAME: usize = 60;

/// Prefix of every secret, so that people and secret scanners recognize secrets.
const PREFIX: &str = "mm_";

/// Number of random bytes in a secret.
const SECRET_BYTES: usize = 32;

/// Who makes a change, as recorded in the history and the audit log: `admin`, `cli`, `token:sound desk` and so on.
pub type Actor = Cow<'static, str>;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read data that is not public, such as the history of a deleted sermon. Every token has this scope.
    Read,
    /// Add sermons, even if visitors cannot, and without the rate limit for visitors.
    Add,
    /// Edit and correct stored sermons, and replace them by adding them again.
    Edit,
    /// Do everything.
    Admin,
}

impl Scope {
    /// Every scope, weakest first.
    pub const ALL: [Self; 4] = [Self::Read, Self::Add, Self::Edit, Self::Admin];

    /// Returns the name used by the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Add => "add",
            Self::Edit => "edit",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error for an unknown scope name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a scope: choose from read, add, edit and admin")]
pub struct UnknownScope(String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let found = Self::ALL.into_iter().find(|scope| scope.name() == text.trim());
        found.ok_or_else(|| UnknownScope(text.chars().take(40).collect()))
    }
}

/// The scopes of a token: at least one, in the order of [`Scope::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Scope>")]
pub struct Scopes(Vec<Scope>);

/// The error for an empty list of scopes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no scopes: choose at least one from read, add, edit and admin")]
pub struct NoScopes;

impl Scopes {
    /// Sorts the scopes and removes duplicates. Fails if there are none.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Result<Self, NoScopes> {
        let mut scopes: Vec<_> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() { Err(NoScopes) } else { Ok(Self(scopes)) }
    }

    /// Returns whether these scopes include `needed`. `admin` includes every scope, and every scope includes `read`.
    pub fn allow(&self, needed: Scope) -> bool {
        needed == Scope::Read || self.0.contains(&needed) || self.0.contains(&Scope::Admin)
    }

    /// Returns the scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl TryFrom<Vec<Scope>> for Scopes {
    type Error = NoScopes;

    fn try_from(scopes: Vec<Scope>) -> Result<Self, NoScopes> {
        Self::new(scopes)
    }
}

impl fmt::Display for Scopes {
    /// Writes the names separated by spaces, as in RFC 6749.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Scope::name).collect();
        f.write_str(&names.join(" "))
    }
}

impl FromStr for Scopes {
    type Err = ScopesError;

    fn from_str(text: &str) -> Result<Self, ScopesError> {
        let names = text.split([' ', ',']).filter(|name| !name.is_empty());
        let scopes: Vec<Scope> = names.map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self::new(scopes)?)
    }
}

/// Why text is not a valid list of scopes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopesError {
    /// A name is not a scope.
    #[error(transparent)]
    Unknown(#[from] UnknownScope),
    /// The list is empty.
    #[error(transparent)]
    Empty(#[from] NoScopes),
}

/// The name of a token: one line of 1 to 60 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TokenName(String);

/// The error for text that is not a [`TokenName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a name for a token: it must have 1 to {MAX_NAME} characters, such as \"sound desk\"")]
pub struct InvalidTokenName;

impl TokenName {
    /// Parses a name. Replaces line breaks and runs of spaces with a single space.
    pub fn parse(text: &str) -> Result<Self, InvalidTokenName> {
        let name = clean_line(text);
        if (1..=MAX_NAME).contains(&name.chars().count()) { Ok(Self(name)) } else { Err(InvalidTokenName) }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TokenName {
    type Err = InvalidTokenName;

    fn from_str(text: &str) -> Result<Self, InvalidTokenName> {
        Self::parse(text)
    }
}

/// The secret of a token. Only its SHA-256 is stored, so the secret is shown only once, when the token is created.
#[derive(Clone)]
pub struct TokenSecret(String);

impl TokenSecret {
    /// Creates a secret from random bytes.
    pub fn from_random(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(format!("{PREFIX}{}", hex::encode(bytes)))
    }

    /// Parses a secret sent by a client. Returns `None` for text that cannot be a secret, such as the admin token.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_secret = digits.len() == 2 * SECRET_BYTES && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_secret.then(|| Self(text.to_owned()))
    }

    /// Returns the SHA-256 of the secret, which is what the database stores.
    pub fn sha256(&self) -> Sha256 {
        Sha256::digest(self.0.as_bytes())
    }

    /// Returns the secret as text, to show it to the person who created the token.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(***)")
    }
}

/// An API token: a name and scopes. The secret is not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiToken {
    /// ID of the token.
    pub id: Uuid,
    /// Name of the token, unique among the tokens that have not been revoked.
    pub name: TokenName,
    /// What the token allows.
    pub scopes: Scopes,
    /// When the token was created.
    pub created_at: DateTime<Utc>,
    /// Who created the token.
    pub created_by: String,
    /// When the token was last used, to the minute, or `None` if it has never been used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When the token was revoked, or `None` if it is valid.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The authenticated identity of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The holder of the admin token.
    Admin,
    /// The holder of a named token.
    Token(Box<ApiToken>),
}

impl Principal {
    /// Returns whether the client has this scope.
    pub fn may(&self, scope: Scope) -> bool {
        match self {
            Self::Admin => true,
            Self::Token(token) => token.scopes.allow(scope),
        }
    }

    /// Returns the name for the history and the audit log: `admin`, or `token:` followed by the name of the token.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Admin => "admin".into(),
            Self::Token(token) => format!("token:{}", token.name).into(),
        }
    }

    /// Returns the ID of the token, or `None` for the admin token.
    pub fn token_id(&self) -> Option<Uuid> {
        match self {
            Self::Admin => None,
            Self::Token(token) => Some(token.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admin_allows_everything_and_the_other_scopes_only_themselves_and_reading() {
        let allowed = |scopes: &str| -> String {
            let scopes: Scopes = scopes.parse().expect("scopes");
            let allowed: Vec<_> =
                Scope::ALL.into_iter().filter(|scope| scopes.allow(*scope)).map(Scope::name).collect();
            allowed.join(" ")
        };
        assert_eq!(allowed("admin"), "read add edit admin");
        assert_eq!(allowed("edit"), "read edit");
        assert_eq!(allowed("add"), "read add");
        assert_eq!(allowed("read"), "read");
    }

    #[test]
    fn scopes_are_sorted_and_an_unknown_one_is_named() {
        let scopes: Scopes = "edit,add edit".parse().expect("scopes");
        assert_eq!((scopes.to_string(), scopes.iter().count()), ("add edit".to_owned(), 2));
        assert_eq!(" , ".parse::<Scopes>(), Err(ScopesError::Empty(NoScopes)));
        let error = "add,root".parse::<Scopes>().expect_err("an unknown scope").to_string();
        assert_eq!(error, "\"root\" is not a scope: choose from read, add, edit and admin");
    }

    #[test]
    fn a_secret_is_recognized_and_never_displayed() {
        let secret = TokenSecret::from_random([7; SECRET_BYTES]);
        assert_eq!(secret.expose().len(), 67);
        assert_eq!(TokenSecret::parse(secret.expose()).map(|parsed| parsed.sha256()), Some(secret.sha256()));
        assert_eq!(format!("{secret:?}"), "TokenSecret(***)");
        for other in ["", "mm_", "mm_0707", "the admin token of the tests", &secret.expose()[1..]] {
            assert!(TokenSecret::parse(other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_name_is_one_line_of_reasonable_length() {
        assert_eq!(TokenName::parse(" sound \n desk ").map(|name| name.to_string()), Ok("sound desk".to_owned()));
        assert!(TokenName::parse(" \n").is_err() && TokenName::parse(&"x".repeat(61)).is_err());
    }
}
