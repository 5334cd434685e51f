//! Byte ranges: what a request wants, and what a partial response holds (RFC 9110 section 14).

use super::directives::seconds;

/// The first and the last byte that a `Range` header of one range means, of a representation of `total`
/// bytes. Several ranges, other units and what cannot be satisfied give none.
#[must_use]
pub fn resolve_range(range: &str, total: f64) -> Option<(f64, f64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (first.trim_ascii(), last.trim_ascii());
    let span = if first.is_empty() {
        let count = seconds(last)?;
        if count == 0.0 {
            return None;
        }
        ((total - count).max(0.0), total - 1.0)
    } else if last.is_empty() {
        (seconds(first)?, total - 1.0)
    } else {
        (seconds(first)?, seconds(last)?.min(total - 1.0))
    };
    (span.0 <= span.1 && span.0 < total).then_some(span)
}

/// The first byte, the last byte and the total of a `Content-Range`; one whose total is unknown gives none.
#[must_use]
pub fn content_range(text: &str) -> Option<(f64, f64, f64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total) = (seconds(first)?, seconds(last)?, seconds(total)?);
    (first <= last && last < total).then_some((first, last, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_resolved_against_the_length() {
        let rows = [
            ("bytes=0-1", Some((0.0, 1.0))),
            ("bytes=1-", Some((1.0, 9.0))),
            ("bytes=-1", Some((9.0, 9.0))),
            ("bytes=-20", Some((0.0, 9.0))),
            ("bytes=5-99", Some((5.0, 9.0))),
            ("bytes=10-", None),
            ("bytes=-0", None),
            ("bytes=3-2", None),
            ("bytes=0-1,3-4", None),
            ("items=0-1", None),
            ("bytes=a-b", None),
        ];
        for (range, expected) in rows {
            assert_eq!(resolve_range(range, 10.0), expected, "{range}");
        }
    }

    #[test]
    fn partial_responses_say_what_they_hold() {
        assert_eq!(content_range("bytes 4-9/10"), Some((4.0, 9.0, 10.0)));
        for text in ["bytes 4-9/*", "bytes */10", "bytes 9-4/10", "bytes 4-10/10", "4-9/10", ""] {
            assert_eq!(content_range(text), None, "{text}");
        }
    }
}
