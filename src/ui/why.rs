//! Why a request was allowed or denied: the gates in order, and the statement that decided.

use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::theme::Theme;
use super::wrap::{Row, plain, wrap};
use super::{Page, flow, json, layout};
pub(super) use crate::app::layer_title;
use crate::app::{Ended, Lab, Pane, Tab, reason};
use crate::awscli;
use crate::lesson::World;
use crate::policy::{Effect, Explanation, Fix, Gate, GateState, StatementReport, Verdict};

/// Draws the Why pane. Gives the text that tells where one is in it.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, world: World, area: Rect) -> String {
    let others = page.told("{{pick-up}} and {{pick-down}} go to the others");
    let rows = rows(&page.theme, lab, world, usize::from(area.width), &others);
    let height = usize::from(area.height);
    let (scrolled, _) = lab.scrolled(Pane::Why);
    page.lines(Pane::Why, area, &rows, scrolled);
    if rows.len() > height {
        let first = scrolled.min(rows.len() - height);
        format!("{}-{} of {}", first + 1, first + height, rows.len())
    } else {
        String::new()
    }
}

fn rows(theme: &Theme, lab: &Lab, world: World, width: usize, others: &str) -> Vec<Row> {
    let Some(attempt) = lab.attempt() else {
        let text = if !lab.runs() {
            "This step asks AWS for nothing, so there is nothing to decide."
        } else {
            "Nothing has been asked yet. Here you will see who asked for what, every policy that had \
             a say, and the one that decided."
        };
        return plain(
            text,
            theme.muted,
            width.min(layout::text_width(u16::MAX)),
            0,
        );
    };
    if attempt.ended == Ended::No && attempt.entries.is_empty() {
        return plain("Waiting for the answer.", theme.muted, width, 0);
    }
    let all = attempt
        .last()
        .map_or(&[][..], |report| report.explanations.as_slice());
    let picked = lab.views.picked(Tab::Why).filter(|at| *at < all.len());
    let at = picked.or_else(|| attempt.decisive()).unwrap_or_default();
    let Some(explanation) = all.get(at) else {
        return untold(theme, attempt.last(), world, width);
    };
    let mut out = Vec::new();
    if let Some(prediction) = attempt.prediction.filter(|it| it.came.is_some()) {
        let (mark, style) = match prediction.right() {
            Some(true) => (theme.success_mark(), theme.success),
            Some(false) => (theme.denied_mark(), theme.denied),
            None => (theme.note_mark(), theme.accent),
        };
        let words = prediction.words();
        let mut letters = words.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        let words: String = first.into_iter().chain(letters).collect();
        let mark = Row::new(format!("{mark} "), style);
        let margin = Row::new("  ", style);
        out.extend(wrap(&[(format!("{words}."), style)], width, &mark, &margin));
    }
    if all.len() > 1 {
        let words = match picked {
            Some(_) => others,
            None => &format!("the one that matters most; {others}"),
        };
        out.extend(plain(
            &format!("Decision {} of {}: {words}.", at + 1, all.len()),
            theme.muted,
            width,
            0,
        ));
    }
    out.extend(explain(theme, explanation, width));
    out
}

/// What there is to say where nobody explained.
fn untold(
    theme: &Theme,
    report: Option<&crate::app::Report>,
    world: World,
    width: usize,
) -> Vec<Row> {
    let mut out = plain(untold_text(report, world), theme.muted, width, 0);
    if let Some(report) = report
        && report.outcome.verdict != awscli::Verdict::Success
        && let Some(message) = &report.outcome.message
    {
        out.push(Row::default());
        out.push(Row::new("The message", theme.strong));
        out.extend(plain(message, Style::new(), width, 2));
    }
    out
}

/// Why there is no explanation.
pub(super) fn untold_text(report: Option<&crate::app::Report>, world: World) -> &'static str {
    let asked = report.is_some_and(|report| !report.outcome.request_ids.is_empty());
    match world {
        _ if !asked => "No request was made, so nothing was decided.",
        World::Sandbox => {
            "This request needs no permission, or ended before permissions were asked."
        }
        World::Account => {
            "AWS does not tell how it decided. rolecall does not guess: run the same step on the \
             sandbox to see every gate."
        }
        World::Endpoint => {
            "This endpoint does not tell how it decided, if it decides at all. Run the same step on \
             the sandbox to see every gate."
        }
    }
}

fn explain(theme: &Theme, explanation: &Explanation, width: usize) -> Vec<Row> {
    let (mark, word, style) = match explanation.verdict {
        Verdict::Allow => (theme.success_mark(), "ALLOWED", theme.success),
        Verdict::ImplicitDeny => (theme.denied_mark(), "DENIED", theme.denied),
        Verdict::ExplicitDeny => (theme.denied_mark(), "DENIED by a statement", theme.denied),
    };
    // The picture comes first: in a small terminal it is what must be seen without scrolling.
    let mut out = flow::rows(theme, explanation, width);
    out.push(Row::default());
    out.extend(wrap(
        &[(reason(explanation).to_owned(), Style::new())],
        width,
        &Row::new(format!("{mark} {word}  "), style),
        &Row::new("  ", style),
    ));
    let statements = || explanation.gates.iter().flat_map(|gate| &gate.statements);
    if let Some(statement) = statements().find(|statement| statement.decisive) {
        out.push(Row::default());
        out.push(Row::new("The statement that decided", theme.strong));
        out.extend(statement_rows(theme, statement, width));
    }
    out.push(Row::default());
    for (name, value) in [
        ("who", &explanation.principal),
        ("asks", &explanation.action),
        ("on", &explanation.resource),
    ] {
        out.extend(wrap(
            &[(value.clone(), theme.code)],
            width,
            &Row::new(format!("{name:>6}  "), theme.muted),
            &Row::new(" ".repeat(8), theme.muted),
        ));
    }
    out.push(Row::default());
    out.push(Row::new("Every gate and every statement", theme.strong));
    for gate in &explanation.gates {
        out.extend(gate_rows(theme, gate, width));
    }
    if let Some(message) = &explanation.message {
        out.push(Row::default());
        out.push(Row::new("What AWS says", theme.strong));
        out.extend(plain(message, Style::new(), width, 2));
    }
    if let Some(fix) = &explanation.fix {
        out.push(Row::default());
        out.extend(fix_rows(theme, fix, width));
    }
    for note in &explanation.notes {
        out.push(Row::default());
        out.extend(plain(note, theme.muted, width, 0));
    }
    out
}

fn gate_rows(theme: &Theme, gate: &Gate, width: usize) -> Vec<Row> {
    let (mark, word, style) = match gate.state {
        GateState::Open => (theme.success_mark(), "allows", theme.success),
        GateState::Closed => (theme.denied_mark(), "does not allow", theme.denied),
        GateState::Denied => (theme.denied_mark(), "DENIES", theme.denied),
        GateState::Silent => (theme.open_mark(), "says nothing", theme.muted),
        GateState::Absent => (theme.absent_mark(), "none", theme.muted),
    };
    let name_style = if gate.state == GateState::Absent {
        theme.muted
    } else {
        theme.strong
    };
    let mut head = Row::new(format!("  {mark} "), style)
        .with(format!("{:<26}", layer_title(gate.layer)), name_style)
        .with(word, style);
    if gate.decisive {
        head = head.with(format!("  {}", theme.pointer()), theme.accent);
    }
    let mut out = vec![head];
    if gate.state == GateState::Absent && !gate.decisive {
        return out;
    }
    if !gate.title.is_empty() {
        out.extend(plain(&gate.title, theme.muted, width, 4));
    }
    if !gate.reason.is_empty() {
        out.extend(plain(&gate.reason, Style::new(), width, 4));
    }
    // The one that decided stands above, with its text.
    for statement in gate.statements.iter().filter(|it| !it.decisive) {
        out.extend(statement_rows(theme, statement, width));
    }
    out
}

pub(super) fn statement_rows(theme: &Theme, statement: &StatementReport, width: usize) -> Vec<Row> {
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let sid = statement
        .sid
        .as_deref()
        .map(|sid| format!(" {sid}"))
        .unwrap_or_default();
    let (mark, style) = match (statement.matched, statement.effect) {
        (true, Effect::Allow) => (theme.success_mark(), theme.success),
        (true, Effect::Deny) => (theme.denied_mark(), theme.denied),
        (false, _) => (theme.absent_mark(), theme.muted),
    };
    let mut out = wrap(
        &[
            (statement.policy.clone(), theme.code),
            (
                format!(
                    " statement {}{sid} ({effect}, line {}): ",
                    statement.index + 1,
                    statement.line
                ),
                theme.muted,
            ),
            (statement.reason.clone(), Style::new()),
        ],
        width,
        &Row::new(format!("    {mark} "), style),
        &Row::new("      ", style),
    );
    if statement.decisive {
        out.extend(quote(theme, &statement.source, statement.line, width));
    }
    out
}

/// Columns before a quoted line.
const QUOTED: usize = 11;

/// A statement as its document has it, with the document's line numbers.
fn quote(theme: &Theme, source: &str, first: usize, width: usize) -> Vec<Row> {
    // The first line begins at the statement; the others keep the document's indent.
    let indent = source
        .lines()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    source
        .lines()
        .enumerate()
        .flat_map(|(at, line)| {
            let line = if at == 0 {
                line
            } else {
                line.get(indent..).unwrap_or_else(|| line.trim_start())
            };
            let margin = |number: &str| {
                Row::new(
                    format!("    {number:>4} {} ", theme.vertical()),
                    theme.muted,
                )
            };
            let spans: Vec<(String, Style)> = json::pieces(theme, line, false)
                .into_iter()
                .map(|(text, style)| (text.to_owned(), style))
                .collect();
            let mut row = margin(&(first + at).to_string());
            // As it stands where there is room; a document on one line is broken.
            if line.width() + QUOTED <= width {
                row.spans.extend(spans);
                vec![row]
            } else {
                wrap(&spans, width, &row, &margin("").with("  ", theme.muted))
            }
        })
        .collect()
}

fn fix_rows(theme: &Theme, fix: &Fix, width: usize) -> Vec<Row> {
    let mut out = vec![Row::new(
        "The smallest change that would allow it",
        theme.strong,
    )];
    out.extend(plain(&fix.text, Style::new(), width, 2));
    if let Some(statement) = &fix.statement {
        for line in statement.lines() {
            let mut row = Row::new("    ", theme.muted);
            for (text, style) in json::pieces(theme, line, false) {
                row = row.with(text, style);
            }
            out.push(row);
        }
    }
    for danger in &fix.dangers {
        out.extend(wrap(
            &[(danger.clone(), Style::new())],
            width,
            &Row::new(format!("  {} danger: ", theme.error_mark()), theme.error),
            &Row::new("    ", theme.error),
        ));
    }
    out
}
