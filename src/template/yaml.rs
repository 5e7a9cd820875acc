//! YAML and JSON into nodes.
//!
//! The reader walks the parser's events with a stack of its own, so that depth is bounded and
//! nothing is expanded: CloudFormation allows no aliases, which also rules out alias bombs.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::error::TemplateError;
use super::node::{Data, Entry, Node, Position};

/// Levels of nesting allowed, and levels that real templates need several times over.
const DEEPEST: usize = 64;

/// The functions that have a short YAML form, without `Fn::`.
const SHORT_FORMS: [&str; 19] = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

/// Reads a template body.
pub(super) fn read(body: &str) -> Result<Node, TemplateError> {
    if !body.trim_start().starts_with('{') {
        return read_yaml(body);
    }
    // JSON is read twice: for its own errors, and for the places.
    let value: serde_json::Value = serde_json::from_str(body).map_err(|error| {
        let at = Position {
            line: error.line(),
            column: error.column(),
        };
        TemplateError::at(
            at,
            format!(
                "Template format error: JSON not well-formed. (line {}, column {})",
                at.line,
                // CloudFormation tells the place behind what it did not expect.
                at.column + 1
            ),
        )
    })?;
    // What only JSON can say (escaped surrogate pairs) has no places.
    match read_yaml(body) {
        Ok(node) => Ok(node),
        Err(error) if error.message.contains("not well-formed") => Ok(from_json(&value)),
        Err(error) => Err(error),
    }
}

fn from_json(value: &serde_json::Value) -> Node {
    let data = match value {
        serde_json::Value::Null => Data::Null,
        serde_json::Value::Bool(flag) => Data::Text(flag.to_string()),
        serde_json::Value::Number(number) => Data::Text(number.to_string()),
        serde_json::Value::String(text) => Data::Text(text.clone()),
        serde_json::Value::Array(elements) => Data::List(elements.iter().map(from_json).collect()),
        serde_json::Value::Object(members) => Data::Map(
            members
                .iter()
                .map(|(key, value)| Entry {
                    key: key.clone(),
                    at: Position::default(),
                    value: from_json(value),
                })
                .collect(),
        ),
    };
    Node {
        at: Position::default(),
        data,
    }
}

fn position(span: Span) -> Position {
    Position {
        line: span.start.line().max(1),
        column: span.start.col() + 1,
    }
}

fn not_well_formed(at: Position) -> TemplateError {
    TemplateError::at(
        at,
        format!(
            "Template format error: YAML not well-formed. (line {}, column {})",
            at.line, at.column
        ),
    )
}

/// A list or map that is being filled.
struct Open {
    at: Position,
    function: Option<String>,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map(Vec<Entry>, Option<(String, Position)>),
}

fn read_yaml(body: &str) -> Result<Node, TemplateError> {
    let mut parser = Parser::new_from_str(body);
    let mut open: Vec<Open> = Vec::new();
    let mut root: Option<Node> = None;
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            not_well_formed(Position {
                line: error.marker().line().max(1),
                column: error.marker().col() + 1,
            })
        })?;
        let at = position(span);
        let done = match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(not_well_formed(at));
                }
                continue;
            }
            Event::Alias(_) => {
                return Err(TemplateError::at(
                    at,
                    "Template error: YAML aliases are not allowed in CloudFormation templates",
                ));
            }
            Event::SequenceStart(_, tag) => {
                push(&mut open, at, tag.as_deref(), Content::List(Vec::new()))?;
                continue;
            }
            Event::MappingStart(_, tag) => {
                push(
                    &mut open,
                    at,
                    tag.as_deref(),
                    Content::Map(Vec::new(), None),
                )?;
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(closed) = open.pop() else {
                    return Err(not_well_formed(at));
                };
                let data = match closed.content {
                    Content::List(elements) => Data::List(elements),
                    Content::Map(entries, _) => Data::Map(entries),
                };
                wrap(
                    closed.function,
                    Node {
                        at: closed.at,
                        data,
                    },
                )
            }
            Event::Scalar(text, style, _, tag) => {
                let function = function_of(tag.as_deref(), at)?;
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let data = scalar(&text, plain);
                wrap(function, Node { at, data })
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
        };
        match open.last_mut() {
            None => root = Some(done),
            Some(parent) => add(parent, done)?,
        }
    }
    root.ok_or_else(|| TemplateError::new("Template format error: unsupported structure."))
}

fn push(
    open: &mut Vec<Open>,
    at: Position,
    tag: Option<&Tag>,
    content: Content,
) -> Result<(), TemplateError> {
    if open.len() >= DEEPEST {
        return Err(TemplateError::at(
            at,
            format!("Template format error: more than {DEEPEST} levels of nesting"),
        ));
    }
    let function = function_of(tag, at)?;
    open.push(Open {
        at,
        function,
        content,
    });
    Ok(())
}

fn add(parent: &mut Open, node: Node) -> Result<(), TemplateError> {
    match &mut parent.content {
        Content::List(elements) => elements.push(node),
        Content::Map(entries, key) => match key.take() {
            Some((name, at)) => entries.push(Entry {
                key: name,
                at,
                value: node,
            }),
            None => {
                let at = node.at;
                let name = match node.data {
                    Data::Text(name) | Data::Flag(name, _) => name,
                    Data::Null | Data::List(_) | Data::Map(_) => return Err(not_well_formed(at)),
                };
                if name == "<<" {
                    return Err(TemplateError::at(
                        at,
                        "Template error: YAML merge keys (`<<`) are not allowed in CloudFormation templates",
                    ));
                }
                // The service is reported to keep the last of two equal keys. To drop part of a
                // template silently would be worse than to be stricter.
                if entries.iter().any(|entry| entry.key == name) {
                    return Err(TemplateError::at(
                        at,
                        format!(
                            "Template format error: duplicate key `{name}` (line {}, column {})",
                            at.line, at.column
                        ),
                    ));
                }
                *key = Some((name, at));
            }
        },
    }
    Ok(())
}

/// The function that a tag stands for. Tags of YAML's own types change nothing.
fn function_of(tag: Option<&Tag>, at: Position) -> Result<Option<String>, TemplateError> {
    let Some(tag) = tag else { return Ok(None) };
    if tag.is_yaml_core_schema() {
        return match tag.suffix.as_str() {
            "str" | "int" | "float" | "bool" | "null" | "seq" | "map" => Ok(None),
            other => Err(TemplateError::at(
                at,
                format!(
                    "Template error: YAML tag `!!{other}` is not allowed in CloudFormation templates"
                ),
            )),
        };
    }
    if tag.handle == "!" {
        match tag.suffix.as_str() {
            // `! text` is text.
            "" => return Ok(None),
            "Ref" | "Condition" => return Ok(Some(tag.suffix.clone())),
            name if SHORT_FORMS.contains(&name) => return Ok(Some(format!("Fn::{name}"))),
            _ => {}
        }
    }
    Err(TemplateError::at(
        at,
        format!("Template format error: unknown tag `{tag}`"),
    ))
}

/// The full form of a tagged node: `!Ref a` is `{"Ref": "a"}`.
fn wrap(function: Option<String>, node: Node) -> Node {
    let Some(function) = function else {
        return node;
    };
    let at = node.at;
    let value = match (function.as_str(), node.data) {
        ("Fn::GetAtt", Data::Text(text)) => {
            let parts = match text.split_once('.') {
                Some((resource, attribute)) => vec![resource, attribute],
                None => vec![text.as_str()],
            };
            Data::List(
                parts
                    .into_iter()
                    .map(|part| Node {
                        at,
                        data: Data::Text(part.to_owned()),
                    })
                    .collect(),
            )
        }
        (_, data) => data,
    };
    Node {
        at,
        data: Data::Map(vec![Entry {
            key: function,
            at,
            value: Node { at, data: value },
        }]),
    }
}

/// Text, null, or one of YAML 1.1's words for true and false.
fn scalar(text: &str, plain: bool) -> Data {
    if !plain {
        return Data::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Data::Flag(text.to_owned(), true)
        }
        "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Data::Flag(text.to_owned(), false)
        }
        _ => Data::Text(text.to_owned()),
    }
}
