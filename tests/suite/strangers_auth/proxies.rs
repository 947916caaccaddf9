//! Tests behind proxies that rewrite the host, and with a base path.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use mannameter::http::HttpSettings;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    http::admin::request,
    support::{
        app::{TOKEN, TestApp, TestSettings},
        instance::Instance,
        program::{CurlResponse, Server},
    },
};

/// Sends the login form like a browser without TLS: with `Origin` and without `Sec-Fetch-Site`.
const FORM: [&str; 4] = ["--data", "token=the-admin-token-of-the-tests&next=/audit", "-H", "accept: text/html"];

/// A running nginx. Stopped when dropped.
struct Nginx {
    master: Child,
    base: String,
    _dir: TempDir,
}

impl Nginx {
    /// Starts nginx with this location block in front of a server.
    fn start(server: &Server, location: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("readable for the workers");
        let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port();
        let location = location.replace("UPSTREAM", &server.base);
        let config = format!(
            "daemon off; worker_processes 1; pid {dir}/pid; error_log stderr warn; events {{ worker_connections 64; }}
            http {{ access_log off; client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
            uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
            server {{ listen 127.0.0.1:{port}; {location} }} }}",
            dir = dir.path().display()
        );
        let file = dir.path().join("nginx.conf");
        fs::write(&file, config).expect("a configuration");
        let master = Command::new(nginx()).arg("-c").arg(&file).stdin(Stdio::null()).spawn().expect("nginx runs");
        let nginx = Self { master, base: format!("http://127.0.0.1:{port}"), _dir: dir };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return nginx;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("nginx does not listen")
    }

    fn curl(&self, path: &str, arguments: &[&str]) -> CurlResponse {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "20", "--include"])
            .args(arguments)
            .arg(format!("{}{path}", self.base))
            .output()
            .expect("curl runs");
        assert!(output.status.success(), "curl {path}: {}", String::from_utf8_lossy(&output.stderr));
        CurlResponse::parse(&output.stdout)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Send SIGTERM, so that the master process stops its workers.
        let _ = Command::new("kill").arg(self.master.id().to_string()).status();
        let _ = self.master.wait();
    }
}

fn nginx() -> &'static Path {
    let candidates = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"].map(Path::new);
    candidates
        .into_iter()
        .find(|path| path.exists())
        .expect("nginx must be installed for this test; on Debian: apt install nginx-light")
}

fn serve(settings: &[(&str, &str)]) -> (Instance, Server) {
    let instance = Instance::new();
    let mut command = instance.server();
    command.envs(settings.iter().copied());
    let server = Server::start(command);
    (instance, server)
}

#[test]
fn behind_an_nginx_that_rewrites_the_host_a_form_works_once_it_is_configured() {
    // nginx sends the upstream's address as `Host` unless configured otherwise.
    let plain = "location / { proxy_pass UPSTREAM; }";
    let (_instance, server) = serve(&[]);
    let nginx = Nginx::start(&server, plain);
    let origin = format!("origin: {}", nginx.base);
    let refused = nginx.curl("/login", &[&FORM[..], &["-H", &origin]].concat());
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(refused.text().contains(&format!("PUBLIC_URL={}", nginx.base)), "{}", refused.text());
    assert!(refused.text().contains("X-Forwarded-Host"), "{}", refused.text());
    let evil = nginx.curl("/login", &[&FORM[..], &["-H", "origin: https://evil.example"]].concat());
    assert_eq!(evil.status, 403);
    drop((nginx, server));

    let (_instance, server) = serve(&[("TRUSTED_PROXIES", "1")]);
    let forwarding = "location / { proxy_pass UPSTREAM; proxy_set_header X-Forwarded-Host $http_host; \
         proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }";
    let nginx = Nginx::start(&server, forwarding);
    let origin = format!("origin: {}", nginx.base);
    let accepted = nginx.curl("/login", &[&FORM[..], &["-H", &origin]].concat());
    assert_eq!((accepted.status, accepted.header("location")), (303, Some("/audit")), "{}", accepted.text());
    let evil = nginx.curl("/login", &[&FORM[..], &["-H", "origin: https://evil.example"]].concat());
    assert_eq!(evil.status, 403);
    drop((nginx, server));

    let (_instance, server) = serve(&[("PUBLIC_URL", "https://manna.example")]);
    let nginx = Nginx::start(&server, plain);
    let accepted = nginx.curl("/login", &[&FORM[..], &["-H", "origin: https://manna.example"]].concat());
    assert_eq!(accepted.status, 303, "{}", accepted.text());
    assert!(accepted.header("set-cookie").is_some_and(|cookie| cookie.contains("Secure")), "{}", accepted.head);
}

#[test]
fn below_a_path_every_link_and_redirect_has_it_whether_or_not_the_proxy_strips_it() {
    let (_instance, server) = serve(&[("BASE_PATH", "/manna/")]);
    let base = server.base.strip_suffix("/manna").expect("it prints the path").to_owned();
    assert!(base.starts_with("http://127.0.0.1:"), "{base}");
    for (passed, location) in
        [(true, "location /manna/ { proxy_pass ROOT; }"), (false, "location /manna/ { proxy_pass ROOT/; }")]
    {
        let nginx = Nginx::start(&server, &location.replace("ROOT", &base));
        let page = nginx.curl("/manna/", &["-H", "accept: text/html"]).text();
        let links: Vec<_> = ["href=\"/", "action=\"/", "src=\"/"]
            .iter()
            .flat_map(|start| page.split(start).skip(1).map(|rest| rest.split('"').next().unwrap_or_default()))
            .collect();
        assert!(links.len() > 10 && links.iter().all(|link| link.starts_with("manna/")), "{links:?}");
        let style = links.iter().find(|link| link.ends_with("site.css")).expect("a style sheet");
        assert_eq!(nginx.curl(&format!("/{style}"), &[]).status, 200, "{passed}");

        let login = nginx.curl("/manna/login", &FORM);
        assert_eq!((login.status, login.header("location")), (303, Some("/manna/audit")), "{}", login.head);
        let theme = nginx.curl("/manna/theme", &["--data", "theme=dark&back=/"]);
        assert_eq!(theme.header("location"), Some("/manna/"));
        let missing = nginx.curl("/manna/nothing", &["-H", "accept: text/html"]);
        assert!(missing.status == 404 && missing.text().contains("href=\"/manna/\""), "{}", missing.text());

        let sent = nginx.curl("/manna/api/videos", &["--json", r#"{"transcript":"In John chapter 3"}"#]);
        if passed {
            let job = sent.header("location").expect("a job").to_owned();
            assert!(job.starts_with("/manna/api/jobs/"), "{job}");
            assert_eq!(nginx.curl(&job, &[]).status, 200);
            let page = nginx.curl(&job.replace("/api", ""), &["-H", "accept: text/html"]).text();
            assert!(page.contains("/manna/video/"), "{page}");
        } else {
            assert_eq!(sent.status, 200, "the sermon is already stored: {}", sent.text());
        }
        let openapi = nginx.curl("/manna/openapi.json", &[]).json();
        assert_eq!(openapi["servers"], json!([{ "url": "/manna" }]));
    }
    let output = Command::new("curl").args(["--silent", &format!("{base}/healthz")]).output().expect("curl runs");
    assert!(output.status.success(), "health checks need no path");
}

#[tokio::test]
async fn the_public_url_decides_canonical_and_open_graph_addresses() {
    let http = HttpSettings {
        public_origin: Some("https://manna.example".to_owned()),
        base_path: "/m".to_owned(),
        ..TestSettings::default().http
    };
    let app = TestApp::with(TestSettings { http, ..TestSettings::default() }).await;
    let body = r#"{"transcript":"In John chapter 3","url":"sErm0n_Tst1","title":"Born again"}"#;
    let sent = app.send(request("POST", "/m/api/videos", &[("content-type", "application/json")], body)).await;
    app.wait_for_job(sent.header("location")).await;
    let headers = [("host", "internal:5000"), ("x-forwarded-host", "evil.example"), ("accept", "text/html")];
    let page = app.send(request("GET", "/m/video/sErm0n_Tst1", &headers, "")).await.text();
    let url = "https://manna.example/m/video/sErm0n_Tst1";
    assert!(page.contains(&format!("rel=\"canonical\" href=\"{url}\"")), "{page}");
    assert!(page.contains(&format!("property=\"og:image\" content=\"{url}/card.png\"")), "{page}");
    assert!(!page.contains("internal:5000") && !page.contains("evil.example"), "{page}");
    let bearer = format!("Bearer {TOKEN}");
    let reanalyzed =
        app.send(request("POST", "/m/video/sErm0n_Tst1/reanalyze", &[("authorization", &bearer)], "")).await;
    assert_eq!(reanalyzed.header("location"), "/m/video/sErm0n_Tst1?reanalysis=current");
}
