//! What went over the wire: the signed request, how it was signed part by part, and the answer.

use ratatui::layout::Rect;
use ratatui::style::Style;

use unicode_width::UnicodeWidthStr;

use super::Page;
use super::theme::Theme;
use super::window::{self, Window};
use super::wrap::{Row, plain, wrap};
use crate::app::{Body, Exchange, Lab, Pane, Signing, Tab};

/// Draws the Wire pane. Gives the text that tells where one is in it.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, area: Rect) -> String {
    let exchanges = lab
        .attempt()
        .map(crate::app::Attempt::exchanges)
        .unwrap_or_default();
    let view = lab.views.of(Tab::Wire);
    let which = lab.views.picked(Tab::Wire).unwrap_or(usize::MAX);
    let which = which.min(exchanges.len().saturating_sub(1));
    let words = match exchanges.len() {
        0 | 1 => page.told("{{view}} changes"),
        count => page.told(&format!(
            "{} of {count}: {{{{pick-up}}}} and {{{{pick-down}}}}",
            which + 1
        )),
    };
    page.choices(area, &["request", "signing", "answer"], view, &words);
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    let width = usize::from(body.width);
    let theme = page.theme;
    let (scrolled, _) = lab.scrolled(Pane::Wire);
    window::draw(page, Pane::Wire, body, scrolled, |rows| {
        match (exchanges.get(which), view) {
            (None, _) => rows.rows(plain(
                "Nothing went over the wire yet. Here you will see the HTTP request as it was \
                 sent, how it was signed, and the answer as it came. Secrets are masked.",
                theme.muted,
                width.min(76),
                0,
            )),
            (Some(exchange), 0) => request(rows, &theme, exchange, width),
            (Some(exchange), 1) => rows.rows(signing(&theme, exchange.signing.as_ref(), width)),
            (Some(exchange), _) => answer(rows, &theme, exchange, width),
        }
    })
}

/// A name and its value, or a text: in one row where it fits, which most do.
fn put(rows: &mut Window, name: (&str, Style), value: (&str, Style), indent: usize, width: usize) {
    let wide = indent + name.0.width() + value.0.width();
    if wide <= width {
        rows.row(|| {
            Row::new(" ".repeat(indent), value.1)
                .with(name.0, name.1)
                .with(value.0, value.1)
        });
        return;
    }
    let margin = |by: usize| Row::new(" ".repeat((indent + by).min(width / 2)), value.1);
    let spans = [(name.0.to_owned(), name.1), (value.0.to_owned(), value.1)];
    rows.rows(wrap(&spans, width, &margin(0), &margin(4)));
}

/// Whether a header is shown before the rest: the others are the SDK's own business.
fn matters(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "host"
        || name == "authorization"
        || name == "content-type"
        || name.starts_with("x-amz-date")
        || name.starts_with("x-amz-security-token")
        || name.starts_with("x-amz-content")
        || name.starts_with("x-amzn-requestid")
        || name.starts_with("x-amz-request-id")
}

fn request(rows: &mut Window, theme: &Theme, exchange: &Exchange, width: usize) {
    let url = format!(" {}", exchange.url);
    put(
        rows,
        (&exchange.method, theme.strong),
        (&url, theme.code),
        0,
        width,
    );
    headers(rows, theme, &exchange.request_headers, width);
    rows.row(Row::default);
    if exchange.request_body.text.is_empty() {
        rows.row(|| Row::new("no body", theme.muted));
    } else if let Some(form) = form(&exchange.request_body) {
        let words = "The body, a form; one parameter a line, decoded:";
        rows.row(|| Row::new(words, theme.muted));
        for (name, value) in form {
            let value = format!(" = {value}");
            put(
                rows,
                (&name, theme.json_key),
                (&value, Style::new()),
                2,
                width,
            );
        }
    } else {
        text(rows, theme, &exchange.request_body, width);
    }
}

fn headers(rows: &mut Window, theme: &Theme, headers: &[(String, String)], width: usize) {
    let (first, rest): (Vec<_>, Vec<_>) = headers.iter().partition(|(name, _)| matters(name));
    for (name, value) in first.into_iter().chain(rest) {
        let (name, value) = (format!("{name}:"), format!(" {}", visible(value)));
        put(
            rows,
            (&name, theme.json_key),
            (&value, Style::new()),
            0,
            width,
        );
    }
}

/// The parameters of a form, decoded; `None` where it is none.
fn form(body: &Body) -> Option<Vec<(String, String)>> {
    if !body.text.starts_with("Action=") {
        return None;
    }
    let mut pairs: Vec<(String, String)> = body
        .text
        .split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect();
    if body.more > 0 {
        pairs.push(("..".to_owned(), format!("{} bytes more", body.more)));
    }
    Some(pairs)
}

/// Percent-encoding and pluses undone, on one line.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3);
        match (byte, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(value)) => {
                out.push(value);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (other, _) => out.push(*other),
        }
        at += 1;
    }
    let text = String::from_utf8_lossy(&out).into_owned();
    visible(&text)
}

/// Nothing that a terminal would obey.
fn visible(text: &str) -> String {
    let shown = text.chars().map(|c| match c {
        '\n' | '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    });
    shown.collect()
}

fn text(rows: &mut Window, theme: &Theme, body: &Body, width: usize) {
    for line in broken(&body.text).lines() {
        let indent = line.len() - line.trim_start().len();
        let line = visible(line.trim_start());
        put(
            rows,
            ("", Style::new()),
            (&line, Style::new()),
            indent,
            width,
        );
    }
    if body.more > 0 {
        let words = format!(".. and {} bytes more", body.more);
        rows.row(|| Row::new(words, theme.muted));
    }
}

/// XML with each element in a line of its own, indented; anything else as it is.
fn broken(body: &str) -> String {
    if !body.trim_start().starts_with('<') {
        return body.to_owned();
    }
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut rest = body.trim();
    let mut after_text = false;
    while let Some((before, tail)) = rest.split_once('<') {
        let content = before.trim();
        let (tag, after) = tail.split_once('>').unwrap_or((tail, ""));
        let closing = tag.starts_with('/');
        if closing {
            depth = depth.saturating_sub(1);
        }
        out.push_str(content);
        // What holds text alone stays in one line.
        let inline = closing && (after_text || !content.is_empty());
        if !out.is_empty() && !inline {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        }
        out.push('<');
        out.push_str(tag);
        out.push('>');
        after_text = !closing && after.starts_with("</");
        if !closing && !tag.ends_with('/') && !tag.starts_with(['?', '!']) {
            depth += 1;
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn answer(rows: &mut Window, theme: &Theme, exchange: &Exchange, width: usize) {
    let Some(status) = exchange.status else {
        rows.row(|| Row::new("No answer came.", theme.error));
        return;
    };
    let (mark, style) = match status {
        200..=399 => (theme.success_mark(), theme.success),
        403 => (theme.denied_mark(), theme.denied),
        _ => (theme.error_mark(), theme.error),
    };
    rows.row(|| Row::new(format!("{mark} HTTP status {status}"), style));
    headers(rows, theme, &exchange.headers, width);
    rows.row(Row::default);
    if exchange.body.text.is_empty() {
        rows.row(|| Row::new("no body", theme.muted));
    } else {
        text(rows, theme, &exchange.body, width);
    }
}

fn signing(theme: &Theme, signing: Option<&Signing>, width: usize) -> Vec<Row> {
    let Some(signing) = signing else {
        return plain(
            "This request was not signed, or its body is a stream whose hash is not known here.",
            theme.muted,
            width,
            0,
        );
    };
    let told = |words: &str| plain(words, theme.muted, width, 4);
    let part = |out: &mut Vec<Row>, name: &str, text: &str, words: &str| {
        out.extend(wrap(
            &[(visible(text), theme.code)],
            width,
            &Row::new(format!("  {name:<10}"), theme.json_key),
            &Row::new(" ".repeat(12), theme.code),
        ));
        if !words.is_empty() {
            out.extend(plain(words, theme.muted, width, 12));
        }
    };
    let mut out = vec![Row::new("1. The canonical request", theme.strong)];
    out.extend(told(
        "The request written in the one way that both sides agree on.",
    ));
    let lines: Vec<&str> = signing.canonical_request.split('\n').collect();
    let line = |at: usize| lines.get(at).copied().unwrap_or_default();
    part(&mut out, "method", line(0), "");
    part(&mut out, "path", line(1), "");
    let query = if line(2).is_empty() {
        "(empty)"
    } else {
        line(2)
    };
    part(&mut out, "query", query, "sorted and percent-encoded");
    let end = lines.len().saturating_sub(3).max(3);
    for (at, header) in lines.get(3..end).unwrap_or_default().iter().enumerate() {
        part(&mut out, if at == 0 { "headers" } else { "" }, header, "");
    }
    part(
        &mut out,
        "signed",
        line(lines.len().saturating_sub(2)),
        "only these headers are signed: others may change on the way",
    );
    part(
        &mut out,
        "payload",
        line(lines.len().saturating_sub(1)),
        "SHA-256 of the body: who changes the body breaks the signature",
    );
    out.push(Row::default());
    out.push(Row::new("2. The string to sign", theme.strong));
    let lines: Vec<&str> = signing.string_to_sign.split('\n').collect();
    let line = |at: usize| lines.get(at).copied().unwrap_or_default();
    part(&mut out, "algorithm", line(0), "");
    part(
        &mut out,
        "date",
        line(1),
        "AWS refuses a date more than some minutes away from its own clock",
    );
    part(
        &mut out,
        "scope",
        line(2),
        "this day, this region, this service: the signature is good for no other",
    );
    part(
        &mut out,
        "hash",
        line(3),
        "SHA-256 of the canonical request",
    );
    out.push(Row::default());
    out.push(Row::new("3. The signature", theme.strong));
    let mut scope = signing.scope.split('/');
    let mut next = || scope.next().unwrap_or_default();
    let (day, region, service) = (next(), next(), next());
    out.extend(told(&format!(
        "A key is derived from the secret of {}: HMAC-SHA256 of \"AWS4\" and the secret with {day}, \
         of that with {region}, then {service}, then aws4_request. It signs the string above. The \
         secret itself never leaves this machine; AWS derives the same key and compares.",
        signing.access_key_id
    )));
    if signing.masked {
        out.push(Row::default());
        out.extend(told(
            "Masked here: a session token, or the hash of a body that holds a secret. They were \
             sent and signed unmasked.",
        ));
    }
    out
}
