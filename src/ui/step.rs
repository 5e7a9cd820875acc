//! One step of a lesson.

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::layout::{self, Regions, regions};
use super::wrap::{Row, plain};
use super::{
    Page, Theme, clip, code, columns, command, elapsed, files, footer, free, header, header_room,
    map, markdown, notice, over, predict, response, state, why, wire,
};
use crate::app::keymap::Mode;
use crate::app::{
    Ended, Focus, Intent, Job, Lab, Model, Notice, Pane, Question, SolutionState, StepState,
    Subject, Tab,
};
use crate::awscli::Verdict;
use crate::lesson::{World, behind_verb};

/// Draws a step.
pub(super) fn draw(page: &mut Page<'_>, model: &Model, lab: &Lab, area: Rect) {
    let steps = lab.lesson.steps.len();
    let place = format!("step {} of {steps}", lab.at + 1);
    let room = header_room(model, area).saturating_sub(columns(&lab.lesson.title).min(TITLE));
    let beyond = beyond(lab).into_iter().map(|words| words + &place);
    let middle = beyond
        .into_iter()
        .find(|middle| columns(middle) <= room)
        .unwrap_or(place);
    header(page, model, area, &lab.lesson.title, &middle);
    let laid = command::laid(
        &page.theme,
        &command::text(lab),
        area.width,
        usize::from(area.height),
    );
    let regions = regions(area, u16::try_from(laid.total).unwrap_or(u16::MAX));
    title(page, lab, regions.title);
    let (place, told) = panes(page, model, lab, &regions);
    tabs(page, lab, &regions, &place);
    command::draw(page, lab, regions.command, &laid);
    status(page, model, lab, &regions, told);
    footer(page, model, area);
    if let Some(free) = free::prompt(lab) {
        free::draw(page, free, regions.command, regions.status);
    }
    match &lab.focus {
        Focus::Asking(question) => ask(page, model, lab, *question, area),
        Focus::Predicting(at) => {
            // What the step asks stands beside, or above.
            let within = match regions.text {
                Some(_) => Rect {
                    x: regions.content.x - 1,
                    width: regions.content.width + 2,
                    height: regions.content.height.min(predict::ROWS),
                    ..regions.content
                },
                None => Rect {
                    x: area.x,
                    width: area.width,
                    ..regions.content
                },
            };
            predict::draw(page, lab, *at, within);
        }
        Focus::Over(what) => over::draw(page, lab, *what, area),
        Focus::Editing {
            subject: Subject::Note,
            editor,
            ..
        } => note(page, editor, area),
        _ => {}
    }
}

/// Columns of the lesson's title that the header keeps before it tells more.
const TITLE: u16 = 10;

/// What the header may tell of what lies beyond the step, the session's life and an open door: all
/// of it, and ever less.
fn beyond(lab: &Lab) -> Vec<String> {
    let reading = lab.reach.clock.as_ref();
    let reading = reading.filter(|reading| reading.profile == lab.profile());
    let life = reading.and_then(|reading| reading.session.as_ref());
    let life = life.map_or(String::new(), |life| format!("{}  ", life.words()));
    let mut out = Vec::new();
    if let Some(door) = &lab.reach.door {
        let port = door.endpoint.rsplit(':').next().unwrap_or_default();
        out.push(format!("door open on port {port}  {life}"));
        out.push(format!("door open  {life}"));
        out.push(format!("door  {life}"));
    }
    out.push(life);
    out
}

/// The note being written.
fn note(page: &mut Page<'_>, editor: &crate::app::Editor, area: Rect) {
    let width = area.width.saturating_sub(6).min(78);
    let height = area.height.saturating_sub(6).min(16);
    let inner = overlay(page, area, width, height, "Your note on this step");
    super::editor::draw(page, inner, editor, None, &[], &Subject::Note, false);
}

/// The step's title, and whose hand signs.
fn title(page: &mut Page<'_>, lab: &Lab, area: Rect) {
    let Some(step) = lab.step() else {
        return;
    };
    let (mark, style) = match lab.state() {
        StepState::Open => (page.theme.open_mark(), page.theme.muted),
        StepState::Done | StepState::Lenient => (page.theme.success_mark(), page.theme.success),
        StepState::Solved => (page.theme.solved_mark(), page.theme.accent),
    };
    let x = page.put(area.x + 1, area.y, area.right(), mark, style);
    let x = page.put(
        x + 1,
        area.y,
        area.right(),
        &clip(&step.title, area.width.saturating_sub(8)),
        page.theme.strong,
    );
    if lab.command().is_none() {
        return;
    }
    let profile = lab.profile();
    // Room for `as ` and a column at either side.
    let room = area.right().saturating_sub(x + 6);
    let who = match lab.identities.get(&profile) {
        Some(Ok(identity)) => {
            let name = profile.as_deref().unwrap_or("administrator");
            let whole = format!("{name} ({})", identity.arn);
            if columns(&whole) <= room {
                whole
            } else {
                // Behind the account: `user/alice`.
                let tail = identity.arn.rsplit(':').next().unwrap_or(&identity.arn);
                let short = format!("{name} ({tail})");
                if columns(&short) <= room {
                    short
                } else {
                    name.to_owned()
                }
            }
        }
        Some(Err(_)) => match &profile {
            Some(profile) => {
                let whole = format!("{profile}, which has no keys yet");
                if columns(&whole) <= room {
                    whole
                } else {
                    profile.clone()
                }
            }
            None => "no usable credentials".to_owned(),
        },
        None => profile.map_or_else(
            || "administrator".to_owned(),
            |name| format!("profile {name}"),
        ),
    };
    let who = clip(&format!("as {who}"), area.right().saturating_sub(x + 3));
    page.put_right(x + 2, area.y, area.right() - 1, &who, page.theme.accent);
}

/// Draws text and tab. Gives where in its content the tab is, and whether it was told beside it what went
/// against the expectation.
fn panes(page: &mut Page<'_>, model: &Model, lab: &Lab, regions: &Regions) -> (String, bool) {
    let tab = if regions.text.is_some() {
        lab.side
    } else {
        lab.tab
    };
    if let Some(text) = regions.text {
        step_text(page, lab, text);
        let x = regions.content.x.saturating_sub(2);
        for y in regions.tabs.y..regions.command.y {
            let line = page.theme.vertical();
            page.put(x, y, x + 1, line, page.theme.rule);
        }
    }
    let mut content = regions.content;
    let mut told = false;
    // Where the text is hidden, what it says about the outcome is not.
    if regions.text.is_none() && matches!(tab, Tab::Response | Tab::Why) && !free::shown(lab) {
        // The picture of the gates goes first where both have no room.
        let least = if tab == Tab::Why { 12 } else { 6 };
        (content, told) = shown_after(page, lab, regions, least);
    }
    (of_tab(page, model, lab, tab, content), told)
}

/// Draws the tab in use into an area of its own.
pub(super) fn tab(page: &mut Page<'_>, model: &Model, lab: &Lab, area: Rect) {
    of_tab(page, model, lab, lab.tab, area);
}

fn of_tab(page: &mut Page<'_>, model: &Model, lab: &Lab, tab: Tab, content: Rect) -> String {
    match tab {
        Tab::Text => {
            step_text(page, lab, content);
            String::new()
        }
        Tab::Response => response::draw(page, lab, content),
        Tab::Why => why::draw(page, lab, model.target.world, content),
        Tab::Files => files::draw(page, lab, content),
        Tab::Wire => wire::draw(page, lab, content),
        Tab::Code => code::draw(page, lab, content),
        Tab::State => state::draw(page, lab, model.target.world, content),
        Tab::Map => map::draw(page, lab, model.target.world, content),
    }
}

/// Draws what is said after the outcome at the bottom of the content; gives the rest of it, and whether it
/// was what went against the expectation.
fn shown_after(page: &mut Page<'_>, lab: &Lab, regions: &Regions, least: u16) -> (Rect, bool) {
    let area = regions.content;
    let width = layout::text_width(area.width);
    let advice = advice(page, lab, width);
    let needed = |rows: &[Row]| {
        let needed = u16::try_from(rows.len() + 1).unwrap_or(u16::MAX);
        let room = needed <= 6 && area.height >= needed + least;
        Some(needed).filter(|_| room && !rows.is_empty())
    };
    let (title, rows) = match (lab.after(), failed(lab)) {
        (Some(after), _) => (
            "What this shows ",
            markdown::rows(&page.theme, &after, width),
        ),
        (None, Some(text)) => {
            let mut against = plain(&text, page.theme.error, width, 0);
            against.extend_from_slice(&advice);
            // The row of the outcome may have room for no more than its beginning.
            if fits(page, lab, regions.status) || needed(&against).is_none() {
                ("What may help ", advice)
            } else {
                (AGAINST, against)
            }
        }
        (None, None) => return (area, false),
    };
    let Some(needed) = needed(&rows) else {
        return (area, false);
    };
    let y = area.bottom() - needed;
    let x = page.put(area.x, y, area.right(), title, page.theme.muted);
    page.rule(x, y, area.right());
    for (y, row) in (y + 1..area.bottom()).zip(&rows) {
        let mut x = area.x;
        for (text, style) in &row.spans {
            x = page.put(x, y, area.right(), text, *style);
        }
    }
    let rest = Rect {
        height: area.height - needed,
        ..area
    };
    (rest, title == AGAINST)
}

/// Above what went against the expectation.
const AGAINST: &str = "Not as expected ";

/// Whether the row of the outcome has room for all of it.
fn fits(page: &Page<'_>, lab: &Lab, row: Rect) -> bool {
    let (mark, word, _, rest) = outcome(page, lab);
    // With the columns at its ends and between the three.
    columns(mark) + columns(word) + columns(&rest) + 5 <= row.width
}

/// What went against the expectation.
fn failed(lab: &Lab) -> Option<String> {
    let attempt = lab.attempt()?;
    match (&attempt.ended, &attempt.judgement) {
        // Where nothing was printed, the response tells it itself.
        (Ended::Failed(_), _) if attempt.response.is_empty() => None,
        (Ended::Failed(reason), _) => Some(reason.clone()),
        (Ended::Answered, Some(judgement)) if !judgement.ok => Some(judgement.text.clone()),
        _ => None,
    }
}

/// What may help after an outcome that was not expected.
fn advice(page: &Page<'_>, lab: &Lab, width: usize) -> Vec<Row> {
    let advice = lab.advice().map(|text| page.told(text));
    advice.map_or(Vec::new(), |text| markdown::rows(&page.theme, &text, width))
}

/// The step's text, its hints, and what is said afterwards.
fn step_text(page: &mut Page<'_>, lab: &Lab, area: Rect) {
    let Some(step) = lab.step() else {
        return;
    };
    let theme = page.theme;
    let width = layout::text_width(area.width);
    let mut rows = markdown::rows(&theme, &lab.progress.variables.shown(&step.body), width);
    let hints = lab.hints();
    for (at, hint) in hints.iter().enumerate() {
        rows.push(Row::default());
        rows.push(Row::new(
            format!("Hint {} of {}", at + 1, step.hints.len()),
            theme.accent,
        ));
        rows.extend(markdown::rows(
            &theme,
            &lab.progress.variables.shown(hint),
            width,
        ));
    }
    rows.extend(solution(page, lab, width));
    if let Some(note) = lab.note() {
        rows.push(Row::default());
        rows.push(Row::new("Your note", theme.accent));
        rows.extend(
            note.lines()
                .flat_map(|line| plain(line, Style::new(), width, 2)),
        );
    }
    let (title, said) = match lab.after() {
        Some(after) => ("What this shows ", markdown::rows(&theme, &after, width)),
        None => ("What may help ", advice(page, lab, width)),
    };
    if !said.is_empty() {
        rows.push(Row::default());
        let line = theme.horizontal();
        let rest = width.saturating_sub(title.len());
        rows.push(Row::new(title, theme.muted).with(line.repeat(rest), theme.rule));
        rows.extend(said);
    }
    page.lines(Pane::Text, area, &rows, lab.scrolled(Pane::Text).0);
}

/// The solution, once it was asked for.
fn solution(page: &Page<'_>, lab: &Lab, width: usize) -> Vec<Row> {
    let theme = &page.theme;
    let shown = lab.step().and_then(|step| step.solution.as_ref());
    let Some(solution) = shown.filter(|_| lab.solution() != SolutionState::Hidden) else {
        return Vec::new();
    };
    let words = match lab.solution() {
        SolutionState::Taken => "The solution, which you took",
        _ => &page.told("The solution; {{solution}} takes it"),
    };
    let mut rows = vec![Row::default(), Row::new(words, theme.accent)];
    let mut block = |text: &str| {
        for line in lab.progress.variables.shown(text).trim_end().lines() {
            let indent = line.len() - line.trim_start().len();
            let margin = Row::new(" ".repeat(2 + indent), theme.code);
            let spans = [(line.to_owned(), theme.code)];
            rows.extend(super::wrap::wrap(&spans, width, &margin, &margin));
        }
    };
    if let Some(command) = &solution.command {
        block(command);
    }
    for (name, text) in &solution.files {
        block(&format!("{name}:"));
        block(text);
    }
    rows
}

/// The names of the tabs, and where in its content the shown one is.
fn tabs(page: &mut Page<'_>, lab: &Lab, regions: &Regions, place: &str) {
    let y = regions.tabs.y;
    let wide = regions.text.is_some();
    page.rule(regions.tabs.x, y, regions.tabs.right());
    if wide {
        let x = regions.content.x.saturating_sub(2);
        let line = page.theme.vertical();
        page.put(x, y, x + 1, line, page.theme.rule);
    }
    // Where all names with room between them do not fit, the room goes first.
    let first = if wide {
        regions.content.x
    } else {
        regions.tabs.x + 1
    };
    let name = |page: &Page<'_>, tab: Tab| {
        let key = page.key(Mode::Reading, &Intent::Show(tab));
        format!("{key} {}", tab.title())
    };
    let names = || {
        Tab::ALL
            .into_iter()
            .filter(|tab| !wide || *tab != Tab::Text)
    };
    let total: u16 = names().map(|tab| columns(&name(page, tab)) + 3).sum();
    let room = regions.tabs.right().saturating_sub(first);
    let pad = if total + columns(place) + 3 <= room {
        " "
    } else {
        ""
    };
    let mut x = regions.tabs.x + 1;
    for tab in Tab::ALL {
        if wide && tab == Tab::Response {
            x = regions.content.x;
        }
        let name = name(page, tab);
        let name = format!("{pad}{name}{pad}");
        let shown = if wide {
            tab == lab.side || tab == Tab::Text
        } else {
            tab == lab.tab
        };
        let style = if tab == lab.tab {
            page.theme.selected
        } else if shown {
            page.theme.strong
        } else {
            page.theme.muted
        };
        let start = x;
        x = page.put(x, y, regions.tabs.right(), &name, style);
        page.target(start, y, x.saturating_sub(start), 1, Intent::Show(tab));
        x = page.put(x, y, regions.tabs.right(), " ", page.theme.rule);
    }
    let changes = lab.views.map.as_ref().and_then(|map| map.changes.as_ref());
    if let Some((added, removed)) = changes {
        let words = format!("+{} -{} ", added.len(), removed.len());
        let left = regions.tabs.right().saturating_sub(x + columns(place) + 3);
        if added.len() + removed.len() > 0 && columns(&words) <= left {
            let start = x;
            x = page.put(x, y, regions.tabs.right(), &words, page.theme.accent);
            page.target(start, y, x - start, 1, Intent::Show(Tab::Map));
        }
    }
    if !place.is_empty() {
        let place = format!(" {place} ");
        page.put_right(x, y, regions.tabs.right() - 1, &place, page.theme.muted);
    }
}

/// That a command runs, for how long, and which of several it is.
fn running(theme: &Theme, lab: &Lab, job: &Job) -> String {
    let millis = job.running.millis;
    let mut text = format!("{} RUNNING  {}", theme.spinner(millis), elapsed(millis));
    if job.items > 1 {
        let at = job.items.saturating_sub(job.pending.len());
        text.push_str(&format!("  command {at} of {}", job.items));
    }
    if let Some(note) = lab.attempt().and_then(|attempt| attempt.note.as_ref()) {
        text.push_str("  ");
        text.push_str(note);
    }
    text
}

/// How the step stands, in words, with a sign and a colour.
fn status(page: &mut Page<'_>, model: &Model, lab: &Lab, regions: &Regions, told: bool) {
    let area = regions.status;
    let (x, y, end) = (area.x + 1, area.y, area.right() - 1);
    if let Focus::Searching(typed) = &lab.focus {
        let x = page.put(x, y, end, "search for: ", page.theme.accent);
        let start = typed
            .char_indices()
            .rev()
            .map(|(at, _)| typed.get(at..).unwrap_or_default())
            .take_while(|tail| columns(tail) < end.saturating_sub(x + 1))
            .last()
            .unwrap_or_default();
        let x = page.put(x, y, end, start, page.theme.strong);
        page.cursor = Some(Position::new(x.min(end), y));
        return;
    }
    let theme = page.theme;
    let row = Rect::new(x, y, end.saturating_sub(x), 1);
    let running = lab.job.as_ref().map(|job| running(&theme, lab, job));
    // Beside a short notice what runs stays in sight.
    if let (Some(running), Some(Notice::Told(told))) = (&running, &model.notice) {
        let both = format!("{running}  {}", page.told(told));
        if columns(&both) <= row.width {
            page.put(x, y, end, &both, theme.accent);
            return;
        }
    }
    if notice(page, model, row, regions.command.y) {
        return;
    }
    if lab.restoring.is_some() {
        page.put(x, y, end, "going back ..", theme.accent);
        return;
    }
    if let Some(running) = running {
        page.put(x, y, end, &clip(&running, end - x), theme.accent);
        return;
    }
    if let Some(search) = &lab.search
        && lab.tab == Tab::Response
    {
        // What came of it has the room before what it was.
        let query = clip(&search.query, row.width / 3);
        let text = if search.found.is_empty() {
            format!("`{query}` is not in the response")
        } else {
            format!(
                "`{query}`: {} of {}   {}",
                search.current + 1,
                search.found.len(),
                page.told("{{search-next}} next, {{search-previous}} before"),
            )
        };
        page.put(x, y, end, &text, theme.accent);
        return;
    }
    let (mark, word, style, mut rest) = outcome(page, lab);
    if told && !lab.is_outdated() {
        "not as expected".clone_into(&mut rest);
    }
    if let Some(attempt) = lab.attempt()
        && attempt.ended == Ended::Answered
        && !lab.is_outdated()
    {
        let took = format!("  {}", elapsed(attempt.millis));
        let used = columns(mark) + columns(word) + columns(&rest) + 3;
        if used + columns(&took) <= end.saturating_sub(x) {
            rest.push_str(if rest.is_empty() {
                took.trim_start()
            } else {
                &took
            });
        }
    }
    let x = page.put(x, y, end, mark, style);
    let x = page.put(x + 1, y, end, word, style);
    // In the prompt the arrow moves the cursor.
    let tail = if free::prompt(lab).is_none()
        && lab.state().is_done()
        && lab.at + 1 < lab.lesson.steps.len()
    {
        format!("{} next step", page.key(Mode::Reading, &Intent::Next))
    } else {
        String::new()
    };
    let x = page.put(
        x + 2,
        y,
        end,
        &clip(&rest, end.saturating_sub(x + 2)),
        Style::new(),
    );
    // The footer says it too: what came of the step has the room first.
    let start = page.put_right(x + 2, y, end, &tail, theme.accent);
    page.target(start, y, columns(&tail), 1, Intent::Next);
}

/// Sign, word, style, and more words.
pub(super) fn outcome(page: &Page<'_>, lab: &Lab) -> (&'static str, &'static str, Style, String) {
    let theme = &page.theme;
    let Some(attempt) = lab.attempt() else {
        if free::shown(lab) {
            let text = "nothing here counts, unless you type the step's own command";
            return (
                theme.note_mark(),
                "FREE PLAY",
                theme.accent,
                text.to_owned(),
            );
        }
        return match (!lab.runs(), lab.state()) {
            (true, _) => (
                theme.open_mark(),
                "READ",
                theme.accent,
                "nothing runs in this step".to_owned(),
            ),
            (false, StepState::Open) => {
                (theme.open_mark(), "NOT RUN YET", theme.muted, String::new())
            }
            (false, StepState::Done) => (
                theme.success_mark(),
                "DONE",
                theme.success,
                "before".to_owned(),
            ),
            (false, StepState::Solved) => (
                theme.solved_mark(),
                "DONE",
                theme.accent,
                "by its solution".to_owned(),
            ),
            (false, StepState::Lenient) => (
                theme.success_mark(),
                "DONE",
                theme.success,
                "allowed here; AWS would deny this".to_owned(),
            ),
        };
    };
    if lab.is_outdated() {
        return (
            theme.open_mark(),
            "CHANGED",
            theme.accent,
            super::words::OUTDATED.to_owned(),
        );
    }
    match &attempt.ended {
        Ended::Failed(reason) => {
            return (theme.error_mark(), "ERROR", theme.error, reason.clone());
        }
        Ended::Cancelled => {
            return (
                theme.open_mark(),
                "STOPPED",
                theme.accent,
                page.told("you stopped waiting; {{run}} runs it again"),
            );
        }
        Ended::No | Ended::Answered => {}
    }
    let (mark, word, style) = match attempt.verdict() {
        // That AWS did it is not yet what the step is about.
        Some(Verdict::Success) if attempt.judgement.as_ref().is_some_and(|it| !it.ok) => {
            (theme.open_mark(), "SUCCESS", theme.accent)
        }
        Some(Verdict::Success) => (theme.success_mark(), "SUCCESS", theme.success),
        Some(Verdict::Denied) => (theme.denied_mark(), "DENIED", theme.denied),
        Some(Verdict::Error) => (theme.error_mark(), "ERROR", theme.error),
        // The world was looked at, and nothing else was done.
        None => match &attempt.judgement {
            Some(judgement) if judgement.ok => (theme.success_mark(), "CHECKED", theme.success),
            Some(_) => (theme.open_mark(), "CHECKED", theme.accent),
            None => (theme.open_mark(), "NOT RUN YET", theme.muted),
        },
    };
    let text = match &attempt.judgement {
        Some(judgement) => judgement.text.clone(),
        None => super::words::unjudged(attempt),
    };
    // The word before it has said that much.
    let rest = attempt.verdict().and_then(|it| behind_verb(&text, it));
    let mut rest = rest
        .map_or(&*text, |rest| rest.trim_start_matches([',', ' ']))
        .to_owned();
    match attempt.prediction.map(|it| (it.guess, it.right())) {
        Some((_, Some(true))) => rest.push_str("; you said so"),
        Some((guess, Some(false))) => rest.push_str(&format!("; you said {}", guess.gate())),
        _ => {}
    }
    (mark, word, style, rest)
}

/// A question over the screen.
fn ask(page: &mut Page<'_>, model: &Model, lab: &Lab, question: Question, area: Rect) {
    let sandbox = model.target.world == World::Sandbox;
    let (title, text) = super::words::question(lab, question, sandbox);
    let text = &page.told(&text);
    let width = area.width.saturating_sub(8).min(60);
    let rows = plain(text, Style::new(), usize::from(width - 4), 0);
    let height = u16::try_from(rows.len()).unwrap_or(4) + 5;
    let inner = overlay(page, area, width, height, title);
    for (y, row) in (inner.top()..inner.bottom()).zip(&rows) {
        for (text, style) in &row.spans {
            page.put(inner.x, y, inner.right(), text, *style);
        }
    }
    let y = inner.bottom().saturating_sub(1);
    let x = page.put(inner.x, y, inner.right(), " y  yes ", page.theme.selected);
    page.target(inner.x, y, x - inner.x, 1, Intent::Yes);
    let end = page.put(x + 2, y, inner.right(), " n  no ", page.theme.bar);
    page.target(x + 2, y, end.saturating_sub(x + 2), 1, Intent::Back);
}

/// A box in the middle; gives the area inside it.
pub(super) fn overlay(
    page: &mut Page<'_>,
    area: Rect,
    width: u16,
    height: u16,
    title: &str,
) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height);
    let frame = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    boxed(page, frame, title)
}

/// A box; gives the area inside it.
pub(super) fn boxed(page: &mut Page<'_>, frame: Rect, title: &str) -> Rect {
    let theme = page.theme;
    page.fill(frame, theme.panel);
    let (right, bottom) = (
        frame.right().saturating_sub(1),
        frame.bottom().saturating_sub(1),
    );
    for y in [frame.y, bottom] {
        let line = theme.horizontal().repeat(usize::from(frame.width));
        page.put(frame.x, y, frame.right(), &line, theme.accent);
    }
    for y in frame.top()..frame.bottom() {
        page.put(frame.x, y, frame.right(), theme.vertical(), theme.accent);
        page.put(right, y, frame.right(), theme.vertical(), theme.accent);
    }
    let [top_left, top_right, bottom_left, bottom_right] = theme.corners();
    for (x, y, corner) in [
        (frame.x, frame.y, top_left),
        (right, frame.y, top_right),
        (frame.x, bottom, bottom_left),
        (right, bottom, bottom_right),
    ] {
        page.put(x, y, frame.right(), corner, theme.accent);
    }
    // Clicks beside it mean nothing.
    page.geometry.targets.clear();
    let title = format!(" {title} ");
    page.put(frame.x + 2, frame.y, right, &title, theme.strong);
    Rect {
        x: frame.x + 2,
        y: frame.y + 2,
        width: frame.width.saturating_sub(4),
        height: frame.height.saturating_sub(3),
    }
}
