//! A session as one document: what was run, what came of it and why, and the learner's notes.
//! Secrets are masked, and nothing in it is loaded from anywhere.

use super::explained::explain;
use super::free::without_secrets;
use super::progress::{Progress, StepState};
use super::reach::{Form, Kept};
use super::text::visible;
use crate::awscli::Verdict;
use crate::lesson::{Lesson, Step};
use crate::secret::veil;

/// The whole page but for its content. The policy forbids whatever a page could load or run.
const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="rolecall">
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b2330; background: #ffffff; }
pre, code { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { padding: 0.7rem 1rem; overflow-x: auto; background: #eef1f6; color: #1b2330; border-radius: 4px; }
section { border-top: 1px solid #5a6578; margin-top: 2rem; }
.denied { color: #8f1a12; } .success { color: #0d5a22; } .error { color: #6b4200; } .open { color: #444e5e; }
.note { border-left: 4px solid #2456a6; padding-left: 1rem; white-space: pre-wrap; }
p.text { white-space: pre-line; }
@media (prefers-color-scheme: dark) {
  body { color: #d9dfe8; background: #12161e; }
  pre { background: #1b212d; color: #d9dfe8; }
  .denied { color: #ffa09a; } .success { color: #93d9a0; } .error { color: #f2c078; } .open { color: #a9b4c4; }
  .note { border-color: #93bfff; }
}
@media print { pre { white-space: pre-wrap; } section { break-inside: avoid-page; } }
</style>
"#;

/// The session of a lesson.
#[must_use]
pub fn session(lesson: &Lesson, progress: &Progress, target: &str, form: Form) -> String {
    let writer: &dyn Writer = match form {
        Form::Markdown => &Markdown,
        Form::Html => &Html,
    };
    let mask = |text: &str| visible(&veil(&progress.variables.mask(text)));
    let mut out = writer.begin(&mask(&lesson.title));
    let done = progress.done(lesson);
    out.push_str(&writer.text(&mask(&lesson.summary)));
    out.push_str(&writer.text(&format!(
        "{done} of {} steps done, on {}.",
        lesson.steps.len(),
        mask(target)
    )));
    for (at, step) in lesson.steps.iter().enumerate() {
        of_step(&mut out, writer, progress, at, step, &mask);
    }
    if !progress.own.typed.is_empty() {
        let typed: Vec<String> = progress
            .own
            .typed
            .iter()
            .map(|text| mask(&without_secrets(text)))
            .collect();
        out.push_str(&writer.heading("Typed in free play", ""));
        out.push_str(&writer.code("sh", &typed.join("\n")));
        out.push_str(writer.close());
    }
    out.push_str(writer.end());
    out
}

fn of_step(
    out: &mut String,
    writer: &dyn Writer,
    progress: &Progress,
    at: usize,
    step: &Step,
    mask: &dyn Fn(&str) -> String,
) {
    let state = match progress.state(&step.id) {
        StepState::Open => "not done",
        StepState::Done => "done",
        StepState::Solved => "done by its solution",
        StepState::Lenient => "done, though AWS would deny this",
    };
    let title = format!("{}. {}", at + 1, mask(&step.title));
    out.push_str(&writer.heading(&title, state));
    out.push_str(&writer.text(&mask(&progress.variables.shown(&step.body))));
    let kept = progress.own.kept.get(&step.id);
    let own = progress
        .steps
        .get(&step.id)
        .and_then(|step| step.command.as_deref());
    let command = match (kept, own.or(step.command.as_deref())) {
        (Some(kept), _) => Some(kept.command.clone()),
        (None, Some(text)) => Some(progress.variables.shown(text.trim_end())),
        (None, None) => None,
    };
    if let Some(command) = command {
        out.push_str(&writer.code("sh", &mask(&without_secrets(&command))));
    }
    if let Some(kept) = kept {
        came(out, writer, kept, mask);
    }
    if progress.state(&step.id).is_done()
        && let Some(after) = &step.after
    {
        out.push_str(&writer.text(&mask(&progress.variables.shown(after))));
    }
    if let Some(note) = progress.own.notes.get(&step.id) {
        out.push_str(&writer.note(&mask(note)));
    }
    out.push_str(writer.close());
}

fn came(out: &mut String, writer: &dyn Writer, kept: &Kept, mask: &dyn Fn(&str) -> String) {
    let (word, class) = match kept.verdict {
        Some(Verdict::Success) => ("SUCCESS", "success"),
        Some(Verdict::Denied) => ("DENIED", "denied"),
        Some(Verdict::Error) => ("ERROR", "error"),
        None => ("NOTHING RAN", "open"),
    };
    out.push_str(&writer.outcome(word, class, &mask(&kept.judgement)));
    if let Some(decision) = &kept.decision {
        out.push_str(&writer.text("Why:"));
        out.push_str(&writer.code("text", mask(&explain(decision)).trim_end()));
    }
    if !kept.printed.is_empty() {
        out.push_str(&writer.text("What was printed:"));
        out.push_str(&writer.code("text", &mask(&kept.printed)));
    }
    if kept.cut > 0 {
        out.push_str(&writer.text(&format!("{} more lines are left out.", kept.cut)));
    }
}

/// How a form writes the parts.
trait Writer {
    fn begin(&self, title: &str) -> String;
    /// Begins a part.
    fn heading(&self, title: &str, state: &str) -> String;
    /// A text of the lesson, in its Markdown.
    fn text(&self, text: &str) -> String;
    fn code(&self, language: &str, text: &str) -> String;
    fn outcome(&self, word: &str, class: &str, text: &str) -> String;
    fn note(&self, text: &str) -> String;
    /// Ends a part.
    fn close(&self) -> &'static str;
    fn end(&self) -> &'static str;
}

struct Markdown;

/// A text in which no HTML can stand, in code neither: what is code depends on who reads it.
fn without_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

impl Writer for Markdown {
    fn begin(&self, title: &str) -> String {
        format!("# {}\n\n", without_html(title).replace('\n', " "))
    }

    fn heading(&self, title: &str, state: &str) -> String {
        let state = if state.is_empty() {
            String::new()
        } else {
            format!(" ({state})")
        };
        format!("## {}{state}\n\n", without_html(title).replace('\n', " "))
    }

    fn text(&self, text: &str) -> String {
        format!("{}\n\n", without_html(text.trim()))
    }

    fn code(&self, language: &str, text: &str) -> String {
        // Longer than any run of backticks inside.
        let mut longest = 0;
        let mut run = 0;
        for c in text.chars() {
            run = if c == '`' { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        let fence = "`".repeat((longest + 1).max(3));
        format!("{fence}{language}\n{text}\n{fence}\n\n")
    }

    fn outcome(&self, word: &str, _: &str, text: &str) -> String {
        format!("**{word}**: {}\n\n", without_html(text))
    }

    fn note(&self, text: &str) -> String {
        let quoted: Vec<String> = text
            .lines()
            .map(|line| format!("> {}", without_html(line)))
            .collect();
        format!("> **Note**\n>\n{}\n\n", quoted.join("\n"))
    }

    fn close(&self) -> &'static str {
        ""
    }

    fn end(&self) -> &'static str {
        ""
    }
}

struct Html;

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// `code` and **bold** of a text.
fn inline(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in escape(text).split('`').enumerate() {
        if at % 2 == 1 {
            out.push_str(&format!("<code>{part}</code>"));
            continue;
        }
        for (at, part) in part.split("**").enumerate() {
            if at % 2 == 1 {
                out.push_str(&format!("<strong>{part}</strong>"));
            } else {
                out.push_str(part);
            }
        }
    }
    out
}

impl Writer for Html {
    fn begin(&self, title: &str) -> String {
        let title = escape(title);
        format!("{HEAD}<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n")
    }

    fn heading(&self, title: &str, state: &str) -> String {
        let state = if state.is_empty() {
            String::new()
        } else {
            format!(" <small>({})</small>", escape(state))
        };
        format!("<section>\n<h2>{}{state}</h2>\n", escape(title))
    }

    fn text(&self, text: &str) -> String {
        let mut out = String::new();
        for paragraph in text.trim().split("\n\n") {
            let list = paragraph.lines().any(|line| line.starts_with("- "));
            // Lines of a paragraph run on; those of a list stand apart.
            let text = if list {
                inline(paragraph)
            } else {
                inline(&paragraph.replace('\n', " "))
            };
            out.push_str(&format!("<p class=\"text\">{text}</p>\n"));
        }
        out
    }

    fn code(&self, _: &str, text: &str) -> String {
        format!("<pre>{}</pre>\n", escape(text))
    }

    fn outcome(&self, word: &str, class: &str, text: &str) -> String {
        format!(
            "<p><strong class=\"{class}\">{word}</strong>: {}</p>\n",
            escape(text)
        )
    }

    fn note(&self, text: &str) -> String {
        format!(
            "<p class=\"note\"><strong>Note</strong>\n{}</p>\n",
            escape(text)
        )
    }

    fn close(&self) -> &'static str {
        "</section>\n"
    }

    fn end(&self) -> &'static str {
        "</body>\n</html>\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_stay_texts() {
        let hostile = "</pre><script>alert(1)</script> `<b>` ```";
        assert!(!Html.code("sh", hostile).contains("<script"));
        assert!(!Html.text(hostile).contains("<script"));
        assert!(!Html.note(hostile).contains("<script"));
        assert!(!Html.begin(hostile).contains("<script"));
        assert!(!Markdown.text(hostile).contains("<script"));
        assert!(!Markdown.note(hostile).contains("<script"));
        assert!(!Markdown.heading(hostile, "").contains("<script"));
        assert!(Markdown.code("sh", hostile).starts_with("````sh\n"));
    }
}
