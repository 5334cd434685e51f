//! Which variant of a response a request selects (RFC 9111 section 4.1).

use sha2::{Digest, Sha256};

use crate::bytes::hex_of;

use super::headers::{Headers, members};

/// The request fields that a `Vary` header names, with their values, normalised: requests with equal keys
/// select the same variant. A `Vary` that holds `*` selects nothing, ever.
#[must_use]
pub fn vary_key(vary: &str, request: Headers<'_>) -> Option<String> {
    let mut names: Vec<String> = members(vary).map(str::to_ascii_lowercase).collect();
    if names.iter().any(|name| name == "*") {
        return None;
    }
    names.sort_unstable();
    names.dedup();
    let mut key = String::new();
    for name in names {
        key.push_str(&name);
        let mut values: Vec<String> =
            request.list(&name).map(|member| normalised(&name, member)).collect();
        if is_preference(&name) {
            values.sort_unstable();
        }
        // A field that is missing is not one that is empty.
        key.push_str(if request.get(&name).is_some() { ":" } else { "!" });
        for value in values {
            key.push_str(&value);
            key.push(',');
        }
        key.push('\n');
    }
    Some(key)
}

/// Fields whose members mean the same in any order and any case: what is preferred stands in `q`.
fn is_preference(name: &str) -> bool {
    matches!(name, "accept" | "accept-charset" | "accept-encoding" | "accept-language")
}

fn normalised(name: &str, member: &str) -> String {
    // What lets somebody in must not lie in the store a second time.
    if matches!(name, "authorization" | "cookie" | "proxy-authorization") {
        return fingerprint(member);
    }
    if !is_preference(name) {
        return member.to_owned();
    }
    let mut text: String = member.split_ascii_whitespace().collect();
    text.make_ascii_lowercase();
    for weight in [";q=1", ";q=1.0", ";q=1.00", ";q=1.000"] {
        if let Some(rest) = text.strip_suffix(weight) {
            return rest.to_owned();
        }
    }
    text
}

/// A fingerprint of a text that is not to lie in the store in the clear: the first 128 bits of its SHA-256.
#[must_use]
pub fn fingerprint(text: &str) -> String {
    hex_of(Sha256::digest(text).get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_mean_the_same_select_the_same() {
        let rows = [
            ("foo", "foo:1", "foo:1\nbar:2", true),
            ("foo", "foo:1", "foo:2", false),
            ("foo", "foo:1", "", false),
            ("foo", "foo:", "", false),
            ("Foo, Bar", "foo:1\nbar:2", "bar:2\nfoo:1", true),
            ("bar,foo", "foo:1", "foo:1", true),
            ("foo", "foo:1, 2", "foo:1\nfoo:2", true),
            ("foo", "foo:1,2", "foo: 1 , 2 ", true),
            ("foo", "foo:1,2", "foo:2,1", false),
            ("foo", "foo:a", "foo:A", false),
            ("accept-language", "accept-language:en, de", "accept-language:De,  eN", true),
            ("accept-language", "accept-language:en;q=1.0", "accept-language:en", true),
            ("accept-language", "accept-language:en;q=0.5", "accept-language:en", false),
        ];
        for (vary, left, right, expected) in rows {
            let key = |request| vary_key(vary, Headers(request));
            assert!(key(left).is_some());
            assert_eq!(key(left) == key(right), expected, "{vary}: {left} against {right}");
        }
    }

    #[test]
    fn credentials_never_lie_in_a_key_in_the_clear() {
        let key = |request| vary_key("authorization, cookie", Headers(request)).unwrap();
        let one = key("authorization:Bearer abc\ncookie:id=1");
        assert!(!one.contains("abc") && !one.contains("id=1"), "{one}");
        assert_ne!(one, key("authorization:Bearer abd\ncookie:id=1"));
        assert_eq!(fingerprint("abc"), "ba7816bf8f01cfea414140de5dae2223");
    }

    #[test]
    fn a_star_selects_nothing() {
        for vary in ["*", "*, *", ", *", "foo, *", "*,foo"] {
            assert_eq!(vary_key(vary, Headers("foo:1")), None, "{vary}");
        }
    }
}
