//! What AWS's API looks like: operations, shapes, paginators and waiters of the four services.
//!
//! The tables in `assets/models/` hold facts taken from AWS's published service models (names,
//! types, order, limits, wire locations). Everything that has to agree with AWS about form reads
//! them here and nowhere else: the command line (options, required arguments, output order), the
//! SDK side (wire to JSON), and the sandbox (wire to input, limits, output to wire).
//!
//! A table is parsed at first use and kept for the life of the process.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use serde::Deserialize;

/// One of the AWS services that rolecall speaks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// AWS Identity and Access Management.
    Iam,
    /// AWS Security Token Service.
    Sts,
    /// AWS CloudFormation.
    CloudFormation,
    /// Amazon S3 (`s3api` on the command line).
    S3,
}

impl Service {
    /// All services, in the order in which lists show them.
    pub const ALL: [Service; 4] = [Self::Sts, Self::Iam, Self::CloudFormation, Self::S3];

    /// The service's prefix in IAM actions and its signing name: `iam`, `sts`, `cloudformation`, `s3`.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::CloudFormation => "cloudformation",
            Self::S3 => "s3",
        }
    }

    /// The table of this service.
    #[must_use]
    pub fn model(self) -> &'static Model {
        static IAM: OnceLock<Model> = OnceLock::new();
        static STS: OnceLock<Model> = OnceLock::new();
        static CLOUDFORMATION: OnceLock<Model> = OnceLock::new();
        static S3: OnceLock<Model> = OnceLock::new();
        match self {
            Self::Iam => IAM.get_or_init(|| read(include_str!("../../assets/models/iam.json"))),
            Self::Sts => STS.get_or_init(|| read(include_str!("../../assets/models/sts.json"))),
            Self::CloudFormation => CLOUDFORMATION
                .get_or_init(|| read(include_str!("../../assets/models/cloudformation.json"))),
            Self::S3 => S3.get_or_init(|| read(include_str!("../../assets/models/s3.json"))),
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.prefix())
    }
}

impl FromStr for Service {
    type Err = ();

    /// Reads the prefix (`iam`, `sts`, `cloudformation`, `s3`).
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|service| service.prefix() == text)
            .ok_or(())
    }
}

#[expect(
    clippy::expect_used,
    reason = "the tables are embedded, and a test reads all of them"
)]
fn read(table: &str) -> Model {
    serde_json::from_str::<Table>(table)
        .ok()
        .and_then(Model::build)
        .expect("embedded table is well-formed, and names only shapes that it has")
}

#[derive(Deserialize)]
struct Table {
    api_version: String,
    service_id: String,
    protocol: Protocol,
    xml_namespace: String,
    operations: Vec<Operation>,
    shapes: Vec<Shape>,
    waiters: Vec<Waiter>,
}

/// The API of one service.
#[derive(Debug)]
pub struct Model {
    /// The `Version` parameter of Query requests, such as `2010-05-08`.
    pub api_version: String,
    /// AWS's name of the service, such as `IAM` or `CloudFormation`.
    pub service_id: String,
    /// How requests and answers are written on the wire.
    pub protocol: Protocol,
    /// The XML namespace of answers.
    pub xml_namespace: String,
    operations: Vec<Operation>,
    by_name: HashMap<String, usize>,
    shapes: Vec<Shape>,
    shape_by_name: HashMap<String, usize>,
    waiters: Vec<Waiter>,
}

impl Model {
    /// `None` where the table refers to a shape that it does not have.
    fn build(mut table: Table) -> Option<Self> {
        let by_name = table
            .operations
            .iter()
            .enumerate()
            .map(|(at, op)| (op.name.clone(), at))
            .collect();
        let shape_by_name: HashMap<String, usize> = table
            .shapes
            .iter()
            .enumerate()
            .map(|(at, shape)| (shape.name.clone(), at))
            .collect();
        let of_shapes = table.shapes.iter_mut().flat_map(Shape::references_mut);
        let of_operations = table.operations.iter_mut();
        let of_operations = of_operations.filter_map(|operation| operation.input.as_mut());
        for reference in of_shapes.chain(of_operations) {
            reference.target = *shape_by_name.get(&reference.shape)?;
        }
        Some(Self {
            api_version: table.api_version,
            service_id: table.service_id,
            protocol: table.protocol,
            xml_namespace: table.xml_namespace,
            operations: table.operations,
            by_name,
            shapes: table.shapes,
            shape_by_name,
            waiters: table.waiters,
        })
    }

    /// The operations in AWS's order (by name).
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation of that API name, such as `CreateUser`.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.by_name
            .get(name)
            .and_then(|at| self.operations.get(*at))
    }

    /// The shape of that name.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<&Shape> {
        self.shape_by_name
            .get(name)
            .and_then(|at| self.shapes.get(*at))
    }

    /// The shape that a member, list element or map side refers to.
    ///
    /// # Panics
    ///
    /// Never for a reference of this table: it was followed when the table was read.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "every reference was followed when the table was read"
    )]
    pub fn target(&self, reference: &Reference) -> &Shape {
        self.shapes
            .get(reference.target)
            .expect("the reference is of this table")
    }

    /// The input structure of an operation, if it takes any input.
    #[must_use]
    pub fn input(&self, operation: &Operation) -> Option<&Shape> {
        operation
            .input
            .as_ref()
            .map(|reference| self.target(reference))
    }

    /// The output structure of an operation, if it answers with any.
    #[must_use]
    pub fn output(&self, operation: &Operation) -> Option<&Shape> {
        operation
            .output
            .as_deref()
            .and_then(|name| self.shape(name))
    }

    /// The waiters, such as `StackCreateComplete`.
    #[must_use]
    pub fn waiters(&self) -> &[Waiter] {
        &self.waiters
    }
}

/// How a service writes requests and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Protocol {
    /// AWS Query: form-encoded request, XML answer.
    #[serde(rename = "query")]
    Query,
    /// REST with XML bodies.
    #[serde(rename = "rest-xml")]
    RestXml,
}

/// One API operation.
#[derive(Debug, Deserialize)]
pub struct Operation {
    /// API name, such as `CreateUser`.
    pub name: String,
    /// HTTP method.
    pub method: String,
    /// URI template, such as `/{Bucket}/{Key+}?tagging`.
    pub uri: String,
    /// HTTP status of a success.
    #[serde(default = "ok")]
    pub status: u16,
    /// Reference to the input structure, with its REST-XML root name and namespace.
    pub input: Option<Reference>,
    /// Name of the output structure.
    pub output: Option<String>,
    /// Query: the element around the output members. An operation without one answers with
    /// response metadata alone.
    pub result_wrapper: Option<String>,
    /// Names of the error shapes that the operation declares.
    #[serde(default)]
    pub errors: Vec<String>,
    /// `none` where the call is not signed.
    pub auth: Option<String>,
    /// How the answer is paged, if it is.
    pub paginator: Option<Paginator>,
}

fn ok() -> u16 {
    200
}

/// How an operation's answer comes in pages. Names are member names; result keys may be paths.
#[derive(Debug, Deserialize)]
pub struct Paginator {
    /// Input members that take the token.
    pub input_token: Vec<String>,
    /// Output expressions (JMESPath) that give the next token.
    pub output_token: Vec<String>,
    /// Output members that are joined over the pages, first the main one.
    pub result_key: Vec<String>,
    /// Input member for the page size.
    pub limit_key: Option<String>,
    /// Output member that says whether there is more.
    pub more_results: Option<String>,
    /// Output members taken from the first page as they are.
    #[serde(default)]
    pub non_aggregate_keys: Vec<String>,
}

/// How long to poll an operation and for what.
#[derive(Debug, Deserialize)]
pub struct Waiter {
    /// Name, such as `StackCreateComplete`.
    pub name: String,
    /// The operation to poll.
    pub operation: String,
    /// Seconds between polls.
    pub delay: u64,
    /// Polls before giving up.
    pub max_attempts: u32,
    /// Rules, tried in order on each answer.
    pub acceptors: Vec<Acceptor>,
}

/// One rule of a waiter.
#[derive(Debug, Deserialize)]
pub struct Acceptor {
    /// `path`, `pathAll`, `pathAny`, `status` or `error`.
    pub matcher: String,
    /// What the matcher must find: a string, a number or a boolean.
    pub expected: serde_json::Value,
    /// JMESPath into the answer, for the `path…` matchers.
    pub argument: Option<String>,
    /// What the waiter becomes: `success`, `failure` or `retry`.
    pub state: String,
}

/// The type of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Named members.
    Structure,
    /// Elements of one shape.
    List,
    /// Keys and values.
    Map,
    /// Text.
    String,
    /// 32-bit integer.
    Integer,
    /// 64-bit integer.
    Long,
    /// Floating point number.
    Float,
    /// Floating point number.
    Double,
    /// True or false.
    Boolean,
    /// A point in time.
    Timestamp,
    /// Bytes.
    Blob,
}

/// A named type.
#[derive(Debug, Deserialize)]
pub struct Shape {
    /// Name in AWS's model.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The type that the AWS CLI takes it for, where that is another.
    pub cli_type: Option<Kind>,
    /// Members of a structure, in the model's order.
    #[serde(default)]
    pub members: Vec<Member>,
    /// Element of a list.
    pub member: Option<Reference>,
    /// Key of a map.
    pub key: Option<Reference>,
    /// Value of a map.
    pub value: Option<Reference>,
    /// Least length, count or value.
    pub min: Option<f64>,
    /// Greatest length, count or value.
    pub max: Option<f64>,
    /// Regular expression, in AWS's (Java's) dialect.
    pub pattern: Option<String>,
    /// The values allowed, empty where any are.
    #[serde(default, rename = "enum")]
    pub values: Vec<String>,
    /// The list has no element around its elements.
    #[serde(default)]
    pub flattened: bool,
    /// Holds a secret.
    #[serde(default)]
    pub sensitive: bool,
    /// REST: the member that is the body.
    pub payload: Option<String>,
    /// The body is a stream.
    #[serde(default)]
    pub streaming: bool,
    /// `iso8601`, `rfc822` or `unixTimestamp` where it differs from the protocol's own.
    pub timestamp_format: Option<String>,
    /// XML name of the structure where it differs.
    pub location_name: Option<String>,
    /// Code and status of an error shape.
    pub error: Option<ErrorTrait>,
    /// XML namespace of the structure.
    pub xml_namespace: Option<String>,
}

impl Shape {
    fn references_mut(&mut self) -> impl Iterator<Item = &mut Reference> {
        let members = self.members.iter_mut().map(|member| &mut member.reference);
        let parts = [&mut self.member, &mut self.key, &mut self.value];
        members.chain(parts.into_iter().flatten())
    }

    /// The type as the AWS CLI has it.
    #[must_use]
    pub fn cli_kind(&self) -> Kind {
        self.cli_type.unwrap_or(self.kind)
    }

    /// The member of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

/// Code and HTTP status that an error shape puts on the wire.
#[derive(Debug, Deserialize)]
pub struct ErrorTrait {
    /// Code on the wire, such as `NoSuchEntity`.
    pub code: String,
    /// HTTP status.
    pub status: u16,
}

/// A member of a structure.
#[derive(Debug, Deserialize)]
pub struct Member {
    /// Member name.
    pub name: String,
    /// Whether a request must have it.
    #[serde(default)]
    pub required: bool,
    /// What it refers to, and how the wire writes it.
    #[serde(flatten)]
    pub reference: Reference,
}

impl Member {
    /// The name on the wire.
    #[must_use]
    pub fn wire_name(&self) -> &str {
        self.reference
            .location_name
            .as_deref()
            .unwrap_or(&self.name)
    }
}

/// Where in an HTTP message a member travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Location {
    /// In the path.
    #[serde(rename = "uri")]
    Uri,
    /// In the query string.
    #[serde(rename = "querystring")]
    QueryString,
    /// In one header.
    #[serde(rename = "header")]
    Header,
    /// In all headers of a prefix.
    #[serde(rename = "headers")]
    Headers,
    /// In the status.
    #[serde(rename = "statusCode")]
    StatusCode,
}

/// A use of a shape.
#[derive(Debug, Deserialize)]
pub struct Reference {
    /// Name of the shape.
    pub shape: String,
    /// The place of that shape in the table.
    #[serde(skip)]
    target: usize,
    /// Where it travels; the body where absent.
    pub location: Option<Location>,
    /// Name on the wire where it differs.
    pub location_name: Option<String>,
    /// The list has no element around its elements.
    #[serde(default)]
    pub flattened: bool,
    /// The body is a stream.
    #[serde(default)]
    pub streaming: bool,
    /// Written as an XML attribute.
    #[serde(default)]
    pub xml_attribute: bool,
    /// Filled with a fresh id by clients.
    #[serde(default)]
    pub idempotency_token: bool,
    /// XML namespace of the element.
    pub xml_namespace: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_every_table_leads_to_a_shape() {
        let mut followed = 0;
        for service in Service::ALL {
            let model = service.model();
            for operation in model.operations() {
                assert_eq!(operation.input.is_some(), model.input(operation).is_some());
                assert_eq!(
                    operation.output.is_some(),
                    model.output(operation).is_some()
                );
            }
            for shape in &model.shapes {
                let members = shape.members.iter().map(|member| &member.reference);
                let parts = [&shape.member, &shape.key, &shape.value];
                for reference in members.chain(parts.into_iter().flatten()) {
                    assert_eq!(model.target(reference).name, reference.shape);
                    followed += 1;
                }
            }
        }
        assert!(followed > 3_000, "{followed}");
    }

    #[test]
    fn required_members_limits_and_waiters_are_read() {
        let iam = Service::Iam.model();
        let create_user = iam.operation("CreateUser").unwrap();
        let input = iam.input(create_user).unwrap();
        let name = input.field("UserName").unwrap();
        assert!(name.required);
        assert_eq!(iam.target(&name.reference).max, Some(64.0));
        assert!(iam.operation("ListUsers").unwrap().paginator.is_some());
        let waiters = Service::CloudFormation.model().waiters();
        assert!(
            waiters
                .iter()
                .any(|waiter| waiter.name == "StackCreateComplete")
        );
    }
}
