//! The rules of the HTTP cache beside those of the crate `http-cache-semantics`, on random exchanges and clocks:
//! where the two differ, the section of RFC 9111 that decides is named, and a difference without one fails.

#![cfg(feature = "http-cache")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_cache_semantics::{BeforeRequest, CacheOptions, CachePolicy};
use ministash::entropy::Entropy;
use ministash::http_cache::{Exchange, Headers, Policy, RequestDirectives, Reuse, flags};

const NOW_MS: u64 = 1_700_000_000_000;

/// Header lines that a server may send, one of each group or none.
const RESPONSE: &[&[&str]] = &[
    &[
        "cache-control:max-age=60",
        "cache-control:max-age=0",
        "cache-control:max-age=60, must-revalidate",
        "cache-control:private, max-age=60",
        "cache-control:public",
        "cache-control:no-cache",
        "cache-control:no-store, max-age=60",
        "cache-control:max-age=60, immutable",
        "cache-control:max-age=60, must-understand",
        "cache-control:no-store, max-age=60, must-understand",
        "cache-control:max-age=-5",
        "cache-control:max-age=60, max-age=5",
        "cache-control:max-age=60, stale-while-revalidate=60",
    ],
    &[
        "expires:Tue, 14 Nov 2023 22:14:20 GMT",
        "expires:Tue, 14 Nov 2023 22:12:20 GMT",
        "expires:0",
        "expires:Tuesday, 14-Nov-23 22:14:20 GMT",
    ],
    &["date:Tue, 14 Nov 2023 22:13:20 GMT", "date:Tue, 14 Nov 2023 22:12:50 GMT", "date:foo"],
    &["age:30", "age:0", "age:abc", "age:-1"],
    &["last-modified:Tue, 14 Nov 2023 22:03:20 GMT", "last-modified:Tue, 14 Nov 2000 22:03:20 GMT"],
    &["vary:a", "vary:*", "vary:a, *"],
    &["pragma:no-cache"],
];
const REQUEST: &[&[&str]] = &[
    &[
        "cache-control:max-age=20",
        "cache-control:no-cache",
        "cache-control:no-store",
        "cache-control:min-fresh=20",
        "cache-control:max-stale=20",
    ],
    &["a:1"],
];
const STATUSES: &[u16] = &[200, 200, 200, 203, 204, 301, 302, 307, 308, 404, 410, 500, 503, 599];

fn below(dice: &mut Entropy, limit: usize) -> usize {
    usize::try_from(dice.number() % limit as u64).unwrap()
}

fn drawn(dice: &mut Entropy, groups: &[&[&'static str]]) -> Vec<&'static str> {
    let mut lines = Vec::new();
    for group in groups {
        let index = below(dice, 2 * group.len());
        lines.extend(group.get(index));
    }
    lines
}

fn time(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms)
}

/// Whether the peer would answer a second request without asking.
fn peer(status: u16, response: &[&str], request: &[&str], later_ms: u64) -> bool {
    let fields = |lines: &[&str]| {
        let mut map = http::HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            let name: http::HeaderName = name.parse().unwrap();
            map.append(name, value.parse().unwrap());
        }
        map
    };
    let mut asked = http::Request::builder().uri("http://example.com/").body(()).unwrap();
    *asked.headers_mut() = fields(request);
    let mut answer = http::Response::builder().status(status).body(()).unwrap();
    *answer.headers_mut() = fields(response);
    let options = CacheOptions {
        shared: false,
        immutable_min_time_to_live: Duration::ZERO,
        ..CacheOptions::default()
    };
    let policy = CachePolicy::new_options(&asked, &answer, time(NOW_MS), options);
    let before = policy.before_request(&asked, time(NOW_MS + later_ms));
    policy.is_storable() && matches!(before, BeforeRequest::Fresh(_))
}

/// Whether we would.
fn ours(status: u16, response: &str, request: &str, later_ms: u64) -> bool {
    #[allow(clippy::cast_precision_loss)]
    let (start, now) = (NOW_MS as f64, (NOW_MS + later_ms) as f64);
    let policy = Policy::new(&Exchange {
        method: "GET",
        request: Headers(request),
        status,
        response: Headers(response),
        request_time: start,
        response_time: start,
        fallback_ttl: -1.0,
    });
    let asked = RequestDirectives::new(Headers(request));
    let reuse = policy.reuse(&asked, now);
    policy.flags & flags::STORABLE != 0
        && !asked.no_store
        && matches!(reuse, Reuse::Fresh | Reuse::Stale)
}

/// Why the two may differ on an exchange: the section, and what it says.
fn reason(status: u16, response: &str, request: &str, later_ms: u64) -> Option<&'static str> {
    let has = |text: &str| response.contains(text);
    let is_listed = matches!(
        status,
        200 | 203 | 204 | 300 | 301 | 302 | 303 | 307 | 308 | 404 | 405 | 410 | 414 | 501
    );
    if has("age:abc") || has("age:-1") {
        Some("5.1: an Age that is no number makes the response stale; the peer takes it for 0")
    } else if has("22:12:50 GMT") {
        Some("4.2.3: a Date in the past is an age too; the peer does not look at it")
    } else if has("must-understand") {
        Some("5.2.2.3: must-understand; the peer does not know it")
    } else if has("vary:a, *") {
        Some("4.1: a Vary that holds * among others matches nothing; the peer wants it alone")
    } else if !is_listed {
        Some("3: any final status may be stored if the response says so; the peer has a list")
    } else if has("max-age=-5") || has("max-age=5") {
        Some("4.2.1: directives that conflict or cannot be read; the peer takes another one")
    } else if has("14-Nov-23") {
        Some("5.6.7 of RFC 9110: the old forms of a date must be read; the peer does not")
    } else if has("pragma:no-cache") {
        Some("5.4: Pragma means nothing in a response; the peer takes it for no-cache")
    } else if has("14 Nov 2000") || (has("last-modified") && later_ms >= 59_000) {
        Some("4.2.2: the guess of the standard is ours to bound: a day; the peer's has no bound")
    } else if has("cache-control:public") && !has("expires") {
        Some("4.2.2: public allows a guess for every status; the peer guesses for its list only")
    } else if request.contains("max-stale") {
        Some("5.2.1.2: the edge of max-stale; the peer counts whole seconds")
    } else if has("immutable") && request.contains("max-age") {
        Some("RFC 8246 2: what is immutable is not asked about while it is fresh; the peer asks")
    } else if has("date:foo") {
        Some(
            "RFC 9110 6.6.1: a Date that cannot be read is the time of arrival; the peer agrees but for edges",
        )
    } else {
        None
    }
}

#[test]
fn every_difference_from_the_peer_has_its_section() {
    let mut dice = Entropy::new([91; 32]);
    let mut found: BTreeMap<&str, u32> = BTreeMap::new();
    let mut unexplained = Vec::new();
    let mut same = 0;
    for _ in 0..40_000 {
        let status = STATUSES[below(&mut dice, STATUSES.len())];
        let (response, request) = (drawn(&mut dice, RESPONSE), drawn(&mut dice, REQUEST));
        let later_ms = below(&mut dice, 150) as u64 * 1000 + 500;
        let (response_text, request_text) = (response.join("\n"), request.join("\n"));
        let we = ours(status, &response_text, &request_text, later_ms);
        let they = peer(status, &response, &request, later_ms);
        if we == they {
            same += 1;
            continue;
        }
        match reason(status, &response_text, &request_text, later_ms) {
            Some(why) => *found.entry(why).or_default() += 1,
            None => unexplained.push(format!(
                "{status} {response:?} asked {request:?} after {later_ms} ms: ours {we}, theirs {they}"
            )),
        }
    }
    for (why, count) in &found {
        println!("{count:>6}  {why}");
    }
    println!("{same:>6}  the same");
    unexplained.truncate(10);
    assert!(unexplained.is_empty(), "no section explains {unexplained:#?}");
    assert!(same > 25_000, "only {same} were the same: the comparison is broken");
}
