//! How the devices of an account come to one secret, and what they do with it.
//!
//! ```text
//! absent ──offer──► the server has none ──► ours, stored here ──┐
//!   ▲       │                                                   ├─► ready ──the passphrase is another──► stale
//!   │       └─────► it has one ──► unwrapped, stored here ──────┘     ▲                                  │
//!   └── what lies here cannot be read                                 └────── wrapped anew, offered ─────┘
//! ```
//!
//! Nothing is sealed before the secret is stored on this device, and it is stored only when the server
//! holds it: two devices that begin at once end with one.

use super::At;
use super::seal::{Bound, Padding, Seal, secret_missing};
use super::stamp::Stamp;
use super::{Settings, Sync, stored};
use crate::bytes::{Reader, Writer, base64};
use crate::config::SECRET_BYTES;
use crate::error::{Error, ErrorCode, Result};
use crate::key::{Key, Namespace};
use crate::store::{Action, Change, Compression, Expect, Lifetime};
use crate::value::{Form, Value};
use crate::vault::{Secret, id_of_shared};

/// How it stands with the secret of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is at hand.
    Ready,
    /// This device does not have it.
    Absent,
    /// It is at hand, and wrapped under a passphrase of before.
    Stale,
}

/// The secret as it is held, and as it is stored.
#[derive(Debug)]
pub(super) struct Shared {
    seal: Seal,
    /// The row as the server has it, wrapped: given back to one that has lost it.
    row: Vec<u8>,
    /// Which passphrase of this device it was wrapped or unwrapped with.
    mark: Vec<u8>,
}

/// What is offered to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// A name for the mutation alone: it is no change of this device.
    pub client: String,
    /// When it is made.
    pub stamp: Stamp,
    /// The wrapped secret.
    pub row: String,
}

/// The key in the own namespace, where it is always sealed.
const RECORD: &str = "k";
const FORMAT: u64 = 1;

impl Sync {
    /// Says how it stands with the secret. When nothing of it is left to do, what the vault was unlocked
    /// with is wiped.
    ///
    /// # Errors
    /// `LOCKED`; the host's refusals.
    pub async fn secret(&self, at: At<'_>) -> Result<Standing> {
        let mark = at.vault.mark().inspect_err(|_| self.lock())?;
        if self.0.shared.borrow().is_none() {
            let found = read(at, &*self.settings()?).await?;
            *self.0.shared.borrow_mut() = found;
        }
        let shared = self.0.shared.borrow();
        let standing = match &*shared {
            None => Standing::Absent,
            Some(shared) if shared.mark == mark => Standing::Ready,
            Some(_) => Standing::Stale,
        };
        if standing == Standing::Ready {
            at.vault.forget();
        }
        Ok(standing)
    }

    /// Makes what the server is offered: a secret that is drawn now, or the one that is here.
    ///
    /// # Errors
    /// `LOCKED` when the passphrase is needed and not at hand; `QUOTA_EXCEEDED` when there is not the memory
    /// that it takes to derive.
    pub fn offer(&self, at: At<'_>, standing: Standing) -> Result<Offer> {
        let held = self.0.shared.borrow();
        let (seal, row) = match &*held {
            Some(shared) if standing == Standing::Ready => {
                (Seal::new(shared.seal.secret().copy()), shared.row.clone())
            }
            found => {
                let seal = match found {
                    Some(shared) => Seal::new(shared.seal.secret().copy()),
                    None => {
                        let mut drawn = Secret::empty();
                        at.store.draw(drawn.expose_mut());
                        Seal::new(drawn)
                    }
                };
                let row = at.vault.share(at.store, seal.secret(), seal.id())?;
                (seal, row)
            }
        };
        let offer = Offer {
            client: stored::draw_client(at),
            stamp: Stamp::at(at.now.millis()),
            row: base64::encode(&row),
        };
        *self.0.offered.borrow_mut() = Some(Shared { seal, row, mark: at.vault.mark()? });
        Ok(offer)
    }

    /// Takes note that the server holds what was offered; or, with the row that it has, that it holds
    /// another one: that is the secret of the account.
    ///
    /// # Errors
    /// `WRONG_SECRET` when it is wrapped under another passphrase; `SECRET_MISSING` when this device has
    /// another secret; `CORRUPT`; `LOCKED`; the host's refusals.
    pub async fn agree(
        &self,
        at: At<'_>,
        standing: Standing,
        theirs: Option<String>,
    ) -> Result<()> {
        let agreed = match theirs {
            None => self.0.offered.borrow_mut().take(),
            Some(row) => Some(self.shared_by(at, standing, &row)?),
        };
        let agreed = agreed.ok_or_else(|| Error::corrupt("nothing was offered to the server"))?;
        let held =
            self.0.shared.borrow().as_ref().map(|held| (held.row.clone(), held.mark.clone()));
        if held != Some((agreed.row.clone(), agreed.mark.clone())) {
            write(at, &*self.settings()?, &agreed).await?;
        }
        if agreed.mark == at.vault.mark()? {
            at.vault.forget();
            self.0.offered.take();
        }
        *self.0.shared.borrow_mut() = Some(agreed);
        Ok(())
    }

    /// What the row of a server says, unwrapped if this device does not have its secret.
    fn shared_by(&self, at: At<'_>, standing: Standing, row: &str) -> Result<Shared> {
        let row = base64::decode(row.as_bytes()).unwrap_or_default();
        let id = id_of_shared(&row)?;
        if let Some(shared) =
            self.0.shared.borrow().as_ref().filter(|_| standing != Standing::Absent)
        {
            if shared.seal.id() != id {
                return Err(secret_missing());
            }
            let seal = Seal::new(shared.seal.secret().copy());
            return Ok(Shared { seal, row, mark: shared.mark.clone() });
        }
        let seal = Seal::new(at.vault.accept(row.clone())?);
        if seal.id() != id {
            return Err(secret_missing());
        }
        Ok(Shared { seal, row, mark: at.vault.mark()? })
    }

    /// Seals values, each with what is bound to it.
    ///
    /// # Errors
    /// `LOCKED`; `SECRET_MISSING` when there is no secret yet.
    pub fn seal(&self, at: At<'_>, padding: Padding, all: &[Bound]) -> Result<Vec<String>> {
        self.with_seal(at, |seal| {
            let sealed = |bound: &Bound| {
                base64::encode(&seal.seal(bound, padding, |random| at.store.draw(random)))
            };
            Ok(all.iter().map(sealed).collect())
        })
    }

    /// Opens what the server gives, each under its key, which is none if no value could have it. What is
    /// damaged is told one by one.
    ///
    /// # Errors
    /// `LOCKED`; `SECRET_MISSING` when another secret sealed it; `UNSUPPORTED`.
    pub fn unseal(
        &self,
        at: At<'_>,
        all: Vec<Option<(Key, Stamp, String)>>,
    ) -> Result<Vec<Option<Bound>>> {
        self.with_seal(at, |seal| {
            let open = |(key, stamp, text): (Key, Stamp, String)| {
                let name = key.as_str().to_owned();
                let sealed = base64::decode(text.as_bytes()).unwrap_or_default();
                match seal.open(key, stamp, sealed) {
                    Ok(bound) => Ok(Some(bound)),
                    Err(error) if error.code == ErrorCode::Corrupt => Ok(None),
                    Err(error) => Err(error.at("", &name)),
                }
            };
            all.into_iter().map(|one| one.map_or(Ok(None), open)).collect()
        })
    }

    /// Wipes the secret from memory.
    pub fn lock(&self) {
        self.0.shared.take();
        self.0.offered.take();
    }

    fn with_seal<T>(&self, at: At<'_>, act: impl FnOnce(&Seal) -> Result<T>) -> Result<T> {
        at.vault.mark().inspect_err(|_| self.lock())?;
        act(&self.0.shared.borrow().as_ref().ok_or_else(secret_missing)?.seal)
    }
}

/// What lies on this device. What cannot be read there any more is got from the server anew.
async fn read(at: At<'_>, settings: &Settings) -> Result<Option<Shared>> {
    let space = sealed_space(settings)?;
    let mut found = stored::read(at, &space, vec![Key::new(RECORD)?]).await;
    let is_missing = |code: ErrorCode| code == ErrorCode::SecretMissing;
    if found.as_ref().is_err_and(|error| is_missing(error.code))
        && at.vault.refresh(at.store, at.io, at.now).await?
    {
        found = stored::read(at, &space, vec![Key::new(RECORD)?]).await;
    }
    match found {
        Ok(mut records) => Ok(records.pop().flatten().and_then(|record| decode(&record.text).ok())),
        Err(error) if is_missing(error.code) || error.code == ErrorCode::Corrupt => Ok(None),
        Err(error) => Err(error),
    }
}

async fn write(at: At<'_>, settings: &Settings, shared: &Shared) -> Result<()> {
    let mut writer = Writer::new();
    writer.number(FORMAT).field(base64::encode(shared.seal.secret().expose()));
    writer.field(base64::encode(&shared.row)).field(base64::encode(&shared.mark));
    let text = String::from_utf8(writer.finish()).map_err(|_| Error::corrupt(NO_TEXT))?;
    let change = Change {
        namespace: sealed_space(settings)?,
        key: Key::new(RECORD)?,
        action: Action::Put {
            value: Value { form: Form::String, text },
            lifetime: Lifetime::Forever,
            compression: Compression::None,
            // What is damaged here was got from the server anew.
            overwrite: true,
        },
        expect: Expect::Anything,
    };
    at.vault.commit(at.store, at.io, &[change], at.now).await.map(drop)
}

fn decode(text: &str) -> Result<Shared> {
    let mut reader = Reader::new(text.as_bytes());
    let format = reader.number()?;
    let mut bytes = || base64::decode(reader.field()?).ok_or_else(|| Error::corrupt(NO_TEXT));
    let (secret, row, mark) = (bytes()?, bytes()?, bytes()?);
    let secret = Secret::take(secret).filter(|_| format == FORMAT);
    let seal = Seal::new(secret.ok_or_else(|| Error::corrupt(NO_TEXT))?);
    Ok(Shared { seal, row, mark })
}

/// Beside the rest, sealed whether that is or not.
fn sealed_space(settings: &Settings) -> Result<Namespace> {
    Namespace::new(&(settings.own.path().to_owned() + "\0\0e"))
}

const NO_TEXT: &str = "the secret of synchronisation is damaged";
const _: () = assert!(SECRET_BYTES == 32, "a secret is drawn whole");
