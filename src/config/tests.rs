//! Tests of the settings.

use clap::Parser;

use super::*;

#[derive(Debug, Parser)]
struct Program {
    #[command(flatten)]
    settings: Settings,
}

fn settings(arguments: &[&str]) -> Settings {
    let arguments = std::iter::once("mannameter").chain(arguments.iter().copied());
    Program::try_parse_from(arguments).expect("valid arguments").settings
}

#[test]
fn the_default_database_is_sqlite_in_the_data_directory() {
    let settings = settings(&["--data-dir", "/x", "--database-url", " "]);
    assert_eq!(settings.database_url().expose_secret(), "sqlite:///x/instance/mannameter.db");
    assert!(!settings.has_database_url());
}

#[test]
fn the_address_to_listen_on_may_be_a_name_or_in_brackets() {
    for (host, expected) in [("localhost", "127.0.0.1"), ("[::1]", "::1"), ("::", "::"), ("0.0.0.0", "0.0.0.0")] {
        assert_eq!(settings(&["--host", host]).host.to_string(), expected, "{host}");
    }
    assert!(Program::try_parse_from(["mannameter", "--host", "no such host"]).is_err());
}

#[test]
fn the_former_name_of_the_data_directory_still_works_but_the_new_one_wins() {
    assert_eq!(settings(&["--persistent-disk-path", "/old"]).data_dir(), PathBuf::from("/old"));
    assert_eq!(settings(&["--persistent-disk-path", "/old", "--data-dir", "/new"]).data_dir(), PathBuf::from("/new"));
}

#[test]
fn a_file_name_in_the_form_of_sqlalchemy_means_the_previous_systems_file() {
    for (url, opened) in [
        ("sqlite:///mannameter.db", "sqlite:///x/instance/mannameter.db"),
        ("sqlite:///sermons.db", "sqlite:///x/instance/sermons.db"),
        ("sqlite:////srv/mannameter.db", "sqlite:////srv/mannameter.db"),
        ("sqlite:///srv/mannameter.db", "sqlite:///srv/mannameter.db"),
        ("sqlite://mannameter.db", "sqlite://mannameter.db"),
    ] {
        let settings = settings(&["--data-dir", "/x", "--database-url", url]);
        assert_eq!(settings.database_url().expose_secret(), opened, "{url}");
    }
}

#[test]
fn the_base_path_is_that_of_the_public_url_unless_it_is_set() {
    let below = |arguments: &[&str]| {
        let settings = settings(arguments);
        (settings.public_origin().unwrap_or_default(), settings.base_path())
    };
    let expected = |origin: &str, base: &str| (origin.to_owned(), base.to_owned());
    assert_eq!(below(&["--public-url", "https://Manna.example:443/"]), expected("https://manna.example", ""));
    assert_eq!(below(&["--public-url", "https://x.example/manna/"]), expected("https://x.example", "/manna"));
    assert_eq!(below(&["--base-path", "/a/b/"]), expected("", "/a/b"));
    for wrong in ["manna", "/ma nna", "/../x", "//x", "/m?x"] {
        assert!(Program::try_parse_from(["mannameter", "--base-path", wrong]).is_err(), "{wrong}");
    }
    for wrong in ["manna.example", "ftp://manna.example", "https://u:p@manna.example", "https://m.example/?q"] {
        assert!(Program::try_parse_from(["mannameter", "--public-url", wrong]).is_err(), "{wrong}");
    }
}

#[test]
fn the_previous_systems_files_are_found_and_belong_to_the_settings_that_it_had() {
    let files = |arguments: &[&str]| {
        let (configured, others) = settings(arguments).old_database_files();
        [configured, others].map(|files| files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>())
    };
    assert_eq!(files(&[]), [vec!["data/mannameter.db", "instance/mannameter.db"], vec![]]);
    assert_eq!(files(&["--persistent-disk-path", "/x"]), [vec!["/x/mannameter.db"], vec![]]);
    assert_eq!(
        files(&["--data-dir", "/x", "--database-url", "sqlite:///mannameter.db"]),
        [vec!["/x/mannameter.db"], vec![]]
    );
    assert_eq!(
        files(&["--data-dir", "/x", "--database-url", "postgres://h/d"]),
        [vec![], vec!["/x/instance/mannameter.db", "/x/mannameter.db"]]
    );
    assert_eq!(
        files(&["--data-dir", "/x", "--database-url", "sqlite:///x/mannameter.db"]),
        [vec![], vec!["/x/instance/mannameter.db"]]
    );
}

#[test]
fn secrets_are_redacted_in_debug_output() {
    let settings = settings(&[
        "--admin-token",
        "hush",
        "--database-url",
        "postgres://u:hush@h/d",
        "--proxy-list",
        "http://u:hush@p:1,",
    ]);
    assert!(!format!("{settings:?}").contains("hush"));
    assert!(settings.proxy_list().is_some());
}

#[test]
fn the_canon_is_protestant_unless_another_one_is_named() {
    assert_eq!(settings(&[]).canon, Canon::Protestant);
    assert_eq!(settings(&["--canon", "orthodox"]).canon, Canon::Orthodox);
    let error = Program::try_parse_from(["mannameter", "--canon", "anglican"]).expect_err("no such canon").to_string();
    assert!(error.contains("protestant, catholic, orthodox"), "{error}");
}
