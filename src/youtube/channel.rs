//! Fetches channels from the channel page, its "about" section, and the Data API.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::{
    Channel, ErrorClass, Settings, YouTubeError, church, clients, countries, initial_data,
    metadata::{self, set_if_empty},
    player, refusals,
    transport::{Call, Endpoint, Transport},
};

/// Capacity of the cache.
const MAX_CACHED: usize = 2_000;

/// The `params` of a browse request for a channel's "about" section.
const ABOUT_PARAMS: &str = "EgVhYm91dPIGBAoCEgA%3D";

/// A channel's data, merged from all sources.
#[derive(Debug, Default)]
struct Profile {
    title: String,
    handle: Option<String>,
    description: String,
    keywords: String,
    country: Option<String>,
    has_about: bool,
}

/// Returns whether `text` is a channel ID. Only channel IDs are put into URLs.
fn is_channel_id(text: &str) -> bool {
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.starts_with("UC") && text.len() <= 64 && text.bytes().all(is_id)
}

/// Fetches a channel.
pub(super) async fn fetch(
    transport: &Transport,
    settings: &Settings,
    channel_id: &str,
) -> Result<Channel, YouTubeError> {
    if !is_channel_id(channel_id) {
        return Err(YouTubeError::new(ErrorClass::NotFound, format!("not a channel ID: {channel_id:?}")));
    }
    let mut profile = Profile::default();
    let mut failure = None;
    match page(transport, settings, channel_id).await {
        Ok(tree) => {
            profile.merge(&tree);
            if !profile.has_about
                && let Ok(about) = browse(transport, settings, channel_id, &tree).await
            {
                profile.merge(&about);
            }
        }
        Err(error) => failure = Some(error),
    }
    if profile.title.is_empty() && settings.api_key.is_some() {
        let query = [("part", "snippet"), ("id", channel_id)];
        if let Ok(reply) = metadata::data_api(transport, settings, "/channels", &query).await {
            profile.merge_data_api(&reply["items"][0], channel_id);
        }
    }
    match failure {
        Some(error) if profile.title.is_empty() && profile.description.is_empty() => Err(error),
        _ => Ok(profile.into_channel(channel_id, settings)),
    }
}

/// Fetches the data embedded in a channel's page.
async fn page(transport: &Transport, settings: &Settings, channel_id: &str) -> Result<Value, YouTubeError> {
    let url = settings.url(&format!("/channel/{channel_id}/about?hl=en"));
    let call = Call { endpoint: Endpoint::Channel, url, headers: HeaderMap::new(), body: None };
    let tree = transport.send(call, |body| {
        let page = String::from_utf8_lossy(body);
        initial_data::find(&page)
            .ok_or_else(|| YouTubeError::refused(refusals::classify_page(&page), "the channel page has no data"))
    });
    let tree = tree.await?;
    let renderer = initial_data::find_key(&tree, "channelMetadataRenderer");
    let is_other =
        renderer.and_then(|renderer| renderer["externalId"].as_str()).is_some_and(|other| other != channel_id);
    if renderer.is_none() || is_other {
        return Err(YouTubeError::refused(ErrorClass::Unparsable, "the page is not about this channel"));
    }
    Ok(tree)
}

/// Fetches the "about" section if the page omits it, using the page's continuation token or else the channel ID.
async fn browse(
    transport: &Transport,
    settings: &Settings,
    channel_id: &str,
    page: &Value,
) -> Result<Value, YouTubeError> {
    let panels = [&page["engagementPanels"], &page["header"]];
    let command = panels.iter().find_map(|part| initial_data::find_key(part, "continuationCommand"));
    let mut body = json!({"context": clients::web_context()});
    if let Some(token) = command.and_then(|command| command["token"].as_str()) {
        body["continuation"] = json!(token);
    } else {
        body["browseId"] = json!(channel_id);
        body["params"] = json!(ABOUT_PARAMS);
    }
    let url = settings.url("/youtubei/v1/browse?prettyPrint=false");
    let call = Call { endpoint: Endpoint::Channel, url, headers: HeaderMap::new(), body: Some(&body) };
    transport.send(call, player::parse_json).await
}

impl Profile {
    /// Fills empty fields from a page or a browse reply.
    fn merge(&mut self, tree: &Value) {
        let nothing = Value::Null;
        let renderer = initial_data::find_key(tree, "channelMetadataRenderer").unwrap_or(&nothing);
        let about = initial_data::find_key(tree, "aboutChannelViewModel").unwrap_or(&nothing);
        self.has_about |= about.is_object();
        set_if_empty(&mut self.title, &renderer["title"]);
        set_if_empty(&mut self.description, &renderer["description"]);
        set_if_empty(&mut self.description, &about["description"]);
        set_if_empty(&mut self.keywords, &renderer["keywords"]);
        let url = renderer["vanityChannelUrl"].as_str().or_else(|| about["canonicalChannelUrl"].as_str());
        self.handle = self.handle.take().or_else(|| handle(url?));
        self.country = self.country.take().or_else(|| about["country"].as_str().map(str::to_owned));
    }

    /// Fills empty fields from a Data API reply, unless the reply is about another channel.
    fn merge_data_api(&mut self, item: &Value, channel_id: &str) {
        if item["id"] != channel_id {
            return;
        }
        let snippet = &item["snippet"];
        set_if_empty(&mut self.title, &snippet["title"]);
        set_if_empty(&mut self.description, &snippet["description"]);
        self.handle = self.handle.take().or_else(|| handle(snippet["customUrl"].as_str()?));
        let country = snippet["country"].as_str().map(|code| countries::name(code).unwrap_or(code).to_owned());
        self.country = self.country.take().or(country);
    }

    fn into_channel(self, channel_id: &str, settings: &Settings) -> Channel {
        let is_church = church::is_church(&self.title, &self.description, &self.keywords);
        let is_listed = settings.churches.contains(channel_id);
        Channel {
            channel_id: channel_id.to_owned(),
            title: self.title,
            handle: self.handle,
            description: self.description,
            country: self.country,
            is_church: if is_listed { Some(true) } else { is_church },
        }
    }
}

/// Returns the `@name` at the end of a URL.
fn handle(url: &str) -> Option<String> {
    let last = url.trim_end_matches('/').rsplit('/').next().filter(|last| last.starts_with('@'))?;
    Some(percent_encoding::percent_decode_str(last).decode_utf8_lossy().into_owned())
}

/// A cache of channels.
#[derive(Debug, Default)]
pub(super) struct ChannelCache(Mutex<HashMap<String, (DateTime<Utc>, Channel)>>);

impl ChannelCache {
    /// Returns a channel that was cached after `since`.
    pub(super) fn get(&self, channel_id: &str, since: DateTime<Utc>) -> Option<Channel> {
        let channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        channels.get(channel_id).filter(|(at, _)| *at > since).map(|(_, channel)| channel.clone())
    }

    /// Adds a channel. If the cache is full, evicts the oldest entry.
    pub(super) fn insert(&self, channel: &Channel, now: DateTime<Utc>) {
        let mut channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        channels.insert(channel.channel_id.clone(), (now, channel.clone()));
        if channels.len() > MAX_CACHED {
            let oldest = channels.iter().min_by_key(|(_, (at, _))| *at).map(|(id, _)| id.clone());
            if let Some(oldest) = oldest {
                channels.remove(&oldest);
            }
        }
    }
}
