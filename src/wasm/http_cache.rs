//! The door of the HTTP cache: pure functions over header text and numbers. Times are milliseconds; a
//! number that is not given is -1.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::http_cache::{
    Exchange, Headers, Policy, RequestDirectives, content_range, fingerprint, freshened,
    resolve_range, storable_headers, vary_key,
};

/// What a request asks of caches: flags (1 `no-store`, 2 `no-cache`, 4 `only-if-cached`), `max-age`,
/// `min-fresh`, `max-stale`, `stale-if-error`.
#[wasm_bindgen(js_name = httpDirectives)]
#[must_use]
pub fn directives(request: &str) -> Vec<f64> {
    let asked = RequestDirectives::new(Headers(request));
    let flags = u8::from(asked.no_store)
        | u8::from(asked.no_cache) << 1
        | u8::from(asked.only_if_cached) << 2;
    let number = |value: Option<f64>| value.unwrap_or(-1.0);
    vec![
        f64::from(flags),
        number(asked.max_age),
        number(asked.min_fresh),
        number(asked.max_stale),
        number(asked.stale_if_error),
    ]
}

/// The policy of a response: flags, response time, initial age, lifetime, `stale-while-revalidate`,
/// `stale-if-error`.
#[wasm_bindgen(js_name = httpPolicy)]
#[must_use]
#[allow(clippy::too_many_arguments)] // One exchange, field by field: an object would cost more.
pub fn policy(
    method: &str,
    request: &str,
    status: u16,
    response: &str,
    request_time: f64,
    response_time: f64,
    fallback_ttl: f64,
) -> Vec<f64> {
    let policy = Policy::new(&Exchange {
        method,
        request: Headers(request),
        status,
        response: Headers(response),
        request_time,
        response_time,
        fallback_ttl,
    });
    vec![
        f64::from(policy.flags),
        policy.response_time,
        policy.initial_age,
        policy.lifetime,
        policy.stale_while_revalidate,
        policy.stale_if_error,
    ]
}

/// How a stored response may be used: 0 as it is, 1 although stale, 2 while it is validated, 3 after that.
#[wasm_bindgen(js_name = httpReuse)]
#[must_use]
#[allow(clippy::too_many_arguments)] // Numbers cross for nothing; this is asked for every request.
pub fn reuse(
    flags: u32,
    response_time: f64,
    initial_age: f64,
    lifetime: f64,
    stale_while_revalidate: f64,
    asked_flags: u8,
    max_age: f64,
    min_fresh: f64,
    max_stale: f64,
    now: f64,
) -> u8 {
    let policy = Policy {
        flags,
        response_time,
        initial_age,
        lifetime,
        stale_while_revalidate,
        stale_if_error: 0.0,
    };
    let given = |number: f64| (number >= 0.0).then_some(number);
    let asked = RequestDirectives {
        no_cache: asked_flags & 2 != 0,
        max_age: given(max_age),
        min_fresh: given(min_fresh),
        max_stale: given(max_stale),
        ..RequestDirectives::default()
    };
    policy.reuse(&asked, now) as u8
}

/// Whether a stored response may be used although the server fails; `allowed` is what the app allows.
#[wasm_bindgen(js_name = httpServesOnError)]
#[must_use]
#[allow(clippy::too_many_arguments)] // As above.
pub fn serves_on_error(
    flags: u32,
    response_time: f64,
    initial_age: f64,
    lifetime: f64,
    stale_if_error: f64,
    asked: f64,
    allowed: f64,
    now: f64,
) -> bool {
    let policy = Policy {
        flags,
        response_time,
        initial_age,
        lifetime,
        stale_while_revalidate: 0.0,
        stale_if_error,
    };
    let asked = RequestDirectives { stale_if_error: Some(asked), ..RequestDirectives::default() };
    policy.may_serve_on_error(&asked, allowed, now)
}

/// How old a response is.
#[wasm_bindgen(js_name = httpAge)]
#[must_use]
pub fn age(response_time: f64, initial_age: f64, now: f64) -> f64 {
    let policy = Policy {
        flags: 0,
        response_time,
        initial_age,
        lifetime: 0.0,
        stale_while_revalidate: 0.0,
        stale_if_error: 0.0,
    };
    policy.age(now)
}

/// What a request selects by the fields that `vary` names; `*` if nothing can be selected.
#[wasm_bindgen(js_name = httpVaryKey)]
#[must_use]
pub fn vary(vary: &str, request: &str) -> String {
    vary_key(vary, Headers(request)).unwrap_or_else(|| "*".to_owned())
}

/// The fields of a response that are stored.
#[wasm_bindgen(js_name = httpStorable)]
#[must_use]
pub fn storable(response: &str) -> String {
    storable_headers(Headers(response))
}

/// The stored fields after a validation.
#[wasm_bindgen(js_name = httpFreshened)]
#[must_use]
pub fn freshen(stored: &str, received: &str) -> String {
    freshened(Headers(stored), Headers(received))
}

/// The first and the last byte that a `Range` means, or nothing.
#[wasm_bindgen(js_name = httpRange)]
#[must_use]
pub fn range(range: &str, total: f64) -> Vec<f64> {
    resolve_range(range, total).map_or_else(Vec::new, |(first, last)| vec![first, last])
}

/// The first byte, the last byte and the total of a `Content-Range`, or nothing.
#[wasm_bindgen(js_name = httpContentRange)]
#[must_use]
pub fn content(range: &str) -> Vec<f64> {
    content_range(range).map_or_else(Vec::new, |(first, last, total)| vec![first, last, total])
}

/// A fingerprint of a text that is not to lie in the store in the clear.
#[wasm_bindgen(js_name = httpDigest)]
#[must_use]
pub fn digest(text: &str) -> String {
    fingerprint(text)
}
