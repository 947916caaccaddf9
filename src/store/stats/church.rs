//! Churches and their URLs.
//!
//! A church is identified by its name, because legacy documents often have nothing else and a channel's URL can take
//! several forms.

use super::deuterocanon::push_all_time_manna;
use crate::{
    domain::{Canon, Sha256},
    store::{
        Church, StoreError,
        dialect::Dialect,
        sql::{Sql, sql},
    },
};

/// Maximum length of the part of a slug that comes from the name, in characters.
const MAX_SLUG: usize = 60;

/// A church with its ID and all-time statistics.
#[derive(sqlx::FromRow)]
pub(super) struct ChurchRow {
    pub(super) id: i64,
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) sermons: i64,
    pub(super) manna: i64,
}

impl From<ChurchRow> for Church {
    fn from(row: ChurchRow) -> Self {
        Self { slug: row.slug, name: row.name, sermons: row.sermons, manna: row.manna }
    }
}

/// Starts a query for the columns of [`ChurchRow`] from `churches c`. The caller adds the condition that selects the
/// church.
pub(super) fn select_church<D: Dialect>(canon: Canon) -> Sql<D> {
    let mut query = sql::<D>("select c.id, c.slug, c.name, coalesce(p.sermons, 0) as sermons, coalesce(p.manna, 0) + ");
    push_all_time_manna(&mut query, canon, "c.id");
    query.push(
        " as manna
        from churches c
        left join period_stats p on p.church_id = c.id and p.period = 0",
    );
    query
}

/// Returns the key that identifies a church.
pub(in crate::store) fn church_key(name: &str) -> String {
    Sha256::digest(name.as_bytes()).to_string()
}

/// Returns the ID of the church with this name, creating the church if it is new.
/// If another church has the same slug, the new church gets a suffix.
pub(super) async fn church_id<D: Dialect>(connection: &mut D::Connection, name: &str) -> Result<i64, StoreError> {
    let key = church_key(name);
    let existing = sql::<D>("select id from churches where key = $1").bind(key.as_str());
    if let Some((id,)) = existing.fetch_optional::<(i64,)>(connection).await? {
        return Ok(id);
    }
    let plain = slug(name);
    let (taken,) = sql::<D>("select count(*) from churches where slug = $1")
        .bind(plain.as_str())
        .fetch_one::<(i64,)>(connection)
        .await?;
    let slug = if taken == 0 { plain } else { format!("{plain}-{}", &key[..12]) };
    let (id,) = sql::<D>("insert into churches (key, slug, name) values ($1, $2, $3) returning id")
        .bind(key.as_str())
        .bind(slug.as_str())
        .bind(name)
        .fetch_one::<(i64,)>(connection)
        .await?;
    Ok(id)
}

/// Converts a name to its form in a URL: lowercase letters and digits, with `-` between words.
pub(in crate::store) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().filter(|character| !matches!(character, '\'' | '’' | '.')) {
        if character.is_alphanumeric() {
            slug.extend(character.to_lowercase().filter(|lower| lower.is_alphanumeric()));
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.chars().take(MAX_SLUG).collect();
    match slug.trim_end_matches('-') {
        "" if name.trim().is_empty() => "unnamed".to_owned(),
        "" => "church".to_owned(),
        slug => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_needs_no_escaping_in_a_url() {
        for (name, expected) in [
            ("Grace Church", "grace-church"),
            ("  St. Mary's & All — Saints!! ", "st-marys-all-saints"),
            ("Église de Pâques", "église-de-pâques"),
            ("여의도 순복음교회", "여의도-순복음교회"),
            ("", "unnamed"),
            ("🙏", "church"),
            ("../../etc/passwd", "etc-passwd"),
            ("<script>alert(1)</script>", "script-alert-1-script"),
        ] {
            assert_eq!(slug(name), expected, "{name:?}");
        }
        assert_eq!(slug(&"long ".repeat(50)).chars().count(), 59);
    }
}
