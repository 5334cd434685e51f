//! From a value to what is written: natively, in one record, or split into parts.

use super::record::{Kind, OVERHEAD, Record, looks_like_envelope};
use super::seal::{self, Compression};
use super::{Store, split};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::host::{Data, Holds};
use crate::key::RESERVED;
use crate::value::{Form, Value};

/// What is written under the key, what beside it, and the version.
type Planned = (Data, Vec<(String, Data)>, u64);

impl Store {
    /// Turns a value into what is written under its host key, parts beside it where it is large.
    pub(super) fn plan_put(
        &self,
        host_key: &str,
        value: &Value,
        compression: Compression,
        (created, updated, expires): (Timestamp, Timestamp, Option<Timestamp>),
    ) -> Result<Planned> {
        let limit = self.entry_bytes().unwrap_or(usize::MAX);
        let fits = |size: usize| host_key.len() + size <= limit;
        if expires.is_none()
            && compression != Compression::Lz4
            && self.is_held_natively(host_key, value)
            && fits(value.text.len())
        {
            return Ok((Data::Native(value.clone()), Vec::new(), 0));
        }
        let holds = self.capabilities().holds;
        let (flags, payload) = seal::seal(value, compression, holds);
        let version = self.state(|state| state.entropy.number());
        let record =
            Record { kind: Kind::Value, flags, created, updated, expires, version, payload };
        let (record, parts) = if fits(record.payload.len() + OVERHEAD) {
            (record, Vec::new())
        } else {
            let id = self.state(|state| state.entropy.number()) | split::ID_MIN;
            split::split(record, host_key, id, holds, limit)?
        };
        Ok((split::data(record.encode(host_key), holds), parts, version))
    }

    /// What a put would write, in bytes: under the key itself, and beside it.
    pub(super) fn put_bytes(
        &self,
        host_key: &str,
        value: &Value,
        now: Timestamp,
    ) -> Result<(usize, usize)> {
        let (data, parts, _) =
            self.plan_put(host_key, value, Compression::None, (now, now, None))?;
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
