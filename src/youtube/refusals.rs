//! Classifies YouTube's error messages. They change from time to time, so all of them are in this file.

use super::ErrorClass;

/// Fragments of YouTube's messages, in lowercase with straight apostrophes and hyphens. The first match wins.
///
/// The order matters, because many messages start with "Video unavailable" and give the actual reason after that.
const FRAGMENTS: [(ErrorClass, &[&str]); 13] = [
    (
        ErrorClass::ClientRejected,
        &[
            "page needs to be reloaded",
            "not available on this app",
            "no longer supported in this application",
            "latest version of youtube",
            "update the app",
            "update your app",
        ],
    ),
    (ErrorClass::Blocked, &["not a bot", "not a robot", "unusual traffic", "automated queries", "automated requests"]),
    (ErrorClass::RateLimited, &["available, try again later", "rate-limited", "rate limit", "too many requests"]),
    (ErrorClass::Upstream, &["something went wrong", "an error occurred", "internal error"]),
    (
        ErrorClass::AgeRestricted,
        &["inappropriate for some users", "confirm your age", "verify your age", "age-restricted", "age restricted"],
    ),
    (
        ErrorClass::MembersOnly,
        &["members-only", "members only", "join this channel", "channel's members", "members on level"],
    ),
    (
        ErrorClass::GeoBlocked,
        &["in your country", "in your region", "in your location", "from your location", "in this country"],
    ),
    (ErrorClass::Private, &["video is private", "private video", "is a private"]),
    (
        ErrorClass::Upcoming,
        &["premieres in", "premiere will", "will begin", "begins in", "starts in", "scheduled for", "offline"],
    ),
    (ErrorClass::Unplayable, &["requires payment", "purchase", "to rent", "premium", "recording is not available"]),
    (
        ErrorClass::NotFound,
        &[
            "removed",
            "terminated",
            "deleted",
            "no longer available",
            "isn't available anymore",
            "video is unavailable",
            "video isn't available",
            "video is not available",
            "does not exist",
            "doesn't exist",
        ],
    ),
    (ErrorClass::StillLive, &["processing this video", "still being processed"]),
    // On its own, this message means that the client was rejected. For private videos it is combined with another
    // message.
    (ErrorClass::ClientRejected, &["please sign in"]),
];

/// Classifies an error by `playabilityStatus.status` and its message.
pub(super) fn classify(status: &str, message: &str) -> ErrorClass {
    let normalized = normalize(message);
    let matches = |fragments: &[&str]| fragments.iter().any(|fragment| normalized.contains(fragment));
    if let Some((class, _)) = FRAGMENTS.iter().find(|(_, fragments)| matches(fragments)) {
        return *class;
    }
    match status.to_ascii_uppercase().as_str() {
        "ERROR" => ErrorClass::NotFound,
        "AGE_VERIFICATION_REQUIRED" | "AGE_CHECK_REQUIRED" => ErrorClass::AgeRestricted,
        "LIVE_STREAM_OFFLINE" => ErrorClass::Upcoming,
        _ => ErrorClass::Unplayable,
    }
}

/// Classifies an HTML page that was returned instead of the expected reply.
pub(super) fn classify_page(page: &str) -> ErrorClass {
    const CAPTCHA_OR_CONSENT: [&str; 6] =
        ["recaptcha", "das_captcha", "/sorry/", "consent.youtube.com", "consent.google.com", "unusual traffic"];
    let normalized = normalize(page);
    if CAPTCHA_OR_CONSENT.iter().any(|fragment| normalized.contains(fragment)) {
        ErrorClass::Blocked
    } else {
        ErrorClass::Unparsable
    }
}

/// Normalizes a text to lowercase, straight apostrophes and hyphens, and single spaces.
fn normalize(text: &str) -> String {
    let straight = text.chars().map(|letter| match letter {
        '’' | '‘' | 'ʼ' | '′' | '`' => '\'',
        '‐' | '‑' | '–' => '-',
        other => other,
    });
    straight.collect::<String>().to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_youtube_are_classified() {
        let cases = [
            ("LOGIN_REQUIRED", "Sign in to confirm you’re not a bot", ErrorClass::Blocked),
            (
                "LOGIN_REQUIRED",
                "Sign in to confirm your age. This video may be inappropriate",
                ErrorClass::AgeRestricted,
            ),
            ("LOGIN_REQUIRED", "This video is private", ErrorClass::Private),
            (
                "LOGIN_REQUIRED",
                "Private video: Sign in if you've been granted access to this video",
                ErrorClass::Private,
            ),
            (
                "LOGIN_REQUIRED",
                "This video is private. Please sign in to verify that you may see it.",
                ErrorClass::Private,
            ),
            ("login_required", "Please sign in", ErrorClass::ClientRejected),
            ("live_stream_offline", "", ErrorClass::Upcoming),
            (
                "CONTENT_CHECK_REQUIRED",
                "The following content may contain graphic or violent imagery.",
                ErrorClass::Unplayable,
            ),
            (
                "UNPLAYABLE",
                "This video contains content from X, who has blocked it in your country on copyright grounds",
                ErrorClass::GeoBlocked,
            ),
            (
                "UNPLAYABLE",
                "Join this channel to get access to members-only content like this video",
                ErrorClass::MembersOnly,
            ),
            ("ERROR", "This video has been removed by the uploader", ErrorClass::NotFound),
            (
                "ERROR",
                "This video is no longer available because the YouTube account associated with it has been terminated.",
                ErrorClass::NotFound,
            ),
            ("ERROR", "This video has been removed for violating YouTube's policy", ErrorClass::NotFound),
            ("LOGIN_REQUIRED", "Please sign in", ErrorClass::ClientRejected),
            ("UNPLAYABLE", "Video unavailable: This video is private", ErrorClass::Private),
            ("UNPLAYABLE", "Video unavailable: The page needs to be reloaded.", ErrorClass::ClientRejected),
            ("UNPLAYABLE", "The uploader has not made this video available in your country", ErrorClass::GeoBlocked),
            (
                "UNPLAYABLE",
                "This video is available to this channel’s members on level: Friend",
                ErrorClass::MembersOnly,
            ),
            ("UNPLAYABLE", "This content isn’t available, try again later.", ErrorClass::RateLimited),
            ("UNPLAYABLE", "Members‑only content", ErrorClass::MembersOnly),
            ("LIVE_STREAM_OFFLINE", "This live event will begin in 3 hours.", ErrorClass::Upcoming),
            ("LIVE_STREAM_OFFLINE", "Premieres in 20 minutes", ErrorClass::Upcoming),
            ("LIVE_STREAM_OFFLINE", "This live stream recording is not available.", ErrorClass::Unplayable),
            ("ERROR", "Video unavailable", ErrorClass::NotFound),
            ("ERROR", "This video isn’t available anymore", ErrorClass::NotFound),
            ("ERROR", "", ErrorClass::NotFound),
            ("AGE_CHECK_REQUIRED", "", ErrorClass::AgeRestricted),
            ("UNPLAYABLE", "Playback on other websites has been disabled", ErrorClass::Unplayable),
        ];
        for (status, message, class) in cases {
            assert_eq!(classify(status, message), class, "{status}: {message}");
        }
    }
}
