//! What YouTube answers instead of captions, and what the user is told.

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

impl YouTubeError {
    /// An error without a list of languages.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), languages: Vec::new() }
    }

    /// What the user is told about a refusal, with YouTube's own words where it said some.
    pub(super) fn refused(class: ErrorClass, words: &str) -> Self {
        let said = if words.is_empty() { String::new() } else { format!(" (“{words}”)") };
        let (what, advice) = class.told();
        Self::new(class, format!("{what}{said}; {advice}"))
    }
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

    /// What happened, and what the user can do.
    const fn told(self) -> (&'static str, &'static str) {
        const PASTE: &str = "paste its transcript instead";
        const LATER: &str = "try again later, or paste its transcript";
        match self {
            Self::Private => ("the video is private", "ask its church to publish it, or paste its transcript"),
            Self::AgeRestricted => ("YouTube shows the video only to adults who have signed in", PASTE),
            Self::MembersOnly => ("the video is for members of its channel", PASTE),
            Self::GeoBlocked => ("YouTube does not show the video in the country of this server", PASTE),
            Self::Unplayable => ("YouTube does not play the video", PASTE),
            Self::NotFound => ("YouTube has no such video", "check the link"),
            Self::CaptionsDisabled => ("the video has no captions", PASTE),
            Self::NoEnglishTrack => ("the video has no captions in English", PASTE),
            Self::Upcoming => ("the video has not begun", "come back when it is over"),
            Self::StillLive => {
                ("the video is still on air", "come back when it is over and YouTube has made its captions")
            }
            Self::Blocked => ("YouTube takes this server for a robot", PASTE),
            Self::RateLimited => ("YouTube gets too many requests from this server", LATER),
            Self::PoTokenRequired => ("YouTube gives the captions of the video only to its own player", PASTE),
            Self::ClientRejected => ("YouTube refuses the app that this server speaks as", PASTE),
            Self::WrongVideo => ("YouTube answered about another video", LATER),
            Self::Upstream => ("YouTube did not answer as it should", LATER),
            Self::Unparsable => ("YouTube answered in a way that is not understood", LATER),
            Self::Timeout => ("YouTube did not answer in time", LATER),
        }
    }

    /// Whether another client of YouTube may get further.
    pub(super) const fn next_client_helps(self) -> bool {
        matches!(self, Self::ClientRejected | Self::PoTokenRequired | Self::WrongVideo)
    }

    /// Whether the same request may succeed a little later.
    pub(super) const fn is_passing(self) -> bool {
        matches!(self, Self::Upstream | Self::Timeout)
    }

    /// Whether it is our address that YouTube refuses.
    pub(super) const fn is_about_our_address(self) -> bool {
        matches!(self, Self::Blocked | Self::RateLimited)
    }

    /// Whether pasting the transcript gets the user further.
    pub const fn paste_helps(self) -> bool {
        !matches!(self, Self::NotFound | Self::Upcoming | Self::StillLive)
    }
}
