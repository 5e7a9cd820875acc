//! The way of a request past the gates, drawn in the order in which AWS documents them.
//!
//! IAM User Guide, "Policy evaluation logic": an explicit deny in any policy first, then what the
//! organization allows, the resource's policy, the identity's, the boundary and the session.

use ratatui::style::Style;

use super::theme::Theme;
use super::why::layer_title;
use super::wrap::{Row, plain};
use super::{clip, columns};
use crate::policy::{Explanation, Gate, GateState, Layer, Verdict};

/// One gate of the picture.
struct Drawn {
    name: &'static str,
    state: GateState,
    words: String,
    closes: bool,
}

/// The picture.
pub(super) fn rows(theme: &Theme, explanation: &Explanation, width: usize) -> Vec<Row> {
    let way = theme.way();
    let gates = gates(explanation);
    let room = u16::try_from(width).unwrap_or(u16::MAX);
    let who = explanation
        .principal
        .rsplit(':')
        .next()
        .unwrap_or(&explanation.principal);
    let mut asked = vec![format!("{who} asks for {}", explanation.action)];
    if asked
        .iter()
        .any(|asked| columns(asked) > room.saturating_sub(4))
    {
        asked = vec![who.to_owned(), format!("asks for {}", explanation.action)];
    }
    let pieces = std::iter::once(way.start).chain(std::iter::repeat(way.along));
    let mut out: Vec<Row> = pieces
        .zip(&asked)
        .map(|(piece, asked)| {
            Row::new(format!(" {piece} "), theme.accent)
                .with(clip(asked, room.saturating_sub(4)), theme.strong)
        })
        .collect();
    let names = gates.iter().map(|gate| gate.name.len()).max().unwrap_or(0) + 2;
    let mut reached = true;
    for gate in &gates {
        let (mark, style) = match gate.state {
            GateState::Open => (theme.success_mark(), theme.success),
            GateState::Closed | GateState::Denied => (theme.denied_mark(), theme.denied),
            GateState::Silent => (theme.open_mark(), theme.muted),
            GateState::Absent => (theme.absent_mark(), theme.muted),
        };
        let (piece, way_style, name_style) = match (reached, gate.closes) {
            (true, true) => (way.stop, theme.denied, theme.strong),
            (true, false) if gate.state == GateState::Absent => {
                (way.along, theme.accent, theme.muted)
            }
            (true, false) => (way.gate, theme.accent, theme.strong),
            (false, _) => (way.beyond, theme.rule, theme.muted),
        };
        let style = if reached { style } else { theme.muted };
        let row = Row::new(format!(" {piece} "), way_style)
            .with(format!("{mark} "), style)
            .with(format!("{:names$}", gate.name), name_style);
        let left = width.saturating_sub(6 + names);
        let mut words = vec![gate.words.clone()];
        if gate.closes && reached {
            let both = format!("{}  {}", gate.words, theme.closed_here());
            if usize::from(columns(&both)) <= left {
                words = vec![both];
            } else {
                words.insert(0, theme.closed_here().to_owned());
            }
        }
        if gate.closes {
            reached = false;
        }
        let mut rows = words
            .iter()
            .flat_map(|words| plain(words, style, left, 0))
            .map(|row| row.spans);
        out.push(Row {
            spans: row
                .spans
                .into_iter()
                .chain(rows.next().into_iter().flatten())
                .collect(),
        });
        // What has no room beside the name stands below, along the way.
        let (piece, way_style) = if reached {
            (way.along, theme.accent)
        } else {
            (way.beyond, theme.rule)
        };
        out.extend(rows.map(|spans| {
            let mut row =
                Row::new(format!(" {piece} "), way_style).with(" ".repeat(2 + names), Style::new());
            row.spans.extend(spans);
            row
        }));
    }
    out.push(end(theme, explanation, reached, way));
    out
}

fn end(theme: &Theme, explanation: &Explanation, reached: bool, way: super::theme::Way) -> Row {
    let (mark, word, why, style) = match explanation.verdict {
        Verdict::Allow => (theme.success_mark(), "ALLOWED", "", theme.success),
        Verdict::ImplicitDeny => (
            theme.denied_mark(),
            "DENIED",
            "  implicitly: a needed allow is missing",
            theme.denied,
        ),
        Verdict::ExplicitDeny => (
            theme.denied_mark(),
            "DENIED",
            "  explicitly: a Deny beats every Allow",
            theme.denied,
        ),
    };
    let piece = if reached { way.stop } else { "  " };
    let way_style = if reached { theme.accent } else { theme.rule };
    Row::new(format!(" {piece} "), way_style)
        .with(format!("{mark} {word}"), style)
        .with(why, Style::new())
}

fn gates(explanation: &Explanation) -> Vec<Drawn> {
    let all = &explanation.gates;
    let denying = all.iter().find(|gate| gate.state == GateState::Denied);
    let said: usize = all.iter().map(|gate| gate.statements.len()).sum();
    let mut out = vec![match denying {
        Some(gate) => Drawn {
            name: "Explicit deny anywhere",
            state: GateState::Denied,
            words: format!("in the {}", layer_title(gate.layer).to_lowercase()),
            closes: true,
        },
        None => Drawn {
            name: "Explicit deny anywhere",
            state: GateState::Open,
            words: match said {
                0 => "none".to_owned(),
                1 => "none in 1 statement".to_owned(),
                said => format!("none in {said} statements"),
            },
            closes: false,
        },
    }];
    let mut closed = denying.is_some();
    let organization =
        |gate: &&Gate| matches!(gate.layer, Layer::ResourceControl | Layer::ServiceControl);
    // Where nobody is in an organization, one row says so.
    let alone = all
        .iter()
        .filter(organization)
        .all(|gate| gate.state == GateState::Absent);
    if alone {
        out.push(Drawn {
            name: "SCPs and RCPs",
            state: GateState::Absent,
            words: "none".to_owned(),
            closes: false,
        });
    }
    for gate in all.iter().filter(|gate| !(alone && organization(gate))) {
        let closes = !closed && gate.state == GateState::Closed;
        closed |= closes;
        out.push(Drawn {
            name: layer_title(gate.layer),
            state: gate.state,
            words: words(gate).to_owned(),
            closes,
        });
    }
    out
}

fn words(gate: &Gate) -> &'static str {
    match (gate.state, gate.layer) {
        (GateState::Open, Layer::Trust) => "lets the caller in",
        (GateState::Open, _) => "allows",
        (GateState::Closed, Layer::Trust) => "does not let the caller in",
        (GateState::Closed, _) => "does not allow",
        (GateState::Denied, _) => "denies",
        (GateState::Silent, _) => "says nothing, and need not",
        (GateState::Absent, _) => "none",
    }
}
