//! A session as text: a line of JSON for what the program was at its start, and one for each
//! message that came in. Played again, the same messages make the same screens.
//!
//! No secret is in it. What an answer prints is masked by its own type; secrets that the lab knows
//! are looked for in every text; and what is typed is held back until it is known whether it was
//! one.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::free::without_secrets;
use super::lab::{Attempt, Focus, Lab};
use super::model::Model;
use super::msg::{Intent, Msg};
use super::stage::Palette;
use super::target::{Capabilities, Target};
use crate::lesson::{Catalogue, Lesson, Variables};
use crate::secret::MASK;

/// The version of the form.
pub const FORM: u32 = 1;

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// [`FORM`].
    pub rolecall_recording: u32,
    /// What answered.
    pub target: Target,
    /// What the terminal could show.
    pub capabilities: Capabilities,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The colours.
    pub palette: Palette,
    /// Whether steps were told to a class from the start.
    pub presenting: bool,
    /// Whether a remote control could run commands.
    pub clicker_runs: bool,
    /// Whether access key ids were shown whole.
    pub whole_ids: bool,
    /// Whether the mouse was taken.
    pub mouse: bool,
    /// Whether predictions were asked for.
    pub predicting: bool,
    /// The lessons, by id, with what tells one version of a lesson from another.
    pub lessons: Vec<(String, String)>,
}

/// Every other line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Happened {
    /// Milliseconds since the start.
    pub ms: u64,
    /// What.
    pub msg: Msg,
}

/// Why a recording cannot be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Another form.
    #[error("it has form {0}, and this program plays form {FORM}")]
    Form(u32),
    /// A lesson that is not here, or is another by now.
    #[error(
        "it was made with another version of the lesson `{0}`: play it with the rolecall, or the `--lessons` folder, that it was made with"
    )]
    Lesson(String),
}

impl Start {
    /// The program as it is now.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        Self {
            rolecall_recording: FORM,
            target: model.target.clone(),
            capabilities: model.capabilities,
            size: model.size,
            palette: model.stage.palette,
            presenting: model.stage.presenting,
            clicker_runs: model.stage.clicker_runs,
            whole_ids: model.stage.whole_ids,
            mouse: model.mouse,
            predicting: model.predicting,
            lessons: model
                .catalogue
                .lessons
                .iter()
                .map(|lesson| (lesson.id.clone(), version(lesson)))
                .collect(),
        }
    }

    /// The program as it was then.
    ///
    /// # Errors
    ///
    /// Another form, or other lessons: the messages would mean something else.
    pub fn model(&self, mut catalogue: Catalogue) -> Result<Model, RecordError> {
        if self.rolecall_recording != FORM {
            return Err(RecordError::Form(self.rolecall_recording));
        }
        let mut lessons = Vec::new();
        for (id, known) in &self.lessons {
            let lesson = catalogue.get(id).filter(|it| version(it) == *known);
            lessons.push(
                lesson
                    .cloned()
                    .ok_or_else(|| RecordError::Lesson(id.clone()))?,
            );
        }
        catalogue.lessons = lessons;
        let mut model = Model::new(catalogue, self.target.clone(), self.capabilities);
        model.size = self.size;
        model.stage.palette = self.palette;
        model.stage.presenting = self.presenting;
        model.stage.clicker_runs = self.clicker_runs;
        model.stage.whole_ids = self.whole_ids;
        model.mouse = self.mouse;
        model.predicting = self.predicting;
        Ok(model)
    }
}

/// What tells one version of a lesson from another.
fn version(lesson: &Lesson) -> String {
    let mut hash = Sha256::new();
    for step in &lesson.steps {
        let texts = [Some(&step.id), Some(&step.body), step.command.as_ref()];
        for text in texts.into_iter().flatten() {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
    }
    for (name, content) in &lesson.contents {
        hash.update(name.as_bytes());
        hash.update(content);
    }
    hex::encode(hash.finalize().get(..8).unwrap_or_default())
}

/// Turns what comes in into lines.
#[derive(Debug, Default)]
pub struct Recorder {
    /// What was typed into a text that is not finished, and whether it ever held a secret.
    typed: Vec<Happened>,
    secret: bool,
    /// Secrets of answers.
    secrets: Vec<String>,
    /// Variables of labs as they were left.
    variables: Vec<Variables>,
}

impl Recorder {
    /// Takes in a message that has just come into `update`, with the model as it is after that.
    /// Gives the lines that are ready.
    pub fn take(&mut self, ms: u64, msg: &Msg, model: &Model) -> Vec<String> {
        // Where things are is found anew by whoever draws.
        if matches!(msg, Msg::Drawn(_)) {
            return Vec::new();
        }
        self.learn(msg);
        let text = text(model);
        if let Some(text) = &text {
            self.secret |= self.hide(model, text) != *text || without_secrets(text) != *text;
        }
        self.typed.push(Happened {
            ms,
            msg: msg.clone(),
        });
        // The prompt of free play stays open, and is empty between two commands.
        if text.is_some_and(|text| !text.is_empty()) {
            return Vec::new();
        }
        self.flush(model)
    }

    /// The lines that were held back.
    pub fn flush(&mut self, model: &Model) -> Vec<String> {
        let secret = std::mem::take(&mut self.secret);
        let typed = std::mem::take(&mut self.typed);
        typed
            .into_iter()
            .filter_map(|happened| self.line(happened, secret, model))
            .collect()
    }

    fn line(&self, mut happened: Happened, secret: bool, model: &Model) -> Option<String> {
        if let Msg::Intent(intent) = &mut happened.msg {
            blacken(intent, secret);
        }
        // Through bytes, which the parts of a message are written as elsewhere: straight to values all
        // of it would be compiled once more.
        let mut value: Value = serde_json::from_slice(&serde_json::to_vec(&happened).ok()?).ok()?;
        each_text(&mut value, &|text| self.hide(model, text));
        serde_json::to_string(&value).ok()
    }

    /// Keeps in mind the secrets that a message brings: of an answer, or of an earlier day.
    fn learn(&mut self, msg: &Msg) {
        match msg {
            Msg::Finished { report, .. } => self.secrets.extend(Attempt::default().secrets(report)),
            Msg::Known { progress, .. } => self.variables.push(progress.variables.clone()),
            Msg::Opened {
                result: Ok(opened), ..
            } => {
                let before = opened.history.iter().map(|it| &it.progress.variables);
                let all = before.chain([&opened.progress.variables]);
                self.variables.extend(all.cloned());
            }
            _ => {}
        }
    }

    /// A text without the secrets that are known.
    fn hide(&self, model: &Model, text: &str) -> String {
        let text = match model.lab() {
            Some(lab) => lab.progress.variables.mask(text),
            None => text.to_owned(),
        };
        let known = self.variables.iter();
        let text = known.fold(text, |text, variables| variables.mask(&text));
        let secrets = self.secrets.iter();
        secrets.fold(text, |text, secret| text.replace(secret, MASK))
    }
}

/// The text that is being written.
fn text(model: &Model) -> Option<String> {
    if model.finder.is_some() {
        return None;
    }
    match model.lab().map(|lab: &Lab| &lab.focus)? {
        Focus::Editing { editor, .. } => Some(editor.text()),
        Focus::Playing(free) => Some(free.editor.text()),
        Focus::Searching(text) => Some(text.clone()),
        _ => None,
    }
}

/// Takes the letters out of what was typed, where they made up a secret, and secrets that follow
/// their names in any case.
fn blacken(intent: &mut Intent, secret: bool) {
    match intent {
        Intent::Type(key) if secret => {
            if let super::key::Code::Char(c) = &mut key.code
                && !key.ctrl
                && !c.is_whitespace()
            {
                *c = '*';
            }
        }
        Intent::Paste(text) if secret => {
            *text = text
                .chars()
                .map(|c| if c.is_whitespace() { c } else { '*' })
                .collect();
        }
        Intent::Paste(text) | Intent::Write(_, text) | Intent::PlayThis(text) => {
            *text = without_secrets(text);
        }
        _ => {}
    }
}

/// Changes every text of a value, wherever it stands.
pub(super) fn each_text(value: &mut Value, with: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = with(text),
        Value::Array(values) => values.iter_mut().for_each(|value| each_text(value, with)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|value| each_text(value, with)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
