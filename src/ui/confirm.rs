//! The screen between a learner and a real account.

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::wrap::Row;
use super::{Page, footer, header, markdown, notice, waiting};
use crate::app::{Confirm, Model, Pane};
use crate::lesson::World;

/// Draws the confirmation.
pub(super) fn draw(page: &mut Page<'_>, model: &Model, confirm: &Confirm, area: Rect) {
    let lesson = model.catalogue.get(&confirm.lesson);
    let title = lesson.map_or(confirm.lesson.as_str(), |lesson| lesson.title.as_str());
    header(page, model, area, title, "");
    let theme = page.theme;
    let (x, right) = (area.x + 2, area.right().saturating_sub(2));
    let what = match model.target.world {
        World::Account => "This is a REAL AWS account. The lesson changes it.",
        _ => "This is not the sandbox. The lesson changes what is there.",
    };
    page.put(x, area.y + 2, right, what, theme.denied);
    let mut y = area.y + 4;
    let Some(survey) = &confirm.survey else {
        waiting(page, x, y, "Asking who you are there", confirm.wait);
        footer(page, model, area);
        return;
    };
    let account = match &survey.alias {
        Some(alias) => format!("{} ({alias})", survey.account),
        None => survey.account.clone(),
    };
    let endpoint = model.target.endpoint.clone().unwrap_or_default();
    for (name, value) in [
        ("endpoint", endpoint.as_str()),
        ("account", account.as_str()),
        ("caller", survey.caller.as_str()),
        ("region", survey.region.as_str()),
    ] {
        if value.is_empty() {
            continue;
        }
        let start = page.put(x, y, right, &format!("{name:>8}  "), theme.muted);
        page.put(start, y, right, value, theme.code);
        y += 1;
    }
    y += 1;
    let width = usize::from(right.saturating_sub(x));
    let mut rows = vec![Row::new("It will create:", theme.strong)];
    for item in lesson
        .map(|lesson| lesson.creates.as_slice())
        .unwrap_or_default()
    {
        rows.extend(markdown::rows(&theme, &format!("- {item}"), width));
    }
    rows.push(Row::default());
    rows.extend(markdown::rows(
        &theme,
        &page.told(
            "Its last steps delete all of that; {{reset-lesson}} in a step does so at any time. \
             What it creates may cost money as long as it is there.",
        ),
        width,
    ));
    let bottom = area.bottom().saturating_sub(4);
    let list = Rect {
        x,
        y,
        width: right.saturating_sub(x),
        height: bottom.saturating_sub(y),
    };
    page.lines(Pane::Confirm, list, &rows, confirm.scroll);
    let y = bottom;
    let prompt = format!("To go on, type the account id {}: ", survey.account);
    let start = page.put(x, y, right, &prompt, theme.strong);
    let end = page.put(start, y, right, &confirm.typed, theme.code);
    page.cursor = Some(Position::new(end.min(right), y));
    if !notice(
        page,
        model,
        Rect::new(x, y + 1, right.saturating_sub(x), 1),
        y + 2,
    ) && confirm.typed.trim() == survey.account
    {
        let words = page.told("{{open}} goes on.");
        page.put(x, y + 1, right, &words, Style::new());
    }
    footer(page, model, area);
}
