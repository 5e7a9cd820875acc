//! A world, a home, and `aws` as it is there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use regex::Regex;
use rolecall::awscli::query;
use serde_json::Value;

use super::alike::alike;
use super::tables::{Entry, Scenario};

/// One of the two: a world, a home, and `aws` as it is here.
pub struct Side {
    pub home: tempfile::TempDir,
    server: Child,
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
        let mut server = Command::new(rolecall)
            .args(["serve", "--port", "0", "--json", "--ephemeral"])
            .args(["--account", "123456789012", "--account", "210987654321"])
            .args(&scenario.options)
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut reader = BufReader::new(server.stdout.take().unwrap());
        reader.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
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
        let other = &ready["accounts"][0];
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
            server,
            variables: BTreeMap::new(),
            files: scenario.files.clone(),
        };
        for (name, value) in [
            ("endpoint", text("endpoint")),
            ("account_id", text("account")),
            ("region", text("region")),
            (
                "other_key",
                other["access_key_id"].as_str().unwrap().to_owned(),
            ),
            (
                "other_secret",
                other["secret_access_key"].as_str().unwrap().to_owned(),
            ),
        ] {
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

impl Drop for Side {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
