//! Errors from YouTube, and their messages for users.

/// An error from YouTube.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YouTubeError {
    /// Class of the error, which determines retries, the HTTP status and the message.
    pub class: ErrorClass,
    /// What happened, including YouTube's own message if there is one, and what to do. Shown to users.
    pub message: String,
    /// Languages of the video's captions, if none of them is English.
    pub languages: Vec<String>,
}

impl YouTubeError {
    /// Creates an error without a list of languages.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), languages: Vec::new() }
    }

    /// Creates an error with the standard message of its class. `quote` is YouTube's own message, or empty.
    pub(super) fn refused(class: ErrorClass, quote: &str) -> Self {
        let quoted = if quote.is_empty() { String::new() } else { format!(" (“{quote}”)") };
        let (what, advice) = class.what_and_advice();
        Self::new(class, format!("{what}{quoted}; {advice}"))
    }
}

/// The kinds of errors from YouTube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The video is private.
    Private,
    /// The video requires a sign-in to confirm the viewer's age.
    AgeRestricted,
    /// The video is for paying members of the channel.
    MembersOnly,
    /// The video is not available in the server's country.
    GeoBlocked,
    /// The video is not playable for another reason.
    Unplayable,
    /// The video does not exist or was removed.
    NotFound,
    /// The video has no captions.
    CaptionsDisabled,
    /// The video has captions, but not in English.
    NoEnglishTrack,
    /// The broadcast has not started.
    Upcoming,
    /// The broadcast is still live.
    StillLive,
    /// YouTube considers this server a bot.
    Blocked,
    /// YouTube received too many requests.
    RateLimited,
    /// The captions require a proof-of-origin token.
    PoTokenRequired,
    /// YouTube rejects the client that we identify as.
    ClientRejected,
    /// The reply is about another video.
    WrongVideo,
    /// YouTube replied with 5xx or closed the connection.
    Upstream,
    /// The reply has an unknown format.
    Unparsable,
    /// YouTube did not reply before the deadline.
    Timeout,
}

impl ErrorClass {
    /// All error classes.
    pub const ALL: [Self; 18] = [
        Self::Private,
        Self::AgeRestricted,
        Self::MembersOnly,
        Self::GeoBlocked,
        Self::Unplayable,
        Self::NotFound,
        Self::CaptionsDisabled,
        Self::NoEnglishTrack,
        Self::Upcoming,
        Self::StillLive,
        Self::Blocked,
        Self::RateLimited,
        Self::PoTokenRequired,
        Self::ClientRejected,
        Self::WrongVideo,
        Self::Upstream,
        Self::Unparsable,
        Self::Timeout,
    ];

    /// Returns the stable code that the API uses, such as `captions_disabled`.
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

    /// Returns what happened and what the user can do.
    const fn what_and_advice(self) -> (&'static str, &'static str) {
        const PASTE: &str = "paste the transcript instead";
        const LATER: &str = "try again later, or paste the transcript";
        match self {
            Self::Private => ("the video is private", "ask its church to publish it, or paste the transcript"),
            Self::AgeRestricted => ("YouTube shows the video only to signed-in adults", PASTE),
            Self::MembersOnly => ("the video is only for members of its channel", PASTE),
            Self::GeoBlocked => ("YouTube does not show the video in this server's country", PASTE),
            Self::Unplayable => ("YouTube does not play the video", PASTE),
            Self::NotFound => ("YouTube has no such video", "check the link"),
            Self::CaptionsDisabled => ("the video has no captions", PASTE),
            Self::NoEnglishTrack => ("the video has no captions in English", PASTE),
            Self::Upcoming => ("the video has not started yet", "try again when it is over"),
            Self::StillLive => {
                ("the video is still live", "try again when it is over and YouTube has generated its captions")
            }
            Self::Blocked => ("YouTube thinks this server is a bot", PASTE),
            Self::RateLimited => ("YouTube gets too many requests from this server", LATER),
            Self::PoTokenRequired => ("YouTube provides the captions of this video only to its own player", PASTE),
            Self::ClientRejected => ("YouTube rejected the client that this server identifies as", PASTE),
            Self::WrongVideo => ("YouTube replied about another video", LATER),
            Self::Upstream => ("YouTube had a server error", LATER),
            Self::Unparsable => ("YouTube sent a reply that could not be understood", LATER),
            Self::Timeout => ("YouTube did not reply in time", LATER),
        }
    }

    /// Returns whether another client may succeed.
    pub(super) const fn another_client_may_help(self) -> bool {
        matches!(self, Self::ClientRejected | Self::PoTokenRequired | Self::WrongVideo)
    }

    /// Returns whether a retry may succeed.
    pub(super) const fn is_transient(self) -> bool {
        matches!(self, Self::Upstream | Self::Timeout)
    }

    /// Returns whether YouTube rejects our IP address.
    pub(super) const fn is_ip_block(self) -> bool {
        matches!(self, Self::Blocked | Self::RateLimited)
    }

    /// Returns whether pasting the transcript would help the user.
    pub const fn paste_helps(self) -> bool {
        !matches!(self, Self::NotFound | Self::Upcoming | Self::StillLive)
    }
}
