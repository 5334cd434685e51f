//! The rules of the HTTP cache as tables, and beside another implementation of the same standard.

#![cfg(feature = "http-cache")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use ministash::http_cache::{Exchange, Headers, Policy, RequestDirectives, Reuse, STALE, flags};

const NOW: f64 = 1_700_000_000_000.0;
const SECOND: f64 = 1000.0;

fn exchange<'a>(status: u16, response: &'a str) -> Exchange<'a> {
    Exchange {
        method: "GET",
        request: Headers(""),
        status,
        response: Headers(response),
        request_time: NOW,
        response_time: NOW,
        fallback_ttl: -1.0,
    }
}

fn policy(status: u16, response: &str) -> Policy {
    Policy::new(&exchange(status, response))
}

#[test]
fn lifetimes_come_from_what_the_server_said_first() {
    // Tue, 14 Nov 2023 22:13:20 GMT is NOW.
    let rows = [
        ("cache-control:max-age=60", 60.0),
        ("cache-control:max-age=60\nexpires:Tue, 14 Nov 2023 23:13:20 GMT", 60.0),
        ("expires:Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        ("date:Tue, 14 Nov 2023 22:13:10 GMT\nexpires:Tue, 14 Nov 2023 22:14:20 GMT", 70.0),
        ("expires:0", 0.0),
        ("expires:Tue, 14 Nov 2023 22:14:20 GMT\nexpires:Tue, 14 Nov 2023 22:14:20 GMT", 0.0),
        ("last-modified:Tue, 14 Nov 2023 22:03:20 GMT", 60.0),
        ("last-modified:Tue, 14 Nov 2000 22:03:20 GMT", 86_400.0),
        ("last-modified:Wed, 15 Nov 2023 22:03:20 GMT", 0.0),
        ("cache-control:s-maxage=60", 0.0),
        ("", 0.0),
    ];
    for (response, seconds) in rows {
        assert_eq!(policy(200, response).lifetime, seconds * SECOND, "{response}");
    }
    assert_eq!(policy(500, "last-modified:Tue, 14 Nov 2023 22:03:20 GMT").lifetime, 0.0);
    assert_eq!(
        policy(599, "cache-control:public\nlast-modified:Tue, 14 Nov 2023 22:03:20 GMT").lifetime,
        60_000.0
    );
}

#[test]
fn a_rule_of_the_app_counts_only_where_the_server_says_nothing() {
    let with =
        |response| Policy::new(&Exchange { fallback_ttl: 5.0 * SECOND, ..exchange(200, response) });
    assert_eq!(with("").lifetime, 5.0 * SECOND);
    assert_eq!(with("last-modified:Tue, 14 Nov 2000 22:03:20 GMT").lifetime, 5.0 * SECOND);
    assert_eq!(with("cache-control:max-age=1").lifetime, SECOND);
    assert_eq!(with("expires:0").lifetime, 0.0);
    assert_eq!(with("cache-control:no-store").flags & flags::STORABLE, 0);
    assert_eq!(
        with("cache-control:no-cache").reuse(&RequestDirectives::default(), NOW),
        Reuse::AfterValidation
    );
}

#[test]
fn ages_count_the_way_and_what_others_told() {
    let of = |response, delay| {
        Policy::new(&Exchange { request_time: NOW - delay, ..exchange(200, response) })
    };
    assert_eq!(of("", 500.0).age(NOW), 500.0);
    assert_eq!(of("age:30", 500.0).age(NOW + SECOND), 31_500.0);
    assert_eq!(of("date:Tue, 14 Nov 2023 22:12:20 GMT\nage:30", 0.0).age(NOW), 60.0 * SECOND);
    assert_eq!(of("date:Tue, 14 Nov 2023 23:12:20 GMT", 0.0).age(NOW), 0.0);
    for wrong in ["age:abc", "age:-7200", "age:7200.0", "age:0, 0", "age:0\nage:0", "age:1;a=b"] {
        assert!(of(wrong, 0.0).age(NOW) >= STALE, "{wrong}");
    }
}

#[test]
fn responses_are_stored_when_the_standard_allows_it() {
    let rows = [
        (200, "cache-control:max-age=1", true),
        (200, "cache-control:max-age=1, private", true),
        (200, "cache-control:max-age=1, no-store", false),
        (200, "", false),
        (200, "etag:\"a\"", true),
        (200, "cache-control:no-cache\netag:\"a\"", true),
        (200, "cache-control:max-age=1\nvary:a, *", false),
        (206, "cache-control:max-age=1", false),
        (206, "cache-control:max-age=1\ncontent-range:bytes 0-1/2", true),
        (304, "cache-control:max-age=1", false),
        (599, "cache-control:max-age=1", true),
        (599, "cache-control:max-age=1, must-understand", false),
        (200, "cache-control:max-age=1, must-understand, no-store", true),
        (200, "cache-control:max-age=0, stale-if-error=60", true),
    ];
    for (status, response, expected) in rows {
        assert_eq!(
            policy(status, response).flags & flags::STORABLE != 0,
            expected,
            "{status} {response}"
        );
    }
    let by = |method, response| {
        Policy::new(&Exchange { method, ..exchange(200, response) }).flags & flags::STORABLE
    };
    assert_eq!(by("PUT", "cache-control:max-age=1"), 0);
    assert_eq!(by("POST", "cache-control:max-age=1"), flags::STORABLE);
    assert_eq!(by("POST", "etag:\"a\""), 0);
    let asked = Exchange {
        request: Headers("cache-control:no-store"),
        ..exchange(200, "cache-control:max-age=1")
    };
    assert_eq!(Policy::new(&asked).flags & flags::STORABLE, 0);
}

#[test]
fn stored_responses_are_used_as_both_sides_allow() {
    use Reuse::{AfterValidation, Fresh, Stale, WhileRevalidating};
    // What the server said, what the request says, seconds later, the answer.
    let rows = [
        ("max-age=10", "", 9.9, Fresh),
        ("max-age=10", "", 10.0, AfterValidation),
        ("max-age=10", "", -0.1, AfterValidation),
        ("max-age=10", "max-age=5", 5.0, Fresh),
        ("max-age=10", "max-age=5", 5.1, AfterValidation),
        ("max-age=10", "max-age=0", 0.1, AfterValidation),
        ("max-age=10, immutable", "max-age=0", 9.0, Fresh),
        ("max-age=10, immutable", "max-age=0", 10.0, AfterValidation),
        ("max-age=10", "min-fresh=5", 5.0, Fresh),
        ("max-age=10", "min-fresh=5", 5.1, AfterValidation),
        ("max-age=10", "no-cache", 1.0, AfterValidation),
        ("max-age=10, no-cache", "", 1.0, AfterValidation),
        ("max-age=10", "max-stale", 999.0, Stale),
        ("max-age=10", "max-stale=5", 15.0, Stale),
        ("max-age=10", "max-stale=5", 15.1, AfterValidation),
        ("max-age=10, must-revalidate", "max-stale=5", 12.0, AfterValidation),
        ("max-age=10, stale-while-revalidate=5", "", 14.9, WhileRevalidating),
        ("max-age=10, stale-while-revalidate=5", "", 15.0, AfterValidation),
        ("max-age=10, stale-while-revalidate=5, must-revalidate", "", 12.0, AfterValidation),
        ("max-age=10, stale-while-revalidate=5", "max-age=11", 12.0, AfterValidation),
    ];
    for (said, asked, later, expected) in rows {
        let response = ["cache-control:", said, "\netag:\"a\""].concat();
        let request = ["cache-control:", asked].concat();
        let directives = RequestDirectives::new(Headers(&request));
        let reuse = policy(200, &response).reuse(&directives, NOW + later * SECOND);
        assert_eq!(reuse, expected, "{said} | {asked} | {later}");
    }
}

#[test]
fn when_the_server_fails_the_limits_of_server_request_and_app_count() {
    let rows = [
        ("max-age=10", "", 0.0, 5.0, true),
        ("max-age=10", "", 0.0, 11.0, false),
        ("max-age=10, stale-if-error=5", "", 0.0, 14.0, true),
        ("max-age=10, stale-if-error=5", "", 0.0, 15.0, false),
        ("max-age=10", "stale-if-error=5", 0.0, 14.0, true),
        ("max-age=10", "", 5.0, 14.0, true),
        ("max-age=10, must-revalidate", "", 99.0, 5.0, true),
        ("max-age=10, must-revalidate", "", 99.0, 11.0, false),
        ("max-age=10, no-cache", "", 99.0, 5.0, false),
    ];
    for (said, asked, allowed, later, expected) in rows {
        let response = ["cache-control:", said].concat();
        let request = ["cache-control:", asked].concat();
        let directives = RequestDirectives::new(Headers(&request));
        let now = NOW + later * SECOND;
        let served = policy(200, &response).may_serve_on_error(&directives, allowed * SECOND, now);
        assert_eq!(served, expected, "{said} | {asked} | {allowed} | {later}");
    }
}
