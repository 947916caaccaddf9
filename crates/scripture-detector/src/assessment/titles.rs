//! The titles that books have in church and in the King James Version.

use super::NameInContext;

/// Returns whether an author completes the title: "the Revelation of Saint John", "the Lamentations of Jeremiah".
pub(super) fn is_title_with_author(name: &NameInContext<'_>) -> bool {
    let author: &[&str] = match name.entry.words {
        "revelation" | "revelations" | "apocalypse" => &["john"],
        "lamentations" => &["jeremiah"],
        "proverbs" => &["solomon"],
        _ => return false,
    };
    let at = 1 + (1..3).take_while(|&index| name.after_is(index, &["st", "saint", "the", "apostle"])).count();
    name.after_is(0, &["of", "to"]) && at < name.after.len() && name.after_is(at, author)
}

/// Returns whether the name is "the Revelations" as a place to read: "I read it in the Revelations".
pub(super) fn is_the_revelation(name: &NameInContext<'_>) -> bool {
    let titled = name.capitalized && name.text_has_capitals && name.is(&["revelation", "revelations"]);
    titled
        && name.before_is(0, &["the"])
        && name.before_is(1, &["in", "from", "of", "to", "read"])
        && (name.is(&["revelations"]) || !name.after_is(0, &["of"]) || name.after_is(1, &["john", "saint", "st"]))
}
