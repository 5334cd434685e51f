//! From a value to what is written: natively, in one record, or split into parts.

use super::record::{Kind, OVERHEAD, Record, looks_like_envelope};
use super::seal::{self, Compression};
use super::{Store, sealed, split};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::host::{Data, Holds};
use crate::key::{Namespace, RESERVED};
use crate::value::{Form, Value};

/// What is written under the key, what beside it, and the version.
type Planned = (Data, Staged, u64);
type Staged = Vec<(String, Data)>;

/// How a value is sealed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seal<'change> {
    pub(super) namespace: &'change Namespace,
    pub(super) key: &'change str,
    pub(super) is_padded: bool,
    /// Whether only the room is wanted.
    pub(super) is_measured: bool,
}

impl Store {
    /// Turns a value into what is written under its host key, parts beside it where it is large.
    pub(super) fn plan_put(
        &self,
        host_key: &str,
        value: &Value,
        (compression, seal): (Compression, Option<Seal<'_>>),
        (created, updated, expires): (Timestamp, Timestamp, Option<Timestamp>),
    ) -> Result<Planned> {
        let limit = self.entry_bytes().unwrap_or(usize::MAX);
        let fits = |size: usize| host_key.len() + size <= limit;
        if expires.is_none()
            && seal.is_none()
            && compression != Compression::Lz4
            && self.is_held_natively(host_key, value)
            && fits(value.text.len())
        {
            return Ok((Data::Native(value.clone()), Vec::new(), 0));
        }
        let holds = self.capabilities().holds;
        let (flags, payload) = match seal {
            None => seal::seal(value, compression, holds),
            Some(Seal { namespace, key, is_padded, .. }) => {
                // What is sealed is bytes on every host.
                let packed = seal::seal(value, compression, Holds::Bytes);
                sealed::wrap(packed, namespace, is_padded, key, holds)
            }
        };
        let version = self.state(|state| state.entropy.number());
        let record =
            Record { kind: Kind::Value, flags, created, updated, expires, version, payload };
        let record = match seal {
            None => record,
            Some(Seal { is_measured: true, .. }) => {
                let payload = vec![b'A'; sealed::sealed_len(record.payload.len(), holds)];
                Record { payload, ..record }
            }
            Some(_) => self.seal(host_key, record)?,
        };
        let (data, parts) = self.lay_out(host_key, record)?;
        Ok((data, parts, version))
    }

    /// Makes of a record what is written: one envelope, or a head and parts.
    pub(super) fn lay_out(&self, host_key: &str, record: Record) -> Result<(Data, Staged)> {
        let holds = self.capabilities().holds;
        let limit = self.entry_bytes().unwrap_or(usize::MAX);
        let (record, parts) = if host_key.len() + record.payload.len() + OVERHEAD <= limit {
            (record, Vec::new())
        } else {
            let id = self.state(|state| state.entropy.number()) | split::ID_MIN;
            split::split(record, host_key, id, holds, limit)?
        };
        Ok((split::data(record.encode(host_key), holds), parts))
    }

    /// What a put would write, in bytes: under the key itself, and beside it. Nothing is sealed.
    pub(super) fn put_bytes(
        &self,
        host_key: &str,
        value: &Value,
        seal: Option<Seal<'_>>,
        now: Timestamp,
    ) -> Result<(usize, usize)> {
        let packing = (Compression::None, seal.map(|seal| Seal { is_measured: true, ..seal }));
        let (data, parts, _) = self.plan_put(host_key, value, packing, (now, now, None))?;
        let beside = parts.iter().map(|(key, data)| key.len() + data.len()).sum();
        Ok((host_key.len() + data.len(), beside))
    }

    fn is_held_natively(&self, host_key: &str, value: &Value) -> bool {
        let faithful = match value.form {
            Form::Json => true,
            Form::Tagged => false,
            Form::String => !value.text.is_empty() && !looks_like_envelope(value.text.as_bytes()),
        };
        faithful && self.capabilities().holds == Holds::Native && !host_key.starts_with(RESERVED)
    }
}
