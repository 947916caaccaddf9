//! A real browser: headless Chromium, driven over `WebDriver` (W3C).

use std::{
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{
    ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver, WebElement, prelude::*,
};

/// Possible paths of the programs; the first one that exists is used.
const CHROMIUM: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const CHROMEDRIVER: [&str; 2] = ["/usr/bin/chromedriver", "/usr/lib/chromium-browser/chromedriver"];

/// Isolates Chromium: no first-run pages, no background requests, no sandbox (root cannot use it), no animations, and no
/// name resolution.
const ARGUMENTS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// The width of the narrowest window that Chromium allows; for narrower ones, a phone is emulated.
const NARROWEST_WINDOW: u32 = 600;

/// How long to wait for an element.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Whether JavaScript is enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    /// Enabled.
    On,
    /// Disabled in the browser's settings.
    Off,
}

/// A browser with its own profile, killed when the test ends.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    base: String,
    chromedriver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser `width` pixels wide for the site at `base`.
    pub(crate) async fn open(base: &str, scripts: Scripts, width: u32) -> Self {
        // The driver's HTTP client may be built with TLS, in which case it needs a provider even if TLS is not used.
        drop(rustls::crypto::ring::default_provider().install_default());
        let profile = tempfile::tempdir().expect("a directory");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let chromedriver = Command::new(installed(&CHROMEDRIVER, "chromium-driver"))
            // Pages show times in the time zone of the browser.
            .env("TZ", "UTC")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("chromedriver runs");
        let driver = connect(port, capabilities(profile.path(), scripts, width)).await;
        let browser = Self { driver, base: base.to_owned(), chromedriver, _profile: profile };
        browser
            .driver
            .goto("data:text/html,<p>Off</p><script>document.querySelector('p').textContent='On'</script>")
            .await
            .expect("a page");
        assert_eq!(browser.text("p").await, format!("{scripts:?}"), "the setting for scripts is in effect");
        browser
    }

    /// Opens a path of the site.
    pub(crate) async fn goto(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base)).await.expect("a page");
    }

    /// Waits for the first element that matches.
    pub(crate) async fn find(&self, css: &str) -> WebElement {
        let result = self.driver.query(By::Css(css)).wait(TIMEOUT, Duration::from_millis(50)).first().await;
        match result {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.driver.source().await.unwrap_or_default()),
        }
    }

    /// Returns the visible text of the first element that matches.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.expect("text")
    }

    /// Types into a field.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        self.find(css).await.send_keys(text).await.expect("a text field");
    }

    /// Clicks the first element that matches.
    pub(crate) async fn click(&self, css: &str) {
        self.find(css).await.click().await.expect("a clickable element");
    }

    /// Runs a script in the page and returns its result.
    pub(crate) async fn eval(&self, script: &str) -> Value {
        let result = self.driver.execute(script, Vec::new()).await.expect("a valid script");
        result.json().clone()
    }

    /// Sends a command of the `DevTools` protocol and returns its result.
    pub(crate) async fn devtools(&self, method: &str, params: Value) -> Value {
        self.driver.cdp().send_raw(method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Presses a key on the focused element.
    pub(crate) async fn press(&self, key: Key) {
        self.driver.action_chain().send_keys(key).perform().await.expect("a key press");
    }

    /// Returns the console messages and the requests to other sites since the last call.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let console = self.driver.get_log("browser").await.expect("the console");
        let mut complaints: Vec<_> = console.into_iter().map(|entry| entry.message).collect();
        for entry in self.driver.get_log("performance").await.expect("the network") {
            let event: Value = serde_json::from_str(&entry.message).expect("an event");
            if event["message"]["method"] == "Network.requestWillBeSent" {
                let url = event["message"]["params"]["request"]["url"].as_str().unwrap_or_default();
                // The browser's first page has a `chrome://` address.
                let allowed = [&self.base, "data:", "chrome://"].iter().any(|prefix| url.starts_with(*prefix));
                if !allowed {
                    complaints.push(format!("request to another site: {url}"));
                }
            }
        }
        complaints
    }

    /// Closes the browser. Asserts that its console is empty and that no request went to another site.
    pub(crate) async fn close(self) {
        let complaints = self.complaints().await;
        assert!(complaints.is_empty(), "console messages or requests to other sites: {complaints:#?}");
        self.driver.clone().quit().await.expect("a running browser");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Also kills the browser, which is in the driver's process group.
        let group = rustix::process::Pid::from_child(&self.chromedriver);
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
        drop(self.chromedriver.wait());
    }
}

/// Returns the path of a program. If it is not installed, panics and names the package to install.
fn installed(paths: &[&'static str], package: &str) -> &'static str {
    let path = paths.iter().find(|path| Path::new(path).exists());
    path.unwrap_or_else(|| panic!("none of {paths:?} exists; install the packages chromium and {package}"))
}

async fn connect(port: u16, capabilities: DesiredChrome) -> WebDriver {
    let address = format!("http://127.0.0.1:{port}");
    for _ in 0..100 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let browser = WebDriver::builder(address, capabilities).request_timeout(2 * TIMEOUT).connect();
    browser.await.expect("a browser")
}

type DesiredChrome = thirtyfour::ChromeCapabilities;

fn capabilities(profile: &Path, scripts: Scripts, width: u32) -> DesiredChrome {
    let mut chrome = DesiredCapabilities::chrome();
    chrome.set_binary(installed(&CHROMIUM, "chromium-driver")).expect("a capability");
    for argument in ARGUMENTS {
        chrome.add_arg(argument).expect("a capability");
    }
    chrome.add_arg(&format!("--user-data-dir={}", profile.display())).expect("a capability");
    if width < NARROWEST_WINDOW {
        let metrics = json!({ "deviceMetrics": { "width": width, "height": 800, "pixelRatio": 1, "mobile": true } });
        chrome.add_experimental_option("mobileEmulation", metrics).expect("a capability");
    } else {
        chrome.add_arg(&format!("--window-size={width},900")).expect("a capability");
    }
    if scripts == Scripts::Off {
        let off = json!({ "profile.managed_default_content_settings.javascript": 2 });
        chrome.add_experimental_option("prefs", off).expect("a capability");
    }
    chrome.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a capability");
    chrome.set_logging_prefs("performance", LoggingPrefsLogLevel::All).expect("a capability");
    chrome
}
