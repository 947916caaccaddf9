//! Expands the arguments of `analyze`: links and files, given individually, in directories, or in a list.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

/// Extensions of caption files. Other files in a directory are skipped.
const EXTENSIONS: [&str; 18] = [
    "ass", "csv", "json", "json3", "lrc", "sami", "sbv", "smi", "srt", "srv1", "srv2", "srv3", "ssa", "tsv", "ttml",
    "txt", "vtt", "xml",
];

/// Maximum depth of directories, so that loops of symlinks end.
const MAX_DEPTH: usize = 16;

/// Returns the links and files that the arguments refer to: first those in the list, then the others in order. A
/// directory is expanded to the caption files under it, sorted by path.
pub(super) fn expand(arguments: &[String], list: Option<&Path>) -> anyhow::Result<Vec<String>> {
    let mut sources = match list {
        Some(list) => read_list(list)?,
        None => Vec::new(),
    };
    for argument in arguments {
        let path = Path::new(argument);
        if path.is_dir() {
            let mut files = Vec::new();
            add_files(path, 0, &mut files)?;
            if files.is_empty() {
                bail!("{argument:?} has no caption files: their names must end in .srt, .vtt, .txt or similar");
            }
            files.sort_unstable();
            sources.extend(files.into_iter().map(|file| file.to_string_lossy().into_owned()));
        } else {
            sources.push(argument.clone());
        }
    }
    Ok(sources)
}

/// Reads a list with a link or file on each line. Empty lines and lines that start with `#` are skipped. `-` is
/// standard input.
fn read_list(list: &Path) -> anyhow::Result<Vec<String>> {
    let text = if list == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("could not read standard input")?;
        text
    } else {
        fs::read_to_string(list).with_context(|| format!("could not read the list {}", list.display()))?
    };
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let sources: Vec<_> = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect();
    if sources.is_empty() {
        bail!("the list {} is empty: write one link or file on each line", list.display());
    }
    Ok(sources)
}

fn add_files(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let could_not_read = || format!("could not read the directory {}", directory.display());
    for entry in fs::read_dir(directory).with_context(could_not_read)? {
        let path = entry.with_context(could_not_read)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_hidden {
            continue;
        }
        if path.is_dir() && depth < MAX_DEPTH {
            add_files(&path, depth + 1, files)?;
        } else if path.is_file() && is_caption_file(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_caption_file(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_stands_for_its_caption_files_and_a_list_for_its_lines() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = |name: &str| directory.path().join(name);
        fs::create_dir_all(path("june/.cache")).expect("directories");
        for name in ["b.SRT", "a.vtt", "june/c.txt", "notes.pdf", ".hidden.srt", "june/.cache/d.srt"] {
            fs::write(path(name), "words").expect("a file");
        }
        let list = path("links.list");
        fs::write(&list, "\u{feff}# June\n\n  https://youtu.be/sErm0n_Tst1 \n").expect("a file");
        let argument = directory.path().to_string_lossy().into_owned();
        let found = expand(&[argument, "sErm0n_Tst2".to_owned()], Some(&list)).expect("sources");
        let names: Vec<_> = found.iter().map(|source| source.rsplit('/').next().unwrap_or_default()).collect();
        assert_eq!(names, ["sErm0n_Tst1", "a.vtt", "b.SRT", "c.txt", "sErm0n_Tst2"]);
    }

    #[test]
    fn a_directory_or_list_without_anything_to_analyze_is_an_error() {
        let directory = tempfile::tempdir().expect("a directory");
        let list = directory.path().join("links");
        fs::write(&list, "# nothing\n").expect("a file");
        let error = |arguments: &[String], list| expand(arguments, list).expect_err("nothing").to_string();
        assert!(error(&[], Some(&list)).contains("is empty"));
        assert!(error(&[directory.path().to_string_lossy().into_owned()], None).contains("no caption files"));
        assert!(error(&[], Some(Path::new("no-such-list"))).contains("no-such-list"));
    }
}
