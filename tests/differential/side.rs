//! A world, a home, and `aws` as it is there.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use regex::Regex;
use rolecall::awscli::query;
use serde_json::Value;

use super::alike::alike;
use super::tables::{Entry, Scenario};
use crate::served::Server;

/// One of the two: a world, a home, and `aws` as it is here.
pub struct Side {
    pub home: tempfile::TempDir,
    /// Until the side is dropped.
    _server: Server,
    variables: BTreeMap<String, String>,
    files: Vec<(String, Vec<u8>)>,
    environment: Vec<(String, String)>,
}

/// What a command printed.
#[derive(PartialEq, Eq)]
pub struct Said {
    pub stdout: String,
    pub stderr: String,
    pub exit: Option<i32>,
}

impl Side {
    /// A new world with that `aws`.
    pub fn new(program: &str, scenario: &Scenario) -> Self {
        let home = tempfile::tempdir().unwrap();
        let rolecall = env!("CARGO_BIN_EXE_rolecall");
        let accounts = ["--account", "123456789012", "--account", "210987654321"];
        let options = scenario.options.iter().map(|option| &**option);
        let options: Vec<&str> = accounts
            .into_iter()
            .chain(["--ephemeral"])
            .chain(options)
            .collect();
        let mut command = Command::new(rolecall);
        let server = Server::of(command.env("HOME", home.path()), &options);
        let text = |name: &str| server.text(name).to_owned();
        let bin = home.path().join("bin");
        fs::create_dir(&bin).unwrap();
        // Versions before 2.13 know no variable for the endpoint.
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then exec {program} \"$@\"; fi\nexec {program} --endpoint-url {} \"$@\"\n",
            text("endpoint")
        );
        let path = bin.join("aws");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(home.path().join("work")).unwrap();
        let other = |name: &str| {
            server.ready["accounts"][0][name]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let known = [
            ("endpoint", text("endpoint")),
            ("account_id", text("account")),
            ("region", text("region")),
            ("other_key", other("access_key_id")),
            ("other_secret", other("secret_access_key")),
        ];
        let mut side = Self {
            environment: vec![
                ("HOME".into(), home.path().to_str().unwrap().into()),
                ("PATH".into(), format!("{}:/usr/bin:/bin", bin.display())),
                ("AWS_ACCESS_KEY_ID".into(), text("access_key_id")),
                ("AWS_SECRET_ACCESS_KEY".into(), text("secret_access_key")),
                ("AWS_REGION".into(), text("region")),
                ("AWS_DEFAULT_REGION".into(), text("region")),
                ("AWS_PAGER".into(), String::new()),
                ("AWS_EC2_METADATA_DISABLED".into(), "true".into()),
                ("LC_ALL".into(), "C.UTF-8".into()),
                ("TZ".into(), "UTC".into()),
            ],
            home,
            _server: server,
            variables: BTreeMap::new(),
            files: scenario.files.clone(),
        };
        for (name, value) in known {
            side.variables.insert(name.to_owned(), value);
        }
        side.put_files();
        side
    }

    /// The files, with what is known so far filled in.
    fn put_files(&self) {
        for (name, contents) in &self.files {
            let path = self.home.path().join("work").join(name);
            match std::str::from_utf8(contents) {
                Ok(text) => fs::write(path, self.filled(text)).unwrap(),
                Err(_) => fs::write(path, contents).unwrap(),
            }
        }
    }

    fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.variables {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        text
    }

    /// Runs a command.
    pub fn run_here(&mut self, entry: &Entry) -> Said {
        for (name, contents) in &entry.files {
            self.files.retain(|(known, _)| known != name);
            self.files.push((name.clone(), contents.clone()));
        }
        if !entry.files.is_empty() {
            self.put_files();
        }
        let mut child = Command::new("sh")
            .args(["-c", &self.filled(&entry.command)])
            .env_clear()
            .envs(self.environment.clone())
            .current_dir(self.home.path().join("work"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = self.filled(entry.input.as_deref().unwrap_or_default());
        // It may not want to hear it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        for (name, expression) in &entry.captures {
            let found = captured(&stdout, expression);
            let found = found.unwrap_or_else(|| panic!("{}: no {expression}", entry.command));
            self.variables.insert(name.clone(), found);
        }
        if !entry.captures.is_empty() {
            self.put_files();
        }
        Said {
            stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            exit: output.status.code(),
        }
    }

    /// Runs a command; what it prints is as in any other world.
    pub fn run(&mut self, entry: &Entry) -> Said {
        let said = self.run_here(entry);
        let moves_many = ["--recursive", "s3 sync", "--force"]
            .iter()
            .any(|word| entry.command.contains(word));
        let mut stdout = self.alike(&said.stdout);
        if moves_many && !entry.command.contains("s3 ls") {
            // The CLI moves several at once, and tells of each when it is done.
            let mut sorted: Vec<&str> = stdout.lines().collect();
            sorted.sort_unstable();
            stdout = sorted.join("\n");
        }
        Said {
            stdout,
            stderr: self.alike(&said.stderr),
            exit: said.exit,
        }
    }

    fn alike(&self, text: &str) -> String {
        alike(text, &self.variables, self.home.path())
    }
}

/// A part of an answer. In a table it is the cell beside its name.
fn captured(stdout: &str, expression: &str) -> Option<String> {
    if let Ok(answer) = serde_json::from_str::<Value>(stdout) {
        let found = query::compile(expression).unwrap().search(&answer).unwrap();
        return match found {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        };
    }
    let name = expression.rsplit('.').next()?;
    let cell = Regex::new(&format!(r"\|\s+{name}\s+\|\s+(\S+)\s+\|")).unwrap();
    Some(cell.captures(stdout)?[1].to_owned())
}
