//! What lies over a step: the sandbox's time, the door, the choice of an export.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::wrap::{Row, plain, wrap};
use super::{Page, step};
use crate::app::{Form, Intent, Jump, Lab, Over, lasting};

/// Draws it.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, over: Over, area: Rect) {
    let width = area.width.saturating_sub(6).min(76);
    let inside = usize::from(width.saturating_sub(4));
    let (title, rows, choices) = match over {
        Over::Clock => ("The sandbox's time", clock(page, lab, inside), CLOCK),
        Over::Door => (
            "The door to this lesson's world",
            door(page, lab, inside),
            DOOR,
        ),
        Over::Export => ("Export this session", export(inside), EXPORT),
    };
    let height = u16::try_from(rows.len() + choices.len()).unwrap_or(20) + 4;
    let inner = step::overlay(page, area, width, height, title);
    let list = inner
        .bottom()
        .saturating_sub(u16::try_from(choices.len()).unwrap_or(0));
    for (y, row) in (inner.top()..list).zip(&rows) {
        let mut x = inner.x;
        for (text, style) in &row.spans {
            x = page.put(x, y, inner.right(), text, *style);
        }
    }
    for (y, (label, intent)) in (list..inner.bottom()).zip(choices.iter()) {
        let key = page.key(page.mode, intent);
        let x = page.put(
            inner.x,
            y,
            inner.right(),
            &format!(" {key} "),
            page.theme.selected,
        );
        page.put(x + 1, y, inner.right(), label, Style::new());
        page.target(inner.x, y, inner.width, 1, intent.clone());
    }
}

type Choice = (&'static str, Intent);

const CLOCK: &[Choice] = &[
    ("15 minutes on", Intent::Advance(Jump::Minutes(15))),
    ("an hour on", Intent::Advance(Jump::Minutes(60))),
    (
        "to just past the session's end",
        Intent::Advance(Jump::PastExpiry),
    ),
];

const DOOR: &[Choice] = &[
    ("copy the line", Intent::Copy),
    ("close the door", Intent::CloseDoor),
    ("leave it open, back to the step", Intent::Back),
];

const EXPORT: &[Choice] = &[
    ("as Markdown", Intent::Export(Some(Form::Markdown))),
    ("as one HTML page", Intent::Export(Some(Form::Html))),
];

fn clock(page: &Page<'_>, lab: &Lab, width: usize) -> Vec<Row> {
    let theme = &page.theme;
    let mut rows = Vec::new();
    let Some(reading) = &lab.reach.clock else {
        return plain("Reading the time ..", theme.muted, width, 0);
    };
    let ahead = match reading.ahead {
        0 => ", as on your machine".to_owned(),
        ahead => format!(", {} ahead of your machine", lasting(ahead)),
    };
    rows.extend(wrap(
        &[(reading.now.clone(), theme.strong), (ahead, Style::new())],
        width,
        &Row::default(),
        &Row::default(),
    ));
    let name = reading.profile.as_deref().unwrap_or("The administrator");
    match &reading.session {
        None => rows.extend(plain(
            &format!("{name} signs with a long-term key, or with none yet: nothing expires."),
            theme.muted,
            width,
            0,
        )),
        Some(life) => {
            let left = if life.left > 0 {
                format!(
                    "{name}'s session ends in {}, at {}.",
                    lasting(life.left),
                    life.expires
                )
            } else {
                format!("{name}'s session has EXPIRED, at {}.", life.expires)
            };
            rows.extend(plain(&left, Style::new(), width, 0));
            if let Some(age) = life.mfa {
                rows.extend(plain(
                    &format!(
                        "Its MFA code was given {} ago (aws:MultiFactorAuthAge {age}).",
                        lasting(age)
                    ),
                    Style::new(),
                    width,
                    0,
                ));
            }
        }
    }
    rows.push(Row::default());
    rows.extend(plain(
        &page.told("The clock goes forward only: there is no way back to now. Undo ({{undo}}) makes the whole world what \
         it was before a run, its clock too."),
        theme.muted,
        width,
        0,
    ));
    rows.push(Row::default());
    rows
}

fn door(page: &Page<'_>, lab: &Lab, width: usize) -> Vec<Row> {
    let theme = &page.theme;
    let Some(door) = &lab.reach.door else {
        return plain("Opening the door ..", theme.muted, width, 0);
    };
    let mut rows = plain(
        "Other programs of this machine can come into this world now. In another terminal, paste:",
        Style::new(),
        width,
        0,
    );
    rows.push(Row::default());
    let indent = Row::new("  ", Style::new());
    rows.extend(wrap(
        &[(door.line.clone(), theme.strong)],
        width,
        &indent,
        &indent,
    ));
    rows.push(Row::default());
    rows.extend(plain(
        &format!(
            "The file is yours alone to read. It sets the address {}, the administrator's key {} with \
             its secret, and the lesson's profiles, so that --profile works there too.",
            door.endpoint, door.key
        ),
        theme.muted,
        width,
        0,
    ));
    rows.push(Row::default());
    let seen = match door.requests {
        0 => "Nobody has come in yet.".to_owned(),
        1 => format!("One request: {}.", door.last),
        n => format!(
            "{n} requests, {} changed something; last {}.",
            door.changes, door.last
        ),
    };
    rows.extend(plain(&seen, theme.accent, width, 0));
    rows.push(Row::default());
    rows
}

fn export(width: usize) -> Vec<Row> {
    let mut rows = plain(
        "Every step with its command, what came of it and why, and your notes, as a file in the folder \
         that rolecall was started in. The HTML page has the screens, too, and loads nothing. Secrets \
         are masked.",
        Style::new(),
        width,
        0,
    );
    rows.push(Row::default());
    rows
}
