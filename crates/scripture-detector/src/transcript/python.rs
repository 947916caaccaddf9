//! The output of Python's `print`: `[{'text': 'Romans 8', 'start': 1.0}]` and
//! `[FetchedTranscriptSnippet(text="Romans 8", start=1.0)]`. It is rewritten as JSON.

/// Returns whether text starts like the output of Python.
pub(super) fn looks_like_python(text: &str) -> bool {
    let inner = text.trim_start_matches(|letter: char| letter.is_whitespace() || matches!(letter, '[' | '('));
    if let Some(rest) = inner.strip_prefix('{') {
        return rest.trim_start().starts_with('\'');
    }
    let is_nested = inner.len() + 1 < text.len();
    let name = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let starts_class = inner.starts_with(|letter: char| letter.is_ascii_uppercase());
    let argument = inner[name..].strip_prefix('(').map(|rest| rest.split('=').next().unwrap_or_default());
    let is_call = argument.is_some_and(|argument| {
        !argument.is_empty() && argument.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    let is_tuple_of_objects = text.starts_with('(') && inner.starts_with('{');
    (starts_class && is_call) || (is_nested && is_list_of_text(text)) || is_tuple_of_objects
}

/// Returns the value in an assignment such as `transcript = [{'text': ...}]`.
pub(super) fn assigned_value(text: &str) -> Option<&str> {
    let name = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let value = text[name..].trim_start().strip_prefix('=')?.trim_start();
    (name > 0 && value.starts_with(['[', '{', '('])).then(|| value.trim_end_matches([';', '\n', ' ']))
}

/// Returns whether text starts with a nested list, or with a list whose first item is a number followed by text.
fn is_list_of_text(text: &str) -> bool {
    let inner = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '[');
    let depth = text[..text.len() - inner.len()].matches('[').count();
    let is_tuple = inner.starts_with('(') && depth > 0;
    let first = inner.trim_start_matches('(').trim_start();
    (depth > 1 || is_tuple) && first.starts_with(|letter: char| letter == '\'' || letter.is_ascii_digit())
}

/// Rewrites a value as JSON. Returns `None` if it contains something that is not a value.
pub(super) fn to_json(text: &str) -> Option<String> {
    let mut json = String::with_capacity(text.len() + text.len() / 8);
    // The JSON closing bracket of each bracket that is open.
    let mut open = Vec::new();
    let mut rest = text.trim();
    while let Some(letter) = rest.chars().next() {
        match letter {
            '\'' | '"' => rest = push_string(&mut json, rest)?,
            '[' | '{' => {
                json.push(letter);
                open.push(if letter == '[' { ']' } else { '}' });
                rest = &rest[1..];
            }
            '(' => {
                json.push('[');
                open.push(']');
                rest = &rest[1..];
            }
            ']' | '}' | ')' => {
                // Python allows a comma after the last item.
                while json.ends_with([',', ' ', '\n']) {
                    json.pop();
                }
                json.push(open.pop()?);
                rest = &rest[1..];
            }
            _ if letter.is_alphabetic() || letter == '_' => {
                let length = rest
                    .find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '.')))
                    .unwrap_or(rest.len());
                let (name, after) = rest.split_at(length);
                rest = after;
                match (name, after.chars().next()) {
                    ("u" | "r" | "b", Some('\'' | '"')) => {}
                    ("None" | "nan", _) => json.push_str("null"),
                    ("True", _) => json.push_str("true"),
                    ("False", _) => json.push_str("false"),
                    (name, Some('=')) => {
                        json.push('"');
                        json.push_str(name);
                        json.push_str("\":");
                        rest = &after[1..];
                    }
                    (_, Some('(')) => {
                        let is_object =
                            after[1..].trim_start().find(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
                        let is_object =
                            is_object.is_some_and(|at| at > 0 && after[1..].trim_start()[at..].starts_with('='));
                        json.push(if is_object { '{' } else { '[' });
                        open.push(if is_object { '}' } else { ']' });
                        rest = &after[1..];
                    }
                    _ => return None,
                }
            }
            _ => {
                json.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    open.is_empty().then_some(json)
}

/// Appends the string at the start of the text, and returns the rest.
fn push_string<'a>(json: &mut String, text: &'a str) -> Option<&'a str> {
    let quote = text.chars().next()?;
    let mut content = String::new();
    let mut letters = text[1..].char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next()?.1 {
                'n' | 't' | 'r' | '\n' => content.push(' '),
                kind @ ('x' | 'u' | 'U') => {
                    let length = match kind {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let digits: String = letters.by_ref().take(length).map(|(_, digit)| digit).collect();
                    content.push(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
                }
                other => content.push(other),
            },
            letter if letter == quote => {
                json.push_str(&serde_json::to_string(&content).ok()?);
                return Some(&text[1 + at + 1..]);
            }
            letter => content.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_python_are_rewritten_as_json() {
        let cases = [
            (
                r#"[{'text': "it's", 'start': 1.0, 'ok': True, 'none': None,}]"#,
                r#"[{"text": "it's", "start": 1.0, "ok": true, "none": null}]"#,
            ),
            (r"[Snippet(text='a \'b\' \u00e9\n', start=1.0), ]", r#"[{"text":"a 'b' é ", "start":1.0}]"#),
            ("[(1.0, 2.0, 'a'), (np.float64(2.5), 3.0, u'b')]", r#"[[1.0, 2.0, "a"], [[2.5], 3.0, "b"]]"#),
        ];
        for (python, json) in cases {
            assert!(looks_like_python(python), "{python}");
            assert_eq!(to_json(python).as_deref(), Some(json));
        }
        for broken in ["[{'a': b}]", "[{'a': 'b}]", "[{'a': 1}", "{'a': 1}}"] {
            assert_eq!(to_json(broken), None, "{broken}");
        }
        for text in ["[Music] (amen)", "(Pastor John) hello", "['amen']", "[1] In the beginning", "Romans (chapter 8)"]
        {
            assert!(!looks_like_python(text), "{text}");
        }
    }
}
