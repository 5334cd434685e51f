//! Whether a response may be stored, and whether it may be used again (RFC 9111 sections 3 and 4).

use super::date::parse_date;
use super::directives::{RequestDirectives, ResponseDirectives, seconds};
use super::headers::Headers;

/// A share of the age of a document is taken for how long it will not change (section 4.2.2).
const HEURISTIC_SHARE: f64 = 0.1;
/// But not for longer than a day: a guess must not outlive the news of the next morning.
const HEURISTIC_MS_MAX: f64 = 86_400_000.0;
/// The lifetime of what counts as stale from the beginning, and an age beyond every lifetime.
pub const STALE: f64 = 4_294_967_296_000.0;

/// What is true of a stored response.
pub mod flags {
    /// It may be stored.
    pub const STORABLE: u32 = 1;
    /// Once stale it must be validated, whatever happens.
    pub const MUST_REVALIDATE: u32 = 2;
    /// It must be validated before each use.
    pub const NO_CACHE: u32 = 4;
    /// It does not change while it is fresh.
    pub const IMMUTABLE: u32 = 8;
    /// The server has said how long it lives.
    pub const EXPLICIT: u32 = 16;
    /// It has an `ETag` or a `Last-Modified`.
    pub const HAS_VALIDATOR: u32 = 32;
    /// It is a part of a representation.
    pub const PARTIAL: u32 = 64;
    /// Nothing forbids that those who asked the same meanwhile get it too.
    pub const SHAREABLE: u32 = 128;
}

/// One answered request.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// In capitals.
    pub method: &'a str,
    /// The fields of the request.
    pub request: Headers<'a>,
    /// The status code.
    pub status: u16,
    /// The fields of the response.
    pub response: Headers<'a>,
    /// When the request was sent, in milliseconds.
    pub request_time: f64,
    /// When the response came.
    pub response_time: f64,
    /// How long it lives if the server says nothing, in milliseconds; negative: as the standard guesses.
    pub fallback_ttl: f64,
}

/// What has to be known to use a response again. Times are milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// See [`flags`].
    pub flags: u32,
    /// When it came.
    pub response_time: f64,
    /// How old it was then.
    pub initial_age: f64,
    /// How old it may become and still be fresh.
    pub lifetime: f64,
    /// How long after that it may be served while it is validated.
    pub stale_while_revalidate: f64,
    /// How long after that it may be served when the server fails.
    pub stale_if_error: f64,
}

/// How a stored response may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// As it is.
    Fresh = 0,
    /// As it is although stale, because the request allows it.
    Stale = 1,
    /// As it is, while it is being validated.
    WhileRevalidating = 2,
    /// After validation only.
    AfterValidation = 3,
}

impl Policy {
    /// Works out the policy of a response.
    #[must_use]
    pub fn new(exchange: &Exchange<'_>) -> Self {
        let said = ResponseDirectives::new(exchange.response);
        let date = exchange
            .response
            .only("date")
            .and_then(|text| parse_date(text, exchange.response_time))
            .unwrap_or(exchange.response_time);
        let explicit = explicit_lifetime(exchange, &said, date);
        let fallback = (exchange.fallback_ttl >= 0.0).then_some(exchange.fallback_ttl);
        let lifetime = explicit
            .or(fallback)
            .or_else(|| heuristic_lifetime(exchange, &said, date))
            .unwrap_or(0.0);
        let mut policy = Self {
            flags: 0,
            response_time: exchange.response_time,
            initial_age: initial_age(exchange, date),
            lifetime,
            stale_while_revalidate: said.stale_while_revalidate.unwrap_or(0.0),
            stale_if_error: said.stale_if_error.unwrap_or(0.0),
        };
        let has_validator =
            ["etag", "last-modified"].iter().any(|name| exchange.response.get(name).is_some());
        let is_partial = exchange.status == 206;
        let is_useful = lifetime > 0.0
            || has_validator
            || policy.stale_while_revalidate > 0.0
            || policy.stale_if_error > 0.0;
        let may_store = may_store(exchange, &said, explicit.is_some());
        for (flag, holds) in [
            (flags::STORABLE, is_useful && may_store),
            (flags::SHAREABLE, may_store),
            (flags::MUST_REVALIDATE, said.must_revalidate),
            (flags::NO_CACHE, said.no_cache),
            (flags::IMMUTABLE, said.immutable),
            (flags::EXPLICIT, explicit.is_some()),
            (flags::HAS_VALIDATOR, has_validator),
            (flags::PARTIAL, is_partial),
        ] {
            policy.flags |= if holds { flag } else { 0 };
        }
        policy
    }

    /// How old the response is (section 4.2.3).
    #[must_use]
    pub fn age(&self, now: f64) -> f64 {
        self.initial_age + (now - self.response_time).max(0.0)
    }

    /// Whether the response may be used for a request (section 4). After the clock was set back nobody knows
    /// how old it is, and it has to be validated.
    #[must_use]
    pub fn reuse(&self, asked: &RequestDirectives, now: f64) -> Reuse {
        let age = self.age(now);
        let staleness = age - self.lifetime;
        let is_fresh = staleness < 0.0;
        let is_immutable = is_fresh && self.has(flags::IMMUTABLE);
        let is_too_old = asked.max_age.is_some_and(|limit| age > limit) && !is_immutable;
        let is_too_short = asked.min_fresh.is_some_and(|limit| -staleness < limit);
        if now < self.response_time
            || self.has(flags::NO_CACHE)
            || asked.no_cache
            || is_too_old
            || is_too_short
        {
            return Reuse::AfterValidation;
        }
        if is_fresh {
            return Reuse::Fresh;
        }
        if self.has(flags::MUST_REVALIDATE) {
            return Reuse::AfterValidation;
        }
        if asked.max_stale.is_some_and(|limit| staleness <= limit) {
            return Reuse::Stale;
        }
        if staleness < self.stale_while_revalidate {
            return Reuse::WhileRevalidating;
        }
        Reuse::AfterValidation
    }

    /// Whether the response may be used although the server cannot be reached or fails (section 4.2.4,
    /// RFC 5861 section 4). `allowed` is how stale the app takes it beside what the server allows.
    #[must_use]
    pub fn may_serve_on_error(&self, asked: &RequestDirectives, allowed: f64, now: f64) -> bool {
        if now < self.response_time || self.has(flags::NO_CACHE) {
            return false;
        }
        let limit = self.stale_if_error.max(asked.stale_if_error.unwrap_or(0.0)).max(allowed);
        let staleness = self.age(now) - self.lifetime;
        staleness < 0.0 || (!self.has(flags::MUST_REVALIDATE) && staleness < limit)
    }

    fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}

/// Section 3, for a private cache.
fn may_store(exchange: &Exchange<'_>, said: &ResponseDirectives, is_explicit: bool) -> bool {
    let Exchange { method, request, status, response, .. } = *exchange;
    let is_known_method = method == "GET" || (method == "POST" && is_explicit);
    let is_final = status >= 200 && status != 304;
    // What the cache does not understand it must not keep; what it does, it keeps in spite of `no-store`.
    let is_understood = is_understood(status);
    let is_refused = if said.must_understand { !is_understood } else { said.no_store };
    let is_wild = response.list("vary").any(|name| name == "*");
    let may_be_partial = status != 206 || response.only("content-range").is_some();
    is_known_method
        && is_final
        && !is_refused
        && !is_wild
        && may_be_partial
        && !RequestDirectives::new(request).no_store
}

/// The status codes whose caching rules this cache knows (RFC 9110 section 15, RFC 9111 section 5.2.2.3).
fn is_understood(status: u16) -> bool {
    is_heuristic(status)
        || matches!(status, 302 | 303 | 307 | 400 | 401 | 403 | 500 | 502 | 503 | 504)
}

/// The status codes that may be kept without being told so (RFC 9110 section 15.1).
fn is_heuristic(status: u16) -> bool {
    matches!(status, 200 | 203 | 204 | 206 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501)
}

/// `max-age`, else `Expires` (section 4.2.1); one that cannot be read is in the past.
fn explicit_lifetime(exchange: &Exchange<'_>, said: &ResponseDirectives, date: f64) -> Option<f64> {
    said.max_age.or_else(|| {
        exchange.response.get("expires")?;
        let expires = exchange
            .response
            .only("expires")
            .and_then(|text| parse_date(text, exchange.response_time));
        Some(expires.map_or(0.0, |expires| (expires - date).max(0.0)))
    })
}

fn heuristic_lifetime(
    exchange: &Exchange<'_>,
    said: &ResponseDirectives,
    date: f64,
) -> Option<f64> {
    if !is_heuristic(exchange.status) && !said.public {
        return None;
    }
    let modified = parse_date(exchange.response.only("last-modified")?, exchange.response_time)?;
    Some(((date - modified) * HEURISTIC_SHARE).clamp(0.0, HEURISTIC_MS_MAX))
}

/// Section 4.2.3. An `Age` that is no number, or comes twice, is older than anything.
fn initial_age(exchange: &Exchange<'_>, date: f64) -> f64 {
    let told = match exchange.response.get("age") {
        None => 0.0,
        Some(_) => {
            exchange.response.only("age").and_then(seconds).map_or(STALE, |age| age * 1000.0)
        }
    };
    let delay = (exchange.response_time - exchange.request_time).max(0.0);
    (exchange.response_time - date).max(told + delay).max(0.0)
}
