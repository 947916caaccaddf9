//! Handles IDs that start with a hyphen and therefore look like options. One in 64 YouTube IDs does.

use std::{collections::HashSet, ffi::OsString};

use clap::Command;

use crate::domain::VideoId;

/// Moves IDs that start with a hyphen to the end, after `--`, so that they are not parsed as options. Option names and
/// values stay in place.
pub(super) fn separate(command: &Command, arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let arguments: Vec<_> = arguments.into_iter().collect();
    if arguments.iter().any(|argument| argument == "--") {
        return arguments;
    }
    let options = Options::of(command);
    let (mut ids, mut others, mut is_value) = (Vec::new(), Vec::new(), false);
    for argument in arguments {
        let text = argument.to_str().unwrap_or_default();
        let is_id = !is_value && looks_like_id(text) && !options.all.contains(text);
        is_value = !is_value && options.with_value.contains(text);
        if is_id { &mut ids } else { &mut others }.push(argument);
    }
    if !ids.is_empty() {
        others.push("--".into());
        others.append(&mut ids);
    }
    others
}

fn looks_like_id(text: &str) -> bool {
    text.starts_with('-') && VideoId::parse(text).is_ok_and(|id| id.could_be_youtube())
}

/// The long options of a command and its subcommands, including the leading hyphens.
#[derive(Default)]
struct Options {
    all: HashSet<String>,
    with_value: HashSet<String>,
}

impl Options {
    fn of(command: &Command) -> Self {
        let mut options = Self::default();
        options.add(command);
        options
    }

    fn add(&mut self, command: &Command) {
        for argument in command.get_arguments() {
            for name in argument.get_long_and_visible_aliases().into_iter().flatten() {
                let name = format!("--{name}");
                if argument.get_action().takes_values() {
                    self.with_value.insert(name.clone());
                }
                self.all.insert(name);
            }
        }
        command.get_subcommands().for_each(|subcommand| self.add(subcommand));
    }
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    fn separated(line: &str) -> String {
        let id = Arg::new("id").num_args(0..);
        let show = Command::new("show").arg(id).arg(Arg::new("dry").long("long-dryr").num_args(0));
        let command = Command::new("program").subcommand(show).arg(Arg::new("url").long("url").global(true));
        let arguments = separate(&command, line.split(' ').map(OsString::from));
        arguments.iter().map(|argument| argument.to_str().expect("text")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ids_that_begin_with_a_hyphen_are_not_read_as_options() {
        for (line, expected) in [
            ("program show -hQ3xYz1234", "program show -- -hQ3xYz1234"),
            ("program show -hQ3xYz1234 --long-dryr", "program show --long-dryr -- -hQ3xYz1234"),
            ("program show a --abcdefghi b", "program show a b -- --abcdefghi"),
            ("program --url -hQ3xYz1234 show", "program --url -hQ3xYz1234 show"),
            ("program show -- -hQ3xYz1234", "program show -- -hQ3xYz1234"),
            ("program show -h - -x --unknown", "program show -h - -x --unknown"),
        ] {
            assert_eq!(separated(line), expected);
        }
    }
}
