//! The only code that talks to YouTube.
//!
//! Everything that may rot (client names and versions, words of errors) stands in one place and can be set.

use async_trait::async_trait;

use crate::domain::VideoId;

/// What YouTube knows of a video, with its captions.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchedVideo {
    /// Its id.
    pub video_id: VideoId,
    /// Its title.
    pub title: String,
    /// Name of its channel.
    pub channel: String,
    /// Id of its channel (`UC...`), when known.
    pub channel_id: Option<String>,
    /// Address of its channel, or empty.
    pub channel_url: String,
    /// Length in seconds, when known.
    pub duration_seconds: Option<f64>,
    /// When it was published, RFC 3339 or a date, when known.
    pub published_at: Option<String>,
    /// The caption track that was chosen.
    pub track: CaptionTrack,
}

/// A caption track as YouTube lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionTrack {
    /// Address of the captions, signed by YouTube for a short time.
    pub base_url: String,
    /// BCP 47 code.
    pub language: String,
    /// Whether it comes from speech recognition.
    pub automatic: bool,
    /// Its name for people.
    pub name: String,
}

/// What is known of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Channel {
    /// `UC...`.
    pub channel_id: String,
    /// Its name.
    pub title: String,
    /// `@name`, when known.
    pub handle: Option<String>,
    /// Its own words.
    pub description: String,
    /// Its country in English, when it says so.
    pub country: Option<String>,
    /// Whether it seems to be a church; none when that could not be found out.
    pub is_church: Option<bool>,
}

/// YouTube, or what stands in for it.
#[async_trait]
pub trait YouTube: Send + Sync + std::fmt::Debug {
    /// Title, channel and caption track of a video.
    async fn video(&self, id: &VideoId) -> Result<FetchedVideo, YouTubeError>;
    /// What is known of a channel. Never fails a video: the caller goes on without it.
    async fn channel(&self, channel_id: &str) -> Result<Channel, YouTubeError>;
    /// The raw body of a caption track, as YouTube sent it.
    async fn captions(&self, video: &FetchedVideo) -> Result<Vec<u8>, YouTubeError>;
}

/// What YouTube answered instead, cut by what the caller can do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YouTubeError {
    /// The class, which decides on retries, on the HTTP status, and on what the user is told.
    pub class: ErrorClass,
    /// For the user: what happened, in YouTube's own words where it said some, and what to do.
    pub message: String,
    /// Languages that the video has captions in, where that is the matter.
    pub languages: Vec<String>,
}

/// Every way in which YouTube refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The video is private.
    Private,
    /// Asks for a sign-in to show one's age.
    AgeRestricted,
    /// For paying members.
    MembersOnly,
    /// Not in this country.
    GeoBlocked,
    /// Another reason of YouTube's.
    Unplayable,
    /// No such video, or removed.
    NotFound,
    /// No captions at all.
    CaptionsDisabled,
    /// Captions, none of them English.
    NoEnglishTrack,
    /// Not yet begun.
    Upcoming,
    /// On air.
    StillLive,
    /// YouTube takes this server for a robot.
    Blocked,
    /// Too many requests.
    RateLimited,
    /// Captions are behind a proof-of-origin token.
    PoTokenRequired,
    /// YouTube refuses the client that we speak as.
    ClientRejected,
    /// The reply is about another video.
    WrongVideo,
    /// YouTube answered 5xx or broke off.
    Upstream,
    /// The reply has a shape that we do not know.
    Unparsable,
    /// No answer within the deadline.
    Timeout,
}

impl ErrorClass {
    /// The HTTP status that a job with this error carries.
    pub const fn status(self) -> u16 {
        match self {
            Self::Private
            | Self::AgeRestricted
            | Self::MembersOnly
            | Self::GeoBlocked
            | Self::Unplayable
            | Self::CaptionsDisabled
            | Self::NoEnglishTrack => 422,
            Self::NotFound => 404,
            Self::Upcoming | Self::StillLive => 409,
            Self::Blocked | Self::RateLimited | Self::PoTokenRequired | Self::ClientRejected => 503,
            Self::WrongVideo | Self::Upstream | Self::Unparsable => 502,
            Self::Timeout => 504,
        }
    }

    /// The stable code in problem objects, such as `captions_disabled`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::AgeRestricted => "age_restricted",
            Self::MembersOnly => "members_only",
            Self::GeoBlocked => "geo_blocked",
            Self::Unplayable => "unplayable",
            Self::NotFound => "not_found",
            Self::CaptionsDisabled => "captions_disabled",
            Self::NoEnglishTrack => "no_english_track",
            Self::Upcoming => "upcoming",
            Self::StillLive => "still_live",
            Self::Blocked => "blocked",
            Self::RateLimited => "rate_limited",
            Self::PoTokenRequired => "po_token_required",
            Self::ClientRejected => "client_rejected",
            Self::WrongVideo => "wrong_video",
            Self::Upstream => "upstream",
            Self::Unparsable => "unparsable",
            Self::Timeout => "timeout",
        }
    }

    /// Whether pasting the transcript gets the user further.
    pub const fn paste_helps(self) -> bool {
        !matches!(self, Self::NotFound | Self::Upcoming | Self::StillLive)
    }
}
