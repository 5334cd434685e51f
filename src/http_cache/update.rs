//! Which fields of a response are stored, and which a validation replaces (RFC 9111 sections 3.1 and 3.2).

use super::directives::cache_control;
use super::headers::{Headers, members};

/// Fields that belong to one connection (RFC 9110 section 7.6.1, RFC 9111 section 3.1).
const HOP_BY_HOP: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Fields that describe the stored body, which a validation does not send again (RFC 9111 section 3.2).
const OF_THE_BODY: [&str; 5] =
    ["content-encoding", "content-length", "content-md5", "content-range", "etag"];

/// The fields of a response that may be stored.
#[must_use]
pub fn storable_headers(headers: Headers<'_>) -> String {
    let mut stored = String::new();
    for (name, value) in headers.lines().filter(|(name, _)| is_storable(headers, name)) {
        push_line(&mut stored, name, value);
    }
    stored
}

/// The stored fields after a validation: those that came replace those that were there.
#[must_use]
pub fn freshened(stored: Headers<'_>, received: Headers<'_>) -> String {
    let replaces = |name: &str| {
        received.get(name).is_some()
            && !is_one_of(&OF_THE_BODY, name)
            && is_storable(received, name)
    };
    let mut fields = String::new();
    for (name, value) in stored.lines().filter(|(name, _)| !replaces(name)) {
        push_line(&mut fields, name, value);
    }
    for (name, value) in received.lines().filter(|(name, _)| replaces(name)) {
        push_line(&mut fields, name, value);
    }
    fields
}

fn is_storable(headers: Headers<'_>, name: &str) -> bool {
    let is_named = |list: &str| members(list).any(|member| member.eq_ignore_ascii_case(name));
    // `no-cache` and `private` with a list concern the fields of that list only (section 5.2.2.4).
    let is_withheld = || {
        cache_control(headers).any(|(directive, list)| {
            directive.eq_ignore_ascii_case("no-cache") && list.is_some_and(is_named)
        })
    };
    !is_one_of(&HOP_BY_HOP, name) && !headers.all("connection").any(is_named) && !is_withheld()
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn push_line(text: &mut String, name: &str, value: &str) {
    for part in [name, ":", value, "\n"] {
        text.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_a_connection_is_not_stored() {
        let headers =
            "Connection:a, B\na:1\nb:2\nc:3\nTE:x\ncache-control:no-cache=\"d, e\"\nd:4\nf:5";
        assert_eq!(
            storable_headers(Headers(headers)),
            "c:3\ncache-control:no-cache=\"d, e\"\nf:5\n"
        );
    }

    #[test]
    fn a_validation_replaces_what_it_brings_but_not_what_describes_the_body() {
        let stored = Headers("a:1\na:2\nb:3\netag:\"x\"\ncontent-length:5\n");
        let received = Headers("a:9\netag:\"y\"\ncontent-length:0\nkeep-alive:1\nc:4");
        assert_eq!(freshened(stored, received), "b:3\netag:\"x\"\ncontent-length:5\na:9\nc:4\n");
    }
}
