//! How long things take.

use jiff::SignedDuration;

/// Durations of one resource type, in milliseconds of sandbox time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// From the first event until the service was asked and the physical id is known.
    pub make: i64,
    /// From there until others may use it, where CloudFormation checks that (its event "Eventual
    /// consistency check initiated").
    pub usable: Option<i64>,
    /// From having been made until it is complete.
    pub complete: i64,
    /// From the start of a deletion to its end.
    pub delete: i64,
}

/// About a fifth of what was seen on AWS in 2024 (a role takes 17 s there, a bucket 24 s of which
/// others wait 10, an inline policy 16 s, a bucket policy 1 s, an instance profile two minutes), in
/// the same order of one after the other.
const PACES: [(&str, Pace); 10] = [
    ("AWS::IAM::AccessKey", pace(200, None, 300, 300)),
    ("AWS::IAM::Group", pace(200, None, 2_800, 400)),
    ("AWS::IAM::InstanceProfile", pace(200, None, 8_000, 400)),
    ("AWS::IAM::ManagedPolicy", pace(200, None, 2_800, 400)),
    ("AWS::IAM::Policy", pace(200, None, 3_200, 400)),
    ("AWS::IAM::Role", pace(200, None, 3_400, 600)),
    ("AWS::IAM::User", pace(200, None, 3_400, 600)),
    ("AWS::IAM::UserToGroupAddition", pace(200, None, 400, 300)),
    ("AWS::S3::Bucket", pace(200, Some(2_000), 4_600, 600)),
    ("AWS::S3::BucketPolicy", pace(100, None, 200, 300)),
];

const fn pace(make: i64, usable: Option<i64>, complete: i64, delete: i64) -> Pace {
    Pace {
        make,
        usable,
        complete,
        delete,
    }
}

/// The pace of a resource type.
pub(super) fn of(type_name: &str) -> Pace {
    PACES
        .iter()
        .find(|(name, _)| *name == type_name)
        .map_or(pace(200, None, 1_000, 400), |(_, pace)| *pace)
}

/// From the call to the first resource.
pub(super) const START: SignedDuration = SignedDuration::from_millis(400);
/// From the last resource to the stack's own event.
pub(super) const CONCLUDE: SignedDuration = SignedDuration::from_millis(300);
/// Making a change set.
pub(super) const CHANGE_SET: SignedDuration = SignedDuration::from_millis(1_200);

/// Milliseconds as a duration.
pub(super) fn millis(count: i64) -> SignedDuration {
    SignedDuration::from_millis(count)
}
