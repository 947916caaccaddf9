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

/// Where a program may be; the first that is there is taken.
const CHROMIUM: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const CHROMEDRIVER: [&str; 2] = ["/usr/bin/chromedriver", "/usr/lib/chromium-browser/chromedriver"];

/// Keep Chromium to itself: no first-run pages, no talk with its maker, no sandbox (which root may not have),
/// nothing that moves while it is clicked, and no other machine: no name is resolved.
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

/// A window cannot be narrower; below that, a telephone is emulated.
const NARROWEST_WINDOW: u32 = 600;

/// How long a page may take to show something.
const PATIENCE: Duration = Duration::from_secs(15);

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    /// As usual.
    On,
    /// Switched off in the browser's settings.
    Off,
}

/// A browser with a profile of its own; ended with the test.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    base: String,
    chromedriver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Opens a browser of this width for the site at `base`.
    pub(crate) async fn open(base: &str, scripts: Scripts, width: u32) -> Self {
        // The HTTP client of the driver may be built with TLS, which wants a provider although it is not used.
        drop(rustls::crypto::ring::default_provider().install_default());
        let profile = tempfile::tempdir().expect("a directory");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let chromedriver = Command::new(installed(&CHROMEDRIVER, "chromium-driver"))
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
        assert_eq!(browser.text("p").await, format!("{scripts:?}"), "scripts are as they were set");
        browser
    }

    /// Goes to an address of the site.
    pub(crate) async fn goto(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base)).await.expect("a page");
    }

    /// The first element that fits, when it is there.
    pub(crate) async fn find(&self, css: &str) -> WebElement {
        let found = self.driver.query(By::Css(css)).wait(PATIENCE, Duration::from_millis(50)).first().await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.driver.source().await.unwrap_or_default()),
        }
    }

    /// The words of the first element that fits.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.expect("words")
    }

    /// Writes into a field.
    pub(crate) async fn write(&self, css: &str, words: &str) {
        self.find(css).await.send_keys(words).await.expect("a field that takes words");
    }

    /// Clicks.
    pub(crate) async fn click(&self, css: &str) {
        self.find(css).await.click().await.expect("an element that can be clicked");
    }

    /// What a script says of the page.
    pub(crate) async fn ask(&self, script: &str) -> Value {
        let answer = self.driver.execute(script, Vec::new()).await.expect("a script that runs");
        answer.json().clone()
    }

    /// What Chromium itself says, asked in its own language (the `DevTools` protocol).
    pub(crate) async fn devtools(&self, method: &str, params: Value) -> Value {
        self.driver.cdp().send_raw(method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Presses a key, wherever the focus is.
    pub(crate) async fn press(&self, key: Key) {
        self.driver.action_chain().send_keys(key).perform().await.expect("a key that is pressed");
    }

    /// What the console said and whom the browser asked beside the site, since this was looked at last.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let console = self.driver.get_log("browser").await.expect("the console");
        let mut complaints: Vec<_> = console.into_iter().map(|entry| entry.message).collect();
        for entry in self.driver.get_log("performance").await.expect("the network") {
            let event: Value = serde_json::from_str(&entry.message).expect("an event");
            if event["message"]["method"] == "Network.requestWillBeSent" {
                let url = event["message"]["params"]["request"]["url"].as_str().unwrap_or_default();
                // `chrome://` is the browser's own first page.
                let inside = [&self.base, "data:", "chrome://"].iter().any(|inside| url.starts_with(*inside));
                if !inside {
                    complaints.push(format!("a request left the site: {url}"));
                }
            }
        }
        complaints
    }

    /// Asserts that the browser complained of nothing and asked nobody but the site; then closes it.
    pub(crate) async fn close(self) {
        let complaints = self.complaints().await;
        assert!(complaints.is_empty(), "the console is silent, and no request leaves the site: {complaints:#?}");
        self.driver.clone().quit().await.expect("a browser that ends");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A test that failed leaves neither the driver behind nor the browser, which is in its process group.
        let group = rustix::process::Pid::from_child(&self.chromedriver);
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
        drop(self.chromedriver.wait());
    }
}

/// The program, or what to install.
fn installed(places: &[&'static str], package: &str) -> &'static str {
    let found = places.iter().find(|place| Path::new(place).exists());
    found.unwrap_or_else(|| panic!("none of {places:?} is there: install the packages chromium and {package}"))
}

async fn connect(port: u16, capabilities: DesiredChrome) -> WebDriver {
    let address = format!("http://127.0.0.1:{port}");
    for _ in 0..100 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let browser = WebDriver::builder(address, capabilities).request_timeout(2 * PATIENCE).connect();
    browser.await.expect("a browser that starts")
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
