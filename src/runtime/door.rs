//! The door: the lab's own sandbox on a port of this machine, while the learner wants it.
//!
//! What another program needs to come in is in a file that only its owner may read, in the lab's
//! own folder. The screen shows the line that reads it, so that nothing secret is on a projector.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc::UnboundedSender, oneshot};

use super::lab::OpenLab;
use super::shell::Shell;
use super::state::write_whole;
use crate::app::{Door, Msg, Visit};
use crate::sandbox::watch::Seen;
use crate::sandbox::{Sandbox, listener};

/// How long requests are gathered before the screen is told.
const GATHER: Duration = Duration::from_millis(300);

/// An open door; it closes when this is dropped.
#[derive(Debug)]
pub struct OpenDoor {
    sandbox: Arc<Sandbox>,
    file: PathBuf,
    _stop: oneshot::Sender<()>,
}

impl Drop for OpenDoor {
    fn drop(&mut self) {
        self.sandbox.watch(None);
        // It is in a folder that goes with the lab, too.
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Opens the door of a lab. Who comes in is told by [`Msg::Visited`].
///
/// # Errors
///
/// In words: no sandbox, no port, or what the disk says.
pub async fn open(
    lab: &OpenLab,
    messages: UnboundedSender<Msg>,
) -> Result<(OpenDoor, Door), String> {
    let sandbox = lab.sandbox().ok_or("only the sandbox has a door")?.clone();
    let listener = listener::bind(0)
        .await
        .map_err(|error| format!("no port of 127.0.0.1 can be had: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let endpoint = format!("http://{address}");
    let account = sandbox.default_account();
    let keys = sandbox.administrator(&account).ok_or_else(|| {
        format!("the administrator of account {account} has no access key any more: undo that, or begin the lesson afresh")
    })?;
    let file = lab
        .folder()
        .join(format!("door.{}", Shell::HERE.extension()));
    let [credentials, config] = lab.session().profiles().paths();
    let text = script(
        &endpoint,
        &sandbox.region(),
        &keys.access_key_id,
        keys.secret_access_key.expose(),
        [credentials, config],
    );
    write_whole(&file, text.as_bytes())
        .map_err(|error: io::Error| format!("cannot write `{}`: {error}", file.display()))?;
    let (stop, stopped) = oneshot::channel::<()>();
    let gathered = Arc::new(Mutex::new(Visit::default()));
    let told = tokio::runtime::Handle::current();
    sandbox.watch(Some(Arc::new(move |seen: &Seen| {
        let mut visit = gathered.lock().unwrap_or_else(PoisonError::into_inner);
        let first = visit.requests == 0;
        visit.requests += 1;
        visit.changes += u64::from(seen.changed);
        if seen.changed || visit.changes == 0 {
            visit.last = seen.words();
        }
        drop(visit);
        if first {
            let (gathered, messages) = (gathered.clone(), messages.clone());
            told.spawn(async move {
                tokio::time::sleep(GATHER).await;
                let visit =
                    std::mem::take(&mut *gathered.lock().unwrap_or_else(PoisonError::into_inner));
                let _ = messages.send(Msg::Visited(visit));
            });
        }
    })));
    let served = sandbox.clone();
    tokio::spawn(async move {
        let stop = async {
            let _ = stopped.await;
        };
        // It is on the loopback interface, and fails for no other reason.
        let _ = listener::serve(listener, served, stop).await;
    });
    let door = Door {
        endpoint,
        line: Shell::HERE.read(&file),
        key: keys.access_key_id,
        requests: 0,
        changes: 0,
        last: String::new(),
    };
    Ok((
        OpenDoor {
            sandbox,
            file,
            _stop: stop,
        },
        door,
    ))
}

/// What a shell reads: the sandbox's address, its administrator's keys, and the lesson's profiles.
fn script(
    endpoint: &str,
    region: &str,
    key: &str,
    secret: &str,
    [credentials, config]: [&Path; 2],
) -> String {
    let [credentials, config] = [credentials, config].map(|path| path.display().to_string());
    let set = |(name, value): (&str, &str)| Shell::HERE.set(name, value) + "\n";
    let variables: String = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ACCESS_KEY_ID", key),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_SHARED_CREDENTIALS_FILE", &credentials),
        ("AWS_CONFIG_FILE", &config),
    ]
    .map(set)
    .concat();
    let unset = Shell::HERE.unset(["AWS_SESSION_TOKEN", "AWS_PROFILE"]);
    format!(
        "# The sandbox of a rolecall lesson, for this shell. Gone when the door closes.\n\
         {variables}{unset}\n"
    )
}
