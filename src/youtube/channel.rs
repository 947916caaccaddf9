//! What is known of a channel: its page, the "about" part of it, the Data API.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::{
    Channel, ErrorClass, Settings, YouTubeError, church, clients, countries, details, initial_data, player, refusals,
    transport::{Call, Endpoint, Transport},
};

/// Channels that are remembered at most.
const MAX_REMEMBERED: usize = 2_000;

/// Asks the browse endpoint for the "about" part of a channel.
const ABOUT_PARAMS: &str = "EgVhYm91dPIGBAoCEgA%3D";

/// What the sources say, put together.
#[derive(Debug, Default)]
struct Profile {
    title: String,
    handle: Option<String>,
    description: String,
    keywords: String,
    country: Option<String>,
    has_about: bool,
}

/// Whether a text is the id of a channel; others are never put into an address.
fn is_channel_id(text: &str) -> bool {
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.starts_with("UC") && text.len() <= 64 && text.bytes().all(is_id)
}

/// Asks for a channel.
pub(super) async fn fetch(
    transport: &Transport,
    settings: &Settings,
    channel_id: &str,
) -> Result<Channel, YouTubeError> {
    if !is_channel_id(channel_id) {
        return Err(YouTubeError::new(ErrorClass::NotFound, format!("not the id of a channel: {channel_id:?}")));
    }
    let mut profile = Profile::default();
    let mut failure = None;
    match page(transport, settings, channel_id).await {
        Ok(tree) => {
            profile.take(&tree);
            if !profile.has_about
                && let Ok(about) = browse(transport, settings, channel_id, &tree).await
            {
                profile.take(&about);
            }
        }
        Err(error) => failure = Some(error),
    }
    if profile.title.is_empty() && settings.api_key.is_some() {
        let query = [("part", "snippet"), ("id", channel_id)];
        if let Ok(reply) = details::data_api(transport, settings, "/channels", &query).await {
            profile.take_data_api(&reply["items"][0], channel_id);
        }
    }
    match failure {
        Some(error) if profile.title.is_empty() && profile.description.is_empty() => Err(error),
        _ => Ok(profile.into_channel(channel_id, settings)),
    }
}

/// The data of a channel's page.
async fn page(transport: &Transport, settings: &Settings, channel_id: &str) -> Result<Value, YouTubeError> {
    let url = settings.below_base(&format!("/channel/{channel_id}/about?hl=en"));
    let call = Call { endpoint: Endpoint::Channel, url, headers: HeaderMap::new(), body: None };
    let tree = transport.ask(call, |body| {
        let page = String::from_utf8_lossy(body);
        initial_data::find(&page)
            .ok_or_else(|| YouTubeError::refused(refusals::class_of_page(&page), "the page of the channel has no data"))
    });
    let tree = tree.await?;
    let metadata = initial_data::find_key(&tree, "channelMetadataRenderer");
    let other = metadata.and_then(|found| found["externalId"].as_str()).is_some_and(|found| found != channel_id);
    if metadata.is_none() || other {
        return Err(YouTubeError::refused(ErrorClass::Unparsable, "the page is not the one of this channel"));
    }
    Ok(tree)
}

/// The "about" part, which a page may leave to be asked for: by the token in the page, else by the channel's id.
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
    let url = settings.below_base("/youtubei/v1/browse?prettyPrint=false");
    let call = Call { endpoint: Endpoint::Channel, url, headers: HeaderMap::new(), body: Some(&body) };
    transport.ask(call, player::parse).await
}

impl Profile {
    /// Takes what a page or a browse reply says, wherever it stands in the tree; what is known already stays.
    fn take(&mut self, tree: &Value) {
        let nothing = Value::Null;
        let metadata = initial_data::find_key(tree, "channelMetadataRenderer").unwrap_or(&nothing);
        let about = initial_data::find_key(tree, "aboutChannelViewModel").unwrap_or(&nothing);
        self.has_about |= about.is_object();
        fill(&mut self.title, &metadata["title"]);
        fill(&mut self.description, &metadata["description"]);
        fill(&mut self.description, &about["description"]);
        fill(&mut self.keywords, &metadata["keywords"]);
        let address = metadata["vanityChannelUrl"].as_str().or_else(|| about["canonicalChannelUrl"].as_str());
        self.handle = self.handle.take().or_else(|| handle(address?));
        self.country = self.country.take().or_else(|| about["country"].as_str().map(str::to_owned));
    }

    /// Takes what the Data API says; nothing where it has no such channel.
    fn take_data_api(&mut self, item: &Value, channel_id: &str) {
        if item["id"] != channel_id {
            return;
        }
        let snippet = &item["snippet"];
        fill(&mut self.title, &snippet["title"]);
        fill(&mut self.description, &snippet["description"]);
        self.handle = self.handle.take().or_else(|| handle(snippet["customUrl"].as_str()?));
        let country = snippet["country"].as_str().map(|code| countries::name(code).unwrap_or(code).to_owned());
        self.country = self.country.take().or(country);
    }

    /// The channel.
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

/// Fills in a text that is missing.
fn fill(target: &mut String, value: &Value) {
    if let Some(text) = value.as_str().filter(|_| target.is_empty()) {
        text.trim().clone_into(target);
    }
}

/// `@name` at the end of an address.
fn handle(address: &str) -> Option<String> {
    let last = address.trim_end_matches('/').rsplit('/').next().filter(|last| last.starts_with('@'))?;
    Some(percent_encoding::percent_decode_str(last).decode_utf8_lossy().into_owned())
}

/// The channels that were asked for, for some weeks.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<String, (DateTime<Utc>, Channel)>>);

impl Memory {
    /// A channel that was remembered after this moment.
    pub(super) fn recall(&self, channel_id: &str, since: DateTime<Utc>) -> Option<Channel> {
        let channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        channels.get(channel_id).filter(|(at, _)| *at > since).map(|(_, channel)| channel.clone())
    }

    /// Remembers a channel, and forgets the oldest when there are too many.
    pub(super) fn remember(&self, channel: &Channel, now: DateTime<Utc>) {
        let mut channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        channels.insert(channel.channel_id.clone(), (now, channel.clone()));
        if channels.len() > MAX_REMEMBERED {
            let oldest = channels.iter().min_by_key(|(_, (at, _))| *at).map(|(id, _)| id.clone());
            if let Some(oldest) = oldest {
                channels.remove(&oldest);
            }
        }
    }
}
