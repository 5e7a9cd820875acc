//! `s3 ls`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::call::Run;
use super::execute::Done;
use super::failed::Failed;
use super::pages;
use crate::awscli::Ls;
use crate::model::Service;

/// What has been listed so far.
struct Listing<'l> {
    ls: &'l Ls,
    zone: TimeZone,
    text: String,
    objects: u64,
    bytes: u64,
    /// Whether a page had something on it.
    found: bool,
}

impl Run<'_> {
    /// `s3 ls`.
    pub(super) async fn ls(&mut self, ls: &Ls) -> Result<Done, Failed> {
        let mut input = Map::new();
        let operation = match &ls.uri {
            None => {
                let given = [
                    ("Prefix", &ls.bucket_name_prefix),
                    ("BucketRegion", &ls.bucket_region),
                ];
                for (name, value) in given {
                    if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
                        input.insert(name.into(), value.as_str().into());
                    }
                }
                "ListBuckets"
            }
            Some(uri) => {
                input.insert("Bucket".into(), uri.bucket.as_str().into());
                input.insert("Prefix".into(), uri.key.as_str().into());
                if !ls.recursive {
                    input.insert("Delimiter".into(), "/".into());
                }
                if let Some(payer) = &ls.request_payer {
                    input.insert("RequestPayer".into(), payer.as_str().into());
                }
                "ListObjectsV2"
            }
        };
        let mut listing = Listing {
            ls,
            zone: TimeZone::system(),
            text: String::new(),
            objects: 0,
            bytes: 0,
            found: false,
        };
        let mut pages = pages::Each::new(Service::S3, operation, input, ls.page_size)?;
        while let Some(page) = pages.next(self).await? {
            listing.page(&page);
            let text = std::mem::take(&mut listing.text);
            self.print(&text);
        }
        if ls.summarize {
            let size = listing.size(listing.bytes);
            self.print(&format!(
                "\nTotal Objects: {}\n   Total Size: {size}\n",
                listing.objects
            ));
        }
        let nothing = ls.uri.as_ref().is_some_and(|uri| !uri.key.is_empty()) && !listing.found;
        Ok(Done {
            exit: u8::from(nothing),
            ..Done::default()
        })
    }
}

impl Listing<'_> {
    fn page(&mut self, page: &Value) {
        let list = |name: &str| {
            page.get(name)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        let text = |row: &Value, name: &str| {
            let found = row.get(name).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        for bucket in list("Buckets") {
            let date = self.date(&text(bucket, "CreationDate"));
            self.text
                .push_str(&format!("{date} {}\n", text(bucket, "Name")));
        }
        for prefix in list("CommonPrefixes") {
            let prefix = text(prefix, "Prefix");
            let name = prefix.trim_end_matches('/').rsplit('/').next();
            self.text
                .push_str(&format!("{:>30} {}/\n", "PRE", name.unwrap_or_default()));
            self.found = true;
        }
        for object in list("Contents") {
            let key = text(object, "Key");
            let size = object.get("Size").and_then(Value::as_u64).unwrap_or(0);
            self.bytes += size;
            self.objects += 1;
            self.found = true;
            let shown = if self.ls.recursive {
                key.as_str()
            } else {
                key.rsplit('/').next().unwrap_or_default()
            };
            let date = self.date(&text(object, "LastModified"));
            let size = self.size(size);
            self.text.push_str(&format!("{date} {size:>10} {shown}\n"));
        }
    }

    fn date(&self, text: &str) -> String {
        text.parse::<Timestamp>().map_or_else(
            |_| text.to_owned(),
            |at| {
                at.to_zoned_datetime(self.zone.clone())
                    .strftime("%Y-%m-%d %H:%M:%S")
                    .to_string()
            },
        )
    }

    fn size(&self, bytes: u64) -> String {
        if self.ls.human_readable {
            human_readable(bytes)
        } else {
            bytes.to_string()
        }
    }
}

/// A size as `--human-readable` shows it: `1 Byte`, `10 Bytes`, `1.0 KiB`.
pub(super) fn human_readable(bytes: u64) -> String {
    match bytes {
        1 => return "1 Byte".to_owned(),
        0..1024 => return format!("{bytes} Bytes"),
        _ => {}
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "one decimal is shown, as the CLI computes it"
    )]
    let mut size = bytes as f64 / 1024.0;
    for unit in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
        // A value that would be shown as 1024 goes to the next unit.
        if size.round_ties_even() < 1024.0 {
            return format!("{size:.1} {unit}");
        }
        size /= 1024.0;
    }
    format!("{size:.1} EiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_like_the_clis() {
        for (bytes, expected) in [
            (0, "0 Bytes"),
            (1, "1 Byte"),
            (1023, "1023 Bytes"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1_048_575, "1.0 MiB"),
            (1 << 40, "1.0 TiB"),
        ] {
            assert_eq!(human_readable(bytes), expected);
        }
    }
}
