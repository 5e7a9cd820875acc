use super::*;
use crate::awscli::{Globals, Place};
use crate::lesson::World;
use crate::runtime::clock::System;
use crate::runtime::state::Store;
use crate::secret::Secret;

fn parts(store: Option<&Store>) -> Parts {
    Parts {
        file: store.map(|store| store.open("a-lesson", World::Sandbox, "").unwrap()),
        clock: Arc::new(System),
        pace: Pace::Skipping,
    }
}

fn point(ticket: u64) -> Checkpoint {
    Checkpoint {
        ticket: Ticket(ticket),
        step: format!("step-{ticket}"),
        progress: Progress::default(),
    }
}

fn set(lab: &OpenLab, profile: &str, value: &str) {
    let place = Place::of("aws_access_key_id", Some(profile));
    let profiles = lab.session().profiles();
    profiles.set(&place, &Secret::new(value)).unwrap();
}

fn names(lab: &OpenLab) -> Vec<String> {
    lab.session().profiles().names().unwrap()
}

fn who(lab: &OpenLab) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let asked =
        async { aws::whoami(lab.session(), &Globals::default(), &mut aws::Unobserved).await };
    runtime.block_on(asked).unwrap().arn
}

fn keys(lab: &OpenLab) -> String {
    let sandbox = lab.sandbox().unwrap();
    let keys = sandbox.administrator(&sandbox.default_account()).unwrap();
    keys.access_key_id
}

#[test]
fn a_lab_is_resumed_with_its_world_profiles_and_progress() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path());
    let first = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
    assert_eq!(first.progress, Progress::default());
    assert_eq!(first.notice, None);
    set(&first.lab, "sts", "AKIAEXAMPLE");
    let administrator = keys(&first.lab);
    let mut progress = Progress {
        step: "third".to_owned(),
        ..Progress::default()
    };
    progress.variables.set_secret("key", Secret::new("s3cr3t"));
    first.lab.save(progress.clone()).unwrap();
    drop(first);

    let again = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
    assert_eq!(again.progress, progress);
    assert_eq!(again.notice, None);
    assert_eq!(names(&again.lab), ["sts"]);
    assert_eq!(keys(&again.lab), administrator);
    assert_eq!(
        who(&again.lab),
        "arn:aws:iam::123456789012:user/Administrator"
    );
}

#[test]
fn a_damaged_world_is_set_aside_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path());
    let path = parts(Some(&store)).file.unwrap().path().to_owned();
    for content in [
        "{\"rolecall_state\": 1,",
        "{\"rolecall_state\": 1, \"lab\": {\"progress\": {}, \"sandbox\": {\"format_version\": 99}}}",
    ] {
        fs::write(&path, content).unwrap();
        let resumed = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
        let notice = resumed.notice.unwrap();
        let kept = notice.split('`').nth(1).unwrap();
        assert_eq!(fs::read_to_string(kept).unwrap(), content);
        assert_eq!(resumed.progress, Progress::default());
        assert!(who(&resumed.lab).ends_with("user/Administrator"));
    }
}

#[test]
fn checkpoints_bring_back_profiles_and_world_and_are_bounded() {
    let resumed = OpenLab::on_sandbox(parts(None)).unwrap();
    let lab = resumed.lab;
    let administrator = keys(&lab);
    lab.checkpoint(point(1)).unwrap();
    set(&lab, "sts", "AKIAEXAMPLE");
    lab.checkpoint(point(2)).unwrap();
    lab.empty().unwrap();
    assert_eq!(names(&lab), Vec::<String>::new());
    assert_ne!(keys(&lab), administrator);
    assert!(matches!(
        lab.restore(Ticket(2)),
        Err(LabError::NoCheckpoint)
    ));

    let administrator = keys(&lab);
    set(&lab, "sts", "AKIAEXAMPLE");
    for ticket in 10..100 {
        lab.checkpoint(point(ticket)).unwrap();
    }
    assert!(lab.remove_profile("sts").unwrap());
    assert!(lab.restore(Ticket(10)).is_err());
    lab.restore(Ticket(98)).unwrap();
    assert_eq!(names(&lab), ["sts"]);
    assert_eq!(keys(&lab), administrator);
    // That one is used up, and what came after it never happened.
    assert!(lab.restore(Ticket(98)).is_err());
    assert!(lab.restore(Ticket(99)).is_err());
    lab.restore(Ticket(97)).unwrap();
}

#[test]
fn what_can_be_undone_outlives_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path());
    let first = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
    assert_eq!(first.history, []);
    let administrator = keys(&first.lab);
    first.lab.checkpoint(point(7)).unwrap();
    set(&first.lab, "sts", "AKIAEXAMPLE");
    first.lab.checkpoint(point(8)).unwrap();
    set(&first.lab, "assumed", "ASIAEXAMPLE");
    first.lab.save(Progress::default()).unwrap();
    drop(first);

    let again = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
    assert_eq!(again.history, [point(7), point(8)]);
    assert_eq!(names(&again.lab), ["sts", "assumed"]);
    again.lab.restore(Ticket(8)).unwrap();
    assert_eq!(names(&again.lab), ["sts"]);
    again.lab.save(Progress::default()).unwrap();
    drop(again);

    let third = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
    assert_eq!(third.history, [point(7)]);
    third.lab.restore(Ticket(7)).unwrap();
    assert_eq!(names(&third.lab), Vec::<String>::new());
    assert_eq!(keys(&third.lab), administrator);
}

#[test]
fn elsewhere_only_profiles_that_the_lab_made_are_written_and_removed() {
    let home = tempfile::tempdir().unwrap();
    let credentials = home.path().join("credentials");
    let profiles = ProfileStore::new(&credentials, home.path().join("config"));
    let lab = OpenLab::on_target(
        parts(None),
        aws::Target::Account,
        profiles,
        aws::Environment::default(),
    )
    .unwrap()
    .lab;
    for text in [
        "[sts]\naws_access_key_id = AKIAMINE # mine\n",
        "[sts]\naws_access_key_id = AKIAMINE",
        "[sts]\r\naws_access_key_id = AKIAMINE\r\n",
        "[sts]\naws_access_key_id = AKIAMINE\n\n\n; the end\n\n",
    ] {
        fs::write(&credentials, text).unwrap();
        assert!(!lab.claim_profile("sts").unwrap());
        for profile in ["assumed", "other"] {
            assert!(lab.claim_profile(profile).unwrap());
            set(&lab, profile, "ASIAEXAMPLE");
            assert!(lab.claim_profile(profile).unwrap());
        }
        assert!(!lab.remove_profile("sts").unwrap());
        assert!(lab.remove_profile("assumed").unwrap());
        assert!(lab.remove_profile("other").unwrap());
        assert_eq!(fs::read_to_string(&credentials).unwrap(), text);
    }
    fs::remove_file(&credentials).unwrap();
    assert!(lab.claim_profile("assumed").unwrap());
    set(&lab, "assumed", "ASIAEXAMPLE");
    assert!(lab.remove_profile("assumed").unwrap());
    assert!(!credentials.exists());
    // One that was never written is nobody's: who makes it later owns it.
    assert!(lab.claim_profile("assumed").unwrap());
    lab.disown_absent_profiles();
    set(&lab, "assumed", "AKIAMINE");
    assert!(!lab.claim_profile("assumed").unwrap());
    assert!(!lab.remove_profile("assumed").unwrap());
    // Nothing is remembered of a world that is not ours.
    lab.checkpoint(point(1)).unwrap();
    assert!(lab.restore(Ticket(1)).is_err());
    assert!(lab.empty().is_err());
}

#[test]
fn a_lab_that_is_killed_between_two_writes_knows_its_profiles() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::in_folder(&home.path().join("state"));
    let profiles = ProfileStore::new(home.path().join("credentials"), home.path().join("config"));
    let open = || {
        OpenLab::on_target(
            parts(Some(&store)),
            aws::Target::Account,
            profiles.clone(),
            aws::Environment::default(),
        )
        .unwrap()
    };
    let first = open();
    let progress = Progress {
        step: "profile".to_owned(),
        ..Progress::default()
    };
    first.lab.save(progress.clone()).unwrap();
    assert!(first.lab.claim_profile("sts").unwrap());
    assert!(first.lab.claim_profile("never").unwrap());
    set(&first.lab, "sts", "AKIAEXAMPLE");
    // Nothing is saved any more.
    drop(first);
    let again = open();
    assert_eq!(again.progress, progress);
    assert!(again.lab.claim_profile("sts").unwrap());
    set(&again.lab, "never", "AKIAMINE");
    assert!(!again.lab.claim_profile("never").unwrap());
    assert!(again.lab.remove_profile("sts").unwrap());
}
