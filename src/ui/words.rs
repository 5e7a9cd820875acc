//! The screens in words, for `--plain` and for the transcript of `rolecall run`: one line after
//! another, the important words first, nothing that needs a colour, a column or a cursor.
//!
//! Lines are not wrapped: whoever reads them knows how wide they may be.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::Page;
use super::markdown;
use super::theme::Theme;
use crate::app::keymap::Mode;
use crate::app::{
    Attempt, Capabilities, Colours, Confirm, Ended, Geometry, Guess, Item, Kind, Lab, Life, Model,
    Question, SolutionState, StackEvent, StepState, Tab, explain, lasting, reason, without_secrets,
};
use crate::awscli::{self, Verdict};
use crate::lesson::{Lesson, World, behind_verb, layer_words};

/// Columns of a tab, and the rows of it that are told.
const COLUMNS: u16 = 120;
const MOST_ROWS: u16 = 500;

/// Columns that no paragraph has.
const UNWRAPPED: usize = 1 << 20;

/// A Markdown text without its marks.
#[must_use]
pub fn markdown(text: &str) -> String {
    let theme = Theme::of(Capabilities {
        colours: Colours::None,
        unicode: false,
    });
    let mut out = String::new();
    for row in markdown::rows(&theme, text, UNWRAPPED) {
        for (text, _) in &row.spans {
            out.push_str(text);
        }
        out.push('\n');
    }
    out
}

/// The lessons, numbered.
#[must_use]
pub fn catalogue(model: &Model) -> String {
    let mut out = String::new();
    let lessons = &model.catalogue.lessons;
    out.push_str(&format!("Lessons: {}\n", lessons.len()));
    for (at, lesson) in lessons.iter().enumerate() {
        let overview = model.overviews.get(&lesson.id).copied().unwrap_or_default();
        let steps = lesson.steps.len();
        let standing = match overview.done {
            0 => format!("{steps} steps"),
            done if done >= steps => "done".to_owned(),
            done => format!("{done} of {steps} steps done"),
        };
        out.push_str(&format!(
            "{}. {}. {standing}, {} minutes. Its name is {}.\n",
            at + 1,
            lesson.title,
            lesson.minutes,
            lesson.id
        ));
        let score = overview.scores.words();
        if !score.is_empty() {
            out.push_str(&format!("Predictions right: {score}.\n"));
        }
        out.push_str(&markdown(&lesson.summary));
    }
    if !lessons.is_empty() {
        out.push_str("`about 1` tells what the first needs and prepares for; `open 1` opens it.\n");
    }
    for problem in &model.catalogue.problems {
        out.push_str(&format!(
            "Could not be read: {}:{}:{}: {}\n",
            problem.path, problem.line, problem.column, problem.message
        ));
    }
    out
}

/// What a lesson needs, prepares for and creates.
#[must_use]
pub fn about(lesson: &Lesson) -> String {
    let mut out = format!("{}\n{}", lesson.title, markdown(&lesson.summary));
    for (title, items) in [
        ("What you need", &lesson.requirements),
        ("What it prepares for", &lesson.exam_domains),
        ("What it creates", &lesson.creates),
    ] {
        for item in items {
            out.push_str(&format!("{title}: {}", markdown(item)));
        }
    }
    out
}

/// What a learner must know before a target other than the sandbox is touched.
#[must_use]
pub fn confirm(model: &Model, confirm: &Confirm) -> String {
    let Some(survey) = &confirm.survey else {
        return "Asking who is there.\n".to_owned();
    };
    let alias = survey
        .alias
        .as_ref()
        .map_or(String::new(), |alias| format!(" ({alias})"));
    let mut out = format!(
        "This lesson runs on {}.\nAccount: {}{alias}\nCaller: {}\nRegion: {}\nIt will create:\n",
        model.target.words(),
        survey.account,
        survey.caller,
        survey.region
    );
    let lesson = model.catalogue.get(&confirm.lesson);
    for thing in lesson.iter().flat_map(|lesson| &lesson.creates) {
        out.push_str(&markdown(&format!("- {thing}")));
    }
    out.push_str(
        "Its last steps delete all of that. What it creates may cost money as long as it is there.\n",
    );
    out.push_str(&format!(
        "To go on, type the account id {}; `back` leaves the account alone.\n",
        survey.account
    ));
    out
}

/// A step: where one is, how it stands, what it says, what it would run and as whom.
#[must_use]
pub fn step(model: &Model, lab: &Lab) -> String {
    let Some(step) = lab.step() else {
        return String::new();
    };
    let mut out = format!(
        "Step {} of {}: {}\n{} On {}{}.\n",
        lab.at + 1,
        lab.lesson.steps.len(),
        step.title,
        standing(lab),
        model.target.words(),
        model
            .target
            .region
            .as_ref()
            .map_or(String::new(), |region| format!(" in {region}")),
    );
    out.push_str(&text(lab));
    out.push_str(&command(lab));
    if let Some(file) = &step.edit {
        out.push_str(&format!(
            "The step's document is {file}: `file` reads it, `document` writes it.\n"
        ));
    }
    if lab.asks() {
        out.push_str("Before it runs you may say what will happen:\n");
        out.push_str(&guesses(lab));
    }
    out
}

fn standing(lab: &Lab) -> &'static str {
    match (!lab.runs(), lab.state()) {
        (true, _) => "To be read; nothing runs in this step.",
        (false, StepState::Open) => "Not done.",
        (false, StepState::Done) => "Done.",
        (false, StepState::Solved) => "Done by its solution.",
        (false, StepState::Lenient) => "Done, though AWS would deny this.",
    }
}

/// A step's text, the hints that were asked for, and what is said afterwards.
#[must_use]
pub fn text(lab: &Lab) -> String {
    let Some(step) = lab.step() else {
        return String::new();
    };
    let shown = |text: &str| markdown(&lab.progress.variables.shown(text));
    let mut out = shown(&step.body);
    for (at, hint) in lab.hints().iter().enumerate() {
        out.push_str(&format!(
            "Hint {} of {}: {}",
            at + 1,
            step.hints.len(),
            shown(hint)
        ));
    }
    if lab.solution() != SolutionState::Hidden {
        out.push_str(&solution(lab));
    }
    if let Some(note) = lab.note() {
        out.push_str(&format!("Your note: {note}\n"));
    }
    out.push_str(&after(lab));
    out
}

/// What may be said of what will happen, each with what says it.
#[must_use]
pub fn guesses(_: &Lab) -> String {
    let all = Guess::ALL.iter().enumerate();
    all.map(|(at, guess)| format!("`predict {}`: {}.\n", at + 1, guess.sentence()))
        .collect()
}

/// What may be predicted here, and how often that was right.
#[must_use]
pub fn predictions(lab: &Lab) -> String {
    let mut out = match lab.progress.predictions.scores.words() {
        score if score.is_empty() => "Nothing was predicted yet.\n".to_owned(),
        score => format!("Right so far: {score}.\n"),
    };
    if lab.progress.predictions.off {
        out.push_str("Predictions are not offered; `predict on` offers them.\n");
    } else if lab.asks() {
        out.push_str("You may say what will happen when this step runs:\n");
        out.push_str(&guesses(lab));
    } else {
        out.push_str("This step asks for no prediction, or its answer was seen.\n");
    }
    out
}

/// The step's solution, once it was asked for.
#[must_use]
pub fn solution(lab: &Lab) -> String {
    let solution = lab.step().and_then(|step| step.solution.as_ref());
    let title = match lab.solution() {
        SolutionState::Hidden => return String::new(),
        SolutionState::Shown => "The solution; `solution` once more takes it:",
        SolutionState::Taken => "The solution, which you took; `run` runs it:",
    };
    let Some(solution) = solution else {
        return String::new();
    };
    let shown = |text: &str| lab.progress.variables.shown(text).trim_end().to_owned();
    let mut out = format!("{title}\n");
    if let Some(command) = &solution.command {
        out.push_str(&format!("$ {}\n", shown(command)));
    }
    for (name, text) in &solution.files {
        out.push_str(&format!("{name}:\n{}\n", shown(text)));
    }
    out
}

/// The sandbox's time, and the life of the session in use.
#[must_use]
pub fn clock(lab: &Lab) -> String {
    let Some(reading) = &lab.reach.clock else {
        return "Only the sandbox has a clock that can be moved.\n".to_owned();
    };
    let mut out = format!("Time in the sandbox: {}", reading.now);
    if reading.ahead != 0 {
        out.push_str(&format!(
            ", {} ahead of your machine",
            lasting(reading.ahead)
        ));
    }
    out.push('\n');
    let name = reading.profile.as_deref().unwrap_or("administrator");
    match &reading.session {
        None => out.push_str(&format!("{name} has no session that expires.\n")),
        Some(life) => out.push_str(&of_session(name, life)),
    }
    if let Some(age) = reading.session.as_ref().and_then(|life| life.mfa) {
        out.push_str(&format!("Its MFA code was given {} ago.\n", lasting(age)));
    }
    out
}

fn of_session(name: &str, life: &Life) -> String {
    if life.left > 0 {
        let left = lasting(life.left);
        format!(
            "The session of {name} ends in {left}, at {}.\n",
            life.expires
        )
    } else {
        format!("EXPIRED: the session of {name}, at {}.\n", life.expires)
    }
}

/// The door, as it is to be told.
#[must_use]
pub fn door(lab: &Lab) -> String {
    let Some(door) = &lab.reach.door else {
        return "The door is closed. `door open` opens it.\n".to_owned();
    };
    format!(
        "The door is open at {}. In another terminal of this machine, type:\n{}\nRequests: {}, of which changed something: {}.\n",
        door.endpoint, door.line, door.requests, door.changes
    )
}

/// What is said after the expected outcome, once there is one.
#[must_use]
pub fn after(lab: &Lab) -> String {
    match lab.after() {
        Some(after) => format!("What this shows: {}", markdown(&after)),
        None => String::new(),
    }
}

/// What may help after an outcome that was not expected. Keys stand in it by name.
#[must_use]
pub fn advice(lab: &Lab) -> String {
    match lab.advice() {
        Some(advice) => format!("What may help: {}", markdown(advice)),
        None => String::new(),
    }
}

/// The newest hint.
#[must_use]
pub fn hint(lab: &Lab) -> String {
    let all = lab.step().map_or(0, |step| step.hints.len());
    match lab.hints().split_last() {
        None => "There are no hints here.\n".to_owned(),
        Some((hint, before)) => format!(
            "Hint {} of {all}: {}",
            before.len() + 1,
            markdown(&lab.progress.variables.shown(hint))
        ),
    }
}

/// The command of the step, and whose hand signs.
#[must_use]
pub fn command(lab: &Lab) -> String {
    let mut out = String::new();
    let shown = lab.shown_command();
    if let Some(command) = shown.map(|text| lab.progress.variables.mask(&without_secrets(&text))) {
        let mut goes_on = false;
        for line in command.lines() {
            let sign = if goes_on { "" } else { "$ " };
            out.push_str(&format!("{sign}{line}\n"));
            goes_on = line.ends_with('\\');
        }
    }
    for item in lab.items() {
        if matches!(item, Item::RemoveProfiles(_)) {
            out.push_str(&format!("This step will {}.\n", item.text()));
        }
    }
    if lab.command().is_some() {
        out.push_str(&who(lab));
    }
    out
}

/// Whose hand signs the step's command.
#[must_use]
pub fn who(lab: &Lab) -> String {
    let profile = lab.profile();
    let name = profile.as_deref().unwrap_or("administrator");
    let mut out = match lab.identities.get(&profile) {
        Some(Ok(identity)) => format!("As {name}: {}\n", identity.arn),
        Some(Err(reason)) => format!("As {name}, which has no usable keys: {reason}\n"),
        None => format!("As {name}.\n"),
    };
    let reading = lab.reach.clock.as_ref();
    if let Some(reading) = reading.filter(|reading| reading.profile == profile)
        && let Some(life) = &reading.session
    {
        out.push_str(&of_session(name, life));
    }
    out
}

/// Every step, with how it stands.
#[must_use]
pub fn steps(lab: &Lab) -> String {
    let mut out = String::new();
    for (at, step) in lab.lesson.steps.iter().enumerate() {
        let standing = match lab.progress.state(&step.id) {
            StepState::Open => "",
            StepState::Done => ", done",
            StepState::Solved => ", done by its solution",
            StepState::Lenient => ", done, though AWS would deny this",
        };
        let here = if at == lab.at { ", you are here" } else { "" };
        out.push_str(&format!("{}. {}{standing}{here}\n", at + 1, step.title));
    }
    out
}

/// Where the step is no longer what ran.
pub(super) const OUTDATED: &str = "not run since; what is shown is from before";

/// What came of the step, without what was printed: outcome, code and gate, then why.
#[must_use]
pub fn outcome(lab: &Lab) -> String {
    let Some(attempt) = lab.attempt() else {
        return format!("{}\n", standing(lab));
    };
    if lab.is_outdated() {
        return format!("CHANGED: {OUTDATED}\n");
    }
    let millis = attempt.millis;
    match &attempt.ended {
        Ended::Failed(reason) => return format!("ERROR: {reason}\n"),
        Ended::Cancelled => return "STOPPED: you stopped waiting\n".to_owned(),
        Ended::No => return "RUNNING\n".to_owned(),
        Ended::Answered => {}
    }
    let word = match attempt.verdict() {
        _ if attempt.judgement.as_ref().is_some_and(|it| !it.ok) => "NOT AS EXPECTED",
        Some(Verdict::Success) => "SUCCESS",
        Some(Verdict::Denied) => "DENIED",
        Some(Verdict::Error) => "ERROR",
        None => "NOTHING RAN",
    };
    let judgement = match &attempt.judgement {
        Some(judgement) => judgement.text.clone(),
        None => unjudged(attempt),
    };
    let behind = attempt.verdict().and_then(|it| behind_verb(&judgement, it));
    let mut out = match (behind, judgement.as_str()) {
        (Some(rest), _) => format!("{word}{rest} ({millis} ms)\n"),
        (None, "") => format!("{word} ({millis} ms)\n"),
        (None, judgement) => format!("{word}: {judgement} ({millis} ms)\n"),
    };
    if let Some(prediction) = &attempt.prediction {
        let words = prediction.words();
        let mut letters = words.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        out.push_str(&first.collect::<String>());
        out.push_str(letters.as_str());
        out.push_str(".\n");
    }
    if attempt.verdict() == Some(Verdict::Denied)
        && let Some(decision) = attempt.explanation()
    {
        out.push_str(&format!("Why: {}\n", reason(decision)));
    }
    out
}

/// What came of an attempt of which nobody expected anything: its code, and the gate that denied.
pub(super) fn unjudged(attempt: &Attempt) -> String {
    let Some(report) = attempt.last() else {
        return String::new();
    };
    let code = report.outcome.code.clone().unwrap_or_default();
    let layer = attempt
        .explanation()
        .filter(|_| attempt.verdict() == Some(Verdict::Denied))
        .and_then(|explanation| explanation.layer)
        .map_or(String::new(), |layer| {
            format!(" by the {}", layer_words(layer))
        });
    format!("{code}{layer}")
}

/// Lines of what was printed, from one of them on (from 0), and how many more there are.
#[must_use]
pub fn response(attempt: &Attempt, from: usize, most: usize) -> (String, usize) {
    let lines = attempt.response.len();
    let mut out = String::new();
    for at in (from..lines).take(most) {
        let sign = match attempt.response.kind(at) {
            Kind::Command if attempt.response.begins(at) => "$ ",
            // A line of the command before it.
            Kind::Command => "  ",
            _ => "",
        };
        let line = attempt.response.line(at).unwrap_or_default();
        out.push_str(&format!("{sign}{line}\n"));
    }
    (out, lines.saturating_sub(from.saturating_add(most)))
}

/// One event of a stack.
#[must_use]
pub fn event(event: &StackEvent) -> String {
    let reason = event
        .reason
        .as_ref()
        .map_or(String::new(), |reason| format!(": {reason}"));
    format!(
        "{} {} {} at {}{reason}\n",
        event.status, event.resource, event.kind, event.time
    )
}

/// The whole decision behind the step's outcome.
#[must_use]
pub fn why(lab: &Lab, world: World) -> String {
    let Some(attempt) = lab.attempt() else {
        return "Nothing has been asked yet.\n".to_owned();
    };
    if let Some(explanation) = attempt.explanation() {
        let mut out = explain(explanation);
        let others = attempt
            .last()
            .map_or(0, |report| report.explanations.len().saturating_sub(1));
        if others > 0 {
            out.push_str(&format!(
                "The command made {} requests; this is the one that matters most.\n",
                others + 1
            ));
        }
        return out;
    }
    let report = attempt.last();
    let mut out = format!("{}\n", super::why::untold_text(report, world));
    if let Some(report) = report
        && report.outcome.verdict != awscli::Verdict::Success
        && let Some(message) = &report.outcome.message
    {
        out.push_str(&format!("The message: {message}\n"));
    }
    out
}

/// What the tab in use shows.
#[must_use]
pub fn tab(model: &Model, lab: &Lab) -> String {
    match lab.tab {
        Tab::Map if model.target.world == World::Sandbox => map(lab),
        Tab::Code => code(lab),
        Tab::Wire => {
            let views = ["the request", "its signing", "the answer"];
            let at = lab.views.of(Tab::Wire);
            let view = views.get(at).copied().unwrap_or_default();
            let next = views.get((at + 1) % views.len()).copied();
            let drawn = drawn(model, lab);
            // The first row is the choice of the view.
            let (_, text) = drawn.split_once('\n').unwrap_or_default();
            format!(
                "Shown is {view}; `view` shows {}.\n{text}",
                next.unwrap_or_default()
            )
        }
        _ => drawn(model, lab),
    }
}

/// The step's call in a language, each line whole.
fn code(lab: &Lab) -> String {
    let Some(listing) = &lab.views.listing else {
        return "This step runs no command.\n".to_owned();
    };
    let mut out = format!(
        "In {}; `view` shows another language.\n",
        listing.language.title()
    );
    for at in 0..listing.text.len() {
        out.push_str(listing.text.line(at).unwrap_or_default());
        out.push('\n');
    }
    out
}

/// Who can reach what, a sentence for each, what has changed first.
fn map(lab: &Lab) -> String {
    let Some(map) = &lab.views.map else {
        return "The sandbox is being looked at.\n".to_owned();
    };
    let mut out = String::new();
    if let Some((added, removed)) = &map.changes {
        if added.is_empty() && removed.is_empty() {
            out.push_str("The last run changed nothing here.\n");
        }
        for (edges, can) in [(added, "now can"), (removed, "no longer can")] {
            for edge in edges {
                out.push_str(&format!(
                    "Changed: {} {can} {} {}.\n",
                    edge.who.words(),
                    edge.can.word(),
                    edge.what.words()
                ));
            }
        }
    }
    for (who, branches) in &map.trees {
        if branches.is_empty() {
            out.push_str(&format!("{} reaches nothing.\n", who.words()));
        }
        for branch in branches {
            let verbs: Vec<&str> = branch.can.iter().map(|(can, _)| can.word()).collect();
            out.push_str(&format!(
                "{} can {} {}.\n",
                who.words(),
                verbs.join(", "),
                branch.what.words()
            ));
        }
    }
    if map.trees.is_empty() {
        out.push_str("There is no user and no role yet.\n");
    }
    let left_out = map.world.access.left_out;
    if left_out > 0 {
        out.push_str(&format!(
            "{left_out} users, roles or buckets more are left out.\n"
        ));
    }
    out.push_str(super::map::ASKED);
    out.push('\n');
    out
}

/// The rows of a tab: the same as on the screens, drawn where nobody sees it.
#[must_use]
fn drawn(model: &Model, lab: &Lab) -> String {
    let area = Rect::new(0, 0, COLUMNS, MOST_ROWS);
    let mut buffer = Buffer::empty(area);
    let mut page = Page {
        theme: Theme::of(Capabilities {
            colours: Colours::None,
            unicode: false,
        }),
        buffer: &mut buffer,
        geometry: Geometry::default(),
        cursor: None,
        whole_ids: model.stage.whole_ids,
        mode: Mode::Reading,
        keymap: &model.stage.keymap,
    };
    super::step::tab(&mut page, model, lab, area);
    let mut out = String::new();
    for y in 0..MOST_ROWS {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..COLUMNS {
            let symbol = buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
            // Behind a wide character stands a cell that is none.
            if skip == 0 {
                line.push_str(symbol);
                skip = symbol.width().saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    format!("{}\n", out.trim_end())
}

/// The names of the step's files.
#[must_use]
pub fn files(lab: &Lab) -> String {
    let names = lab.files();
    if names.is_empty() {
        return "This step has no files.\n".to_owned();
    }
    let edit = lab.step().and_then(|step| step.edit.as_deref());
    let mut out = String::new();
    for name in names {
        let own = if edit == Some(name) {
            ", the step's document, yours to write"
        } else if lab.progress.edits.contains_key(name) {
            ", as you changed it"
        } else {
            ""
        };
        out.push_str(&format!("{name}{own}\n"));
    }
    out
}

/// A file with the numbers of its lines, by which decisions name their place.
#[must_use]
pub fn file(lab: &Lab, name: &str) -> Option<String> {
    let text = lab.file_text(name)?;
    let mut out = format!("{name}:\n");
    for (at, line) in text.lines().enumerate() {
        out.push_str(&format!("{}: {line}\n", at + 1));
    }
    Some(out)
}

/// A question that is answered by yes or no: a title, and what yes does.
#[must_use]
pub fn question(lab: &Lab, question: Question, sandbox: bool) -> (&'static str, String) {
    let (title, text) = match question {
        Question::Undo => {
            let what = lab.undoes().unwrap_or_default();
            let text = format!(
                "It was: {what}. The sandbox, the profiles and the variables become what they \
                 were before it."
            );
            return ("Undo the last run?", text);
        }
        Question::ResetStep if sandbox => (
            "Begin this step afresh?",
            "Its command, document and hints become the author's. The sandbox becomes what it was \
             before this step, unless other steps ran since.",
        ),
        Question::ResetStep => (
            "Begin this step afresh?",
            "Its command, document and hints become the author's. What it did to the account stays.",
        ),
        Question::ShowSolution => (
            "Show the solution?",
            "There are hints left: {{hint}} shows the next one, and nudges before it tells.",
        ),
        Question::TakeSolution => (
            "Take the solution?",
            "Command and document become the solution's. The step then counts as done by its \
             solution, and your progress says so.",
        ),
        Question::ResetLesson if sandbox => (
            "Begin the lesson afresh?",
            "The sandbox is emptied, and your progress in this lesson is forgotten.",
        ),
        Question::ResetLesson => (
            "Remove what the lesson made, and begin afresh?",
            "The lesson's clean-up commands run in the real account, and your progress is forgotten.",
        ),
    };
    (title, text.to_owned())
}
