//! Keys: every key of every namespace has a host key of its own, and the way back finds it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ministash::key::{Key, Namespace, RESERVED, parse_host_key, parse_part_key, part_key};
use ministash_fuzz::Cut;

fuzz_target!(|input: &[u8]| {
    let mut cut = Cut::new(input);
    let (path, other_path, key) = (cut.text(), cut.text(), cut.text());
    let (id, index) = (cut.number() as u64 * 0xffff_ffff, cut.number() as u64);
    let rest = String::from_utf8_lossy(cut.rest());

    for text in
        [path.as_str(), &key, &rest, &format!("{RESERVED}{rest}"), &format!("{RESERVED}n/{rest}")]
    {
        parsed(text);
    }
    let accepted = !key.is_empty() && key.len() <= 1024 && !key.starts_with(RESERVED);
    assert_eq!(
        Key::new(&key).is_ok(),
        accepted,
        "a key is accepted by its length and beginning alone"
    );

    // Letters behind a path say how it is written, and not where it lies.
    let plain = |path: &str| Namespace::new(path).ok().and_then(|s| Namespace::new(s.path()).ok());
    let (Some(space), Ok(key)) = (plain(&path), Key::new(&key)) else { return };
    let host_key = space.host_key(&key);
    let found = Some((space.clone(), key.clone()));
    assert_eq!(parse_host_key(&host_key), found, "a host key comes apart as it was put together");
    let part = part_key(id, index, &host_key);
    assert_eq!(parse_part_key(&part), Some((id, host_key.as_str())), "so does a part's");
    assert_eq!(parse_host_key(&part), None, "a part is no caller's key");

    let Some(other) = plain(&other_path) else { return };
    if other != space {
        assert_ne!(other.host_key(&key), host_key, "no two namespaces share a host key");
        if !other.is_default() {
            assert!(!host_key.starts_with(&other.prefix()), "no namespace lists another's keys");
        }
    }
});

/// Whatever a host lists is nobody's key, or one that can be named.
fn parsed(host_key: &str) {
    let _ = parse_part_key(host_key);
    if let Some((space, key)) = parse_host_key(host_key) {
        assert_eq!(
            Namespace::new(space.path()).as_ref(),
            Ok(&space),
            "its namespace is a namespace"
        );
        let can_be_named = Key::new(key.as_str()).as_ref() == Ok(&key);
        assert_eq!(can_be_named, !key.is_hidden(), "its key is a key, or stands for one");
        let again = parse_host_key(&space.host_key(&key));
        assert_eq!(again, Some((space, key)), "it can be named");
    }
}
