//! The language of a sermon. A sermon in a language other than English is analyzed but not measured.

use scripture_detector::language::english_name;
use serde::{Deserialize, Serialize};

use super::Document;

/// The code of the warning that makes a sermon unmeasured.
pub(super) const NOT_ENGLISH: &str = "not_english";

/// The code of the warning about a sermon that is partly in another language.
const MIXED_LANGUAGES: &str = "mixed_languages";

/// A warning about the transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentWarning {
    /// The kind of warning, such as `not_english`.
    pub code: String,
    /// Human-readable explanation, such as `not measured: this is Portuguese`.
    #[serde(default)]
    pub detail: String,
}

impl Document {
    /// Returns the language (BCP 47) of a sermon that is not in English, or `None` if the sermon is measured.
    ///
    /// The detector understands only English, so references in such a document are coincidental. The numbers of such a
    /// document are not shown, and the statistics do not include them.
    pub fn unmeasured_language(&self) -> Option<&str> {
        let is_unmeasured = self.warnings.iter().any(|warning| warning.code == NOT_ENGLISH);
        is_unmeasured.then(|| self.language.as_deref().unwrap_or("und"))
    }

    /// Returns the text to show instead of numbers, such as `not measured: this is Portuguese`.
    pub fn not_measured(&self) -> Option<String> {
        self.unmeasured_language().map(not_measured)
    }

    /// Returns the warnings that are shown along with the numbers of a sermon.
    pub fn notes(&self) -> impl Iterator<Item = &DocumentWarning> {
        self.warnings.iter().filter(|warning| warning.code != NOT_ENGLISH)
    }

    /// Returns the text of the warning that parts of the sermon are in another language.
    pub fn mixed_languages(&self) -> Option<&str> {
        self.warnings.iter().find(|warning| warning.code == MIXED_LANGUAGES).map(|warning| warning.detail.as_str())
    }

    /// Sets the detected language. Keeps a more specific tag for the same language, such as `en-GB`.
    pub(super) fn set_language(&mut self, detected: &str) {
        let primary = self.language.as_deref().and_then(|tag| tag.split(['-', '_']).next());
        if primary != Some(detected) {
            self.language = Some(detected.to_owned());
        }
    }
}

/// Returns the text to show instead of numbers for a sermon in this language (BCP 47).
pub fn not_measured(language: &str) -> String {
    match english_name(language) {
        Some(name) => format!("not measured: this is {name}"),
        None => "not measured: this is not English".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::VideoId;

    #[test]
    fn a_more_precise_tag_of_the_detected_language_stays() {
        for (stated, detected, expected) in
            [(None, "pt", "pt"), (Some("pt-BR"), "pt", "pt-BR"), (Some("en"), "pt", "pt"), (Some("de"), "en", "en")]
        {
            let mut document = Document::empty(VideoId::parse("x").expect("an id"));
            document.language = stated.map(str::to_owned);
            document.set_language(detected);
            assert_eq!(document.language.as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_language_has_its_english_name() {
        assert_eq!(not_measured("pt-BR"), "not measured: this is Portuguese");
        assert_eq!(not_measured("zh"), "not measured: this is Chinese");
        assert_eq!(not_measured("und"), "not measured: this is not English");
    }
}
