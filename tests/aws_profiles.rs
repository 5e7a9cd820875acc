//! The credentials and config files: every byte that is not edited stays.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::type_complexity,
    reason = "a test that panics has found something"
)]

use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use rolecall::aws::{ProfileSettings, ProfileStore};
use rolecall::secret::{MASK, Secret};

fn settings(id: &str) -> ProfileSettings {
    ProfileSettings {
        access_key_id: id.into(),
        secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG=+"),
        session_token: Some(Secret::new("IQoJb3JpZ2luX2VjE==")),
        region: None,
    }
}

fn store(folder: &tempfile::TempDir) -> ProfileStore {
    ProfileStore::new(
        folder.path().join("credentials"),
        folder.path().join("config"),
    )
}

/// Lines as people write them: comments, other profiles, odd spacing, nested settings.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[#;][ -~]{0,20}",
        "[a-z_]{1,12} ?[=:] ?[A-Za-z0-9/+=#;]{0,20}",
        "\\[[a-z]{1,8}\\]",
        Just("s3 =".to_owned()),
        Just("    max_concurrent_requests = 20".to_owned()),
        Just("\tcomment?".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn writing_and_removing_a_profile_keeps_every_other_byte(
        lines in proptest::collection::vec(line(), 0..25),
        crlf in any::<bool>(),
        last in any::<bool>(),
    ) {
        // `lab9` cannot be among the sections that the lines make.
        let end = if crlf { "\r\n" } else { "\n" };
        let mut before = lines.join(end);
        if last && !before.is_empty() {
            before.push_str(end);
        }
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let path = folder.path().join("credentials");
        std::fs::write(&path, &before).unwrap();
        if store.write_profile("lab9", &settings("AKIA1")).is_err() {
            // Refused: nothing may have changed.
            prop_assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
            return Ok(());
        }
        let written = std::fs::read_to_string(&path).unwrap();
        prop_assert!(written.starts_with(&before), "{written:?}");
        // What was there may be nothing that the AWS CLI can parse; it is kept all the same.
        if let Ok(profile) = store.profile("lab9") {
            let profile = profile.unwrap();
            prop_assert_eq!(profile.get("aws_access_key_id"), Some("AKIA1"));
            prop_assert_eq!(profile.get("aws_session_token"), Some("IQoJb3JpZ2luX2VjE=="));
        }
        store.write_profile("lab9", &settings("AKIA2")).unwrap();
        let rewritten = std::fs::read_to_string(&path).unwrap();
        prop_assert_eq!(&rewritten, &written.replace("AKIA1", "AKIA2"));
        prop_assert!(store.remove("lab9").unwrap());
        let after = std::fs::read_to_string(&path).unwrap();
        prop_assert_eq!(after.trim_end(), before.trim_end());
        prop_assert!(after.starts_with(&before));
    }
}

#[test]
fn another_profile_in_the_middle_is_edited_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let before = "# mine\n[default]\naws_access_key_id=AKIADEFAULT ; no comment\n\n[sts]\n# keys of the lab\naws_access_key_id   =   OLD\naws_secret_access_key = old\n\n[other]\nrole_arn: x\n";
    std::fs::write(folder.path().join("credentials"), before).unwrap();
    let mut plain = settings("NEW");
    plain.session_token = None;
    plain.secret_access_key = Secret::new("new");
    plain.region = Some("eu-west-1".into());
    let preview = store.preview("sts", &plain).unwrap();
    assert_eq!(
        std::fs::read_to_string(folder.path().join("credentials")).unwrap(),
        before
    );
    assert!(!preview[0].created && preview[1].created);
    assert_eq!(
        preview[0].section,
        format!(
            "[sts]\n# keys of the lab\naws_access_key_id   =   NEW\naws_secret_access_key = {MASK}\n"
        )
    );
    assert_eq!(preview[1].section, "[profile sts]\nregion = eu-west-1\n");
    assert!(store.write_profile("sts", &plain).unwrap());
    assert_eq!(
        std::fs::read_to_string(folder.path().join("credentials")).unwrap(),
        before.replace("OLD", "NEW").replace("= old", "= new")
    );
    assert_eq!(store.names().unwrap(), ["sts", "default", "other"]);
    let default = store.profile("default").unwrap().unwrap();
    assert_eq!(
        default.get("aws_access_key_id"),
        Some("AKIADEFAULT ; no comment")
    );
    assert!(store.remove("sts").unwrap());
    assert_eq!(
        std::fs::read_to_string(folder.path().join("credentials")).unwrap(),
        "# mine\n[default]\naws_access_key_id=AKIADEFAULT ; no comment\n\n[other]\nrole_arn: x\n"
    );
    assert!(!store.remove("sts").unwrap());
}

#[test]
fn files_are_private_links_stay_links_and_stricter_modes_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let path = folder.path().join("credentials");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    store.write_profile("a", &settings("A")).unwrap();
    assert_eq!(mode(&path), 0o600);
    let real = folder.path().join("real");
    std::fs::rename(&path, &real).unwrap();
    std::os::unix::fs::symlink(&real, &path).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o400)).unwrap();
    store.write_profile("b", &settings("B")).unwrap();
    assert!(path.is_symlink());
    assert_eq!(mode(&real), 0o400);
    assert_eq!(store.names().unwrap(), ["a", "b"]);
}

#[test]
fn what_the_files_cannot_hold_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let mut broken = settings("A");
    broken.secret_access_key = Secret::new("a\nb");
    let said = store.write_profile("a", &broken).unwrap_err().to_string();
    assert!(
        said.contains("aws_secret_access_key") && !said.contains("a\nb"),
        "{said}"
    );
    assert!(store.write_profile("a]b", &settings("A")).is_err());
    assert!(!folder.path().join("credentials").exists());
    std::fs::write(folder.path().join("credentials"), b"[x]\n\xff").unwrap();
    assert!(store.names().is_err());
}

#[test]
fn files_are_read_as_the_aws_cli_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let config = folder.path().join("config");
    for broken in [
        "region = a\n",
        "[default\nregion = a\n",
        "[default]\nregion\n",
        "[default]\nregion = a\nregion = b\n",
        "[default]\n[default]\n",
        "[default]\ns3 =\n  a\n",
    ] {
        std::fs::write(&config, broken).unwrap();
        let said = store.names().unwrap_err().to_string();
        assert!(said.starts_with("Unable to parse config file: "), "{said}");
    }
    std::fs::write(
        &config,
        "[profile 'a b']\nregion = x\n  y\ns3 =\n  k = 1\n\n# c\n[profile  c  d]\n[profile \"e]\n[ profile f ]\n[other]\n[profile\tg]\n",
    )
    .unwrap();
    assert_eq!(store.names().unwrap(), ["a b", "g"]);
    let profile = store.profile("a b").unwrap().unwrap();
    assert_eq!(profile.get("region"), Some("x\ny"));
    assert_eq!(profile.get("s3.k"), Some("1"));
    assert_eq!(profile.get("s3"), None);
    std::fs::remove_file(&config).unwrap();
    std::fs::create_dir(&config).unwrap();
    assert!(store.names().unwrap().is_empty());
}
