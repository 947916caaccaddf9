//! YouTube's words for what it refuses. They rot: all of them are here.

use super::ErrorClass;

/// Parts of YouTube's sentences, in lower case with straight apostrophes and hyphens; the first that fits decides.
///
/// The order matters: "Video unavailable" heads many refusals, and the reason below it says more.
const FRAGMENTS: [(ErrorClass, &[&str]); 12] = [
    (
        ErrorClass::ClientRejected,
        &[
            "page needs to be reloaded",
            "not available on this app",
            "no longer supported in this application",
            "latest version of youtube",
            "update the app",
            "update your app",
            "please sign in",
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
];

/// The class of a refusal, by `playabilityStatus.status` and all the words beside it.
pub(super) fn class(status: &str, words: &str) -> ErrorClass {
    let folded = fold(words);
    let fits = |fragments: &[&str]| fragments.iter().any(|fragment| folded.contains(fragment));
    if let Some((class, _)) = FRAGMENTS.iter().find(|(_, fragments)| fits(fragments)) {
        return *class;
    }
    match status {
        "ERROR" => ErrorClass::NotFound,
        "AGE_VERIFICATION_REQUIRED" | "AGE_CHECK_REQUIRED" => ErrorClass::AgeRestricted,
        "LIVE_STREAM_OFFLINE" => ErrorClass::Upcoming,
        _ => ErrorClass::Unplayable,
    }
}

/// A page in place of the answer that was asked for.
pub(super) fn class_of_page(page: &str) -> ErrorClass {
    let folded = fold(page);
    let is_wall =
        ["recaptcha", "das_captcha", "/sorry/", "consent.youtube.com", "consent.google.com", "unusual traffic"];
    if is_wall.iter().any(|word| folded.contains(word)) { ErrorClass::Blocked } else { ErrorClass::Unparsable }
}

/// Lower case, straight apostrophes and hyphens, single spaces.
fn fold(words: &str) -> String {
    let straight = words.chars().map(|letter| match letter {
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
    fn sentences_of_youtube_are_told_apart() {
        let cases = [
            ("LOGIN_REQUIRED", "Sign in to confirm you’re not a bot", ErrorClass::Blocked),
            (
                "LOGIN_REQUIRED",
                "Sign in to confirm your age. This video may be inappropriate",
                ErrorClass::AgeRestricted,
            ),
            ("LOGIN_REQUIRED", "This video is private", ErrorClass::Private),
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
        for (status, words, wanted) in cases {
            assert_eq!(class(status, words), wanted, "{status}: {words}");
        }
    }
}
