//! The rules of the upload queue, each by itself; all of them together are in `upload_model.rs`.
#![cfg(feature = "uploads")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use ministash::upload::{
    Engine, Failure, Outcome, Rules, SLOTS_MAX, State, Why, hold, is_transient,
};

const RULES: Rules = Rules {
    concurrency: 3,
    attempts: 4,
    base_ms: 1000,
    cap_ms: 3000,
    timeout_ms: 60_000,
    stall_ms: 10_000,
};
const ALL: u32 = u32::MAX;

fn failed(failure: Failure) -> Outcome {
    Outcome::Failed(failure)
}

fn with_status(status: u16) -> Outcome {
    failed(Failure { status, ..Failure::default() })
}

fn with(count: u32) -> Engine {
    let mut engine = Engine::new(RULES);
    for slot in 0..count {
        assert!(engine.add(slot, 0, 0, 0, 0));
    }
    engine
}

fn settle(engine: &mut Engine, slot: u32, outcome: Outcome, chance: u32, now: u64) -> State {
    let claim = engine.claim_of(slot);
    engine.settle(slot, claim, outcome, chance, now).unwrap()
}

#[test]
fn no_more_are_claimed_than_may_be_sent_at_once_and_the_first_come_first() {
    let mut engine = with(5);
    let claimed: Vec<_> = std::iter::from_fn(|| engine.claim(0)).collect();
    assert_eq!(claimed, [0, 1, 2]);
    assert_eq!(engine.explain(4, 0), Why::Behind(4));
    assert_eq!(settle(&mut engine, 1, Outcome::Done, 0, 1), State::Done);
    assert_eq!((engine.claim(1), engine.claim(1)), (Some(3), None));
    assert_eq!(engine.running(), 3);
}

#[test]
fn a_higher_priority_passes_but_nobody_waits_for_ever() {
    let mut engine = Engine::new(Rules { concurrency: 1, ..RULES });
    engine.add(0, 0, 0, 0, 0);
    engine.add(1, -3, 0, 0, 0);
    engine.add(2, 5, 0, 0, 0);
    assert_eq!(engine.claim(0), Some(2));
    // Ever new items of a high priority come; the two that wait are sent all the same.
    let mut sent = Vec::new();
    let mut running = 2;
    for (now, slot) in (1..400).map(|turn| (turn * 1000, u32::try_from(turn).unwrap() + 2)) {
        engine.add(slot, 5, 0, now, now);
        settle(&mut engine, running, Outcome::Done, 0, now);
        running = engine.claim(now).unwrap();
        if running < 2 {
            sent.push((running, now));
        }
    }
    assert_eq!(sent.iter().map(|(slot, _)| *slot).collect::<Vec<_>>(), [0, 1]);
    assert!(sent[0].1 > 140_000 && sent[0].1 < 310_000, "{sent:?}");
}

#[test]
fn statuses_that_say_later_are_told_from_those_that_say_no() {
    for status in [408, 425, 429, 500, 502, 503, 504, 507] {
        assert!(is_transient(status), "{status}");
    }
    for status in [0, 200, 301, 400, 401, 403, 404, 409, 410, 413, 415, 422, 451, 600] {
        assert!(!is_transient(status), "{status}");
    }
    let mut engine = with(3);
    for _ in 0..3 {
        engine.claim(0);
    }
    assert_eq!(settle(&mut engine, 0, with_status(404), 0, 0), State::Failed);
    assert_eq!(settle(&mut engine, 1, with_status(503), 0, 0), State::Waiting);
    let lost = failed(Failure { is_retryable: true, ..Failure::default() });
    assert_eq!(settle(&mut engine, 2, lost, 0, 0), State::Waiting);
}

#[test]
fn pauses_double_up_to_the_cap_with_full_jitter_and_the_last_attempt_is_the_last() {
    for (chance, pauses) in [(ALL, [999, 1999, 2999]), (ALL / 2, [499, 999, 1499]), (0, [0, 0, 0])]
    {
        let mut engine = with(1);
        let mut now = 0;
        for pause in pauses {
            assert_eq!(engine.claim(now), Some(0));
            assert_eq!(settle(&mut engine, 0, with_status(500), chance, now), State::Waiting);
            assert_eq!(engine.due(0), now + pause);
            if pause > 0 {
                assert_eq!(engine.explain(0, now), Why::Until(now + pause));
                assert_eq!(engine.claim(now + pause - 1), None);
            }
            assert_eq!(engine.next_deadline(now), Some(now + pause));
            now += pause;
        }
        assert_eq!(engine.claim(now), Some(0));
        assert_eq!(settle(&mut engine, 0, with_status(500), chance, now), State::Failed);
        assert_eq!((engine.next_deadline(now), engine.attempts(0)), (None, 4));
    }
}

#[test]
fn what_the_server_asks_to_wait_is_waited_beyond_the_cap_but_not_for_ever() {
    let after =
        |ms| failed(Failure { status: 503, retry_after_ms: Some(ms), ..Failure::default() });
    for (asked, waited) in [(20_000, 20_000), (u64::MAX, 24 * 3_600_000), (10, 999)] {
        let mut engine = with(1);
        engine.claim(5);
        settle(&mut engine, 0, after(asked), ALL, 5);
        assert_eq!(engine.due(0), 5 + waited);
    }
}

#[test]
fn an_item_that_waits_for_its_next_attempt_is_in_nobodys_way() {
    let mut engine = with(6);
    for slot in 0..3 {
        assert_eq!(engine.claim(0), Some(slot));
        settle(&mut engine, slot, with_status(500), ALL, 0);
    }
    for slot in 3..6 {
        assert_eq!(engine.claim(0), Some(slot));
        settle(&mut engine, slot, Outcome::Done, 0, 0);
    }
    assert_eq!(engine.claim(998), None);
    assert_eq!(engine.claim(999), Some(0));
}

#[test]
fn an_interruption_costs_no_attempt() {
    let mut engine = with(1);
    for _ in 0..50 {
        let now = engine.due(0);
        assert_eq!(engine.claim(now), Some(0));
        assert_eq!(settle(&mut engine, 0, Outcome::Interrupted, ALL, now), State::Waiting);
        assert_eq!(engine.attempts(0), 0);
    }
    // A host that interrupts without end comes to an end.
    let mut count = 50;
    loop {
        let now = engine.due(0);
        engine.claim(now).unwrap();
        count += 1;
        let outcome = if count > 1003 { with_status(500) } else { Outcome::Interrupted };
        if settle(&mut engine, 0, outcome, 0, now) == State::Failed {
            break;
        }
    }
    assert!(count < 1010, "{count}");
}

#[test]
fn an_attempt_that_takes_too_long_or_stands_still_is_overdue() {
    let mut engine = with(1);
    engine.claim(0);
    assert_eq!((engine.next_deadline(0), engine.overdue(9_999)), (Some(10_000), None));
    assert_eq!(engine.overdue(10_000), Some(0));
    for second in 1..=6 {
        engine.heard(0, second * 9_000);
        assert_eq!(engine.overdue(second * 9_000 + 5_999), None, "{second}");
    }
    assert_eq!((engine.next_deadline(54_000), engine.overdue(60_000)), (Some(60_000), Some(0)));
    let late = failed(Failure { is_timeout: true, ..Failure::default() });
    assert_eq!(settle(&mut engine, 0, late, 0, 60_000), State::Waiting);
}

#[test]
fn too_many_requests_and_timeouts_slow_the_queue_down_and_successes_speed_it_up() {
    let mut engine = Engine::new(Rules { concurrency: 8, attempts: 99, ..RULES });
    for slot in 0..100 {
        engine.add(slot, 0, 0, 0, 0);
    }
    let first: Vec<_> = std::iter::from_fn(|| engine.claim(0)).collect();
    for slot in &first {
        settle(&mut engine, *slot, with_status(429), 0, 1);
    }
    assert_eq!(engine.pace().limit(), 4);
    // A server that only fails is not asked less often for it: backoff sees to that.
    let second: Vec<_> = std::iter::from_fn(|| engine.claim(1)).collect();
    assert_eq!(second.len(), 4);
    for slot in &second {
        settle(&mut engine, *slot, with_status(500), 0, 2);
    }
    assert_eq!(engine.pace().limit(), 4);
    for _ in 0..60 {
        let slot = engine.claim(3).unwrap();
        settle(&mut engine, slot, Outcome::Done, 0, 3);
    }
    assert_eq!(engine.pace().limit(), 8);
}

#[test]
fn a_held_queue_claims_nothing_until_the_last_reason_is_gone() {
    let mut engine = with(2);
    assert_eq!(engine.claim(0), Some(0));
    engine.hold(hold::PAUSED);
    engine.hold(hold::OFFLINE);
    assert_eq!((engine.claim(0), engine.explain(1, 0)), (None, Why::Held(3)));
    assert_eq!(engine.explain(0, 0), Why::NotWaiting);
    assert_eq!(engine.next_deadline(0), Some(10_000));
    engine.release(hold::PAUSED);
    assert_eq!(engine.claim(0), None);
    engine.release(hold::OFFLINE);
    assert_eq!(engine.claim(0), Some(1));
}

#[test]
fn whoever_was_cancelled_has_no_say_any_more() {
    let mut engine = with(2);
    engine.claim(0);
    let claim = engine.claim_of(0);
    assert!(engine.cancel(0) && engine.cancel(1) && !engine.cancel(1) && !engine.cancel(7));
    assert_eq!(engine.settle(0, claim, Outcome::Done, 0, 0), None);
    assert_eq!(
        (engine.state(0), engine.running(), engine.waiting()),
        (Some(State::Cancelled), 0, 0)
    );
    // Begun anew, it runs by another claim.
    assert!(engine.add(0, 0, 0, 0, 0));
    assert_eq!(engine.claim(0), Some(0));
    assert_eq!(engine.settle(0, claim, with_status(404), 0, 0), None);
    assert!(!engine.forget(0));
    assert_eq!(settle(&mut engine, 0, Outcome::Done, 0, 0), State::Done);
    assert!(engine.forget(0) && !engine.forget(0));
    assert_eq!(engine.state(0), None);
}

#[test]
fn slots_that_cannot_be_had_are_refused_and_limits_of_nothing_are_one() {
    let mut engine = Engine::new(Rules { concurrency: 0, ..RULES });
    assert!(!engine.add(SLOTS_MAX, 0, 0, 0, 0) && engine.add(9, i32::MIN, 0, 0, 0));
    assert!(!engine.add(9, 0, 0, 0, 0));
    assert!(engine.add(3, i32::MAX, 0, 0, 0));
    assert_eq!((engine.claim(0), engine.claim(0)), (Some(3), None));
}

#[test]
fn ten_thousand_items_end_in_their_order_and_cancels_leave_nothing_behind() {
    let mut engine = with(10_000);
    for turn in 0..10_000 {
        assert_eq!(engine.claim(0), Some(turn));
        settle(&mut engine, turn, Outcome::Done, 0, 0);
        assert!(engine.forget(turn));
    }
    for _ in 0..100_000 {
        assert!(engine.add(0, 0, 0, 5, 0) && engine.cancel(0));
    }
    assert!(format!("{engine:?}").len() < 400_000, "places that were left are kept");
    assert_eq!((engine.claim(9), engine.waiting()), (None, 0));
}
