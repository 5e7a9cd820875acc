//! The credential report.
//!
//! Source of the columns: IAM User Guide, "Generate credential reports for your AWS account".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{AccessKey, Account, Held, KeyStatus, User};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};
use crate::sandbox::state::State;

/// A report is made anew when the last one is this old.
const FRESH: SignedDuration = SignedDuration::from_hours(4);

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,\
    password_last_changed,password_next_rotation,mfa_active,access_key_1_active,\
    access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,\
    access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,\
    cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

fn key_columns(state: &State, key: Option<&AccessKey>) -> Vec<String> {
    let na = || "N/A".to_owned();
    let Some(key) = key else {
        return vec!["false".to_owned(), na(), na(), na(), na()];
    };
    let used = state.usage.get(&key.id);
    vec![
        (key.status == KeyStatus::Active).to_string(),
        date(key.created),
        used.map_or_else(na, |used| date(used.at)),
        used.map_or_else(na, |used| used.region.clone()),
        used.map_or_else(na, |used| used.service.clone()),
    ]
}

/// Whether a certificate is active and when it was uploaded, for the first two.
fn certificate_columns(user: Option<&User>) -> Vec<String> {
    let held = user.map_or(&[][..], |user| &user.credentials);
    let mut certificates = held
        .iter()
        .filter(|credential| matches!(credential.held, Held::Certificate { .. }));
    let mut columns = Vec::new();
    for _ in 0..2 {
        let found = certificates.next();
        let active = found.is_some_and(|found| found.status == KeyStatus::Active);
        columns.push(active.to_string());
        columns.push(found.map_or_else(|| "N/A".to_owned(), |found| date(found.created)));
    }
    columns
}

fn row(state: &State, first: Vec<String>, user: Option<&User>, keys: &[AccessKey]) -> String {
    let mfa = user.is_some_and(|user| !user.mfa.is_empty());
    let mut columns = first;
    columns.push(mfa.to_string());
    columns.extend(key_columns(state, keys.first()));
    columns.extend(key_columns(state, keys.get(1)));
    columns.extend(certificate_columns(user));
    columns.join(",")
}

fn text(state: &State, account: &Account) -> String {
    let root = vec![
        "<root_account>".to_owned(),
        format!("arn:aws:iam::{}:root", account.id),
        date(account.created),
        "not_supported".to_owned(),
        "no_information".to_owned(),
        "not_supported".to_owned(),
        "not_supported".to_owned(),
    ];
    let mut rows = vec![
        HEADER.to_owned(),
        row(state, root, None, &account.root_keys),
    ];
    for user in account.users.values() {
        let login = user.login.as_ref();
        let first = vec![
            user.name.clone(),
            user.arn.clone(),
            date(user.created),
            login.is_some().to_string(),
            login.map_or("N/A", |_| "no_information").to_owned(),
            login.map_or_else(|| "N/A".to_owned(), |login| date(login.created)),
            "N/A".to_owned(),
        ];
        rows.push(row(state, first, Some(user), &user.access_keys));
    }
    rows.join("\n")
}

pub fn generate(context: &mut Context<'_>, _: &Input) -> Result<Reply, AwsError> {
    let now = context.now;
    let account = context.account()?;
    let made = account.report.as_ref().map(|(at, _)| *at);
    if made.is_some_and(|at| now.duration_since(at) < FRESH) {
        return Ok(json!({"State": "COMPLETE"}).into());
    }
    let report = text(context.state, account);
    context.account_mut()?.report = Some((now, report));
    let description = "No report exists. Starting a new report generation task";
    Ok(json!({"State": "STARTED", "Description": description}).into())
}

pub fn get(context: &mut Context<'_>, _: &Input) -> Result<Reply, AwsError> {
    let now = context.now;
    match &context.account()?.report {
        // Recorded: the code alone, without a message.
        None => Err(AwsError::new(410, "ReportNotPresent", "")),
        // The code and the status are the model's; the text is not established.
        Some((at, _)) if now.duration_since(*at) >= FRESH => Err(AwsError::new(
            410,
            "ReportExpired",
            "The report has expired. Generate a new report.",
        )),
        Some((at, text)) => Ok(json!({
            "Content": STANDARD.encode(text),
            "ReportFormat": "text/csv",
            "GeneratedTime": seconds(*at),
        })
        .into()),
    }
}
