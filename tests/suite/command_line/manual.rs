//! Shell completions, man pages, and the health check for containers.

use std::fs;

use super::data_dir;
use crate::support::program::{Server, failed, mannameter, run, succeeded};

#[test]
fn completions_and_man_pages_cover_every_command_and_create_no_database() {
    let data = data_dir();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = succeeded(&run(data.path(), &["completions", shell]));
        assert!(script.contains("reanalyze") && script.contains("speaker"), "{shell}");
    }
    let pages = data.path().join("man");
    succeeded(&run(data.path(), &["man", "--out", pages.to_str().expect("UTF-8")]));
    let page = |name: &str| fs::read_to_string(pages.join(name)).expect(name);
    assert!(page("mannameter.1").contains("reanalyze"));
    assert!(page("mannameter-backup-restore.1").contains("restore"));
    assert!(!data.path().join("instance").exists());
}

#[test]
fn the_health_check_succeeds_only_while_the_server_runs() {
    let data = data_dir();
    let server = Server::start(mannameter(data.path()));
    let port = server.base.rsplit(':').next().expect("a port").to_owned();
    let health = || run(data.path(), &["health", "--host", "0.0.0.0", "--port", &port]);
    assert!(succeeded(&health()).contains("/healthz responds"));
    let below_a_path = run(data.path(), &["health", "--port", &port, "--base-path", "/absent"]);
    assert!(failed(&below_a_path).contains("instead of 200"));
    server.terminate();
    assert!(failed(&health()).contains("no server responds on 127.0.0.1:"));
}
