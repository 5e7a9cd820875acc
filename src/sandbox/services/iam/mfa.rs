//! Virtual MFA devices and their codes (RFC 6238, 30 seconds, six digits).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha1::Sha1;

use super::common::{
    Kind, Needs, arn, conflict, exists, limit_of, missing, page, user_name, with_tags,
};
use super::{Account, Case, MfaDevice, Name, Tags, users};
use crate::sandbox::caller::Identity;
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};
use crate::secret::Secret;

/// Most devices of one user.
const LIMIT: usize = 8;
/// Seconds that a code is shown for.
const STEP: i64 = 30;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// `MFA Device with serial number … does not exist.`
pub fn no_device(serial: &str) -> AwsError {
    missing(format!(
        "MFA Device with serial number {serial} does not exist."
    ))
}

/// The code of a device at a time; `None` when the seed is not base32.
#[must_use]
pub fn code(seed: &Secret, at: Timestamp) -> Option<String> {
    code_of_step(seed, at.as_second().div_euclid(STEP))
}

fn code_of_step(seed: &Secret, step: i64) -> Option<String> {
    let key = from_base32(seed.expose())?;
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last()? & 0x0f);
    let bytes: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    let number = u32::from_be_bytes(bytes) & 0x7fff_ffff;
    Some(format!("{:06}", number % 1_000_000))
}

/// Finds the step, near the time, whose code this is and that is later than the last one used.
fn find_step(device: &MfaDevice, code: &str, now: Timestamp) -> Option<i64> {
    let step = now.as_second().div_euclid(STEP);
    (step - 1..=step + 1)
        .filter(|step| *step > device.last_step)
        .find(|step| code_of_step(&device.seed, *step).as_deref() == Some(code))
}

/// Checks the code that a caller gives to STS; the step to note as used is answered.
///
/// # Errors
///
/// AccessDenied as observed, for a device of somebody else and for a wrong code.
pub fn verify(context: &Context<'_>, serial: &str, code: &str) -> Result<i64, AwsError> {
    let user = context.caller.user_name().map(Name::new);
    let account = context.account()?;
    let device = account
        .mfa
        .get(serial)
        .filter(|device| device.user.is_some() && device.user == user);
    let device = device.ok_or_else(|| {
        AwsError::denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA \
             serial number is valid and associated with this user.",
        )
    })?;
    find_step(device, code, context.now).ok_or_else(|| {
        AwsError::denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
    })
}

/// Notes that a code was used.
pub fn use_step(account: &mut Account, serial: &str, step: i64) {
    if let Some(device) = account.mfa.get_mut(serial) {
        device.last_step = step;
    }
}

fn to_base32(bytes: &[u8]) -> String {
    let (mut out, mut buffer, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            let at = usize::try_from((buffer >> bits) & 31).unwrap_or_default();
            out.extend(BASE32.get(at).copied().map(char::from));
        }
        buffer &= (1 << bits) - 1;
    }
    out
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        let value = BASE32.iter().position(|known| *known == letter)?;
        buffer = (buffer << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((buffer >> bits) & 0xff).ok()?);
            buffer &= (1 << bits) - 1;
        }
    }
    Some(out)
}

pub fn need_create(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let name = input.require("VirtualMFADeviceName")?;
    let path = input.text("Path").unwrap_or("/");
    let need = Need::new(action, arn(&context.caller.account, "mfa", path, name))
        .request_tags(&input.tags("Tags"));
    Ok(super::tagging(need, context, input, "iam:TagMFADevice"))
}

/// The operation is about a device.
pub fn on_device(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let serial = input.require("SerialNumber")?;
    let tags = context
        .account()?
        .mfa
        .get(serial)
        .map(|device| &device.tags);
    Ok(vec![with_tags(Need::new(action, serial), tags)])
}

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("VirtualMFADeviceName")?;
    let path = input.text("Path").unwrap_or("/");
    let account = context.account()?;
    let serial = arn(&account.id, "mfa", path, name);
    if account
        .mfa
        .keys()
        .any(|known| known.eq_ignore_ascii_case(&serial))
    {
        return Err(exists("MFA device already exists."));
    }
    let owner = account.alias.clone().unwrap_or_else(|| account.id.clone());
    let tags = Tags::read(input, Case::Ignored)?;
    let bytes = [context.state.ids.bytes(), context.state.ids.bytes()].concat();
    let seed = to_base32(bytes.get(..40).unwrap_or(&bytes));
    let device = MfaDevice {
        serial: serial.clone(),
        seed: Secret::new(seed.clone()),
        enabled: None,
        user: None,
        last_step: 0,
        tags,
    };
    // What the picture says: API reference of VirtualMFADevice.
    let picture = super::qr::png(&format!("otpauth://totp/{name}@{owner}?secret={seed}"));
    let answer = json!({"VirtualMFADevice": {
        "SerialNumber": serial,
        "Base32StringSeed": STANDARD.encode(seed),
        "QRCodePNG": picture.map(|picture| STANDARD.encode(picture)),
        "Tags": device.tags.if_any(),
    }});
    context.account_mut()?.mfa.insert(serial, device);
    Ok(answer.into())
}

/// Two codes in a row, as a device that is in the user's hands shows them.
fn two_codes(device: &MfaDevice, input: &Input, now: Timestamp) -> Result<i64, AwsError> {
    let first = input.require("AuthenticationCode1")?;
    let second = input.require("AuthenticationCode2")?;
    let step = now.as_second().div_euclid(STEP);
    (step - 2..=step + 1)
        .find(|step| {
            code_of_step(&device.seed, *step).as_deref() == Some(first)
                && code_of_step(&device.seed, step + 1).as_deref() == Some(second)
        })
        .map(|step| step + 1)
        .ok_or_else(|| {
            AwsError::new(
                403,
                "InvalidAuthenticationCode",
                "Authentication code for device is not valid.",
            )
        })
}

pub fn enable(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("UserName")?;
    let serial = input.require("SerialNumber")?;
    let account = context.account()?;
    let user = account.user(name).ok_or_else(|| Kind::User.missing(name))?;
    let device = account.mfa.get(serial).ok_or_else(|| no_device(serial))?;
    if device.user.is_some() {
        return Err(exists("MFA Device is already in use."));
    }
    limit_of(user.mfa.len(), "MFADevicesPerUser", LIMIT)?;
    let step = two_codes(device, input, context.now)?;
    let now = context.now;
    let name = Name::new(name);
    let account = context.account_mut()?;
    if let Some(device) = account.mfa.get_mut(serial) {
        device.user = Some(name.clone());
        device.enabled = Some(now);
        device.last_step = step;
    }
    if let Some(user) = account.users.get_mut(&name) {
        user.mfa.push(serial.to_owned());
    }
    Ok(().into())
}

/// The device that a user has enabled.
fn enabled<'a>(context: &'a Context<'_>, input: &Input) -> Result<&'a MfaDevice, AwsError> {
    let name = user_name(context, input)?;
    let serial = input.require("SerialNumber")?;
    let account = context.account()?;
    account
        .user(&name)
        .ok_or_else(|| Kind::User.missing(&name))?;
    account
        .mfa
        .get(serial)
        .filter(|device| device.user == Some(Name::new(&name)))
        .ok_or_else(|| no_device(serial))
}

pub fn resync(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let step = two_codes(enabled(context, input)?, input, context.now)?;
    use_step(context.account_mut()?, input.require("SerialNumber")?, step);
    Ok(().into())
}

pub fn deactivate(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = Name::new(&user_name(context, input)?);
    let serial = enabled(context, input)?.serial.clone();
    let account = context.account_mut()?;
    if let Some(device) = account.mfa.get_mut(&serial) {
        device.user = None;
        device.enabled = None;
    }
    if let Some(user) = account.users.get_mut(&name) {
        user.mfa.retain(|known| *known != serial);
    }
    Ok(().into())
}

pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let serial = input.require("SerialNumber")?;
    let device = context
        .account()?
        .mfa
        .get(serial)
        .ok_or_else(|| no_device(serial))?;
    if device.user.is_some() {
        return Err(conflict("MFA VirtualDevice in use. Must deactivate first."));
    }
    context.account_mut()?.mfa.remove(serial);
    Ok(().into())
}

fn brief(account: &Account, device: &MfaDevice) -> Value {
    let user = device
        .user
        .as_ref()
        .and_then(|name| account.users.get(name));
    json!({
        "UserName": user.map(|user| &user.name),
        "SerialNumber": device.serial,
        "EnableDate": device.enabled.map(seconds),
    })
}

pub fn list(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let account = context.account()?;
    let none = Vec::new();
    let serials = if input.text("UserName").is_none() && context.caller.identity == Identity::Root {
        &none
    } else {
        let name = user_name(context, input)?;
        &account
            .user(&name)
            .ok_or_else(|| Kind::User.missing(&name))?
            .mfa
    };
    let devices = serials
        .iter()
        .filter_map(|serial| account.mfa.get(serial))
        .map(|device| (device.serial.clone(), brief(account, device)));
    Ok(Value::Object(page(input, "MFADevices", devices)?).into())
}

/// GetMFADevice is about the user: the one named, else the one who has the device, else the caller
/// (Service Authorization Reference, IAM).
pub fn need_get(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let account = context.account()?;
    let device = account.mfa.get(input.require("SerialNumber")?);
    let owner = device
        .and_then(|device| account.users.get(device.user.as_ref()?))
        .map(|user| user.name.as_str());
    match input.text("UserName").or(owner) {
        Some(name) => Ok(vec![super::common::entity_need(
            account,
            Kind::User,
            name,
            action,
        )]),
        None => super::common::on_user(context, input, action),
    }
}

pub fn get(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let serial = input.require("SerialNumber")?;
    let account = context.account()?;
    let named = input.text("UserName").map(Name::new);
    let device = account
        .mfa
        .get(serial)
        .filter(|device| device.user.is_some() && (named.is_none() || device.user == named));
    let device = device.ok_or_else(|| no_device(serial))?;
    Ok(brief(account, device).into())
}

pub fn list_virtual(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let account = context.account()?;
    let status = input.text("AssignmentStatus").unwrap_or("Any");
    let devices = account
        .mfa
        .values()
        .filter(|device| match status {
            "Assigned" => device.user.is_some(),
            "Unassigned" => device.user.is_none(),
            _ => true,
        })
        .map(|device| {
            let user = device
                .user
                .as_ref()
                .and_then(|name| account.users.get(name));
            let value = json!({
                "SerialNumber": device.serial,
                "User": user.map(users::brief),
                "EnableDate": device.enabled.map(seconds),
            });
            (device.serial.clone(), value)
        });
    Ok(Value::Object(page(input, "VirtualMFADevices", devices)?).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 6238, appendix B (SHA-1), last six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let seed = Secret::new(to_base32(b"12345678901234567890"));
        for (at, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let at = Timestamp::from_second(at).unwrap();
            assert_eq!(code(&seed, at).as_deref(), Some(expected));
        }
    }
}
