//! `rolecall serve`: the sandbox on a port of this machine, for the learner's own tools.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::{OK, fail, print};
use crate::model::Service;
use crate::runtime::clock::System;
use crate::runtime::journal::JournalFile;
use crate::runtime::shell::Shell;
use crate::runtime::signals::Stop;
use crate::runtime::world::{Served, WorldError, WorldFile, WorldPath};
use crate::sandbox::{Credentials, Sandbox, Settings, listener, services};
use crate::secret::Secret;

/// How often the disk is told to keep what was written: what a power cut may take.
const TEND_EVERY: Duration = Duration::from_secs(1);

/// Serve the sandbox on 127.0.0.1, for `aws`, boto3, Terraform and the like.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 4321)]
    port: u16,
    /// Print one line of JSON when it is ready: `endpoint`, `account`, `region`, `access_key_id`,
    /// `secret_access_key`
    #[arg(long)]
    json: bool,
    /// The administrator's access key id; made up by default
    #[arg(long, value_name = "ID", requires = "secret_access_key", value_parser = access_key_id)]
    access_key_id: Option<String>,
    /// The administrator's secret access key; made up by default
    #[arg(
        long,
        value_name = "SECRET",
        requires = "access_key_id",
        env = "ROLECALL_SECRET_ACCESS_KEY",
        hide_env_values = true,
        value_parser = secret
    )]
    secret_access_key: Option<Secret>,
    /// The account's id, 12 digits; by default 123456789012. Given more than once, the world has
    /// several accounts, each with its own administrator
    #[arg(long = "account", value_name = "ID", value_parser = account)]
    accounts: Vec<String>,
    /// The region of the account
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// The file that keeps the world between runs; by default one in the state folder
    #[arg(long, value_name = "FILE", conflicts_with = "ephemeral")]
    state: Option<PathBuf>,
    /// Begin with an empty world and forget it at the end
    #[arg(long)]
    ephemeral: bool,
    /// CloudFormation finishes its work before the next request: nobody has to wait for a stack
    #[arg(long)]
    instant_stacks: bool,
    /// Print the operations that the sandbox supports, and stop
    #[arg(long)]
    list: bool,
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account id is 12 digits".to_owned())
    }
}

fn access_key_id(text: &str) -> Result<String, String> {
    // AWS's own have 16 at least; programs that were never meant for AWS send less.
    let fits = (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if fits {
        Ok(text.to_owned())
    } else {
        Err("an access key id is 1 to 128 letters, digits and underscores".to_owned())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the form that clap asks for")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

impl Serve {
    pub(super) fn perform(self) -> u8 {
        if self.list {
            print(&list());
            return OK;
        }
        match self.serve() {
            Ok(()) => OK,
            Err(message) => fail(&message),
        }
    }

    fn serve(self) -> Result<(), String> {
        let file = self.open_file()?;
        let sandbox = Arc::new(self.world(file.as_deref())?);
        sandbox.work_at_once(self.instant_stacks);
        // One thread: a request takes the world twice, so that others would mostly wait for each other,
        // and the clients are on this machine, too. What takes long has threads of its own.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("cannot start: {error}"))?;
        runtime.block_on(async {
            let listener = listener::bind(self.port).await.map_err(|error| {
                format!(
                    "cannot listen on 127.0.0.1:{}: {error}; choose another `--port`, or 0 for a free one",
                    self.port
                )
            })?;
            let address = listener.local_addr().map_err(|error| error.to_string())?;
            // Signals are caught before anybody is told that the sandbox is ready.
            let mut stop =
                Stop::new().map_err(|error| format!("cannot watch for signals: {error}"))?;
            let endpoint = format!("http://{address}");
            if let Some(file) = &file
                && let Some(served) = served(&sandbox, &endpoint)
            {
                file.announce(&served).map_err(|error| error.to_string())?;
            }
            let journal = match &file {
                Some(file) => Some(file.keep(&sandbox).map_err(|error| error.to_string())?),
                None => None,
            };
            print(&self.announcement(&sandbox, &endpoint));
            let tending = file.as_ref().zip(journal).map(|(file, journal)| {
                tokio::spawn(tend(sandbox.clone(), file.clone(), journal))
            });
            let served = listener::serve(listener, sandbox.clone(), async {
                stop.asked().await;
            })
            .await;
            if let Some(tending) = tending {
                tending.abort();
                let _ = tending.await;
            }
            served.map_err(|error| error.to_string())
        })?;
        if let Some(file) = file {
            file.save(&sandbox).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn open_file(&self) -> Result<Option<Arc<WorldFile>>, String> {
        if self.ephemeral {
            return Ok(None);
        }
        let path = match &self.state {
            Some(path) => Ok(WorldPath::at(path)),
            None => WorldPath::of_user(),
        };
        match path.and_then(|path| path.hold()) {
            Ok(file) => Ok(Some(Arc::new(file))),
            Err(error @ WorldError::Io { .. }) => Err(format!(
                "{error}; name another file with `--state`, or use `--ephemeral`"
            )),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The world of the file, or a new one.
    fn world(&self, file: Option<&WorldFile>) -> Result<Sandbox, String> {
        let clock = Arc::new(System);
        if let Some(file) = file {
            let found = file
                .load(clock.clone())
                .map_err(|error| error.to_string())?;
            if let Some(notice) = found.notice {
                eprintln!("rolecall: {notice}");
            }
            if let Some(sandbox) = found.sandbox {
                self.refuse_other_world(&sandbox, file.path())?;
                for account in &self.accounts {
                    sandbox.add_account(account);
                }
                return Ok(*sandbox);
            }
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| format!("no randomness: {error}"))?;
        let mut settings = Settings::new(seed, clock);
        if let Some(first) = self.accounts.first() {
            settings.account.clone_from(first);
        }
        settings.region.clone_from(&self.region);
        settings.administrator = self.administrator();
        let sandbox = Sandbox::new(settings);
        for account in &self.accounts {
            sandbox.add_account(account);
        }
        Ok(sandbox)
    }

    fn administrator(&self) -> Option<Credentials> {
        Some(Credentials {
            access_key_id: self.access_key_id.clone()?,
            secret_access_key: self.secret_access_key.clone()?,
            session_token: None,
        })
    }

    /// A kept world has its own account and administrator: what was asked for must be the same.
    fn refuse_other_world(&self, sandbox: &Sandbox, path: &Path) -> Result<(), String> {
        let first = sandbox.default_account();
        let asked = self.accounts.first();
        let same_account = asked.is_none_or(|asked| *asked == first);
        let same_keys = self
            .administrator()
            .is_none_or(|asked| sandbox.administrator(&first).as_ref() == Some(&asked));
        if same_account && same_keys {
            return Ok(());
        }
        Err(format!(
            "the world in {} has account {first} and an administrator of its own; leave out `--account` and the keys, \
             or name another file with `--state`",
            path.display()
        ))
    }

    fn announcement(&self, sandbox: &Sandbox, endpoint: &str) -> String {
        let account = sandbox.default_account();
        let region = sandbox.region();
        let Some(admin) = sandbox.administrator(&account) else {
            return format!(
                "{endpoint}\nThe administrator of account {account} has no access key any more: begin anew with another `--state`.\n"
            );
        };
        let others: Vec<_> = self
            .accounts
            .iter()
            .filter(|other| **other != account)
            .filter_map(|other| sandbox.administrator(other).map(|keys| (other, keys)))
            .collect();
        if self.json {
            let mut line = json!({
                "endpoint": endpoint,
                "account": account,
                "region": region,
                "access_key_id": admin.access_key_id,
                "secret_access_key": admin.secret_access_key.expose(),
            });
            if !others.is_empty() {
                let accounts = others.iter().map(|(other, keys)| {
                    json!({"account": other, "access_key_id": keys.access_key_id,
                        "secret_access_key": keys.secret_access_key.expose()})
                });
                if let Some(members) = line.as_object_mut() {
                    members.insert("accounts".to_owned(), accounts.collect());
                }
            }
            return format!("{line}\n");
        }
        let set = |name: &str, value: &str| Shell::HERE.set(name, value) + "\n";
        let keys = |keys: &Credentials| {
            set("AWS_ACCESS_KEY_ID", &keys.access_key_id)
                + &set("AWS_SECRET_ACCESS_KEY", keys.secret_access_key.expose())
        };
        let mut out = format!(
            "rolecall's sandbox of account {account} answers at {endpoint} (this machine only).\n\
             Paste into another terminal:\n\n\
             {}{}{}{}{}\n",
            set("AWS_ENDPOINT_URL", endpoint),
            set("AWS_REGION", &region),
            set("AWS_DEFAULT_REGION", &region),
            keys(&admin),
            Shell::HERE.unset(["AWS_SESSION_TOKEN", "AWS_PROFILE"]),
        );
        for (other, admin) in others {
            let written = write!(
                out,
                "\nAdministrator of account {other}:\n\n{}",
                keys(&admin)
            );
            debug_assert!(written.is_ok());
        }
        out.push_str("\nCtrl-C stops it.\n");
        out
    }
}

/// The supported operations, one a line, as on the AWS CLI's command line.
fn list() -> String {
    let mut out = String::new();
    for service in Service::ALL {
        let mut names: Vec<_> = services::operations(service)
            .iter()
            .map(|operation| operation.name)
            .collect();
        names.sort_unstable();
        for name in names {
            let written = writeln!(out, "{service} {name}");
            debug_assert!(written.is_ok());
        }
    }
    out
}

/// Where the world is served, for other programs of this user.
fn served(sandbox: &Sandbox, endpoint: &str) -> Option<Served> {
    let account = sandbox.default_account();
    let keys = sandbox.administrator(&account)?;
    Some(Served {
        endpoint: endpoint.to_owned(),
        account,
        region: sandbox.region(),
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
    })
}

/// Tends the world's file for as long as it is served.
async fn tend(sandbox: Arc<Sandbox>, file: Arc<WorldFile>, journal: Arc<JournalFile>) {
    let mut told = false;
    loop {
        tokio::time::sleep(TEND_EVERY).await;
        let (world, file, journal) = (sandbox.clone(), file.clone(), journal.clone());
        let tended = tokio::task::spawn_blocking(move || file.tend(&world, &journal)).await;
        match tended {
            Ok(Err(error)) if !told => {
                eprintln!("rolecall: {error}; changes are refused until that works");
                told = true;
            }
            Ok(Ok(())) => told = false,
            _ => {}
        }
    }
}
