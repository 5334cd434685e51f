//! The directives of `Cache-Control` (RFC 9111 section 5.2, RFC 5861, RFC 8246).

use super::headers::Headers;

/// The most seconds that a number of the header means: what is larger is as large (RFC 9111 section 1.2.2).
const SECONDS_MAX: f64 = 2_147_483_648.0;

/// What a response says of itself. Times are milliseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResponseDirectives {
    /// `no-store`.
    pub no_store: bool,
    /// `no-cache` without a list of fields.
    pub no_cache: bool,
    /// `must-revalidate`, and what means the same to a private cache.
    pub must_revalidate: bool,
    /// `public`.
    pub public: bool,
    /// `private`.
    pub private: bool,
    /// `immutable` (RFC 8246).
    pub immutable: bool,
    /// `must-understand`.
    pub must_understand: bool,
    /// `max-age`; what cannot be read counts as 0.
    pub max_age: Option<f64>,
    /// `stale-while-revalidate` (RFC 5861 section 3).
    pub stale_while_revalidate: Option<f64>,
    /// `stale-if-error` (RFC 5861 section 4).
    pub stale_if_error: Option<f64>,
}

impl ResponseDirectives {
    /// Reads them.
    #[must_use]
    pub fn new(headers: Headers<'_>) -> Self {
        let mut directives = Self::default();
        for (name, value) in cache_control(headers) {
            let is = |word: &str| name.eq_ignore_ascii_case(word);
            if is("no-store") {
                directives.no_store = true;
            } else if is("no-cache") {
                directives.no_cache |= value.is_none();
            } else if is("must-revalidate") {
                directives.must_revalidate = true;
            } else if is("public") {
                directives.public = true;
            } else if is("private") {
                directives.private = true;
            } else if is("immutable") {
                directives.immutable = true;
            } else if is("must-understand") {
                directives.must_understand = true;
            } else if is("max-age") {
                directives.max_age = least(directives.max_age, value);
            } else if is("stale-while-revalidate") {
                directives.stale_while_revalidate = least(directives.stale_while_revalidate, value);
            } else if is("stale-if-error") {
                directives.stale_if_error = least(directives.stale_if_error, value);
            }
        }
        directives
    }
}

/// What a request asks of caches. Times are milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RequestDirectives {
    /// `no-store`.
    pub no_store: bool,
    /// `no-cache`, or `Pragma: no-cache` where there is no `Cache-Control` (RFC 9111 section 5.4).
    pub no_cache: bool,
    /// `only-if-cached`.
    pub only_if_cached: bool,
    /// `max-age`.
    pub max_age: Option<f64>,
    /// `min-fresh`.
    pub min_fresh: Option<f64>,
    /// `max-stale`; without a value, infinite.
    pub max_stale: Option<f64>,
    /// `stale-if-error`.
    pub stale_if_error: Option<f64>,
}

impl RequestDirectives {
    /// Reads them.
    #[must_use]
    pub fn new(headers: Headers<'_>) -> Self {
        let mut directives = Self::default();
        if headers.get("cache-control").is_none() {
            directives.no_cache =
                headers.list("pragma").any(|word| word.eq_ignore_ascii_case("no-cache"));
        }
        for (name, value) in cache_control(headers) {
            let is = |word: &str| name.eq_ignore_ascii_case(word);
            if is("no-store") {
                directives.no_store = true;
            } else if is("no-cache") {
                directives.no_cache = true;
            } else if is("only-if-cached") {
                directives.only_if_cached = true;
            } else if is("max-age") {
                directives.max_age = least(directives.max_age, value);
            } else if is("min-fresh") {
                directives.min_fresh = least(directives.min_fresh, value);
            } else if is("max-stale") {
                directives.max_stale =
                    if value.is_none() { Some(f64::INFINITY) } else { least(None, value) };
            } else if is("stale-if-error") {
                directives.stale_if_error = least(directives.stale_if_error, value);
            }
        }
        directives
    }
}

/// The directives of every `Cache-Control` line: names, and values without their quotes.
pub(super) fn cache_control(headers: Headers<'_>) -> impl Iterator<Item = (&str, Option<&str>)> {
    headers.list("cache-control").map(|member| match member.split_once('=') {
        Some((name, value)) => (name, Some(unquoted(value))),
        None => (member, None),
    })
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value)
}

/// Where a directive comes twice, the shorter time counts: a cache may take the first or call the response
/// stale (RFC 9111 section 4.2.1), and the shorter one is never later than either.
fn least(known: Option<f64>, value: Option<&str>) -> Option<f64> {
    let new = value.and_then(seconds).unwrap_or(0.0) * 1000.0;
    Some(known.map_or(new, |known| known.min(new)))
}

/// A number of seconds: digits and nothing else.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = || {
        text.bytes().fold(0.0, |sum, byte| (sum * 10.0 + f64::from(byte - b'0')).min(SECONDS_MAX))
    };
    is_number.then(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn max_age(text: &str) -> Option<f64> {
        ResponseDirectives::new(Headers(&format!("cache-control:{text}"))).max_age
    }

    #[test]
    fn max_age_is_read_as_the_standard_says() {
        let rows = [
            ("max-age=3600", Some(3_600_000.0)),
            ("MaX-aGe=3600", Some(3_600_000.0)),
            ("max-age=\"3600\"", Some(3_600_000.0)),
            ("max-age=003600", Some(3_600_000.0)),
            ("max-age=99999999999", Some(2_147_483_648_000.0)),
            ("max-age='3600'", Some(0.0)),
            ("max-age=-3600", Some(0.0)),
            ("max-age=3600.0", Some(0.0)),
            ("max-age", Some(0.0)),
            ("max-age=1800, max-age=1", Some(1000.0)),
            ("extension=\"max-age=3600\"", None),
            ("s-maxage=3600", None),
            ("max-age =3600", None),
        ];
        for (text, expected) in rows {
            assert_eq!(max_age(text), expected, "{text}");
        }
    }

    #[test]
    fn flags_are_read_from_every_line() {
        let headers =
            Headers("cache-control:No-Store, PUBLIC\ncache-control:no-cache=\"a\", immutable");
        let directives = ResponseDirectives::new(headers);
        assert!(directives.no_store && directives.public && directives.immutable);
        assert!(!directives.no_cache && !directives.private && !directives.must_revalidate);
    }

    #[test]
    fn requests_ask_for_what_they_want() {
        let of = |text: &str| RequestDirectives::new(Headers(text));
        assert!(of("pragma:no-cache").no_cache);
        assert!(!of("pragma:no-cache\ncache-control:max-age=1").no_cache);
        assert_eq!(of("cache-control:max-stale").max_stale, Some(f64::INFINITY));
        assert_eq!(of("cache-control:max-stale=5, min-fresh=6").max_stale, Some(5000.0));
        assert_eq!(of("cache-control:max-stale=5, min-fresh=6").min_fresh, Some(6000.0));
        assert!(of("cache-control:only-if-cached, no-store").only_if_cached);
    }
}
