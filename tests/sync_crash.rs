//! The power goes out before every host call of every verb of synchronisation, and each host call is refused in turn
//! with each fault: what is found afterwards is all or nothing, and telling it once more ends as if nothing had been.
#![cfg(feature = "sync")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod support;
#[path = "support/sync_device.rs"]
mod sync_device;

use ministash::error::Result;
use ministash::host::FaultKind;
use ministash::host::memory::MemoryHost;
use ministash::key::Key;
use ministash::sync::*;
use ministash::value::Value;
use support::*;
use sync_device::Device;

const NOW: u64 = 1_000_000;
const KEYS: [&str; 9] =
    ["fresh", "held", "waiting", "sent", "both", "stale", "stale too", "large", "refused"];

const RULES: Rules =
    Rules { batch: 10, base_ms: 100, cap_ms: 1000, attempts: 3, interval_ms: 0, digest_ms: 0 };

/// A verb, and what the server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    AddFirst,
    AddIntoWaiting,
    AddBehindSent,
    AddDelete,
    AddLarge,
    ClaimPush,
    PushedAccepted,
    PushedOtherwise,
    PushedConflict,
    PushedRejected,
    PushedReused,
    PushedRetry,
    PulledPage,
    PulledReset,
    PulledLast,
    Repaired,
    Failed,
    Requeue,
    Discard,
}

const VERBS: [Verb; 19] = [
    Verb::AddFirst,
    Verb::AddIntoWaiting,
    Verb::AddBehindSent,
    Verb::AddDelete,
    Verb::AddLarge,
    Verb::ClaimPush,
    Verb::PushedAccepted,
    Verb::PushedOtherwise,
    Verb::PushedConflict,
    Verb::PushedRejected,
    Verb::PushedReused,
    Verb::PushedRetry,
    Verb::PulledPage,
    Verb::PulledReset,
    Verb::PulledLast,
    Verb::Repaired,
    Verb::Failed,
    Verb::Requeue,
    Verb::Discard,
];

fn text(text: &str) -> Value {
    json(format!("\"{text}\""))
}

fn refusal() -> Reason {
    Reason { code: "NO".into(), message: "not so".into(), is_dead: false }
}

fn row(name: &str, version: u64, value: Option<Value>) -> Row {
    let stamp = Stamp::at(NOW + version);
    Row { key: key(name), version, stamp, by: "another:1".into(), value, upon: None }
}

fn page(after: &str, rows: Vec<Row>, cursor: &str) -> Page {
    Page { after: after.into(), rows, cursor: cursor.into(), more: false, is_reset: false }
}

type Ended = std::result::Result<Result<()>, PowerCut>;

impl Verb {
    /// The numbers of the changes that were sent: of `sent`, and of `both`, behind which another waits.
    const SENT: u64 = 1;
    const BOTH: u64 = 2;
    const REFUSED: u64 = 3;
    const WAITING: u64 = 4;

    fn run(self, device: &mut Device) -> Ended {
        let done = |ended: std::result::Result<Result<Settled>, PowerCut>| {
            ended.map(|settled| settled.map(|_| ()))
        };
        let add = |device: &mut Device, name: &str, value: Option<Value>| {
            let key = Key::new(name).unwrap();
            let ended = device.run(NOW, async move |sync, at| sync.add(at, key, value).await);
            ended.map(|added| added.map(|_| ()))
        };
        let pushed = |device: &mut Device, outcome: Outcome| {
            let outcomes = vec![(Self::SENT, outcome.clone()), (Self::BOTH, outcome)];
            done(device.run(NOW, async move |sync, at| {
                sync.pushed(at, outcomes, Some(NOW + 5), Vec::new()).await
            }))
        };
        let pulled =
            |device: &mut Device, page: Page| {
                done(device.run(NOW, async move |sync, at| {
                    sync.pulled(at, page, Some(NOW), Vec::new()).await
                }))
            };
        match self {
            Self::AddFirst => add(device, "fresh", Some(text("new"))),
            Self::AddIntoWaiting => add(device, "waiting", Some(text("newer"))),
            Self::AddBehindSent => add(device, "sent", Some(text("newer"))),
            Self::AddDelete => add(device, "held", None),
            Self::AddLarge => add(device, "large", Some(large("new"))),
            Self::ClaimPush => {
                device.sync.want(false).unwrap();
                let ended = device.run(NOW, async |sync, at| sync.claim(at).await);
                ended.map(|claim| claim.map(|_| ()))
            }
            Self::PushedAccepted => pushed(device, Outcome::Accepted(50, None)),
            Self::PushedOtherwise => {
                let merged = Some((Stamp::at(NOW), Some(text("merged"))));
                pushed(device, Outcome::Accepted(50, merged))
            }
            Self::PushedConflict => {
                let theirs = |name| Outcome::Conflict(row(name, 60, Some(text("theirs"))));
                let outcomes = vec![(Self::SENT, theirs("sent")), (Self::BOTH, theirs("both"))];
                done(device.run(NOW, async move |sync, at| {
                    sync.pushed(at, outcomes, None, Vec::new()).await
                }))
            }
            Self::PushedRejected => pushed(device, Outcome::Rejected(refusal())),
            Self::PushedReused => pushed(device, Outcome::Reused),
            Self::PushedRetry => pushed(device, Outcome::Retry(100)),
            Self::PulledPage => {
                let rows = vec![
                    row("fresh", 70, Some(text("theirs"))),
                    row("held", 71, None),
                    row("waiting", 72, Some(text("theirs"))),
                    row("sent", 73, Some(large("t"))),
                    row("large", 74, Some(large("theirs"))),
                ];
                pulled(device, page("c1", rows, "c2"))
            }
            Self::PulledReset => {
                pulled(device, Page { is_reset: true, ..page("c1", Vec::new(), "") })
            }
            Self::PulledLast => {
                // Everything is being pulled again.
                let ended = Self::PulledReset.run(device);
                if !matches!(ended, Ok(Ok(()))) {
                    return ended;
                }
                pulled(device, page("", vec![row("held", 80, Some(text("theirs")))], "c3"))
            }
            Self::Repaired => {
                // What may have reached the server cannot be compared.
                let ended = Self::PushedAccepted.run(device);
                if !matches!(ended, Ok(Ok(()))) {
                    return ended;
                }
                let buckets = ["held", "stale"].map(bucket_of);
                let rows = vec![row("held", 90, Some(text("mended")))];
                done(device.run(NOW, async move |sync, at| {
                    sync.repaired(at, &buckets, "c1", rows, Vec::new()).await
                }))
            }
            Self::Failed => done(device.run(NOW, async |sync, at| {
                let words = ("HTTP_STATUS 413", "too large");
                sync.failed(at, &[Self::SENT], Failure::Unfit, None, words).await
            })),
            Self::Requeue => {
                let ended = device.run(NOW, async |sync, at| sync.requeue(at, Self::REFUSED).await);
                ended.map(|done| done.map(|_| ()))
            }
            Self::Discard => {
                let ended = device.run(NOW, async |sync, at| sync.discard(at, Self::WAITING).await);
                ended.map(|done| done.map(|_| ()))
            }
        }
    }

    /// Whether telling it once more, after it happened, changes nothing.
    fn may_be_repeated(self) -> bool {
        !matches!(self, Self::AddFirst | Self::AddIntoWaiting | Self::AddBehindSent)
            && !matches!(self, Self::AddDelete | Self::AddLarge)
            && !matches!(self, Self::PulledReset | Self::PulledLast)
    }
}

/// A device with rows of the server, changes that were sent, that wait, and one that was refused.
fn furnished(memory: &MemoryHost) -> Device {
    let mut world = World::new(TroubledHost::new(memory.clone()), 1, at(NOW));
    world.ok(async |store, io| store.open(io, at(NOW)).await);
    let mut device = Device::new(world, Policy::LastWrite, RULES);
    let rows = ["held", "stale", "stale too", "sent", "both", "large"];
    let rows = rows.iter().zip(1..).map(|(name, version)| row(name, version, Some(text("base"))));
    let first = page("", rows.collect(), "c1");
    let fine = |device: &mut Device, outcomes: Vec<(u64, Outcome)>| {
        let told = device
            .run(NOW, async move |sync, at| sync.pushed(at, outcomes, None, Vec::new()).await);
        told.unwrap().unwrap();
    };
    let pulled =
        device.run(NOW, async move |sync, at| sync.pulled(at, first, Some(NOW), Vec::new()).await);
    pulled.unwrap().unwrap();
    let add = |device: &mut Device, name: &str, words: &str| {
        let (key, value) = (key(name), Some(text(words)));
        device.run(NOW, async move |sync, at| sync.add(at, key, value).await).unwrap().unwrap();
    };
    for name in ["sent", "both", "refused"] {
        add(&mut device, name, "mine");
    }
    device.sync.want(false).unwrap();
    device.run(NOW, async |sync, at| sync.claim(at).await).unwrap().unwrap();
    let no = Outcome::Rejected(refusal());
    fine(&mut device, vec![(Verb::REFUSED, no)]);
    add(&mut device, "waiting", "mine");
    add(&mut device, "both", "mine, later");
    device
}

/// All that can be seen of a device.
fn seen(device: &mut Device) -> String {
    let values: Vec<_> =
        KEYS.iter().map(|name| (*name, device.read(name, NOW).map(|value| value.text))).collect();
    let pending = device.run(NOW, async |sync, at| sync.pending(at).await).unwrap().unwrap();
    let pending: Vec<_> = pending
        .into_iter()
        .map(|(item, is_sent)| {
            let text = |value: Option<Value>| value.map(|value| value.text);
            let seen = item.seen.map(|row| (row.version, text(row.value)));
            let base = (item.base_version, text(item.base));
            (item.key.as_str().to_owned(), text(item.value), base, item.aliases, is_sent, seen)
        })
        .collect();
    let rejected = device.run(NOW, async |sync, at| sync.rejected(at).await).unwrap().unwrap();
    let rejected: Vec<_> = rejected.into_iter().map(|one| (one.item.number, one.code)).collect();
    let status = device.run(NOW, async |sync, at| sync.status(at).await).unwrap().unwrap();
    format!("{values:?}\n{pending:?}\n{rejected:?}\n{} {}", status.cursor, status.synced)
}

/// Runs a verb in trouble; gives what is seen then, after a restart if the power went out.
fn troubled(verb: Verb, device: &mut Device, trouble: Trouble) -> (Ended, String, usize) {
    device.world.host.calls = 0;
    device.world.host.trouble = trouble;
    let ended = verb.run(device);
    let calls = device.world.host.calls;
    device.world.host.trouble = Trouble::default();
    if ended.is_err() {
        device.restart(9, NOW);
    }
    (ended, seen(device), calls)
}

#[test]
fn a_verb_is_all_or_nothing_wherever_the_power_goes_out_and_whatever_the_host_refuses() {
    let (mut cuts, mut refusals) = (0, 0);
    for (host, memory) in hosts() {
        for verb in VERBS {
            let before = seen(&mut furnished(&memory));
            let mut device = furnished(&memory);
            let (ended, after, calls) = troubled(verb, &mut device, Trouble::default());
            ended.unwrap().unwrap();
            let changes = before != after;
            let may_be_quiet = matches!(verb, Verb::ClaimPush | Verb::PushedRetry);
            assert!(changes || may_be_quiet, "{host}, {verb:?}: nothing happens");
            // Those are two verbs, and of the last page of a whole pull what is gone from the server goes first.
            let has_steps = matches!(verb, Verb::PulledLast | Verb::Repaired);
            for call in 0..calls {
                let mut device = furnished(&memory);
                let trouble = Trouble { cut_before: Some(call), ..Trouble::default() };
                let (ended, found, _) = troubled(verb, &mut device, trouble);
                assert!(ended.is_err(), "{host}, {verb:?}, call {call}: the power stayed on");
                let is_whole = found == before || found == after || has_steps;
                assert!(
                    is_whole,
                    "{host}, {verb:?}, call {call}:\n{found}\nis neither\n{before}\nnor\n{after}"
                );
                // A process that begins anew has forgotten the pause of a change: it claims more.
                let is_told = verb != Verb::ClaimPush;
                if is_told && (verb.may_be_repeated() || found == before) {
                    verb.run(&mut device).unwrap().unwrap();
                    assert_eq!(seen(&mut device), after, "{host}, {verb:?}, call {call}, again");
                }
                cuts += 1;
                for kind in [FaultKind::QuotaExceeded, FaultKind::Failed] {
                    for happened in [false, true] {
                        let mut device = furnished(&memory);
                        let refuse = Some((call, Refusal { kind, happened }));
                        let trouble = Trouble { refuse, ..Trouble::default() };
                        let (ended, found, _) = troubled(verb, &mut device, trouble);
                        let place = format!("{host}, {verb:?}, call {call}, {kind:?}, {happened}");
                        match ended.unwrap() {
                            Ok(()) => assert_eq!(found, after, "{place}"),
                            Err(error) if error.message.contains("in the middle of a commit") => {
                                assert!(found == before || found == after || has_steps, "{place}");
                            }
                            Err(_) => {
                                assert!(found == before || has_steps, "{place}:\n{found}\n{before}")
                            }
                        }
                        refusals += 1;
                    }
                }
            }
        }
    }
    println!("{cuts} cuts, {refusals} refusals");
    assert!(cuts > 1000 && refusals > 4000, "{cuts} cuts, {refusals} refusals");
}
