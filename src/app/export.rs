//! A session as one document: what was run, what came of it and why, and the learner's notes.
//! Secrets are masked, and nothing in it is loaded from anywhere.
//!
//! The HTML page has the screens, too. What is on them is made here, as models; whoever has them drawn
//! hands them back. They are made from what is kept of each step, not from the lab that is open: the page
//! is the same today and tomorrow, from a key and from a subcommand.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::explained::explain;
use super::free::without_secrets;
use super::lab::{Lab, Tab};
use super::model::{Model, Screen};
use super::progress::{Progress, StepState};
use super::reach::{Form, Kept};
use super::rebind::Keymap;
use super::target::{Capabilities, Target};
use super::text::visible;
use crate::awscli::Verdict;
use crate::lesson::{Catalogue, Lesson, Step, behind_verb};
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
@media (prefers-color-scheme: dark) {
  body { color: #d9dfe8; background: #12161e; }
  pre { background: #1b212d; color: #d9dfe8; }
  .denied { color: #ffa09a; } .success { color: #93d9a0; } .error { color: #f2c078; } .open { color: #a9b4c4; }
  .note { border-color: #93bfff; }
}
@media print { pre { white-space: pre-wrap; } section { break-inside: avoid-page; } }
"#;

/// Columns and rows of the screens: text and answer stand side by side, and a page has room for it.
const SIZE: (u16, u16) = (120, 36);

/// The session of a lesson.
#[derive(Debug, Clone)]
pub struct Session {
    /// The lesson.
    pub lesson: Arc<Lesson>,
    /// How far the learner is.
    pub progress: Progress,
    /// What answered.
    pub target: Target,
    /// The keys in force, which stand on the screens.
    pub keymap: Arc<Keymap>,
    /// What it becomes.
    pub form: Form,
}

/// The screens of a session, drawn as HTML.
#[derive(Debug, Clone, Default)]
pub struct Screens {
    /// The rules of CSS that they need.
    pub style: String,
    /// Those of each step, by its id, each with the tab that it shows.
    pub of_step: BTreeMap<String, Vec<(Tab, String)>>,
}

impl Session {
    /// The name of its file.
    #[must_use]
    pub fn name(&self) -> String {
        format!("rolecall-{}.{}", self.lesson.id, self.form.ending())
    }

    fn mask(&self, text: &str) -> String {
        visible(&veil(&self.progress.variables.mask(text)))
    }

    /// Shows every screen that belongs into it, in order: of each step that ran what it answered and,
    /// where it was denied, why; of each other that is done its text.
    pub fn screens(&self, mut show: impl FnMut(&str, Tab, &Model)) {
        if self.form != Form::Html {
            return;
        }
        let catalogue = Catalogue {
            lessons: vec![self.lesson.clone()],
            ..Catalogue::default()
        };
        let target = self.target.clone();
        let mut model = Model::new(catalogue, target, Capabilities::default());
        model.size = SIZE;
        model.stage.keymap = self.keymap.clone();
        model.screen = Screen::Lab(Box::new(self.lab()));
        for (at, step) in self.lesson.steps.iter().enumerate() {
            let kept = self.progress.own.kept.get(&step.id);
            let done = self.progress.state(&step.id).is_done();
            let tabs: &[Tab] = match kept {
                Some(kept) if kept.verdict == Some(Verdict::Denied) && kept.decision.is_some() => {
                    &[Tab::Response, Tab::Why]
                }
                Some(_) => &[Tab::Response],
                None if done => &[Tab::Text],
                None => &[],
            };
            for tab in tabs {
                if let Some(lab) = model.lab_mut() {
                    lab.at = at;
                    lab.tab = *tab;
                    lab.side = if *tab == Tab::Text {
                        Tab::Response
                    } else {
                        *tab
                    };
                    lab.identities.clear();
                    if let Some(identity) = kept.and_then(|kept| kept.identity.clone()) {
                        lab.identities.insert(lab.profile(), Ok(identity));
                    }
                }
                show(&step.id, *tab, &model);
            }
        }
    }

    /// The lab as it was when each step had just run, without secrets that were typed into it.
    fn lab(&self) -> Lab {
        let mut progress = self.progress.clone();
        for step in progress.steps.values_mut() {
            let own = step.command.as_deref();
            step.command = own.map(|text| self.mask(&without_secrets(text)));
        }
        for note in progress.own.notes.values_mut() {
            *note = self.mask(note);
        }
        let kept: Vec<(String, Kept)> = progress
            .own
            .kept
            .iter()
            .filter_map(|(id, kept)| Some((id.clone(), kept.masked(|text| self.mask(text))?)))
            .collect();
        let mut lab = Lab::new(self.lesson.clone(), 0, progress, Vec::new());
        for (id, kept) in kept {
            if let Some((at, _)) = self.lesson.step(&id) {
                lab.at = at;
                let now = lab.shown_command().unwrap_or_default();
                // What ran is shown, and as changed only where it was.
                if self.mask(&without_secrets(&now)) != kept.command {
                    let ran = without_secrets(&kept.command);
                    lab.progress.step_mut(&id).command = Some(ran);
                }
            }
            lab.attempts.insert(id, kept.attempt());
        }
        lab
    }

    /// The document, with these screens.
    #[must_use]
    pub fn text(&self, screens: &Screens) -> String {
        let writer: &dyn Writer = match self.form {
            Form::Markdown => &Markdown,
            Form::Html => &Html,
        };
        written(self, writer, screens)
    }
}

fn written(session: &Session, writer: &dyn Writer, screens: &Screens) -> String {
    let Session {
        lesson, progress, ..
    } = session;
    let mask = |text: &str| session.mask(text);
    let mut out = writer.begin(&mask(&lesson.title), &screens.style);
    let done = progress.done(lesson);
    out.push_str(&writer.text(&mask(&lesson.summary)));
    out.push_str(&writer.text(&format!(
        "{done} of {} steps done, on {}.",
        lesson.steps.len(),
        mask(&session.target.words())
    )));
    for (at, step) in lesson.steps.iter().enumerate() {
        let screens = screens.of_step.get(&step.id).map_or(&[][..], Vec::as_slice);
        of_step(&mut out, writer, progress, (at, step), screens, &mask);
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
    (at, step): (usize, &Step),
    screens: &[(Tab, String)],
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
    for (tab, screen) in screens {
        out.push_str(&writer.screen(at + 1, *tab, screen));
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
    let behind = kept.verdict.and_then(|it| behind_verb(&kept.judgement, it));
    let text = behind.map_or_else(|| format!(": {}", kept.judgement), str::to_owned);
    out.push_str(&writer.outcome(word, class, &mask(&text)));
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
    fn begin(&self, title: &str, style: &str) -> String;
    /// Begins a part.
    fn heading(&self, title: &str, state: &str) -> String;
    /// A text of the lesson, in its Markdown.
    fn text(&self, text: &str) -> String;
    fn code(&self, language: &str, text: &str) -> String;
    /// What came of a step: a word, and the text that goes on behind it.
    fn outcome(&self, word: &str, class: &str, text: &str) -> String;
    fn note(&self, text: &str) -> String;
    /// A screen of a step, from 1.
    fn screen(&self, step: usize, tab: Tab, drawn: &str) -> String;
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
    fn begin(&self, title: &str, _: &str) -> String {
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
        format!("**{word}**{}\n\n", without_html(text))
    }

    fn note(&self, text: &str) -> String {
        let quoted: Vec<String> = text
            .lines()
            .map(|line| format!("> {}", without_html(line)))
            .collect();
        format!("> **Note**\n>\n{}\n\n", quoted.join("\n"))
    }

    fn screen(&self, _: usize, _: Tab, _: &str) -> String {
        String::new()
    }

    fn close(&self) -> &'static str {
        ""
    }

    fn end(&self) -> &'static str {
        ""
    }
}

struct Html;

/// A text as it stands in HTML, in attributes too.
#[must_use]
pub fn escape(text: &str) -> String {
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

/// `code`, **bold** and *italic* of a text.
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
                out.push_str(&italic(part));
            }
        }
    }
    out
}

/// *Italic* of a text: marks that stand at no word are text.
fn italic(text: &str) -> String {
    let parts: Vec<&str> = text.split('*').collect();
    let mut inside = parts.iter().skip(1).step_by(2);
    let pairs = parts.len() % 2 == 1 && inside.all(|it| !it.is_empty() && !it.starts_with(' '));
    if !pairs {
        return text.to_owned();
    }
    let each = parts.iter().enumerate().map(|(at, part)| match at % 2 {
        1 => format!("<em>{part}</em>"),
        _ => (*part).to_owned(),
    });
    each.collect()
}

impl Writer for Html {
    fn begin(&self, title: &str, style: &str) -> String {
        let title = escape(title);
        format!(
            "{HEAD}{style}</style>\n<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n"
        )
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
            // Lines of a paragraph run on, and so do those of an item.
            let mut items = paragraph.split("\n- ");
            let mut first = items.next().unwrap_or_default();
            let mut items: Vec<&str> = items.collect();
            if let Some(item) = first.strip_prefix("- ") {
                items.insert(0, item);
                first = "";
            }
            if !first.is_empty() {
                out.push_str(&format!("<p>{}</p>\n", inline(&first.replace('\n', " "))));
            }
            if !items.is_empty() {
                let items = items.iter().map(|item| inline(&item.replace('\n', " ")));
                let items: Vec<String> = items.map(|item| format!("<li>{item}</li>\n")).collect();
                out.push_str(&format!("<ul>\n{}</ul>\n", items.concat()));
            }
        }
        out
    }

    fn code(&self, _: &str, text: &str) -> String {
        format!("<pre>{}</pre>\n", escape(text))
    }

    fn outcome(&self, word: &str, class: &str, text: &str) -> String {
        format!(
            "<p><strong class=\"{class}\">{word}</strong>{}</p>\n",
            escape(text)
        )
    }

    fn note(&self, text: &str) -> String {
        format!(
            "<p class=\"note\"><strong>Note</strong>\n{}</p>\n",
            escape(text)
        )
    }

    fn screen(&self, step: usize, tab: Tab, drawn: &str) -> String {
        let tab = tab.title();
        // To who listens it is a picture, and all that it says is told above.
        format!(
            "<details open>\n<summary>The screen, with {tab}</summary>\n<pre class=\"screen\" \
             role=\"img\" aria-label=\"The screen of step {step} with {tab}; its text stands \
             above.\">{drawn}</pre>\n</details>\n"
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
        assert!(!Html.begin(hostile, "").contains("<script"));
        assert!(!Markdown.text(hostile).contains("<script"));
        assert!(!Markdown.note(hostile).contains("<script"));
        assert!(!Markdown.heading(hostile, "").contains("<script"));
        assert!(Markdown.code("sh", hostile).starts_with("````sh\n"));
    }

    #[test]
    fn marks_are_looks() {
        for (text, html) in [
            (
                "an *implicit deny*: `s3:*`",
                "an <em>implicit deny</em>: <code>s3:*</code>",
            ),
            (
                "**no** *a* and *b*",
                "<strong>no</strong> <em>a</em> and <em>b</em>",
            ),
            ("s3:Get* and 2 * 3 * 4", "s3:Get* and 2 * 3 * 4"),
        ] {
            assert_eq!(inline(text), html);
        }
        assert_eq!(
            Html.text("Two\nkinds:\n- one\n  long\n- two\n\nAfter."),
            "<p>Two kinds:</p>\n<ul>\n<li>one   long</li>\n<li>two</li>\n</ul>\n<p>After.</p>\n"
        );
    }
}
