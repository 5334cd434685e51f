//! Keeps the house upright: a module uses only lower floors, and only certain rooms may name
//! certain things.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::fs;
use std::path::{Path, PathBuf};

/// The floors, lowest first; siblings do not know each other, except where named in `NEIGHBOURS`.
const FLOORS: &[&[&str]] = &[
    &["bulk", "error", "config", "clock", "entropy", "key", "bytes", "value"],
    &["host", "flow"],
    &["store"],
    &["cache", "vault"],
    &["http_cache", "upload", "sync"],
    &["manager"],
    &["wasm"],
];

/// On the ground floor and at the port, who may use whom: `(user, used)`.
const NEIGHBOURS: &[(&str, &str)] = &[
    ("clock", "config"),
    ("clock", "error"),
    ("key", "config"),
    ("key", "error"),
    ("key", "bytes"),
    ("bytes", "error"),
    ("flow", "host"),
];

/// What may be named only in certain modules: `(what, where)`.
const RESERVED: &[(&str, &[&str])] = &[
    ("wasm_bindgen", &["wasm"]),
    ("js_sys", &["wasm"]),
    ("web_sys", &["wasm"]),
    ("serde_wasm_bindgen", &["wasm"]),
    ("aes_gcm", &["bulk"]),
    ("argon2::", &["vault"]),
    ("ctutils", &["vault"]),
    ("hkdf::", &["vault"]),
    ("hmac::", &["vault"]),
    ("pbkdf2::", &["vault"]),
    ("sha2", &["vault", "http_cache", "sync", "wasm"]),
    ("zeroize", &["vault", "wasm"]),
    ("chacha20", &["entropy"]),
    ("rand_core", &["entropy"]),
    ("crc::", &["bulk"]),
    ("lz4_flex", &["store"]),
    ("base64::engine", &["bulk"]),
    ("ministash_bulk", &["bytes", "store", "vault"]),
    ("Ask::", &["store", "host", "wasm"]),
];

/// What may be named nowhere: the core has no clock, no chance, no thread and no hidden order.
const FORBIDDEN: &[&str] = &[
    "std::time",
    "SystemTime",
    "Instant",
    "getrandom",
    "std::thread",
    "HashMap",
    "HashSet",
    "std::fs",
    "std::net",
    "unsafe ",
];

struct Source {
    module: String,
    path: PathBuf,
    /// The code without comments, documentation and tests.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let first = path.strip_prefix(root).unwrap().iter().next().unwrap();
            let module = first.to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let production = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
            let lines = production.lines().filter(|line| !line.trim_start().starts_with("//"));
            found.push(Source { module, path, code: lines.collect::<Vec<_>>().join("\n") });
        }
    }
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The modules of this crate that a piece of code names by `crate::`, in groups too.
fn uses(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            used.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            continue;
        };
        let (mut depth, mut name) = (1, String::new());
        for character in group.chars() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => used.push(std::mem::take(&mut name)),
                _ if depth == 1 => name.push(character),
                _ => {}
            }
            if depth == 0 {
                used.push(name);
                break;
            }
        }
    }
    used.iter()
        .map(|name| name.trim().split("::").next().unwrap().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn every_module_uses_only_lower_floors() {
    let mut checked = 0;
    for source in sources().iter().filter(|source| source.module != "lib") {
        let Source { module, path, code } = source;
        let here = floor(module)
            .unwrap_or_else(|| panic!("{module} has no floor: add it to FLOORS and to lib.rs"));
        for used in uses(code) {
            let there = floor(&used)
                .unwrap_or_else(|| panic!("{used}, used in {}, has no floor", path.display()));
            let allowed = there < here
                || used == *module
                || NEIGHBOURS.contains(&(module.as_str(), used.as_str()));
            assert!(
                allowed,
                "{module} (floor {here}) uses {used} (floor {there}) in {}",
                path.display()
            );
            checked += 1;
        }
    }
    assert!(checked > 50, "only {checked} uses were found: the reader is broken");
}

#[test]
fn certain_things_are_named_in_certain_rooms_only() {
    for Source { module, path, code } in sources() {
        for word in FORBIDDEN {
            assert!(!code.contains(word), "{} names {word}", path.display());
        }
        for (word, rooms) in RESERVED {
            assert!(
                !code.contains(word) || rooms.contains(&module.as_str()),
                "{} names {word}",
                path.display()
            );
        }
        if module == "store" && !path.ends_with("port.rs") {
            assert!(!code.contains("Ask::"), "{} builds an ask: only port.rs does", path.display());
        }
    }
}

#[test]
fn every_file_fits_a_head() {
    for Source { module, path, .. } in sources() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        let limit = if module == "wasm" { 250 } else { 400 };
        assert!(lines <= limit, "{} has {lines} lines, at most {limit} fit", path.display());
    }
}

#[test]
fn the_reader_finds_uses_of_every_shape() {
    let code = "use crate::error::{Error, Result};\nuse crate::{host::{Ask, Data}, flow};\nlet x = crate::key::part_key(1);";
    assert_eq!(uses(code), ["error", "host", "flow", "key"]);
}
