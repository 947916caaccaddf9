//! The YouTube apps that we identify as. Their versions go out of date, but newer ones can be configured.

use serde::Deserialize;
use serde_json::{Value, json};

use super::SettingsError;

/// Version of the web client that is sent when fetching the "about" section of a channel.
const WEB_VERSION: &str = "2.20260708.00.00";

/// A YouTube app, and the device that it claims to run on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlayerClient {
    /// `clientName`, such as `ANDROID`.
    pub name: String,
    /// Number sent as `X-YouTube-Client-Name`.
    pub id: u32,
    /// `clientVersion`, such as `21.26.364`.
    pub version: String,
    /// `User-Agent`.
    pub user_agent: String,
    /// `osName`.
    pub os_name: String,
    /// `osVersion`.
    pub os_version: String,
    /// `androidSdkVersion`, only on Android.
    #[serde(default)]
    pub android_sdk: Option<u32>,
    /// `deviceMake` and `deviceModel`, except on Android.
    #[serde(default)]
    pub device: Option<(String, String)>,
}

/// Returns the clients that could fetch captions without a proof-of-origin token in late 2026, best first.
pub fn default_clients() -> Vec<PlayerClient> {
    let apple = |model: &str| Some(("Apple".to_owned(), model.to_owned()));
    let client = |name: &str, id, version: &str, user_agent: &str, os_name: &str, os_version: &str| PlayerClient {
        name: name.to_owned(),
        id,
        version: version.to_owned(),
        user_agent: user_agent.to_owned(),
        os_name: os_name.to_owned(),
        os_version: os_version.to_owned(),
        android_sdk: None,
        device: None,
    };
    let android = "com.google.android.youtube/21.26.364 (Linux; U; Android 11) gzip";
    let vision = "com.google.ios.youtube/1.02 (RealityDevice17,1; U; CPU visionOS 26_2 like Mac OS X)";
    let ios = "com.google.ios.youtube/21.26.4 (iPhone16,2; U; CPU iOS 18_7_2 like Mac OS X)";
    vec![
        PlayerClient { android_sdk: Some(30), ..client("ANDROID", 3, "21.26.364", android, "Android", "11") },
        PlayerClient {
            device: apple("RealityDevice17,1"),
            ..client("VISIONOS", 101, "1.02", vision, "visionOS", "26.2")
        },
        PlayerClient { device: apple("iPhone16,2"), ..client("IOS", 5, "21.26.4", ios, "iPhone", "18.7.2") },
    ]
}

/// Parses `YOUTUBE_CLIENTS`: names of known clients in the order to try them, optionally with a newer version
/// (`ANDROID@21.30.1, IOS`), or a JSON array of objects with the fields of [`PlayerClient`].
pub fn parse_clients(text: &str) -> Result<Vec<PlayerClient>, SettingsError> {
    let clients = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|error| SettingsError::Clients(error.to_string()))?
    } else {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(find_client).collect::<Result<Vec<_>, _>>()?
    };
    if clients.is_empty() { Err(SettingsError::Clients("the list is empty".to_owned())) } else { Ok(clients) }
}

/// Returns the default client for `NAME` or `NAME@VERSION`.
fn find_client(text: &str) -> Result<PlayerClient, SettingsError> {
    let (name, version) = text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
    let found = default_clients().into_iter().find(|client| client.name.eq_ignore_ascii_case(name));
    let mut client = found.ok_or_else(|| SettingsError::Clients(format!("there is no client named {name:?}")))?;
    if let Some(version) = version {
        client.user_agent = client.user_agent.replacen(&client.version, version, 1);
        version.clone_into(&mut client.version);
    }
    Ok(client)
}

impl PlayerClient {
    /// Returns the `context` of a player request.
    pub(super) fn context(&self) -> Value {
        let mut client = json!({
            "clientName": self.name,
            "clientVersion": self.version,
            "osName": self.os_name,
            "osVersion": self.os_version,
            "hl": "en",
            "gl": "US",
        });
        if let Some(sdk) = self.android_sdk {
            client["androidSdkVersion"] = json!(sdk);
        }
        if let Some((make, model)) = &self.device {
            client["deviceMake"] = json!(make);
            client["deviceModel"] = json!(model);
        }
        json!({"client": client})
    }
}

/// Returns the `context` of a web client request.
pub(super) fn web_context() -> Value {
    json!({"client": {"clientName": "WEB", "clientVersion": WEB_VERSION, "hl": "en", "gl": "US"}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_clients_are_listed_by_name_with_an_optional_version() {
        let clients = parse_clients("ios, ANDROID@22.1.2").expect("two clients");
        let names: Vec<_> = clients.iter().map(|client| (client.name.as_str(), client.version.as_str())).collect();
        assert_eq!(names, [("IOS", "21.26.4"), ("ANDROID", "22.1.2")]);
        assert_eq!(clients[1].user_agent, "com.google.android.youtube/22.1.2 (Linux; U; Android 11) gzip");
    }

    #[test]
    fn an_unknown_client_can_be_defined_in_json() {
        let text = r#"[{"name":"TV","id":7,"version":"7.1","user_agent":"Mozilla/5.0","os_name":"Tizen","os_version":"6",
            "device":["Samsung","TV"]}]"#;
        let context = parse_clients(text).expect("a client")[0].context();
        assert_eq!(context["client"]["deviceModel"], "TV");
        assert_eq!(context["client"].get("androidSdkVersion"), None);
    }

    #[test]
    fn an_invalid_client_list_is_rejected_with_the_reason() {
        for (text, reason) in
            [("", "empty"), ("WEB", "\"WEB\""), ("[]", "empty"), ("[{\"name\":\"A\"}]", "missing field")]
        {
            let error = parse_clients(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
