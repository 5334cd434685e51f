//! Ranges of keys, in the order of their UTF-8 bytes (which is the order of their code points).

/// Which keys a listing wants. Every bound that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// Keys that begin with this.
    pub prefix: Option<String>,
    /// Keys after this one.
    pub gt: Option<String>,
    /// Keys from this one on.
    pub gte: Option<String>,
    /// Keys before this one.
    pub lt: Option<String>,
    /// Keys up to this one.
    pub lte: Option<String>,
    /// At most so many keys.
    pub limit: Option<u32>,
    /// From the last to the first.
    pub reverse: bool,
}

impl Range {
    /// Whether a key lies in the range; the limit does not matter here.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        let holds = |bound: &Option<String>, test: fn(&str, &str) -> bool| {
            bound.as_deref().is_none_or(|bound| test(key, bound))
        };
        holds(&self.prefix, |key, bound| key.starts_with(bound))
            && holds(&self.gt, |key, bound| key > bound)
            && holds(&self.gte, |key, bound| key >= bound)
            && holds(&self.lt, |key, bound| key < bound)
            && holds(&self.lte, |key, bound| key <= bound)
    }

    /// The most keys wanted.
    pub(super) fn limit(&self) -> usize {
        self.limit.map_or(usize::MAX, |limit| limit as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bound_must_hold() {
        let some = |text: &str| Some(text.to_owned());
        let range = Range { prefix: some("a"), gt: some("a"), lte: some("ac"), ..Range::default() };
        let kept: Vec<_> = ["", "a", "aa", "ab", "ac", "ac0", "b"]
            .into_iter()
            .filter(|key| range.contains(key))
            .collect();
        assert_eq!(kept, ["aa", "ab", "ac"]);
        let range = Range { gte: some("b"), lt: some("d"), ..Range::default() };
        let kept: Vec<_> =
            ["a", "b", "c", "d"].into_iter().filter(|key| range.contains(key)).collect();
        assert_eq!(kept, ["b", "c"]);
        assert!(Range::default().contains(""));
    }
}
