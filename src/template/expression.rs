//! Values and functions of a template.

use super::error::TemplateError;
use super::node::{Data, Node, Position};

/// A value of a template: text, or something that gives one.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// Where it stands.
    pub at: Position,
    /// What it is.
    pub kind: Kind,
}

/// The forms of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Text; numbers and booleans are text, too.
    Text(String),
    /// A list.
    List(Vec<Expression>),
    /// Named values.
    Map(Vec<(String, Expression)>),
    /// `Ref`: a parameter, pseudo parameter or resource.
    Ref(String),
    /// `Fn::GetAtt`: logical id and attribute.
    GetAtt(String, Box<Expression>),
    /// `Fn::Sub`: the parts of the text, and the variables given along with it.
    Sub(Vec<SubPart>, Vec<(String, Expression)>),
    /// `Fn::Join`: delimiter and list.
    Join(String, Box<Expression>),
    /// `Fn::Select`: index and list.
    Select(Box<Expression>, Box<Expression>),
    /// `Fn::Split`: delimiter and text.
    Split(String, Box<Expression>),
    /// `Fn::If`: name of a condition, value if true, value if false.
    If(String, Box<Expression>, Box<Expression>),
    /// `Fn::FindInMap`: map, top key, second key.
    FindInMap(Box<[Expression; 3]>),
    /// `Fn::Base64`.
    Base64(Box<Expression>),
    /// `Fn::ImportValue`: name of an export.
    ImportValue(Box<Expression>),
    /// `Fn::GetAZs`: region, the stack's own if empty.
    GetAZs(Box<Expression>),
}

/// A part of the text of `Fn::Sub`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubPart {
    /// Text that stays.
    Text(String),
    /// `${Name}`.
    Name(String),
    /// `${Resource.Attribute}`.
    Attribute(String, String),
}

/// An expression of the `Conditions` section.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// `Condition`: the name of another.
    Named(String, Position),
    /// `Fn::Equals`.
    Equals(Box<[Expression; 2]>),
    /// `Fn::And`, of 2 to 10.
    And(Vec<Condition>),
    /// `Fn::Or`, of 2 to 10.
    Or(Vec<Condition>),
    /// `Fn::Not`.
    Not(Box<Condition>),
}

impl Expression {
    pub(super) fn read(node: &Node) -> Result<Self, TemplateError> {
        let at = node.at;
        let kind = match &node.data {
            Data::Null => {
                return Err(TemplateError::at(
                    at,
                    "'null' values are not allowed in templates",
                ));
            }
            Data::Text(_) | Data::Flag(..) => {
                Kind::Text(node.value_text().unwrap_or_default().to_owned())
            }
            Data::List(elements) => Kind::List(read_all(elements)?),
            Data::Map(entries) => {
                let function = entries
                    .iter()
                    .find(|entry| entry.key == "Ref" || entry.key.starts_with("Fn::"));
                match (function, entries.len()) {
                    (Some(entry), 1) => function_call(&entry.key, &entry.value)?,
                    (Some(entry), _) => {
                        return Err(TemplateError::at(
                            entry.at,
                            format!(
                                "Template error: {} must be the only key of its object",
                                entry.key
                            ),
                        ));
                    }
                    (None, _) => Kind::Map(
                        entries
                            .iter()
                            .map(|entry| Ok((entry.key.clone(), Self::read(&entry.value)?)))
                            .collect::<Result<_, TemplateError>>()?,
                    ),
                }
            }
        };
        Ok(Self { at, kind })
    }

    /// Calls `visit` with this expression and all inside it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match &self.kind {
            Kind::Text(_) | Kind::Ref(_) => {}
            Kind::List(elements) => elements.iter().for_each(|element| element.walk(visit)),
            Kind::Map(members) | Kind::Sub(_, members) => {
                members.iter().for_each(|(_, member)| member.walk(visit));
            }
            Kind::FindInMap(parts) => parts.iter().for_each(|part| part.walk(visit)),
            Kind::If(_, one, other) | Kind::Select(one, other) => {
                one.walk(visit);
                other.walk(visit);
            }
            Kind::GetAtt(_, inner)
            | Kind::Join(_, inner)
            | Kind::Split(_, inner)
            | Kind::Base64(inner)
            | Kind::ImportValue(inner)
            | Kind::GetAZs(inner) => inner.walk(visit),
        }
    }
}

fn read_all(nodes: &[Node]) -> Result<Vec<Expression>, TemplateError> {
    nodes.iter().map(Expression::read).collect()
}

fn boxed(node: &Node) -> Result<Box<Expression>, TemplateError> {
    Expression::read(node).map(Box::new)
}

fn function_call(name: &str, value: &Node) -> Result<Kind, TemplateError> {
    let at = value.at;
    let wrong = |text: &str| TemplateError::at(at, format!("Template error: {text}"));
    match name {
        "Ref" => match value.text() {
            Some(target) => Ok(Kind::Ref(target.to_owned())),
            None => Err(TemplateError::at(
                at,
                "Template format error: Every reference to a resource or parameter must be a string.",
            )),
        },
        "Fn::GetAtt" => {
            let parts = match &value.data {
                // The JSON form with one text is not documented, the service takes it.
                Data::Text(text) => text.split_once('.').map(|(resource, attribute)| {
                    (
                        resource.to_owned(),
                        Expression {
                            at,
                            kind: Kind::Text(attribute.to_owned()),
                        },
                    )
                }),
                Data::List(parts) => match parts.as_slice() {
                    [resource, attribute] => match resource.text() {
                        Some(resource) => Some((resource.to_owned(), Expression::read(attribute)?)),
                        None => None,
                    },
                    _ => None,
                },
                _ => None,
            };
            match parts {
                Some((resource, attribute))
                    if !resource.is_empty() && attribute.kind != Kind::Text(String::new()) =>
                {
                    Ok(Kind::GetAtt(resource, Box::new(attribute)))
                }
                _ => Err(wrong(
                    "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
                )),
            }
        }
        "Fn::Sub" => {
            let text = "every Fn::Sub object requires one or two parameters: a string to substitute and an optional object of variables";
            match &value.data {
                Data::Text(template) => Ok(Kind::Sub(sub_parts(template, at)?, Vec::new())),
                Data::List(parts) => match parts.as_slice() {
                    [template, variables] => {
                        let (Some(template), Some(entries)) = (template.text(), variables.map())
                        else {
                            return Err(wrong(text));
                        };
                        let variables = entries
                            .iter()
                            .map(|entry| Ok((entry.key.clone(), Expression::read(&entry.value)?)))
                            .collect::<Result<Vec<_>, TemplateError>>()?;
                        Ok(Kind::Sub(sub_parts(template, at)?, variables))
                    }
                    _ => Err(wrong(text)),
                },
                _ => Err(wrong(text)),
            }
        }
        "Fn::Join" => match value.list() {
            Some([delimiter, list]) if delimiter.text().is_some() && list.text().is_none() => {
                Ok(Kind::Join(
                    delimiter.text().unwrap_or_default().to_owned(),
                    boxed(list)?,
                ))
            }
            _ => Err(wrong(
                "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.",
            )),
        },
        "Fn::Split" => match value.list() {
            Some([delimiter, text]) if delimiter.text().is_some_and(|text| !text.is_empty()) => {
                Ok(Kind::Split(
                    delimiter.text().unwrap_or_default().to_owned(),
                    boxed(text)?,
                ))
            }
            _ => Err(wrong(
                "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.",
            )),
        },
        "Fn::Select" => match value.list() {
            Some([index, list]) => Ok(Kind::Select(boxed(index)?, boxed(list)?)),
            _ => Err(wrong(
                "Fn::Select requires a list argument with two elements: an integer index and a list",
            )),
        },
        "Fn::If" => match value.list() {
            Some([condition, yes, no]) if condition.text().is_some() => Ok(Kind::If(
                condition.text().unwrap_or_default().to_owned(),
                boxed(yes)?,
                boxed(no)?,
            )),
            _ => Err(wrong(
                "Fn::If requires a list argument with three elements: the name of a condition, the value if it is true and the value if it is false",
            )),
        },
        "Fn::FindInMap" => match value.list() {
            Some([map, top, second]) => Ok(Kind::FindInMap(Box::new([
                Expression::read(map)?,
                Expression::read(top)?,
                Expression::read(second)?,
            ]))),
            Some([_, _, _, _]) => Err(TemplateError::unsupported(
                at,
                "the default value of Fn::FindInMap, which needs transform AWS::LanguageExtensions",
            )),
            _ => Err(wrong(
                "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value",
            )),
        },
        "Fn::Base64" => Ok(Kind::Base64(boxed(value)?)),
        "Fn::ImportValue" => Ok(Kind::ImportValue(boxed(value)?)),
        "Fn::GetAZs" => Ok(Kind::GetAZs(boxed(value)?)),
        "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals" => Err(wrong(&format!(
            "{name} can only be used in the Conditions section; name the condition there and use Fn::If here"
        ))),
        "Fn::Length" | "Fn::ToJsonString" => Err(TemplateError::unsupported(
            at,
            format!("function {name}, which needs transform AWS::LanguageExtensions"),
        )),
        "Fn::Cidr" | "Fn::Transform" => {
            Err(TemplateError::unsupported(at, format!("function {name}")))
        }
        _ if name.starts_with("Fn::ForEach") => Err(TemplateError::unsupported(
            at,
            format!("function {name}, which needs transform AWS::LanguageExtensions"),
        )),
        _ => Err(wrong(&format!("unknown function `{name}`"))),
    }
}

/// Takes the text of `Fn::Sub` apart. `${!Name}` is the text `${Name}`.
fn sub_parts(text: &str, at: Position) -> Result<Vec<SubPart>, TemplateError> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        let Some((inside, behind)) = after.split_once('}') else {
            plain.push_str("${");
            rest = after;
            continue;
        };
        rest = behind;
        if let Some(literal) = inside.strip_prefix('!') {
            plain.push_str("${");
            plain.push_str(literal);
            plain.push('}');
            continue;
        }
        let name = inside.trim();
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
        if name.is_empty() || !name.chars().all(legal) {
            return Err(TemplateError::at(
                at,
                "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons",
            ));
        }
        if !plain.is_empty() {
            parts.push(SubPart::Text(std::mem::take(&mut plain)));
        }
        parts.push(match name.split_once('.') {
            Some((resource, attribute)) => {
                SubPart::Attribute(resource.to_owned(), attribute.to_owned())
            }
            None => SubPart::Name(name.to_owned()),
        });
    }
    plain.push_str(rest);
    if !plain.is_empty() || parts.is_empty() {
        parts.push(SubPart::Text(plain));
    }
    Ok(parts)
}

impl Condition {
    pub(super) fn read(node: &Node) -> Result<Self, TemplateError> {
        let at = node.at;
        let wrong = |text: &str| TemplateError::at(at, format!("Template error: {text}"));
        let Some([entry]) = node.map() else {
            return Err(TemplateError::at(
                at,
                "Template format error: Every Conditions member must be a condition function",
            ));
        };
        let arguments = entry.value.list();
        let several = |name: &str| match arguments {
            Some(arguments) if (2..=10).contains(&arguments.len()) => arguments
                .iter()
                .map(Self::read)
                .collect::<Result<Vec<_>, _>>(),
            _ => Err(wrong(&format!(
                "every {name} object requires a list of at least 2 and at most 10 boolean parameters."
            ))),
        };
        match entry.key.as_str() {
            "Condition" => match entry.value.text() {
                Some(name) => Ok(Self::Named(name.to_owned(), entry.value.at)),
                None => Err(wrong("Condition requires the name of a condition")),
            },
            "Fn::Equals" => match arguments {
                Some([one, other]) => Ok(Self::Equals(Box::new([
                    Expression::read(one)?,
                    Expression::read(other)?,
                ]))),
                _ => Err(wrong(
                    "every Fn::Equals object requires a list of 2 string parameters.",
                )),
            },
            "Fn::And" => several("Fn::And").map(Self::And),
            "Fn::Or" => several("Fn::Or").map(Self::Or),
            "Fn::Not" => match arguments {
                Some([one]) => Ok(Self::Not(Box::new(Self::read(one)?))),
                _ => Err(wrong(
                    "every Fn::Not object requires one boolean parameter.",
                )),
            },
            other => Err(wrong(&format!(
                "`{other}` is not a condition function; use Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition"
            ))),
        }
    }

    /// Calls `visit` with the expressions inside, and `named` with the conditions named.
    pub(super) fn walk<'a>(
        &'a self,
        visit: &mut dyn FnMut(&'a Expression),
        named: &mut dyn FnMut(&'a str, Position),
    ) {
        match self {
            Self::Named(name, at) => named(name, *at),
            Self::Equals(sides) => sides.iter().for_each(|side| side.walk(visit)),
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.walk(visit, named));
            }
            Self::Not(inner) => inner.walk(visit, named),
        }
    }
}
