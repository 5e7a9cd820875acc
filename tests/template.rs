//! The template language: what is read, what is refused and where, what expressions give.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::type_complexity,
    reason = "a test that panics has found something"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use rolecall::template::{Evaluation, Given, Position, Pseudo, Surroundings, Template, check};
use serde_json::{Value, json};

const LAB: &str = include_str!("../assets/assume-role/iam-role.yaml");
/// A resource for templates that are about something else.
const BUCKET: &str = "Resources: {B: {Type: 'AWS::S3::Bucket'}}\n";

struct World;

impl Surroundings for World {
    fn reference(&self, logical_id: &str) -> Option<String> {
        Some(format!("id-of-{logical_id}"))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        Some(format!("{attribute}-of-{logical_id}").into())
    }

    fn export(&self, name: &str) -> Option<String> {
        (name == "known").then(|| "exported".to_owned())
    }
}

fn pseudo() -> Pseudo {
    Pseudo {
        account: "012345678901".to_owned(),
        region: "eu-west-1".to_owned(),
        stack_name: "stack".to_owned(),
        stack_id: "arn:stack".to_owned(),
        notification_arns: Vec::new(),
    }
}

fn given(pairs: &[(&str, &str)]) -> Given {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The properties of resource `R`, or the error.
fn properties(body: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
    let template = Template::parse(body).map_err(|error| error.message)?;
    let parameters = template
        .resolve(&given(parameters))
        .map_err(|error| error.message)?;
    let pseudo = pseudo();
    let evaluation =
        Evaluation::new(&template, &parameters, &pseudo, &World).map_err(|error| error.message)?;
    let resource = template.resource("R").expect("a resource R");
    evaluation
        .properties(resource)
        .map(Value::Object)
        .map_err(|error| error.message)
}

/// The value of an expression in a template that has what expressions refer to.
fn value(expression: &str) -> Result<Value, String> {
    let body = format!(
        "Parameters:
  Word: {{Type: String, Default: hello}}
  Words: {{Type: CommaDelimitedList, Default: 'a, b,c'}}
Mappings:
  Map: {{eu-west-1: {{Key: found, Keys: [x, y]}}}}
Conditions:
  Yes: !Equals [!Ref Word, hello]
  No: !Not [!Condition Yes]
  Both: !And [!Condition Yes, !Condition No]
  Either: !Or [!Condition Yes, !Condition No]
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {expression}
  Other: {{Type: 'AWS::S3::Bucket'}}
"
    );
    properties(&body, &[]).map(|found| found["AssumeRolePolicyDocument"].clone())
}

#[test]
fn expressions_give_values() {
    let cases = [
        ("!Ref Word", json!("hello")),
        ("!Ref Words", json!(["a", "b", "c"])),
        ("!Ref Other", json!("id-of-Other")),
        ("!Ref AWS::AccountId", json!("012345678901")),
        ("{Ref: 'AWS::Partition'}", json!("aws")),
        ("!GetAtt Other.Arn", json!("Arn-of-Other")),
        ("{'Fn::GetAtt': [Other, Arn]}", json!("Arn-of-Other")),
        (
            "!Sub 'a ${Word} ${Other} ${Other.Arn} ${AWS::Region} ${!Kept} $x'",
            json!("a hello id-of-Other Arn-of-Other eu-west-1 ${Kept} $x"),
        ),
        (
            "!Sub ['${A}-${Word}', {A: !Ref Other}]",
            json!("id-of-Other-hello"),
        ),
        (
            "!Join ['/', [a, !Ref Word, !Select [1, !Ref Words]]]",
            json!("a/hello/b"),
        ),
        ("!Join ['', !Split [':', 'a:b:c']]", json!("abc")),
        ("!Select ['0', !GetAZs '']", json!("eu-west-1a")),
        ("!If [Yes, x, y]", json!("x")),
        ("!If [No, x, y]", json!("y")),
        ("!If [Both, x, y]", json!("y")),
        ("!If [Either, x, y]", json!("x")),
        ("!FindInMap [Map, !Ref 'AWS::Region', Key]", json!("found")),
        ("!FindInMap [Map, eu-west-1, Keys]", json!(["x", "y"])),
        ("!Base64 hi", json!("aGk=")),
        ("!ImportValue known", json!("exported")),
        ("[1, !Ref 'AWS::NoValue', 2]", json!(["1", "2"])),
        ("{a: !Ref 'AWS::NoValue', b: yes}", json!({"b": "true"})),
        ("!If [No, x, !Ref 'AWS::NoValue']", Value::Null),
        // Scalars are text, as CloudFormation has them.
        (
            "[012345678901, 123456789012, 1e3, 2012-10-17, 'yes', on, 0x1F, 1.10]",
            json!([
                "012345678901",
                "123456789012",
                "1e3",
                "2012-10-17",
                "yes",
                "true",
                "0x1F",
                "1.10"
            ]),
        ),
        // In a policy document these are names like any others.
        (
            "{Condition: {Bool: {'aws:SecureTransport': false}}}",
            json!({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
        ),
    ];
    for (expression, expected) in cases {
        assert_eq!(value(expression), Ok(expected), "{expression}");
    }
}

#[test]
fn expressions_that_cannot_be_evaluated() {
    let cases = [
        (
            "!Select [3, !Ref Words]",
            "Template error: Fn::Select cannot select nonexistent value at index 3",
        ),
        (
            "!FindInMap [Map, us-east-1, Key]",
            "Template error: Unable to get mapping for Map::us-east-1::Key",
        ),
        ("!ImportValue unknown", "No export named unknown found."),
        (
            "!GetAtt Other.Colour",
            "Template error: resource Other does not support attribute type Colour in Fn::GetAtt",
        ),
        (
            "!GetAtt None.Arn",
            "Template error: instance of Fn::GetAtt references undefined resource None",
        ),
        (
            "!GetAtt Other",
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
        ),
        (
            "!Sub '${None}'",
            "Template format error: Unresolved resource dependencies [None] in the Resources block of the template",
        ),
        (
            "!Sub '${Other.Colour}'",
            "Template error: instance of Fn::Sub references invalid resource attribute Other.Colour",
        ),
        (
            "!Sub '${a b}'",
            "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons",
        ),
        (
            "!If [Maybe, a, b]",
            "Template error: unresolved condition dependency Maybe in Fn::If",
        ),
        (
            "!Join [a]",
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
        ),
        (
            "!Length [a]",
            "the sandbox does not support function Fn::Length, which needs transform AWS::LanguageExtensions; remove it or run on an AWS account",
        ),
        (
            "!ToJsonString {a: b}",
            "the sandbox does not support function Fn::ToJsonString, which needs transform AWS::LanguageExtensions; remove it or run on an AWS account",
        ),
        (
            "{'Fn::Nothing': x}",
            "Template error: unknown function `Fn::Nothing`",
        ),
        (
            "{Ref: Word, Else: x}",
            "Template error: Ref must be the only key of its object",
        ),
        (
            "!Nothing x",
            "Template format error: unknown tag `!Nothing`",
        ),
    ];
    for (expression, expected) in cases {
        assert_eq!(value(expression), Err(expected.to_owned()), "{expression}");
    }
}

#[test]
fn templates_that_are_refused_and_where() {
    let cases = [
        (
            "Resources:\n  A: [b\n",
            "Template format error: YAML not well-formed. (line 3, column 1)",
            (3, 1),
        ),
        (
            "{\"Resources\": ]",
            "Template format error: JSON not well-formed. (line 1, column 16)",
            (1, 15),
        ),
        (
            "just text",
            "Template format error: unsupported structure.",
            (1, 1),
        ),
        (
            "Resources:\n  A: &a {Type: 'AWS::S3::Bucket'}\n  B: *a\n",
            "Template error: YAML aliases are not allowed in CloudFormation templates",
            (3, 6),
        ),
        (
            "Resources:\n  A: {Type: 'AWS::S3::Bucket'}\n  A: {Type: 'AWS::S3::Bucket'}\n",
            "Template format error: duplicate key `A` (line 3, column 3)",
            (3, 3),
        ),
        (
            "Colour: red\nResources: {A: {Type: 'AWS::S3::Bucket'}}\n",
            "Invalid template property or properties [Colour]",
            (1, 1),
        ),
        (
            "Transform: AWS::Serverless-2016-10-31\nResources: {}\n",
            "the sandbox does not support the template section Transform; remove it or run on an AWS account",
            (1, 1),
        ),
        (
            "Resources: {}\n",
            "Template format error: At least one Resources member must be defined.",
            (1, 12),
        ),
        (
            "Resources:\n  A: text\n",
            "Template format error: Any Resources member must be an object.",
            (2, 6),
        ),
        (
            "Resources:\n  A: {Properties: {}}\n",
            "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
            (2, 3),
        ),
        (
            "Resources:\n  my-bad-resource-id: {Type: 'AWS::S3::Bucket'}\n",
            "Template format error: Resource name my-bad-resource-id is non alphanumeric.",
            (2, 3),
        ),
        (
            "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Invalid: x\n",
            "Invalid template resource property 'Invalid'",
            (4, 5),
        ),
        (
            "Resources:\n  A:\n    Type: AWS::X::Y\n",
            "Template format error: Unrecognized resource types: [AWS::X::Y]",
            (3, 11),
        ),
        (
            "Resources:\n  A:\n    Type: AWS::Lambda::Function\n",
            "the sandbox does not support resource types: [AWS::Lambda::Function]; remove it or run on an AWS account",
            (3, 11),
        ),
        (
            "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties:\n      ReplicationConfiguration: {}\n",
            "the sandbox does not support property ReplicationConfiguration of AWS::S3::Bucket (resource A); remove it or run on an AWS account",
            (5, 7),
        ),
        (
            "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    DependsOn: X\n",
            "Template format error: Unresolved resource dependencies [X] in the Resources block of the template",
            (4, 16),
        ),
        (
            "Resources: {A: {Type: 'AWS::S3::Bucket'}}\nOutputs:\n  O: {Value: !Ref X}\n",
            "Unresolved resource dependencies [X] in the Outputs block of the template",
            (3, 14),
        ),
        (
            "Resources: {A: {Type: 'AWS::S3::Bucket'}}\nOutputs:\n  MyOutput:\n    Value:\n",
            "[/Outputs/MyOutput/Value] 'null' values are not allowed in templates",
            (4, 10),
        ),
        (
            "Resources:\n  A: {Type: 'AWS::S3::Bucket', DependsOn: B}\n  B: {Type: 'AWS::S3::Bucket', DependsOn: [A]}\n  C: {Type: 'AWS::S3::Bucket', DependsOn: A}\n",
            "Circular dependency between resources: [A, B]",
            (2, 3),
        ),
        (
            "Conditions:\n  C: !Equals [!Ref A, x]\nResources: {A: {Type: 'AWS::S3::Bucket'}}\n",
            "Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions block of the template",
            (2, 15),
        ),
        (
            "Conditions:\n  C: !Condition D\n  D: !Not [!Condition C]\nResources: {A: {Type: 'AWS::S3::Bucket'}}\n",
            "Template format error: Circular dependency between conditions: [C]",
            (3, 12),
        ),
        (
            "Parameters:\n  P: {Type: Strin}\nResources: {A: {Type: 'AWS::S3::Bucket'}}\n",
            "Template format error: Unrecognized parameter type: Strin",
            (2, 13),
        ),
        (
            "Parameters:\n  P: {Type: 'AWS::SSM::Parameter::Value<String>'}\nResources: {A: {Type: 'AWS::S3::Bucket'}}\n",
            "the sandbox does not support parameter type AWS::SSM::Parameter::Value<String>; remove it or run on an AWS account",
            (2, 13),
        ),
        (
            "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    DeletionPolicy: Snapshot\n",
            "Template error: resource type AWS::S3::Bucket does not support deletion policy Snapshot",
            (4, 21),
        ),
    ];
    for (body, message, (line, column)) in cases {
        let error = Template::parse(body).expect_err(body);
        assert_eq!(error.message, message, "{body}");
        // YAML's own errors may stand a little off; their place is in the text already.
        let at = error.at.unwrap_or_default();
        assert_eq!((at.line, at.column), (line, column), "{body}");
    }
}

#[test]
fn parameters_keep_their_constraints() {
    let body = format!(
        "Parameters:
  Short: {{Type: String, Default: abc, MinLength: 2, MaxLength: 4}}
  Size: {{Type: Number, Default: 5, MinValue: 1, MaxValue: 9}}
  Kind: {{Type: String, Default: red, AllowedValues: [red, blue]}}
  Code: {{Type: String, Default: x1, AllowedPattern: '[a-z][0-9]'}}
  Told: {{Type: String, Default: x, AllowedPattern: x, ConstraintDescription: must be x}}
  Sizes: {{Type: List<Number>, Default: '1,2'}}
{BUCKET}"
    );
    let template = Template::parse(&body).unwrap();
    let cases = [
        (
            "Short",
            "a",
            "Parameter 'Short' must contain at least 2 characters",
        ),
        (
            "Short",
            "abcde",
            "Parameter 'Short' must contain at most 4 characters",
        ),
        (
            "Size",
            "0",
            "Parameter 'Size' must be a number not less than 1",
        ),
        (
            "Size",
            "10",
            "Parameter 'Size' must be a number not greater than 9",
        ),
        ("Size", "ten", "Parameter 'Size' must be a number."),
        ("Sizes", "1,x", "Parameter 'Sizes' must be a number."),
        (
            "Kind",
            "green",
            "Parameter 'Kind' must be one of AllowedValues",
        ),
        (
            "Code",
            "x1y",
            "Parameter 'Code' must match pattern [a-z][0-9]",
        ),
        (
            "Told",
            "y",
            "Parameter Told failed to satisfy constraint: must be x",
        ),
        (
            "None",
            "x",
            "Parameters: [None] do not exist in the template",
        ),
    ];
    for (name, value, expected) in cases {
        let error = template.resolve(&given(&[(name, value)])).unwrap_err();
        assert_eq!(error.message, expected);
    }
    let resolved = template.resolve(&Given::new()).unwrap();
    assert_eq!(resolved["Size"], "5");
    let open = format!("Parameters: {{P: {{Type: String}}, Q: {{Type: String}}}}\n{BUCKET}");
    let missing = Template::parse(&open)
        .unwrap()
        .resolve(&Given::new())
        .unwrap_err();
    assert_eq!(missing.message, "Parameters: [P, Q] must have values");
}

#[test]
fn json_says_the_same_as_yaml() {
    let yaml = "Resources:\n  R:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Sub '${AWS::StackName}-x'\n";
    let json = "{\n\t\"Resources\": {\"R\": {\"Type\": \"AWS::S3::Bucket\",\n\t\"Properties\": {\"BucketName\": {\"Fn::Sub\": \"${AWS::StackName}-x\"}}}}}";
    assert_eq!(properties(yaml, &[]), properties(json, &[]));
    let odd =
        r#"{"Description": "\ud83d\ude00 \/", "Resources": {"R": {"Type": "AWS::S3::Bucket"}}}"#;
    assert_eq!(
        Template::parse(odd).unwrap().description.unwrap(),
        "\u{1f600} /"
    );
    let nowhere = r#"{"Resources": {"R": {"Type": "AWS::S3::Bucket", "DependsOn": "X"}}}"#;
    let at = Template::parse(nowhere).unwrap_err().at.unwrap();
    assert_eq!(
        at,
        Position {
            line: 1,
            column: 62
        }
    );
}

#[test]
fn resources_come_behind_what_they_need() {
    let template = Template::parse(LAB).unwrap();
    assert_eq!(template.creation_order(), ["Bucket", "Role"]);
    assert_eq!(
        template.required_capability(),
        Some(("CAPABILITY_IAM", vec!["AWS::IAM::Role"]))
    );
    let named = "Resources: {U: {Type: 'AWS::IAM::User', Properties: {UserName: x}}}";
    let template = Template::parse(named).unwrap();
    assert_eq!(
        template.required_capability().unwrap().0,
        "CAPABILITY_NAMED_IAM"
    );
    assert_eq!(Template::parse(BUCKET).unwrap().required_capability(), None);
    let conditional = "Conditions: {No: !Equals [a, b]}\nResources:\n  R: {Type: 'AWS::S3::Bucket', Condition: No}\n  S: {Type: 'AWS::S3::Bucket', DependsOn: R}\n";
    let template = Template::parse(conditional).unwrap();
    let (parameters, pseudo) = (Given::new(), pseudo());
    let evaluation = Evaluation::new(&template, &parameters, &pseudo, &World).unwrap();
    assert!(!evaluation.has(template.resource("R").unwrap()));
    assert!(
        evaluation
            .dependencies(template.resource("S").unwrap())
            .is_empty()
    );
}

#[test]
fn authors_are_told_all_that_is_wrong() {
    assert_eq!(check(LAB), []);
    let body = "Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Rolename: x
      MaxSessionDuration: long
      Policies:
        - PolicyName: p
      Tags: none
  User: {Type: 'AWS::IAM::User', DependsOn: Nobody}
";
    let found: Vec<String> = check(body)
        .iter()
        .map(|finding| format!("{} {}", finding.at.unwrap(), finding.message))
        .collect();
    assert_eq!(
        found,
        [
            "2:3 resource Role needs property AssumeRolePolicyDocument",
            "5:7 AWS::IAM::Role has no property `Rolename`; did you mean `RoleName`?",
            "6:27 MaxSessionDuration must be a whole number",
            "8:11 Policies must be an object with PolicyDocument",
            "9:13 Tags must be a list",
            "10:45 Template format error: Unresolved resource dependencies [Nobody] in the Resources block of the template",
        ]
    );
}

#[test]
fn hostile_templates_end() {
    let deep = format!("Resources: {}{}", "[".repeat(100), "]".repeat(100));
    assert!(
        Template::parse(&deep)
            .unwrap_err()
            .message
            .contains("levels of nesting")
    );
    // Sixty levels of doubling would be 2^60 bytes.
    let mut doubled = "x".repeat(64);
    for _ in 0..50 {
        doubled = format!("{{'Fn::Sub': ['${{a}}${{a}}', {{a: {doubled}}}]}}");
    }
    let error = value(&doubled).unwrap_err();
    assert!(
        error.contains("nesting") || error.contains("bytes"),
        "{error}"
    );
    // Each condition names the one before twice.
    let mut body = "Conditions:\n  C0: !Equals [a, a]\n".to_owned();
    for n in 1..400 {
        let before = n - 1;
        body.push_str(&format!(
            "  C{n}: !And [!Condition C{before}, !Condition C{before}]\n"
        ));
    }
    body.push_str("Resources: {R: {Type: 'AWS::S3::Bucket', Condition: C399}}\n");
    assert_eq!(properties(&body, &[]), Ok(json!({})));
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,200}") {
        let _ = check(&text);
    }

    #[test]
    fn no_structure_breaks_the_reader(text in prop::collection::vec(
        prop::sample::select(vec![
            "Resources:", "Parameters:", "Outputs:", "Conditions:", "Mappings:", "\n", "\n  ", "\n    ",
            "A:", "Type: ", "AWS::S3::Bucket", "!Ref ", "!Sub ", "!If ", "!GetAtt ", "[", "]", "{", "}",
            ", ", "'", "\"", "${", "}", "&a ", "*a", "- ", "Fn::Join: ", "null", "Properties:", "Value: ",
        ]), 0..60)) {
        let _ = check(&text.concat());
    }
}

#[test]
fn every_type_lists_its_properties_once_and_in_order() {
    for known in rolecall::template::types::all() {
        let names: Vec<&str> = known
            .properties
            .iter()
            .map(|property| property.name)
            .collect();
        let mut sorted: Vec<&str> = names.clone();
        sorted.sort_unstable();
        assert_eq!(names, sorted, "{}", known.name);
        let once: BTreeMap<&str, ()> = names.iter().map(|name| (*name, ())).collect();
        assert_eq!(once.len(), names.len());
        if let Some(name) = known.name_property {
            assert!(names.contains(&name), "{}", known.name);
        }
    }
}
