//! Performing the effects that touch the lab and its target. Those that touch the terminal are
//! handed back.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use super::door::{self, OpenDoor};
use super::export;
use super::lab::{LabError, OpenLab, Pace, Parts, Resumed};
use super::look::look;
use super::names;
use super::state::{StateError, Store, write_new};
use crate::app::{
    Body, Effect, Exchange, Identity, MOST_EXCHANGES, Msg, Opened, Progress, Report, Run, RunId,
    Signing, StackEvent, Survey,
};
use crate::aws::{self, Environment, Event, ProfileStore, Session};
use crate::awscli::{self, Action, Command, Configure, Globals, Outcome, Printed, Style, Verdict};
use crate::lesson::World;
use crate::sandbox::Clock;
use crate::template::Template;

/// What the learner asked for on the command line, and what the machine has.
#[derive(Debug)]
pub struct Settings {
    /// What answers the calls.
    pub world: World,
    /// The endpoint's address, where `world` is an endpoint.
    pub endpoint: Option<String>,
    /// The profile of the administrator, on a target other than the sandbox.
    pub profile: Option<String>,
    /// The variables that the AWS CLI reads. Its region, if any, is the one in force.
    pub environment: Environment,
    /// The learner's two files of profiles.
    pub profiles: ProfileStore,
    /// Where labs are saved; nowhere where `None`.
    pub store: Option<Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How commands wait on the sandbox.
    pub pace: Pace,
}

/// Performs effects. What comes of them is sent as messages.
#[derive(Debug, Clone)]
pub struct Performer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    messages: UnboundedSender<Msg>,
    lab: Mutex<Option<Arc<OpenLab>>>,
    door: Mutex<Option<OpenDoor>>,
    runs: Mutex<BTreeMap<RunId, AbortHandle>>,
    saves: Mutex<Saves>,
    saved: Condvar,
}

/// What is to be written to the disk: the loop does not wait for it. Of several, the last counts.
#[derive(Debug, Default)]
struct Saves {
    next: Option<(Arc<OpenLab>, Vec<u8>)>,
    /// A thread is writing, and looks for the next when it is done.
    writing: bool,
}

impl Performer {
    /// One that sends its messages there. Its effects must be performed inside a tokio runtime.
    #[must_use]
    pub fn new(settings: Settings, messages: UnboundedSender<Msg>) -> Self {
        Self(Arc::new(Inner {
            settings,
            messages,
            lab: Mutex::default(),
            door: Mutex::default(),
            runs: Mutex::default(),
            saves: Mutex::default(),
            saved: Condvar::new(),
        }))
    }

    /// Waits until everything that was to be saved is on the disk, or could not be.
    pub fn settle(&self) {
        let mut saves = lock(&self.0.saves);
        while saves.writing {
            saves = self
                .0
                .saved
                .wait(saves)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Has the lab written as it is now.
    fn save(&self, progress: Progress) -> Result<(), String> {
        let lab = self.lab().ok_or("no lab is open")?;
        let written = lab.written(progress).map_err(|error| error.to_string())?;
        let Some(contents) = written else {
            return Ok(());
        };
        let mut saves = lock(&self.0.saves);
        saves.next = Some((lab, contents));
        if !std::mem::replace(&mut saves.writing, true) {
            let this = self.clone();
            tokio::task::spawn_blocking(move || this.write());
        }
        Ok(())
    }

    fn write(&self) {
        loop {
            let mut saves = lock(&self.0.saves);
            let Some((lab, contents)) = saves.next.take() else {
                saves.writing = false;
                drop(saves);
                self.0.saved.notify_all();
                return;
            };
            drop(saves);
            let result = lab.write(&contents).map_err(|error| error.to_string());
            drop(lab);
            self.send(Msg::Saved(result));
        }
    }

    /// The lab that is open.
    #[must_use]
    pub fn lab(&self) -> Option<Arc<OpenLab>> {
        lock(&self.0.lab).clone()
    }

    /// Performs an effect, or begins to. One that is for the terminal comes back.
    #[must_use]
    pub fn perform(&self, effect: Effect) -> Option<Effect> {
        let this = self.clone();
        match effect {
            Effect::Survey(run) => {
                let surveyed = move |result| Msg::Surveyed { run, result };
                let task = self.spawn(
                    async move { surveyed(this.survey().await) },
                    move |reason| surveyed(Err(reason)),
                );
                self.remember(run, task);
            }
            Effect::Open { run, lesson } => {
                // The lab before gives its file back first.
                *lock(&self.0.door) = None;
                *lock(&self.0.lab) = None;
                let opened = move |result| Msg::Opened { run, result };
                let task = self.spawn(
                    async move {
                        let settling = this.clone();
                        let _ = tokio::task::spawn_blocking(move || settling.settle()).await;
                        opened(this.open(&lesson).await)
                    },
                    move |reason| opened(Err(reason)),
                );
                self.remember(run, task);
            }
            Effect::Run(run) => {
                let id = run.id;
                let finished = move |report| Msg::Finished {
                    run: id,
                    report: Box::new(report),
                };
                let task = self.spawn(
                    async move {
                        let report = this.run(*run).await;
                        lock(&this.0.runs).remove(&id);
                        finished(report)
                    },
                    move |reason| finished(failed(&reason)),
                );
                self.remember(id, task);
            }
            Effect::RemoveProfiles { run, profiles } => {
                let report = self.remove_profiles(&profiles);
                self.finish(run, report);
            }
            Effect::Cancel(run) => {
                if let Some(task) = lock(&self.0.runs).remove(&run) {
                    task.abort();
                }
            }
            Effect::Identify { profile } => {
                let named = profile.clone();
                self.spawn(
                    async move {
                        let identity = this.identify(profile.clone()).await;
                        Msg::Identified { profile, identity }
                    },
                    |reason| Msg::Identified {
                        profile: named,
                        identity: Err(reason),
                    },
                );
            }
            Effect::Look => {
                if let Some(sandbox) = self.lab().and_then(|lab| lab.sandbox().cloned()) {
                    self.spawn(
                        async move { Msg::Looked(Box::new(look(&sandbox))) },
                        |reason| Msg::Told(format!("the sandbox cannot be looked at: {reason}")),
                    );
                }
            }
            Effect::Checkpoint(checkpoint) => {
                if let Err(error) = self.with_lab(|lab| lab.checkpoint(*checkpoint)) {
                    self.send(Msg::Told(format!("this step cannot be undone: {error}")));
                }
            }
            Effect::Restore(ticket) => {
                let result = self.with_lab(|lab| lab.restore(ticket));
                self.send(Msg::Restored { ticket, result });
            }
            Effect::Empty => {
                let result = self.with_lab(OpenLab::empty);
                self.send(Msg::Emptied(result));
            }
            Effect::Save { progress, .. } => {
                if let Err(reason) = self.save(*progress) {
                    self.send(Msg::Saved(Err(reason)));
                }
            }
            Effect::ReadClock { profile } => {
                let reading = self.lab().and_then(|lab| names::reading(&lab, profile));
                self.send(Msg::Clock(reading));
            }
            Effect::Advance { seconds } => {
                let by = i64::try_from(seconds).unwrap_or(i64::MAX);
                if let Some(lab) = self.lab()
                    && let Some(sandbox) = lab.sandbox()
                {
                    sandbox.advance(jiff::SignedDuration::from_secs(by));
                }
            }
            Effect::Names => {
                if let Some(lab) = self.lab() {
                    self.send(Msg::Names(names::names(&lab)));
                }
            }
            Effect::OpenDoor => {
                self.spawn(
                    async move { Msg::DoorOpened(this.open_door().await) },
                    |reason| Msg::DoorOpened(Err(reason)),
                );
            }
            Effect::CloseDoor => *lock(&self.0.door) = None,
            Effect::Export(session) => {
                let blocking = move || {
                    let name = session.name();
                    let text = export::text(&session);
                    write_new(std::path::Path::new(&name), text.as_bytes())
                        .map(|path| path.display().to_string())
                        .map_err(|error| format!("cannot write `{name}`: {error}"))
                };
                self.spawn(
                    async move {
                        let written = tokio::task::spawn_blocking(blocking).await;
                        Msg::Exported(written.unwrap_or_else(|error| Err(error.to_string())))
                    },
                    |reason| Msg::Exported(Err(reason)),
                );
            }
            effect @ (Effect::Copy(_)
            | Effect::Mouse(_)
            | Effect::Suspend
            | Effect::Redraw
            | Effect::Quit) => return Some(effect),
        }
        None
    }

    /// Works in the background and sends the message that comes of it. A panic there is a message
    /// too, where it does not end the program: whoever waits must not wait for ever. A task that is
    /// aborted sends none.
    fn spawn(
        &self,
        work: impl Future<Output = Msg> + Send + 'static,
        failed: impl FnOnce(String) -> Msg + Send + 'static,
    ) -> AbortHandle {
        let task = tokio::spawn(work);
        let handle = task.abort_handle();
        let this = self.clone();
        tokio::spawn(async move {
            match task.await {
                Ok(message) => this.send(message),
                Err(error) if error.is_panic() => this.send(failed(
                    "this is a fault of rolecall, not of AWS or of you: its report was printed to \
                     standard error"
                        .to_owned(),
                )),
                Err(_) => {}
            }
        });
        handle
    }

    /// A message to a program that has stopped is of no use to anyone.
    fn send(&self, message: Msg) {
        let _ = self.0.messages.send(message);
    }

    fn finish(&self, run: RunId, report: Report) {
        lock(&self.0.runs).remove(&run);
        self.send(Msg::Finished {
            run,
            report: Box::new(report),
        });
    }

    /// Keeps the handle of a run while it runs.
    fn remember(&self, run: RunId, task: AbortHandle) {
        let mut runs = lock(&self.0.runs);
        runs.retain(|_, task| !task.is_finished());
        runs.insert(run, task);
    }

    fn with_lab(&self, act: impl FnOnce(&OpenLab) -> Result<(), LabError>) -> Result<(), String> {
        let lab = self.lab().ok_or("no lab is open")?;
        act(&lab).map_err(|error| error.to_string())
    }

    async fn open_door(&self) -> Result<crate::app::Door, String> {
        let lab = self.lab().ok_or("no lab is open")?;
        let (open, door) = door::open(&lab, self.0.messages.clone()).await?;
        *lock(&self.0.door) = Some(open);
        Ok(door)
    }

    /// The target of a lab that is not on a sandbox.
    fn target(&self) -> aws::Target {
        match &self.0.settings.endpoint {
            Some(url) => aws::Target::Endpoint(url.clone()),
            None => aws::Target::Account,
        }
    }

    /// The options in force where a command gives none.
    fn globals(&self, profile: Option<String>) -> Globals {
        Globals {
            profile: profile.or_else(|| self.0.settings.profile.clone()),
            ..Globals::default()
        }
    }

    async fn survey(&self) -> Result<Survey, String> {
        let settings = &self.0.settings;
        let session = Session::new(
            self.target(),
            settings.profiles.clone(),
            settings.environment.clone(),
            ".",
            Arc::new(aws::RealPause {
                at_most: Duration::from_secs(1),
            }),
        );
        let globals = self.globals(None);
        let asked = aws::whoami(&session, &globals, &mut aws::Unobserved).await;
        let caller = asked.map_err(|outcome| {
            let said = said(&outcome);
            match &settings.endpoint {
                // Nobody was asked yet.
                _ if outcome.exit == awscli::error::EXIT_CONFIGURATION => {
                    format!("{said}\n\nrolecall takes `--region` and `--profile`, too.")
                }
                Some(url) => {
                    format!("{said}\n\nIs there a server at {url}, and does it speak AWS's API?")
                }
                None => said,
            }
        })?;
        // Not everyone may ask for it, and not every account has one.
        let alias = match awscli::parse("aws iam list-account-aliases", &NoFiles) {
            Ok(command) => {
                let command = Command { globals, ..command };
                let answer = aws::execute(&session, &command, &mut aws::Unobserved).await;
                let alias = answer.stdout.value.pointer("/AccountAliases/0");
                alias.and_then(Value::as_str).map(str::to_owned)
            }
            Err(_) => None,
        };
        Ok(Survey {
            account: caller.account,
            caller: caller.arn,
            region: caller.region,
            alias,
        })
    }

    async fn open(&self, lesson: &str) -> Result<Box<Opened>, String> {
        let settings = &self.0.settings;
        let mut unkept = None;
        let mut parts = |account: &str| -> Result<Parts, StateError> {
            let opened = match &settings.store {
                Some(store) => store.open(lesson, settings.world, account).map(Some),
                None => Ok(None),
            };
            let file = match opened {
                // On the sandbox nothing is lost but the place where one was; elsewhere the lab
                // must know tomorrow what it made today.
                Err(error @ (StateError::NoFolder | StateError::Io { .. }))
                    if settings.world == World::Sandbox =>
                {
                    unkept = Some(format!("this lab will not be there the next time: {error}"));
                    None
                }
                opened => opened?,
            };
            Ok(Parts {
                file,
                clock: settings.clock.clone(),
                pace: settings.pace,
            })
        };
        let sandboxed = settings.world == World::Sandbox;
        let (resumed, account, region) = if sandboxed {
            let resumed = parts("")
                .map_err(LabError::from)
                .and_then(OpenLab::on_sandbox)
                .map_err(|error| error.to_string())?;
            let known = resumed
                .lab
                .sandbox()
                .map(|sandbox| (sandbox.default_account(), sandbox.region()));
            let (account, region) = known.unwrap_or_default();
            (resumed, account, region)
        } else {
            let survey = self.survey().await?;
            // One account, one lab; but two servers may both say that they are 123456789012.
            let place = settings.endpoint.as_ref().map_or_else(
                || survey.account.clone(),
                |url| format!("{url} {}", survey.account),
            );
            let resumed = parts(&place)
                .map_err(LabError::from)
                .and_then(|parts| {
                    OpenLab::on_target(
                        parts,
                        self.target(),
                        settings.profiles.clone(),
                        settings.environment.clone(),
                    )
                })
                .map_err(|error| error.to_string())?;
            (resumed, survey.account, survey.region)
        };
        let Resumed {
            lab,
            progress,
            history,
            notice,
        } = resumed;
        *lock(&self.0.lab) = Some(Arc::new(lab));
        let notice = notice.or(unkept);
        Ok(Box::new(Opened {
            progress,
            history,
            account,
            region,
            notice,
        }))
    }

    async fn identify(&self, profile: Option<String>) -> Result<Identity, String> {
        let lab = self.lab().ok_or("no lab is open")?;
        let globals = self.globals(profile);
        let caller = aws::whoami(lab.session(), &globals, &mut aws::Unobserved)
            .await
            .map_err(|outcome| said(&outcome))?;
        Ok(Identity {
            arn: caller.arn,
            account: caller.account,
        })
    }

    async fn run(&self, run: Run) -> Report {
        if run.delay > 0 {
            tokio::time::sleep(Duration::from_millis(run.delay)).await;
        }
        let begun = Instant::now();
        let Some(lab) = self.lab() else {
            return failed("no lab is open");
        };
        if let Err(error) = lab.put_files(run.files()) {
            return failed(&format!("the lesson's files cannot be written: {error}"));
        }
        let mut command = match awscli::parse(run.text.expose(), &run.files()) {
            Ok(command) => command,
            Err(error) => {
                let mut report = failed(&error.message);
                report.outcome.exit = error.exit;
                report.outcome.stderr = error.stderr();
                return report;
            }
        };
        if let Action::Configure(configure) = &command.action {
            for profile in writes(configure, &command.globals) {
                let refusal = match lab.claim_profile(&profile) {
                    Ok(true) => continue,
                    Ok(false) => format!(
                        "the profile `{profile}` is in your files already, and this lesson did not \
                         make it; rename it there, then run this step again"
                    ),
                    Err(error) => error.to_string(),
                };
                lab.disown_absent_profiles();
                return failed(&refusal);
            }
        } else if command.globals.profile.is_none() {
            command.globals = Globals {
                profile: self.0.settings.profile.clone(),
                ..command.globals
            };
        }
        let total = resources(&command.action);
        let mut exchanges = VecDeque::new();
        let mut observer = |event: Event| match event {
            Event::StackEvent(event) => self.send(Msg::Event {
                run: run.id,
                event: stack_event(&event, total),
            }),
            Event::Exchange(exchange) => {
                if exchanges.len() >= MOST_EXCHANGES {
                    exchanges.pop_front();
                }
                exchanges.push_back(exchange);
            }
            // A profile that is written was claimed before.
            Event::ProfileWritten { .. } | Event::Printed(_) | Event::Streamed(_) => {}
        };
        let outcome = aws::execute(lab.session(), &command, &mut observer).await;
        if matches!(command.action, Action::Configure(_)) {
            lab.disown_absent_profiles();
        }
        let explanations = lab.sandbox().map_or_else(Vec::new, |sandbox| {
            let ids = outcome.request_ids.iter();
            ids.flat_map(|id| sandbox.decisions(id)).collect()
        });
        Report {
            outcome,
            explanations,
            exchanges: exchanges.iter().map(|it| shown(&it.shown())).collect(),
            millis: millis(begun),
            note: None,
        }
    }

    fn remove_profiles(&self, profiles: &[String]) -> Report {
        let begun = Instant::now();
        let Some(lab) = self.lab() else {
            return failed("no lab is open");
        };
        let mut text = String::new();
        for name in profiles {
            match lab.remove_profile(name) {
                Ok(true) => text.push_str(&format!("removed the profile `{name}`\n")),
                Ok(false) => {
                    text.push_str(&format!("there is no profile `{name}` of this lesson\n"))
                }
                Err(error) => return failed(&error.to_string()),
            }
        }
        Report {
            outcome: Outcome {
                verdict: Verdict::Success,
                code: None,
                message: None,
                exit: 0,
                stdout: Printed {
                    value: Value::Null,
                    style: Style::Text(text),
                    ..Printed::default()
                },
                stderr: String::new(),
                request_ids: Vec::new(),
            },
            explanations: Vec::new(),
            exchanges: Vec::new(),
            millis: millis(begun),
            note: None,
        }
    }
}

/// The files of a command that names none.
struct NoFiles;

impl awscli::Files for NoFiles {
    fn read(&self, _: &str) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

/// What a call that brought no answer says.
fn said(outcome: &Outcome) -> String {
    let said = outcome.message.as_deref().unwrap_or(&outcome.stderr);
    said.trim().to_owned()
}

/// A command that ended before anyone was asked.
fn failed(message: &str) -> Report {
    Report {
        outcome: Outcome {
            verdict: Verdict::Error,
            code: None,
            message: Some(message.to_owned()),
            exit: awscli::error::EXIT_GENERAL,
            stdout: Printed::default(),
            stderr: awscli::error::line(message),
            request_ids: Vec::new(),
        },
        explanations: Vec::new(),
        exchanges: Vec::new(),
        millis: 0,
        note: None,
    }
}

/// The profiles that a `configure` command writes to.
fn writes(configure: &Configure, globals: &Globals) -> Vec<String> {
    let name = match configure {
        Configure::Set { name, .. } => name,
        Configure::Import(profiles) => {
            return profiles.iter().map(|one| one.profile.clone()).collect();
        }
        _ => return Vec::new(),
    };
    let mut parts = name.split('.');
    let named = match (parts.next(), parts.next(), parts.next()) {
        (Some("profile"), Some(profile), Some(_)) => Some(profile.to_owned()),
        (Some("default"), Some(_), None) => Some("default".to_owned()),
        _ => globals.profile.clone(),
    };
    vec![named.unwrap_or_else(|| "default".to_owned())]
}

/// How many resources the template of a command has.
fn resources(action: &Action) -> Option<usize> {
    let body = match action {
        Action::Deploy(deploy) => &deploy.template,
        Action::Call(call) => call.input.get("TemplateBody")?.as_str()?,
        _ => return None,
    };
    Template::parse(body)
        .ok()
        .map(|template| template.resources.len())
}

fn stack_event(event: &Value, total: Option<usize>) -> StackEvent {
    let text = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
    let time = text("Timestamp").unwrap_or_default();
    StackEvent {
        // 2026-11-23T16:10:24.123000+00:00
        time: time.get(11..19).unwrap_or(&time).to_owned(),
        resource: text("LogicalResourceId").unwrap_or_default(),
        kind: text("ResourceType").unwrap_or_default(),
        status: text("ResourceStatus").unwrap_or_default(),
        reason: text("ResourceStatusReason"),
        total,
    }
}

/// An exchange for the screens.
fn shown(exchange: &aws::Shown) -> Exchange {
    Exchange {
        method: exchange.method.clone(),
        url: exchange.url.clone(),
        request_headers: exchange.request_headers.clone(),
        request_body: Body::new(&exchange.request_body),
        signing: exchange.signing.as_ref().map(|signing| Signing {
            access_key_id: signing.access_key_id.clone(),
            scope: signing.scope.clone(),
            canonical_request: signing.canonical_request.clone(),
            string_to_sign: signing.string_to_sign.clone(),
            masked: signing.masked,
        }),
        status: exchange.status,
        headers: exchange.headers.clone(),
        body: Body::new(&exchange.body),
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
