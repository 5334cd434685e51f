//! The verbs as the door wants them, and what they end in.

use super::{
    At, Bound, Claim, Decision, Dispute, Failure, Fate, Offer, Outcome, Padding, Page, Policy,
    Report, Row, Rules, Settings, Settled, Stamp, Standing, Status, Sync, Winner,
};
use crate::error::Result;
use crate::host::Data;
use crate::key::{Key, Namespace};
use crate::value::Value;

/// What is wanted of synchronisation.
#[derive(Debug)]
pub enum SyncVerb {
    /// Says where it works and how.
    Open {
        /// The namespace of the values.
        space: String,
        /// Who wins a conflict.
        policy: Policy,
        /// How fast it goes.
        rules: Rules,
    },
    /// Adds a change.
    Add(String, Option<Value>),
    /// Asks what is to be done.
    Claim,
    /// Tells what the server said of what was pushed.
    Pushed(Vec<(u64, Outcome)>, Option<u64>, Vec<Decision>),
    /// Tells a page of the feed.
    Pulled(Page, Option<u64>, Vec<Decision>),
    /// Tells the digest of the server at a cursor.
    Compared(String, Vec<(u8, (u64, u64))>),
    /// Tells all rows of some buckets at a cursor.
    Repaired(Vec<u8>, String, Vec<Row>, Vec<Decision>),
    /// Tells that a request has failed, with a code and words.
    Failed(Vec<u64>, Failure, Option<u64>, String, String),
    /// Adds a refused change once more.
    Requeue(u64),
    /// Drops a change.
    Discard(u64),
    /// Lists what is pending.
    Pending,
    /// Lists what was refused.
    Rejected,
    /// Asks what became of a change.
    Fate(u64),
    /// Asks how it stands.
    Status,
    /// Wants a synchronisation, with a comparison of digests or without.
    Want(bool),
    /// Has it go on by itself, or not.
    Start(bool),
    /// Says why nothing is begun.
    Hold(u8),
    /// Asks how it stands with the secret of the account.
    Secret,
    /// Makes what the server is offered as that.
    Offer,
    /// Tells that the server took it, or what it has.
    Agree(Option<String>),
    /// Seals values.
    Seal(Padding, Vec<Bound>),
    /// Opens what is sealed.
    Unseal(Vec<Option<(Key, Stamp, String)>>),
}

/// A result in columns. `wasm/sync.rs` says what stands where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Texts.
    pub texts: Vec<String>,
    /// Values.
    pub values: Vec<Option<Value>>,
    /// Numbers; the first one says what this is.
    pub numbers: Vec<u64>,
}

/// What a [`Table`] is, where it may be one of several.
mod what {
    pub(super) const DONE: u64 = 0;
    pub(super) const DISPUTES: u64 = 1;
    pub(super) const WAIT: u64 = 0;
    pub(super) const PUSH: u64 = 1;
    pub(super) const PULL: u64 = 2;
    pub(super) const DIGEST: u64 = 3;
    /// A time that is never.
    pub(super) const NEVER: u64 = 0;
}

impl Sync {
    /// Runs a verb.
    ///
    /// # Errors
    /// Those of the verb.
    pub async fn run(&self, at: At<'_>, verb: SyncVerb) -> Result<Table> {
        let mut table = Table::default();
        match verb {
            SyncVerb::Open { space, policy, rules } => {
                self.open(Settings {
                    values: Namespace::new(&space)?,
                    own: own_space(&space)?,
                    policy,
                    rules,
                });
                table.status(self.status(at).await?);
            }
            SyncVerb::Add(key, value) => {
                let (number, report) = self.add(at, Key::new(&key)?, value).await?;
                table.numbers.push(number);
                table.report(report);
            }
            SyncVerb::Claim => table.claim(self.claim(at).await?),
            SyncVerb::Pushed(outcomes, server, decisions) => {
                table.settled(self.pushed(at, outcomes, server, decisions).await?);
            }
            SyncVerb::Pulled(page, server, decisions) => {
                table.settled(self.pulled(at, page, server, decisions).await?);
            }
            SyncVerb::Compared(cursor, digests) => {
                let differing = self.compared(at, &cursor, &digests).await?;
                table.numbers.push(differing.len() as u64);
                table.numbers.extend(differing.into_iter().map(u64::from));
            }
            SyncVerb::Repaired(buckets, cursor, rows, decisions) => {
                table.settled(self.repaired(at, &buckets, &cursor, rows, decisions).await?);
            }
            SyncVerb::Failed(pushed, failure, after, code, message) => {
                let words = (code.as_str(), message.as_str());
                table.settled(self.failed(at, &pushed, failure, after, words).await?);
            }
            SyncVerb::Requeue(number) => {
                if let Some((number, report)) = self.requeue(at, number).await? {
                    table.numbers.push(number);
                    table.report(report);
                }
            }
            SyncVerb::Discard(number) => {
                if let Some(report) = self.discard(at, number).await? {
                    table.numbers.push(number);
                    table.report(report);
                }
            }
            SyncVerb::Pending => {
                for (item, is_sent) in self.pending(at).await? {
                    let numbers = [item.number, u64::from(is_sent), item.base_version, item.added];
                    table.numbers.extend(numbers);
                    table.texts.push(item.key.as_str().to_owned());
                    table.values.push(item.value);
                }
            }
            SyncVerb::Rejected => {
                for rejected in self.rejected(at).await? {
                    let item = rejected.item;
                    let is_dead = u64::from(rejected.is_dead);
                    table.numbers.extend([item.number, item.base_version, rejected.at, is_dead]);
                    let key = item.key.as_str().to_owned();
                    table.texts.extend([key, rejected.code, rejected.message]);
                    table.values.push(item.value);
                }
            }
            SyncVerb::Fate(number) => {
                table
                    .numbers
                    .push(self.fate(at, number).await?.map_or(0, |fate| number_of(fate) + 1));
            }
            SyncVerb::Status => table.status(self.status(at).await?),
            SyncVerb::Want(with_digest) => self.want(with_digest)?,
            SyncVerb::Start(is_started) => self.start(is_started)?,
            SyncVerb::Hold(reasons) => self.hold_for(reasons)?,
            sealing => self.run_sealing(at, sealing, &mut table).await?,
        }
        Ok(table)
    }

    async fn run_sealing(&self, at: At<'_>, verb: SyncVerb, table: &mut Table) -> Result<()> {
        let standing = match verb {
            SyncVerb::Seal(padding, all) => {
                table.texts = self.seal(at, padding, &all)?;
                return Ok(());
            }
            SyncVerb::Unseal(all) => {
                for opened in self.unseal(at, all)? {
                    table.numbers.push(opened.as_ref().map_or(0, |bound| bound.base + 1));
                    table.values.push(opened.map(|bound| bound.value));
                }
                return Ok(());
            }
            _ => self.secret(at).await?,
        };
        match verb {
            SyncVerb::Offer => {
                let Offer { client, stamp, row } = self.offer(at, standing)?;
                table.texts.extend([client, stamp.digits(), row]);
            }
            SyncVerb::Agree(row) => self.agree(at, standing, row).await?,
            _ => table.numbers.push(match standing {
                Standing::Ready => 0,
                Standing::Absent => 1,
                Standing::Stale => 2,
            }),
        }
        Ok(())
    }
}

impl Table {
    /// Values as the door gives them.
    #[must_use]
    pub fn data(values: Vec<Option<Value>>) -> Vec<Option<Data>> {
        values.into_iter().map(|value| value.map(Data::Native)).collect()
    }

    fn status(&mut self, status: Status) {
        let Status { pending, rejected, synced, cursor, client, holds } = status;
        self.numbers.extend([pending as u64, rejected as u64, synced, holds.into()]);
        self.texts.extend([cursor, client]);
    }

    fn claim(&mut self, claim: Claim) {
        match claim {
            Claim::Wait(until) => self.numbers.extend([what::WAIT, until.unwrap_or(what::NEVER)]),
            Claim::Pull(cursor) => {
                self.numbers.push(what::PULL);
                self.texts.push(cursor);
            }
            Claim::Digest => self.numbers.push(what::DIGEST),
            Claim::Push(client, items) => {
                self.numbers.push(what::PUSH);
                self.texts.push(client);
                for item in items {
                    self.numbers.extend([item.number, item.base_version]);
                    self.texts.extend([item.key.as_str().to_owned(), item.stamp.digits()]);
                    self.values.extend([item.value, item.base]);
                }
            }
        }
    }

    fn settled(&mut self, settled: Settled) {
        match settled {
            Settled::Done(report) => {
                self.numbers.push(what::DONE);
                self.report(report);
            }
            Settled::Disputes(disputes) => {
                self.numbers.push(what::DISPUTES);
                for Dispute { stamp, is_local_later, base, local, remote } in disputes {
                    self.numbers.extend([remote.version, is_local_later.into()]);
                    self.texts.extend([remote.key.as_str().to_owned(), stamp.digits()]);
                    self.values.extend([base, local, remote.value]);
                }
            }
        }
    }

    fn report(&mut self, report: Report) {
        let Report { fates, changed, conflicts, status } = report;
        self.status(status);
        self.numbers.extend([fates.len() as u64, changed.len() as u64, conflicts.len() as u64]);
        for (number, fate) in fates {
            self.numbers.extend([number, number_of(fate)]);
        }
        for (key, is_set) in changed {
            self.numbers.push(is_set.into());
            self.texts.push(key.as_str().to_owned());
        }
        for conflict in conflicts {
            self.numbers.push(match conflict.winner {
                Winner::Remote => 0,
                Winner::Local => 1,
                Winner::Merged => 2,
            });
            self.texts.push(conflict.key.as_str().to_owned());
            self.values.extend([conflict.base, conflict.local, conflict.remote]);
        }
    }
}

fn number_of(fate: Fate) -> u64 {
    match fate {
        Fate::Accepted => 0,
        Fate::Lost => 1,
        Fate::Rejected => 2,
        Fate::Discarded => 3,
    }
}

/// Beside the values, and written as they are: sealed if they are.
fn own_space(values: &str) -> Result<Namespace> {
    let end = values.find("\0\0").unwrap_or(values.len());
    let (path, letters) = values.split_at(end);
    let mut own = String::from(OWN_SPACE);
    if !path.is_empty() {
        own.push('\0');
        own += path;
    }
    own += letters;
    Namespace::new(&own)
}

/// No namespace of a caller begins so.
const OWN_SPACE: &str = "~sy";
