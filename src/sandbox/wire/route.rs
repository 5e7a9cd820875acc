//! Which service, region and bucket a request is for.

use std::borrow::Cow;

use http::request::Parts;

use super::query;
use crate::model::Service;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Service.
    pub service: Service,
    /// Region in a real host name; `None` where the signature's scope says it.
    pub region: Option<String>,
    /// S3: bucket in the host name.
    pub bucket: Option<String>,
}

impl Route {
    fn to(service: Service) -> Self {
        Self {
            service,
            region: None,
            bucket: None,
        }
    }
}

/// The host of a request, without its port.
#[must_use]
pub fn host(parts: &Parts) -> Cow<'_, str> {
    let host = parts
        .headers
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))
        .unwrap_or_default();
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

/// Finds the service: by a real host name, else by the signature's scope, else by the API version
/// of a form, else S3.
#[must_use]
pub fn route(parts: &Parts, scope: Option<&str>, body: &[u8]) -> Route {
    let host = host(parts);
    if let Some(name) = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".api.aws"))
        && let Some(route) = real(name)
    {
        return route;
    }
    let bucket = host
        .strip_suffix(".localhost")
        .map(|name| name.strip_suffix(".s3").unwrap_or(name))
        .filter(|name| *name != "s3")
        .map(str::to_owned);
    if let Some(service) = scope.and_then(|scope| scope.parse().ok()) {
        let bucket = bucket.filter(|_| service == Service::S3);
        return Route {
            service,
            region: None,
            bucket,
        };
    }
    let form = if is_form(parts) {
        std::str::from_utf8(body).ok()
    } else {
        parts.uri.query()
    };
    let version = query::form(form.unwrap_or_default())
        .into_iter()
        .find_map(|(name, value)| (name == "Version").then_some(value));
    let by_version = Service::ALL.into_iter().find(|service| {
        *service != Service::S3 && version.as_ref() == Some(&service.model().api_version)
    });
    match by_version {
        Some(service) => Route::to(service),
        None => Route {
            service: Service::S3,
            region: None,
            bucket,
        },
    }
}

/// Whether the body is a form.
#[must_use]
pub fn is_form(parts: &Parts) -> bool {
    let kind = parts.headers.get(http::header::CONTENT_TYPE);
    kind.is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    })
}

/// Reads a host name of AWS without its domain: `iam`, `sts.eu-west-1`, `bucket.s3.us-east-1`.
fn real(name: &str) -> Option<Route> {
    let labels: Vec<&str> = name.split('.').collect();
    let region = |from: usize| {
        labels
            .get(from)
            .filter(|label| **label != "global")
            .map(|label| (*label).to_owned())
    };
    match labels.first().copied()? {
        "iam" if labels.len() <= 2 => {
            return Some(Route {
                region: Some("us-east-1".to_owned()),
                ..Route::to(Service::Iam)
            });
        }
        "sts" if labels.len() <= 2 => {
            return Some(Route {
                region: region(1),
                ..Route::to(Service::Sts)
            });
        }
        "cloudformation" if labels.len() == 2 => {
            return Some(Route {
                region: region(1),
                ..Route::to(Service::CloudFormation)
            });
        }
        _ => {}
    }
    // The last label that is S3's own, since a bucket's name may have dots and be called s3.
    let at = labels.iter().rposition(|label| *label == "s3")?;
    let bucket = labels
        .get(..at)
        .filter(|labels| !labels.is_empty())
        .map(|labels| labels.join("."));
    let region = match labels.get(at + 1..)? {
        [] => None,
        [region] | ["dualstack", region] => Some((*region).to_owned()),
        _ => return None,
    };
    Some(Route {
        service: Service::S3,
        region,
        bucket,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(host: &str, path: &str) -> Parts {
        http::Request::builder()
            .uri(path)
            .header("host", host)
            .body(())
            .unwrap()
            .into_parts()
            .0
    }

    #[test]
    fn hosts_and_scopes_lead_to_services() {
        let cases = [
            (
                "iam.amazonaws.com",
                None,
                Service::Iam,
                Some("us-east-1"),
                None,
            ),
            ("sts.amazonaws.com", None, Service::Sts, None, None),
            (
                "sts.eu-west-1.amazonaws.com",
                None,
                Service::Sts,
                Some("eu-west-1"),
                None,
            ),
            (
                "cloudformation.us-east-1.amazonaws.com",
                None,
                Service::CloudFormation,
                Some("us-east-1"),
                None,
            ),
            ("s3.amazonaws.com", None, Service::S3, None, None),
            (
                "my.lab.s3.us-west-2.amazonaws.com",
                None,
                Service::S3,
                Some("us-west-2"),
                Some("my.lab"),
            ),
            ("s3.s3.amazonaws.com", None, Service::S3, None, Some("s3")),
            ("127.0.0.1:4566", Some("iam"), Service::Iam, None, None),
            (
                "lab.localhost:4566",
                Some("s3"),
                Service::S3,
                None,
                Some("lab"),
            ),
            ("localhost:4566", None, Service::S3, None, None),
        ];
        for (host, scope, service, region, bucket) in cases {
            let expected = Route {
                service,
                region: region.map(str::to_owned),
                bucket: bucket.map(str::to_owned),
            };
            assert_eq!(route(&parts(host, "/"), scope, b""), expected, "{host}");
        }
        let by_version = route(
            &parts("localhost", "/?Action=X&Version=2011-06-15"),
            None,
            b"",
        );
        assert_eq!(by_version.service, Service::Sts);
    }
}
