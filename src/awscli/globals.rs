//! The options that every command of the AWS CLI has.

use super::args::{Arg, Parsed};
use super::error::ParseError;
use super::{ErrorFormat, Format, Globals, query};

/// The global options, in the AWS CLI's order.
pub(crate) fn table() -> Vec<Arg> {
    let formats = ["json", "text", "table", "yaml", "yaml-stream", "off"];
    let errors = ["legacy", "json", "yaml", "text", "table", "enhanced"];
    vec![
        Arg::flag("debug"),
        Arg::option("endpoint-url"),
        Arg::unset("no-verify-ssl", "verify-ssl"),
        Arg::unset("no-paginate", "paginate"),
        Arg::option("output").choices(&formats),
        Arg::option("query"),
        Arg::option("profile"),
        Arg::option("region"),
        Arg::flag("version"),
        Arg::option("color").choices(&["on", "off", "auto"]),
        Arg::unset("no-sign-request", "sign-request"),
        Arg::option("ca-bundle"),
        Arg::option("cli-read-timeout"),
        Arg::option("cli-connect-timeout"),
        Arg::option("cli-binary-format").choices(&["base64", "raw-in-base64-out"]),
        Arg::flag("no-cli-pager"),
        Arg::flag("cli-auto-prompt"),
        Arg::flag("no-cli-auto-prompt"),
        Arg::option("cli-error-format").choices(&errors),
    ]
}

/// The values of the global options.
pub(crate) fn read(parsed: &Parsed) -> Result<Globals, ParseError> {
    if let Some(span) = parsed.span("cli-auto-prompt") {
        let error = ParseError::unsupported("rolecall has no `--cli-auto-prompt`", span);
        return Err(error.hinted(Some("leave it out; Tab completes in free play")));
    }
    let text = |dest: &str| parsed.text(dest);
    let format = |dest: &str| text(dest).as_deref().and_then(Format::named);
    let globals = Globals {
        // An empty name is none, as for the AWS CLI.
        profile: text("profile").filter(|name| !name.is_empty()),
        region: text("region"),
        endpoint_url: text("endpoint-url"),
        output: format("output"),
        query: text("query"),
        no_paginate: parsed.flag("paginate") == Some(false),
        no_sign_request: parsed.flag("sign-request") == Some(false),
        read_timeout: timeout(parsed, "cli-read-timeout")?,
        connect_timeout: timeout(parsed, "cli-connect-timeout")?,
        error_format: text("cli-error-format").map(|name| match name.as_str() {
            "enhanced" => ErrorFormat::Enhanced,
            "legacy" => ErrorFormat::Legacy,
            name => ErrorFormat::Formatted(Format::named(name).unwrap_or_default()),
        }),
        color: text("color").as_deref() == Some("on"),
        debug: parsed.flag("debug") == Some(true),
        no_verify_ssl: parsed.flag("verify-ssl") == Some(false),
        ca_bundle: text("ca-bundle"),
        raw_bytes: text("cli-binary-format").as_deref() == Some("raw-in-base64-out"),
    };
    check(&globals, parsed).map_err(|mut error| {
        error.format = globals.error_format;
        error
    })?;
    Ok(globals)
}

fn check(globals: &Globals, parsed: &Parsed) -> Result<(), ParseError> {
    let at = |dest: &str| parsed.word(dest).map_or(0..0, |word| word.span.clone());
    if let Some(expression) = &globals.query
        && let Err(error) = query::compile(expression)
    {
        let message = format!("Bad value for --query {expression}: {error}");
        return Err(ParseError::parameter(message, at("query")));
    }
    if let Some(url) = &globals.endpoint_url
        && !has_scheme(url)
    {
        let message = format!(
            "Bad value for --endpoint-url \"{url}\": scheme is missing.  Must be of the form \
             http://<hostname>/ or https://<hostname>/"
        );
        return Err(ParseError::parameter(message, at("endpoint-url")));
    }
    if let Some(url) = &globals.endpoint_url
        && !has_host(url)
    {
        let message = format!("Invalid endpoint: {url}");
        return Err(ParseError::general(message, at("endpoint-url")));
    }
    if let Some(port) = globals.endpoint_url.as_deref().and_then(port)
        && !port.is_empty()
    {
        let message = match port.parse::<u64>() {
            Ok(0..=65_535) => return Ok(()),
            Ok(_) => "Port out of range 0-65535".to_owned(),
            Err(_) => {
                let shown = super::python::repr_str(port);
                format!("Port could not be cast to integer value as {shown}")
            }
        };
        return Err(ParseError::general(message, at("endpoint-url")));
    }
    Ok(())
}

/// Whether Python's `urlparse` finds a scheme.
fn has_scheme(url: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    url.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(fits)
    })
}

/// What stands behind the colon of a URL's host.
fn port(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    // An address of IPv6 has colons of its own.
    let (before, port) = host.rsplit_once(':')?;
    (!before.starts_with('[') || before.ends_with(']')).then_some(port)
}

fn has_host(url: &str) -> bool {
    let host = url.split_once("://").map(|(_, rest)| rest);
    host.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', ':', '?', '#']))
}

fn timeout(parsed: &Parsed, dest: &str) -> Result<Option<u64>, ParseError> {
    let Some(word) = parsed.word(dest) else {
        return Ok(None);
    };
    match super::python::int(&word.text) {
        Some(seconds) => u64::try_from(seconds).map(Some).map_err(|_| {
            let name = dest.trim_start_matches("cli-").replace('-', " ");
            let message = format!(
                "Attempted to set {name} to {seconds}, but the timeout cannot be set to a value \
                 less than or equal to 0."
            );
            ParseError::general(message, word.span.clone())
        }),
        None => Err(ParseError::general(
            format!(
                "invalid literal for int() with base 10: {}",
                super::python::repr_str(&word.text)
            ),
            word.span.clone(),
        )),
    }
}
