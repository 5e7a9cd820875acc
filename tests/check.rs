//! `rolecall check`: each thing that can be wrong with a lesson, and where it is found.

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

mod bounded;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const ROLECALL: &str = env!("CARGO_BIN_EXE_rolecall");

/// A sound lesson; the cases below break it in one place each.
const SOUND: &str = r#"format_version = 1
id = "sound"
title = "Sound"
summary = "Nothing wrong."
minutes = 5
creates = ["a user"]
files = ["policy.json", "stack.yaml"]

[[steps]]
id = "create"
title = "Create"
body = "Create a user in ${account_id}."
command = "aws iam create-user --user-name ann"
expect = { outcome = "success" }
hints = ["Go on."]
after = "It is ${user_arn}."
capture = { user_arn = "User.Arn" }

[[steps]]
id = "profile"
title = "Profile"
body = "Set up a profile."
command = '''
aws configure set region ${region} --profile ann
'''
expect = { outcome = "success" }

[[steps]]
id = "denied"
title = "Denied"
body = "Be denied."
command = '''
aws s3 ls --profile ann
'''
expect = { outcome = "denied", code = "AccessDenied", layer = "identity" }

[[steps]]
id = "policy"
title = "Policy"
body = "Edit and put."
command = '''
aws iam put-user-policy --user-name ann --policy-name P \
    --policy-document file://policy.json
'''
edit = "policy.json"
expect = { outcome = "success" }

[[steps]]
id = "deploy"
title = "Deploy"
body = "Deploy."
command = "aws cloudformation deploy --template-file stack.yaml --stack-name s"
expect = { outcome = "success" }

[[steps]]
id = "remove"
title = "Remove"
body = "Remove the profile."
remove_profiles = ["ann"]

[[cleanup]]
command = "aws cloudformation delete-stack --stack-name s"

[[cleanup]]
command = "aws iam delete-user-policy --user-name ann --policy-name P"

[[cleanup]]
command = "aws iam delete-user --user-name ann"

[[cleanup]]
remove_profiles = ["ann"]
"#;

const POLICY: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::${account_id}"}
    ]
}
"#;

const STACK: &str = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n";

/// Checks a lesson, its files beside it.
fn check(lesson: &str, policy: &str, stack: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sound")).unwrap();
    fs::write(folder.path().join("sound.toml"), lesson).unwrap();
    fs::write(folder.path().join("sound/policy.json"), policy).unwrap();
    fs::write(folder.path().join("sound/stack.yaml"), stack).unwrap();
    bounded::output(
        Command::new(ROLECALL)
            .args(["check", "sound.toml"])
            .current_dir(folder.path()),
    )
}

/// The findings' first lines: `path:line:column: message`.
fn findings(output: &Output) -> Vec<String> {
    String::from_utf8(output.stdout.clone())
        .unwrap()
        .split("\n\n")
        .filter(|block| block.lines().count() > 2)
        .map(|block| block.lines().next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_sound_lesson_has_nothing() {
    let output = check(SOUND, POLICY, STACK);
    assert_eq!(findings(&output), Vec::<String>::new());
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn each_fault_of_a_lesson_is_found_at_its_place() {
    let mut wrong = Vec::new();
    // Each: a part of the sound lesson, what stands in its place, and the one finding.
    for (part, broken, finding) in [
        (
            "minutes = 5",
            "minutes = 5\nminuts = 5",
            "6:1: unknown field `minuts`",
        ),
        (
            "body = \"Be denied.\"\ncommand",
            "body = \"Be denied.\"\ncomand = 'x'\ncommand",
            "32:1: unknown field `comand`",
        ),
        (
            "outcome = \"denied\",",
            "outcome = \"denied\", codes = 1,",
            "35:32: unknown field `codes`",
        ),
        ("title = \"Sound\"\n", "", "1:1: missing field `title`"),
        (
            "minutes = 5",
            "minutes = \"five\"",
            "5:11: invalid type: string \"five\", expected u32",
        ),
        (
            "layer = \"identity\"",
            "layer = \"identty\"",
            "35:63: unknown variant `identty`, expected one of `resource_control`, \
             `service_control`, `resource`, `trust`, `identity`, `boundary`, `session`",
        ),
        (
            "id = \"sound\"",
            "id = \"Sound\"",
            "2:6: `Sound` is no id of a lesson",
        ),
        (
            "id = \"denied\"",
            "id = \"create\"",
            "29:6: step 3 has the id `create` of step 1",
        ),
        (
            "body = \"Be denied.\"",
            "body = \" \"",
            "31:8: the step's body is empty",
        ),
        (
            "in ${account_id}",
            "in ${acount_id}",
            "12:26: `${acount_id}` is not captured by any step",
        ),
        (
            "Create a user in ${account_id}.",
            "Create ${user_arn}.",
            "12:16: `${user_arn}` has no value here: step 1 captures it",
        ),
        (
            "It is ${user_arn}.",
            "It is there.",
            "17:24: `${user_arn}` is captured and never used",
        ),
        (
            "\"User.Arn\"",
            "\"User.[Arn\"",
            "17:34: `User.[Arn` is not JMESPath: ",
        ),
        (
            "user_arn = \"User.Arn\"",
            "user_arn = \"User.Arn\", region = \"User.Path\"",
            "17:45: `region` is a variable of rolecall's own: ",
        ),
        (
            "aws s3 ls --profile ann",
            "aws s3 lss --profile ann",
            "33:8: argument subcommand: Found invalid choice 'lss'",
        ),
        (
            "command = \"aws iam create-user --user-name ann\"",
            "command = \"aws iam create-user --usr-name ann\"",
            "13:46: the following arguments are required: --user-name",
        ),
        (
            "aws s3 ls --profile ann",
            "aws s3 ls --profile anne",
            "33:1: no step before this one sets up the profile `anne`",
        ),
        (
            "aws s3 ls --profile ann",
            "aws s3 ls --profile ann --endpoint-url http://localhost:1",
            "33:1: the command chooses its own endpoint",
        ),
        (
            "\ncommand = '''\naws s3 ls --profile ann\n'''",
            "",
            "32:10: the step has an expectation and no command",
        ),
        (
            "expect = { outcome = \"denied\", code = \"AccessDenied\", layer = \"identity\" }\n",
            "",
            "32:11: the step has a command and no expectation",
        ),
        (
            "code = \"AccessDenied\", layer",
            "layer",
            "35:10: a denial is expected without its code",
        ),
        (
            ", layer = \"identity\"",
            "",
            "35:10: a denial is expected without the layer that decides it",
        ),
        (
            "outcome = \"denied\", code = \"AccessDenied\", layer = \"identity\"",
            "outcome = \"error\"",
            "35:10: an error is expected without its code",
        ),
        (
            "\"stack.yaml\"]",
            "\"stack.yaml\", \"more.json\"]",
            "7:39: cannot read `sound/more.json`: ",
        ),
        (
            "\"stack.yaml\"]",
            "\"stack.yaml\", \"../sound.toml\"]",
            "7:39: `../sound.toml` does not name a file in the lesson's folder",
        ),
        (
            "file://policy.json",
            "file://polcy.json",
            "43:5: Error parsing parameter '--policy-document': ",
        ),
        (
            "edit = \"policy.json\"",
            "edit = \"polcy.json\"",
            "45:8: `polcy.json` is not among the lesson's files",
        ),
        (
            "edit = \"policy.json\"",
            "edit = \"stack.yaml\"",
            "45:8: the learner edits `stack.yaml`, and the step's command does not use it",
        ),
        (
            "remove_profiles = [\"ann\"]\n\n[[cleanup]]\n",
            "remove_profiles = [\"bob\"]\n\n[[cleanup]]\n",
            "59:19: no step before this one sets up the profile `bob`",
        ),
        (
            "creates = [\"a user\"]\n",
            "",
            "1:1: `creates` is missing, and the lesson makes what `CreateUser` creates",
        ),
        (
            "command = \"aws iam delete-user --user-name ann\"",
            "command = \"aws iam delete-user --user-name bob\"",
            "13:12: the clean-up does not remove what `CreateUser` creates",
        ),
        (
            "command = \"aws cloudformation delete-stack --stack-name s\"",
            "command = \"aws cloudformation delete-stack --stack-name t\"",
            "52:12: the clean-up does not remove the stack `s`",
        ),
        (
            "[[cleanup]]\nremove_profiles = [\"ann\"]\n",
            "",
            "24:1: the clean-up does not remove the profile `ann`",
        ),
        (
            "[[cleanup]]\nremove_profiles",
            "[[cleanup]]\n\n[[cleanup]]\nremove_profiles",
            "70:1: this clean-up does nothing",
        ),
        (
            "delete-user --user-name ann",
            "delete-user --user-name ann --profile ann",
            "68:12: the clean-up uses a profile of the lesson",
        ),
    ] {
        assert_eq!(SOUND.matches(part).count(), 1, "{part}");
        let output = check(&SOUND.replace(part, broken), POLICY, STACK);
        let found = findings(&output);
        let expected = if finding.starts_with("sound/") {
            finding.to_owned()
        } else {
            format!("sound.toml:{finding}")
        };
        if output.status.code() != Some(1) || found.len() != 1 || !found[0].starts_with(&expected) {
            wrong.push((broken, expected, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_for_studying_is_checked() {
    let step = "edit = \"policy.json\"\nexpect = { outcome = \"success\" }\n";
    assert!(SOUND.contains(step));
    let check = |command: &str, query: &str| {
        format!("check = {{ command = \"{command}\", query = \"{query}\", says = \"so\" }}\n")
    };
    for (added, wanted) in [
        ("predict = true\n[steps.solution.files]\n\"policy.json\" = '{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}}'\n".to_owned(), ""),
        (check("aws iam list-users", "Users"), ""),
        ("solution = {}\n".to_owned(), "the solution is empty"),
        ("solution = { command = \"aws iam nothing\" }\n".to_owned(), "Found invalid choice"),
        ("solution = { files = { \"polcy.json\" = \"{}\" } }\n".to_owned(), "`polcy.json` is not among the lesson's files"),
        ("solution = { files = { \"policy.json\" = \"{\" } }\n".to_owned(), "the solution of `policy.json` is not JSON"),
        (
            "solution = { files = { \"policy.json\" = '{\"Statement\": [{\"Effect\": \"Alow\"}]}' } }\n".to_owned(),
            "the solution of `policy.json` is no policy",
        ),
        (check("aws iam delete-user --user-name ann", "Users"), "a check only looks"),
        (check("aws iam list-users --profile ann", "Users"), "a check is made as the administrator"),
        (check("aws iam list-users --query Users", "Users"), "a check reads the whole answer"),
        (check("aws iam list-users", "Users["), "is not JMESPath"),
        (check("", "Users"), "a check is one command"),
        ("solution = { comand = \"x\" }\n".to_owned(), "unknown field `comand`"),
    ] {
        let lesson = SOUND.replace(step, &format!("{step}{added}"));
        let found = findings(&check_all(&lesson));
        match wanted {
            "" => assert_eq!(found, Vec::<String>::new(), "{added}"),
            wanted => assert!(found.iter().any(|it| it.contains(wanted)), "{added}: {found:?}"),
        }
    }
    // A check of a step that is to fail, or that captures, cannot be kept.
    let looks = check("aws iam list-users", "Users");
    for (part, wanted) in [
        ("layer = \"identity\" }\n", "the step is to fail"),
        (
            "capture = { user_arn = \"User.Arn\" }\n",
            "the step captures from its command's answer",
        ),
    ] {
        let lesson = SOUND.replace(part, &format!("{part}{looks}"));
        let found = findings(&check_all(&lesson));
        assert!(found.iter().any(|it| it.contains(wanted)), "{found:?}");
    }
}

fn check_all(lesson: &str) -> Output {
    check(lesson, POLICY, STACK)
}

#[test]
fn documents_and_templates_are_checked_in_their_own_files() {
    for (policy, stack, finding) in [
        (
            &POLICY.replace("Effect", "Efect"),
            STACK.to_owned(),
            "sound/policy.json:4:",
        ),
        (
            &POLICY.replace("s3:ListBucket\"", "s3ListBucket\""),
            STACK.to_owned(),
            "sound/policy.json:4:39: ",
        ),
        (
            // Behind a variable that is longer than what stands for it.
            &POLICY.replace("${account_id}\"}", "${account_id}\", \"Sid\": 1}"),
            STACK.to_owned(),
            "sound/policy.json:4:105: ",
        ),
        (
            &POLICY.replace("]\n}", "]"),
            STACK.to_owned(),
            "sound/policy.json:",
        ),
        (
            &POLICY.to_owned(),
            STACK.replace("AWS::S3::Bucket", "AWS::S3::Bukket"),
            "sound/stack.yaml:3:",
        ),
        (
            &POLICY.to_owned(),
            STACK.replace("Bucket:", "Bucket: ["),
            "sound/stack.yaml:",
        ),
        (
            &POLICY.replace("${account_id}", "${acount_id}"),
            STACK.to_owned(),
            "sound/policy.json:4:82: `${acount_id}` is not captured by any step",
        ),
    ] {
        let output = check(SOUND, policy, &stack);
        let found = findings(&output);
        assert!(!found.is_empty(), "{finding}");
        assert!(found[0].starts_with(finding), "{finding}\n{found:#?}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn several_faults_are_all_told_with_a_caret_and_what_to_do() {
    let broken = SOUND
        .replace("minutes = 5", "minutes = 5\nminuts = 5")
        .replace("hints", "hint")
        .replace("code = \"AccessDenied\", ", "");
    let output = check(&broken, POLICY, STACK);
    assert_eq!(findings(&output).len(), 3);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with(
            "sound.toml:6:1: unknown field `minuts`\n  |\n6 | minuts = 5\n  | ^^^^^^\n  = did you \
             mean `minutes`?\n"
        ),
        "{text}"
    );
    assert!(
        text.ends_with("1 lesson checked, 3 problems found\n"),
        "{text}"
    );
}

#[test]
fn a_body_too_long_for_its_pane_is_found() {
    let long = "A line of text.\\n\\n".repeat(40);
    let output = check(&SOUND.replace("Be denied.", &long), POLICY, STACK);
    let found = findings(&output);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with("sound.toml:31:8: the body takes "),
        "{found:#?}"
    );
}

#[test]
fn the_lessons_of_the_program_have_nothing_embedded_or_as_files() {
    for paths in [&[][..], &["lessons"]] {
        let output = bounded::output(
            Command::new(ROLECALL)
                .arg("check")
                .args(paths)
                .current_dir(env!("CARGO_MANIFEST_DIR")),
        );
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.ends_with("checked, nothing found\n"), "{text}");
        assert_eq!(output.status.code(), Some(0));
    }
}

/// A folder with a sound lesson, to which others are added.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("sound")).unwrap();
    fs::write(folder.path().join("sound.toml"), SOUND).unwrap();
    fs::write(folder.path().join("sound/policy.json"), POLICY).unwrap();
    fs::write(folder.path().join("sound/stack.yaml"), STACK).unwrap();
    folder
}

fn rolecall(folder: &Path, arguments: &[&str]) -> Output {
    bounded::output(Command::new(ROLECALL).args(arguments).current_dir(folder))
}

#[test]
fn a_lesson_that_is_no_text_is_found_and_the_others_are_there() {
    let latin1 = SOUND.replace("Nothing wrong", "Nothing \u{e9}");
    let latin1: Vec<u8> = latin1.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(SOUND.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut large = SOUND.as_bytes().to_vec();
    large.resize(3 << 20, b'#');
    for (content, finding) in [
        (latin1, "bad.toml:4:20: the byte 0xe9 is not UTF-8 here"),
        (utf16, "bad.toml:1:1: this is text in UTF-16, not in UTF-8"),
        (
            vec![0x80; 4096],
            "bad.toml:1:1: the byte 0x80 is not UTF-8 here",
        ),
        (
            large,
            "bad.toml:1:1: cannot be read: it has more than 1048576 bytes",
        ),
        (
            SOUND.replace("Nothing wrong", "Nothing \0").into_bytes(),
            "bad.toml:4:20: invalid basic string",
        ),
        (
            [SOUND, "deep = ", &"[".repeat(100_000)]
                .concat()
                .into_bytes(),
            "bad.toml:72:88: cannot recurse further",
        ),
    ] {
        let folder = folder();
        fs::write(folder.path().join("bad.toml"), content).unwrap();
        let output = rolecall(folder.path(), &["check", "."]);
        let found = findings(&output);
        assert!(
            found.len() == 1 && found[0].contains(finding),
            "{finding}: {found:#?}"
        );
        assert_eq!(output.status.code(), Some(1));
        // The good one beside it can be listed and run.
        let output = rolecall(folder.path(), &["list", "--lessons", "."]);
        assert!(String::from_utf8_lossy(&output.stdout).contains("sound "));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(finding), "{said}");
    }
}

#[test]
fn what_another_editor_writes_is_read() {
    for change in [
        (|text: &str| text.replace('\n', "\r\n")) as fn(&str) -> String,
        |text| format!("\u{feff}{text}"),
    ] {
        let folder = folder();
        fs::write(folder.path().join("sound.toml"), change(SOUND)).unwrap();
        if !change("").contains('\u{feff}') {
            fs::write(folder.path().join("sound/policy.json"), change(POLICY)).unwrap();
            fs::write(folder.path().join("sound/stack.yaml"), change(STACK)).unwrap();
        }
        let output = rolecall(folder.path(), &["check", "sound.toml"]);
        assert_eq!(findings(&output), Vec::<String>::new());
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    use std::os::unix::fs::symlink;
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    symlink("loop.toml", path("loop.toml")).unwrap();
    symlink("/dev/zero", path("device.toml")).unwrap();
    fs::create_dir(path("folder.toml")).unwrap();
    let made = bounded::output(Command::new("mkfifo").arg(path("pipe.toml")));
    assert!(made.status.success());
    let output = rolecall(folder.path(), &["check", "."]);
    let found = findings(&output);
    assert_eq!(found.len(), 4, "{found:#?}");
    for (found, wanted) in found.iter().zip([
        "device.toml:1:1: cannot be read: it is no ordinary file",
        "folder.toml:1:1: cannot be read: it is a folder",
        "loop.toml:1:1: cannot be read: ",
        "pipe.toml:1:1: cannot be read: it is no ordinary file",
    ]) {
        assert!(found.contains(wanted), "{found}");
    }
    // A file of a lesson, too.
    fs::remove_file(path("sound/policy.json")).unwrap();
    symlink("/dev/zero", path("sound/policy.json")).unwrap();
    let output = rolecall(folder.path(), &["check", "sound.toml"]);
    let found = findings(&output);
    assert!(
        found[0].starts_with("sound.toml:7:10: cannot read `sound/policy.json`: it is no ordinary"),
        "{found:#?}"
    );
}

#[test]
fn two_lessons_of_one_id_are_found() {
    let folder = folder();
    fs::write(
        folder.path().join("zwei.toml"),
        SOUND.replacen("\nfiles =", "\nassets = \"sound\"\nfiles =", 1),
    )
    .unwrap();
    let wanted = "zwei.toml:2:6: the lesson of `./sound.toml` has the id `sound` too";
    let output = rolecall(folder.path(), &["check", "."]);
    let found = findings(&output);
    assert!(found.len() == 1 && found[0].ends_with(wanted), "{found:#?}");
    let output = rolecall(folder.path(), &["list", "--lessons", "."]);
    assert!(String::from_utf8_lossy(&output.stderr).contains(wanted));
}

#[test]
fn what_cannot_be_read_is_said_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["missing.toml", "."] {
        let output = bounded::output(
            Command::new(ROLECALL)
                .args(["check", path])
                .current_dir(folder.path()),
        );
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(path));
    }
}

#[test]
fn the_lesson_in_the_readme_has_nothing() {
    let readme = include_str!("../README.md");
    let lesson = readme
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let output = check(lesson, POLICY, STACK);
    assert_eq!(findings(&output), Vec::<String>::new());
    assert_eq!(output.status.code(), Some(0));
}
