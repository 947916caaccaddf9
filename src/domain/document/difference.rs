//! A human-readable comparison of two versions of a sermon.

use scripture_detector::{Class, Passage, Reference};

use super::{Document, EditableField};

/// The differences between two versions of a sermon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentDifference {
    /// The fields whose values differ.
    pub fields: Vec<FieldDifference>,
    /// References that only the new version has.
    pub added: Vec<String>,
    /// References that cite another passage or have another class in the new version.
    pub changed: Vec<String>,
    /// References that only the old version has.
    pub removed: Vec<String>,
    /// The detector versions that analyzed the old and the new version of the sermon, if they differ.
    pub engine: Option<(String, String)>,
}

/// A field whose values differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDifference {
    /// The field.
    pub field: EditableField,
    /// Value in the old version, or empty if the field has none.
    pub before: String,
    /// Value in the new version, or empty if the field has none.
    pub after: String,
}

impl DocumentDifference {
    /// Compares two versions of a sermon.
    pub fn new(old: &Document, new: &Document) -> Self {
        let mut difference = Self { fields: field_differences(old, new), ..Self::default() };
        let engine = |document: &Document| document.engine.as_ref().map(|engine| engine.version.clone());
        if let (Some(before), Some(after)) = (engine(old), engine(new))
            && before != after
        {
            difference.engine = Some((before, after));
        }
        difference.compare_references(references(old), references(new));
        difference
    }

    /// Returns whether there are no differences.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Compares references by place. References at a place that occurs in only one version were added or removed.
    fn compare_references(&mut self, old: Vec<&Reference>, new: Vec<&Reference>) {
        let place = |reference: &Reference| (reference.start_char, reference.end_char);
        let mut rest = new;
        let mut gone = Vec::new();
        for before in old {
            match rest.iter().position(|after| place(after) == place(before)) {
                Some(index) => {
                    let after = rest.remove(index);
                    if (&after.osis, after.class) != (&before.osis, before.class) {
                        self.changed.push(format!("{} → {}", name(before), name(after)));
                    }
                }
                None => gone.push(before),
            }
        }
        // In another transcript, the same references have other places.
        gone.retain(|before| {
            let moved = rest.iter().position(|after| (&after.osis, after.class) == (&before.osis, before.class));
            moved.map(|index| rest.remove(index)).is_none()
        });
        self.removed = gone.into_iter().map(name).collect();
        self.added = rest.into_iter().map(name).collect();
    }
}

fn field_differences(old: &Document, new: &Document) -> Vec<FieldDifference> {
    let value = |document: &Document, field| document.field(field).unwrap_or_default().to_owned();
    let differences = EditableField::ALL.into_iter().map(|field| FieldDifference {
        field,
        before: value(old, field),
        after: value(new, field),
    });
    differences.filter(|difference| difference.before != difference.after).collect()
}

fn references(document: &Document) -> Vec<&Reference> {
    document.references.iter().flatten().collect()
}

/// Returns the passage in English, with its class unless it is confirmed.
fn name(reference: &Reference) -> String {
    let passage = reference.osis.parse().map_or_else(|_| reference.osis.clone(), Passage::english);
    match reference.class {
        Class::Confirmed => passage,
        Class::Suspect => format!("{passage} (suspect)"),
        Class::Withdrawn => format!("{passage} (withdrawn)"),
        Class::FalsePositive | Class::NotCounted => format!("{passage} (not a reference)"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(title: &str, references: &[(usize, &str, &str, u16, &str)]) -> Document {
        let reference = |&(start, osis, book, chapter, class): &(usize, &str, &str, u16, &str)| {
            json!({"osis": osis, "book": book, "chapter": chapter, "verse": null, "end_chapter": null,
                "end_verse": null, "kind": "explicit", "class": class, "start_seconds": null, "start_char": start,
                "end_char": start + 6, "text": "t", "context": "c", "evidence": [], "repaired": false, "anchor": null})
        };
        let references: Vec<_> = references.iter().map(reference).collect();
        Document::from_legacy("x", json!({"title": title, "references": references})).expect("a document")
    }

    #[test]
    fn references_are_added_changed_and_removed() {
        let old = document(
            "Old",
            &[
                (0, "John.3", "John", 3, "confirmed"),
                (10, "Mark.4", "Mark", 4, "suspect"),
                (20, "Luke.5", "Luke", 5, "confirmed"),
                (30, "Acts.6", "Acts", 6, "confirmed"),
            ],
        );
        let new = document(
            "New",
            &[
                (0, "John.3", "John", 3, "confirmed"),
                (10, "Mark.4", "Mark", 4, "confirmed"),
                (25, "Luke.5", "Luke", 5, "confirmed"),
                (40, "Rom.8", "Romans", 8, "confirmed"),
            ],
        );
        let difference = DocumentDifference::new(&old, &new);
        assert_eq!(difference.changed, ["Mark 4 (suspect) → Mark 4"]);
        assert_eq!((difference.added, difference.removed), (vec!["Romans 8".to_owned()], vec!["Acts 6".to_owned()]));
        let [title] = &difference.fields[..] else { panic!("not one field: {:?}", difference.fields) };
        assert_eq!((title.field, title.before.as_str(), title.after.as_str()), (EditableField::Title, "Old", "New"));
        assert!(DocumentDifference::new(&old, &old).is_empty());
    }
}
