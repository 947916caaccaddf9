//! The churches and their addresses. A church is a name: documents of the system before ours often have nothing else,
//! and the same church's channel has addresses of several forms.

use crate::{
    domain::Sha256,
    store::{
        StoreError,
        sql::{Dialect, sql},
    },
};

/// The most characters of a slug that come from the name.
const SLUG_LENGTH: usize = 60;

/// By what a church of this name is found.
pub(in crate::store) fn church_key(name: &str) -> String {
    Sha256::of(name.as_bytes()).to_string()
}

/// The id of the church of this name, which is noted if it is new. The first of several whose names look alike in an
/// address has the plain one.
pub(super) async fn church_id<D: Dialect>(connection: &mut D::Connection, name: &str) -> Result<i64, StoreError> {
    let key = church_key(name);
    let known = sql::<D>("select id from churches where key = $1").bind(key.as_str());
    if let Some((id,)) = known.fetch_optional::<(i64,)>(connection).await? {
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

/// A name as it stands in an address: letters and digits in lower case, words joined by `-`.
pub(in crate::store) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().filter(|character| !matches!(character, '\'' | '’' | '.')) {
        if character.is_alphanumeric() {
            slug.extend(character.to_lowercase().filter(|lower| lower.is_alphanumeric()));
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.chars().take(SLUG_LENGTH).collect();
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
    fn a_slug_has_nothing_that_an_address_minds() {
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
