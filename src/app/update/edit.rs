//! Writing: the command, files, and the one-line prompts.

use crate::app::editor::Editor;
use crate::app::effect::Effect;
use crate::app::key::{Code, Key};
use crate::app::lab::{Focus, Lab, Subject, Tab};
use crate::app::model::{Model, Notice};
use crate::app::msg::Intent;
use crate::app::progress::SolutionState;
use crate::awscli;
use crate::lesson::{LessonFiles, commands};

use super::{job, look, save};

/// Characters of a one-line prompt.
const LONGEST_LINE: usize = 200;

/// Bytes of a document beyond which it is no policy.
const LONGEST_POLICY: usize = 1 << 16;

/// Takes a key for a one-line prompt.
pub(super) fn line(text: &mut String, key: Key) {
    match key {
        Key {
            code: Code::Char(c),
            ctrl: false,
            alt: false,
            ..
        } if !c.is_control() && text.chars().count() < LONGEST_LINE => text.push(c),
        Key {
            code: Code::Backspace,
            ..
        } => {
            text.pop();
        }
        Key {
            code: Code::Char('u' | 'w'),
            ctrl: true,
            ..
        } => text.clear(),
        _ => {}
    }
}

/// Takes pasted text for a one-line prompt.
pub(super) fn paste_line(text: &mut String, pasted: &str) {
    let room = LONGEST_LINE.saturating_sub(text.chars().count());
    text.extend(pasted.chars().filter(|c| !c.is_control()).take(room));
}

/// What a learner wants of an editor, open or to be opened.
pub(super) fn act(model: &mut Model, intent: Intent) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    match intent {
        Intent::EditCommand => open(model, Subject::Command),
        Intent::EditFile => match lab.step().and_then(|step| step.edit.clone()) {
            Some(file) => open(model, Subject::File(file)),
            None => {
                model.notice = Some(Notice::Told("this step has no document to edit".to_owned()));
                Vec::new()
            }
        },
        Intent::Cursor(subject, at, column) => cursor(model, subject, at, column),
        Intent::Write(subject, text) => write(model, subject, &text),
        Intent::Keep => keep(model),
        Intent::KeepAndRun => {
            if let Some(reason) = refused(lab) {
                model.notice = Some(Notice::Wrong(reason));
                return Vec::new();
            }
            let mut effects = keep(model);
            let idle = model
                .lab()
                .is_some_and(|lab| lab.job.is_none() && lab.restoring.is_none());
            if idle {
                effects.extend(job::run(model, true));
            }
            effects
        }
        Intent::Original => original(model),
        Intent::Type(key) => {
            let mut full = false;
            match &mut lab.focus {
                Focus::Searching(text) => line(text, key),
                Focus::Editing { editor, .. } => {
                    full = !editor.input(key);
                    check(lab);
                }
                Focus::Reading
                | Focus::Asking(_)
                | Focus::Hands(_)
                | Focus::Playing(_)
                | Focus::Over(_)
                | Focus::Predicting(_) => {}
            }
            refuse(model, full);
            Vec::new()
        }
        Intent::Paste(text) => {
            let mut full = false;
            match &mut lab.focus {
                Focus::Searching(typed) => paste_line(typed, &text),
                Focus::Editing { editor, .. } => {
                    full = !editor.paste(&text);
                    check(lab);
                }
                Focus::Reading
                | Focus::Asking(_)
                | Focus::Hands(_)
                | Focus::Playing(_)
                | Focus::Over(_)
                | Focus::Predicting(_) => {}
            }
            refuse(model, full);
            Vec::new()
        }
        Intent::SearchFor => look::search(model, &Intent::SearchFor),
        _ => Vec::new(),
    }
}

fn refuse(model: &mut Model, full: bool) {
    if full {
        model.notice = Some(Notice::Wrong(
            "that is too long for any request to AWS: nothing was inserted".to_owned(),
        ));
    }
}

fn open(model: &mut Model, subject: Subject) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let text = match &subject {
        Subject::Command => lab.shown_command(),
        Subject::File(name) => lab.file_text(name),
        Subject::Note => Some(lab.note().unwrap_or_default()),
    };
    let Some(text) = text else {
        return Vec::new();
    };
    let mut editor = Editor::new(text.strip_suffix('\n').unwrap_or(&text));
    match &subject {
        Subject::Command | Subject::Note => editor.end(),
        Subject::File(name) => {
            if let Some(at) = lab.files().iter().position(|known| known == name) {
                lab.file = at;
            }
            lab.tab = Tab::Files;
            lab.side = Tab::Files;
        }
    }
    lab.focus = Focus::Editing {
        subject,
        editor: Box::new(editor),
        fault: None,
    };
    check(lab);
    Vec::new()
}

fn cursor(model: &mut Model, wanted: Subject, at: usize, column: usize) -> Vec<Effect> {
    let editable = model.lab().is_some_and(|lab| match &wanted {
        Subject::Command => lab.command().is_some(),
        Subject::File(name) => lab
            .step()
            .is_some_and(|step| step.edit.as_deref() == Some(name)),
        Subject::Note => true,
    });
    if !editable {
        return Vec::new();
    }
    let open_already = matches!(
        model.lab().map(|lab| &lab.focus),
        Some(Focus::Editing { subject, .. }) if *subject == wanted
    );
    let mut effects = Vec::new();
    if !open_already {
        effects = keep(model);
        effects.extend(open(model, wanted));
    }
    if let Some(Focus::Editing { editor, .. }) = model.lab_mut().map(|lab| &mut lab.focus) {
        editor.set_cursor(at, column);
    }
    effects
}

/// Writes a whole text in place of the command or a file, unless the command cannot be read.
fn write(model: &mut Model, subject: Subject, text: &str) -> Vec<Effect> {
    let editable = match (&subject, model.lab()) {
        (Subject::Command, Some(lab)) => lab.command().is_some(),
        (Subject::File(name), Some(lab)) => lab
            .step()
            .is_some_and(|step| step.edit.as_deref() == Some(name)),
        (Subject::Note, Some(_)) => true,
        (_, None) => false,
    };
    if !editable {
        model.notice = Some(Notice::Told("there is nothing to edit here".to_owned()));
        return Vec::new();
    }
    open(model, subject);
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let mut full = false;
    if let Focus::Editing { editor, .. } = &mut lab.focus {
        let mut new = Editor::new("");
        full = !new.paste(text);
        if !full {
            **editor = new;
        }
    }
    check(lab);
    if full {
        lab.focus = Focus::Reading;
        refuse(model, full);
        return Vec::new();
    }
    if let Some(reason) = refused(lab) {
        lab.focus = Focus::Reading;
        model.notice = Some(Notice::Wrong(reason));
        return Vec::new();
    }
    let fault = match &lab.focus {
        Focus::Editing { fault, .. } => fault.clone(),
        _ => None,
    };
    let effects = keep(model);
    if let Some((line, column, reason)) = fault {
        model.notice = Some(Notice::Wrong(format!(
            "written, but line {}, column {}: {reason}",
            line + 1,
            column + 1
        )));
    }
    effects
}

/// Leaves the editor and keeps the text.
pub(super) fn keep(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let focus = std::mem::replace(&mut lab.focus, Focus::Reading);
    let Focus::Editing {
        subject, editor, ..
    } = focus
    else {
        lab.focus = focus;
        return Vec::new();
    };
    let text = editor.text();
    match subject {
        Subject::Command => {
            let Some(step) = lab.step() else {
                return Vec::new();
            };
            let id = step.id.clone();
            let original = step.command.as_deref().map(str::trim_end);
            let same =
                original.is_some_and(|original| lab.progress.variables.shown(original) == text);
            lab.views.listing = None;
            let before = lab.shown_command();
            if before.as_deref() != Some(&text) {
                lab.progress.step_mut(&id).command = (!same).then_some(text);
                // Another profile may sign now.
                return super::identify(model)
                    .into_iter()
                    .chain(save(model))
                    .collect();
            }
        }
        Subject::Note => {
            let id = lab.step().map(|step| step.id.clone()).unwrap_or_default();
            let text = lab.progress.variables.mask(text.trim_end());
            let notes = &mut lab.progress.own.notes;
            if text.is_empty() {
                notes.remove(&id);
            } else {
                notes.insert(id, text);
            }
        }
        Subject::File(name) => {
            lab.views.listing = None;
            let text = text + "\n";
            if lab.file_text(&name).as_deref() == Some(&text) {
                return Vec::new();
            }
            let original = lab
                .lesson
                .file_text(&name)
                .map(|original| lab.progress.variables.shown(original));
            if original.as_deref() == Some(&text) {
                lab.progress.edits.remove(&name);
            } else {
                lab.progress.edits.insert(name, text);
            }
        }
    }
    save(model)
}

/// Makes what is edited, or the step's command and document, what the author wrote.
fn original(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let Some(step) = lab.step().cloned() else {
        return Vec::new();
    };
    let variables = &lab.progress.variables;
    match &mut lab.focus {
        Focus::Editing {
            subject, editor, ..
        } => {
            let text = match subject {
                Subject::Command => step.command.as_deref().map(str::trim_end),
                Subject::File(name) => lab.lesson.file_text(name),
                Subject::Note => None,
            };
            if let Some(text) = text {
                let text = variables.shown(text);
                **editor = Editor::new(text.strip_suffix('\n').unwrap_or(&text));
                if *subject == Subject::Command {
                    editor.end();
                }
            }
            check(lab);
            Vec::new()
        }
        _ => {
            if let Some(known) = lab.progress.steps.get_mut(&step.id) {
                known.command = None;
                if known.solution == SolutionState::Taken {
                    known.solution = SolutionState::Shown;
                }
            }
            if let Some(file) = &step.edit {
                lab.progress.edits.remove(file);
            }
            model.notice = Some(Notice::Told(
                "command and document are the author's again".to_owned(),
            ));
            super::identify(model)
                .into_iter()
                .chain(save(model))
                .collect()
        }
    }
}

/// Looks for what is wrong with the text being edited.
fn check(lab: &mut Lab) {
    let Focus::Editing {
        subject, editor, ..
    } = &lab.focus
    else {
        return;
    };
    let found = match subject {
        Subject::File(name) if name.ends_with(".json") => {
            let text = editor.text();
            policy_fault(lab, name, &text).or_else(|| json_fault(&text))
        }
        Subject::Command | Subject::File(_) | Subject::Note => None,
    };
    if let Focus::Editing { fault, .. } = &mut lab.focus {
        *fault = found;
    }
}

/// What is wrong with a text as the policy that the step's command sends.
fn policy_fault(lab: &Lab, name: &str, text: &str) -> Option<(usize, usize, String)> {
    // Longer than any policy, and to be looked at with every key.
    if text.len() > LONGEST_POLICY {
        return None;
    }
    let mut edits = lab.progress.edits.clone();
    edits.insert(name.to_owned(), text.to_owned());
    let (file, finding) = lab.refused(&edits)?;
    let place = finding.position;
    (file.as_deref() == Some(name)).then(|| {
        (
            place.line.saturating_sub(1),
            place.column.saturating_sub(1),
            finding.message,
        )
    })
}

/// What the AWS CLI says of the command being edited, if it refuses it; the cursor is put there.
fn refused(lab: &mut Lab) -> Option<String> {
    let Focus::Editing {
        subject: Subject::Command,
        editor,
        fault,
    } = &mut lab.focus
    else {
        return None;
    };
    let text = editor.text();
    let variables = &lab.progress.variables;
    let files = LessonFiles {
        lesson: &lab.lesson,
        edits: &lab.progress.edits,
        variables,
    };
    for range in commands(&text) {
        let command = text.get(range.clone())?;
        // A variable without a value is told when the command runs.
        let Ok(filled) = variables.fill_command(command) else {
            continue;
        };
        let Err(error) = awscli::parse(&filled, &files) else {
            continue;
        };
        // Places behind a secret that was filled in are not those of what is seen.
        let same = filled.get(..error.span.start) == command.get(..error.span.start);
        let at = if same {
            range.start + error.span.start
        } else {
            range.end
        };
        let before = text.get(..at).unwrap_or(&text);
        let line = before.matches('\n').count();
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |line| line.chars().count());
        let mut reason = error.message.lines().next().unwrap_or_default().to_owned();
        if let Some(hint) = &error.hint {
            reason.push_str(": ");
            reason.push_str(hint);
        }
        editor.set_cursor(line, column);
        *fault = Some((line, column, reason.clone()));
        return Some(reason);
    }
    None
}

fn json_fault(text: &str) -> Option<(usize, usize, String)> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    let reason = error.to_string();
    let reason = reason
        .rsplit_once(" at line ")
        .map_or(reason.as_str(), |(reason, _)| reason);
    Some((
        error.line().saturating_sub(1),
        error.column().saturating_sub(1),
        reason.to_owned(),
    ))
}
