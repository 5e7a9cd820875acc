//! What the expressions of a template give, in one stack.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde_json::{Map, Value};

use super::error::TemplateError;
use super::expression::{Condition, Expression, Kind, SubPart};
use super::parameter::Given;
use super::parse::{Resource, Template};

/// What a stack knows of the world outside its template.
pub trait Surroundings {
    /// What `Ref` of a resource gives, if it exists.
    fn reference(&self, logical_id: &str) -> Option<String>;
    /// An attribute of a resource that exists.
    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value>;
    /// The value exported under a name in this account and region.
    fn export(&self, name: &str) -> Option<String>;
    /// What stands for a part of a text that was split, where the text is not known yet.
    fn part(&self, _text: &str, _delimiter: &str, _index: usize) -> Option<String> {
        None
    }
}

/// The values of the pseudo parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pseudo {
    /// `AWS::AccountId`, twelve digits.
    pub account: String,
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::StackName`.
    pub stack_name: String,
    /// `AWS::StackId`.
    pub stack_id: String,
    /// `AWS::NotificationARNs`.
    pub notification_arns: Vec<String>,
}

/// One template, one set of parameter values, one stack.
pub struct Evaluation<'a> {
    template: &'a Template,
    parameters: &'a Given,
    pseudo: &'a Pseudo,
    surroundings: &'a dyn Surroundings,
    conditions: BTreeMap<&'a str, bool>,
    /// What is evaluated are outputs.
    of_outputs: bool,
}

impl std::fmt::Debug for Evaluation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evaluation")
            .field("pseudo", self.pseudo)
            .field("conditions", &self.conditions)
            .finish_non_exhaustive()
    }
}

/// A value, or nothing where it is `AWS::NoValue`.
type Maybe = Result<Option<Value>, TemplateError>;

impl<'a> Evaluation<'a> {
    /// Sets out to evaluate; the conditions are evaluated here. `parameters` are those that
    /// [`Template::resolve`] gave.
    ///
    /// # Errors
    ///
    /// A condition that cannot be evaluated.
    pub fn new(
        template: &'a Template,
        parameters: &'a Given,
        pseudo: &'a Pseudo,
        surroundings: &'a dyn Surroundings,
    ) -> Result<Self, TemplateError> {
        let mut evaluation = Self {
            template,
            parameters,
            pseudo,
            surroundings,
            conditions: BTreeMap::new(),
            of_outputs: false,
        };
        // Each condition once: those that others name are kept as they become known.
        for (name, condition) in &template.conditions {
            evaluation.holds_named(name, condition)?;
        }
        Ok(evaluation)
    }

    /// The same for the outputs of the template: what is missing is said of their block.
    #[must_use]
    pub fn of_outputs(self) -> Self {
        Self {
            of_outputs: true,
            ..self
        }
    }

    /// A resource that the template names but this stack, by its conditions, does not have.
    fn absent(&self, name: &str, place: &Expression) -> TemplateError {
        // Without the prefix: recorded so for outputs.
        let (prefix, block) = if self.of_outputs {
            ("", "Outputs")
        } else {
            ("Template format error: ", "Resources")
        };
        TemplateError::at(
            place.at,
            format!(
                "{prefix}Unresolved resource dependencies [{name}] in the {block} block of the template"
            ),
        )
    }

    /// Whether the named condition holds; true without a name.
    #[must_use]
    pub fn condition(&self, name: Option<&str>) -> bool {
        name.is_none_or(|name| self.conditions.get(name).copied().unwrap_or(false))
    }

    /// Whether the resource is part of this stack.
    #[must_use]
    pub fn has(&self, resource: &Resource) -> bool {
        self.condition(resource.condition.as_ref().map(|(name, _)| name.as_str()))
    }

    /// The resources of this stack that `resource` needs.
    #[must_use]
    pub fn dependencies(&self, resource: &Resource) -> Vec<String> {
        let mut needs = self.template.dependencies(resource);
        needs.retain(|id| {
            self.template
                .resource(id)
                .is_some_and(|other| self.has(other))
        });
        needs
    }

    /// The properties of a resource. Scalars are text; properties without a value are left out.
    ///
    /// # Errors
    ///
    /// An expression that cannot be evaluated.
    pub fn properties(&self, resource: &Resource) -> Result<Map<String, Value>, TemplateError> {
        let mut properties = Map::new();
        for (name, _, expression) in &resource.properties {
            if let Some(value) = self.value(expression)? {
                properties.insert(name.clone(), value);
            }
        }
        Ok(properties)
    }

    /// The value of an expression as text, for outputs and names.
    ///
    /// # Errors
    ///
    /// An expression that cannot be evaluated or does not give text.
    pub fn text(&self, expression: &Expression) -> Result<String, TemplateError> {
        match self.value(expression)? {
            Some(Value::String(text)) => Ok(text),
            _ => Err(TemplateError::at(
                expression.at,
                "Template format error: a value here must be a string",
            )),
        }
    }

    /// The value of an expression, none if it is `AWS::NoValue`.
    ///
    /// # Errors
    ///
    /// An expression that cannot be evaluated.
    pub fn value(&self, expression: &Expression) -> Maybe {
        let fail = |text: String| Err(TemplateError::at(expression.at, text));
        Ok(Some(match &expression.kind {
            Kind::Text(text) => Value::from(text.as_str()),
            Kind::List(elements) => {
                let mut values = Vec::with_capacity(elements.len());
                for element in elements {
                    values.extend(self.value(element)?);
                }
                Value::Array(values)
            }
            Kind::Map(members) => {
                let mut map = Map::new();
                for (name, member) in members {
                    if let Some(value) = self.value(member)? {
                        map.insert(name.clone(), value);
                    }
                }
                Value::Object(map)
            }
            Kind::Ref(name) if name == "AWS::NoValue" => return Ok(None),
            Kind::Ref(name) => self.reference(name, expression)?,
            Kind::GetAtt(resource, attribute) => {
                let attribute = self.text(attribute)?;
                self.attribute(resource, &attribute, expression)?
            }
            Kind::Sub(parts, variables) => {
                Value::from(self.substitute(parts, variables, expression)?)
            }
            Kind::Join(delimiter, list) => {
                let text = self.texts(list, "Fn::Join")?.join(delimiter);
                bounded(&text, expression)?;
                Value::from(text)
            }
            Kind::Split(delimiter, text) => {
                let text = self.text(text)?;
                text.split(delimiter.as_str()).map(Value::from).collect()
            }
            Kind::Select(index, list) => {
                let index = self.text(index)?;
                if let Kind::Split(delimiter, text) = &list.kind
                    && let Ok(at) = index.parse()
                    && let Some(part) = self.surroundings.part(&self.text(text)?, delimiter, at)
                {
                    return Ok(Some(Value::from(part)));
                }
                let Some(Value::Array(elements)) = self.value(list)? else {
                    return fail(
                        "Template error: Fn::Select requires a list argument with two elements: an integer index and a list".to_owned(),
                    );
                };
                let found = index
                    .parse::<usize>()
                    .ok()
                    .and_then(|at| elements.into_iter().nth(at));
                match found {
                    Some(element) => element,
                    None => {
                        return fail(format!(
                            "Template error: Fn::Select cannot select nonexistent value at index {index}"
                        ));
                    }
                }
            }
            Kind::If(condition, yes, no) => {
                return self.value(if self.condition(Some(condition)) {
                    yes
                } else {
                    no
                });
            }
            Kind::FindInMap(parts) => {
                let [map, top, second] = parts.as_ref();
                let (map, top, second) = (self.text(map)?, self.text(top)?, self.text(second)?);
                let found = self
                    .template
                    .mappings
                    .iter()
                    .find(|(name, _)| *name == map)
                    .and_then(|(_, mapping)| mapping.iter().find(|(name, _)| *name == top))
                    .and_then(|(_, values)| values.iter().find(|(name, _)| *name == second));
                match found {
                    Some((_, value)) => return self.value(value),
                    None => {
                        return fail(format!(
                            "Template error: Unable to get mapping for {map}::{top}::{second}"
                        ));
                    }
                }
            }
            Kind::Base64(text) => {
                Value::from(base64::engine::general_purpose::STANDARD.encode(self.text(text)?))
            }
            Kind::ImportValue(name) => {
                let name = self.text(name)?;
                match self.surroundings.export(&name) {
                    Some(value) => Value::from(value),
                    None => return fail(format!("No export named {name} found.")),
                }
            }
            Kind::GetAZs(region) => {
                let region = match self.text(region)? {
                    text if text.is_empty() => self.pseudo.region.clone(),
                    text => text,
                };
                ["a", "b", "c"]
                    .iter()
                    .map(|zone| Value::from(format!("{region}{zone}")))
                    .collect()
            }
        }))
    }

    fn texts(&self, expression: &Expression, function: &str) -> Result<Vec<String>, TemplateError> {
        let wrong = || {
            TemplateError::at(
                expression.at,
                format!("Template error: every {function} object requires a list of strings"),
            )
        };
        match self.value(expression)? {
            Some(Value::Array(elements)) => elements
                .into_iter()
                .map(|element| match element {
                    Value::String(text) => Ok(text),
                    _ => Err(wrong()),
                })
                .collect(),
            _ => Err(wrong()),
        }
    }

    fn reference(&self, name: &str, place: &Expression) -> Result<Value, TemplateError> {
        if let Some(parameter) = self.template.parameter(name) {
            let text = self.parameters.get(name).cloned().unwrap_or_default();
            return Ok(if parameter.is_list() {
                parameter
                    .split(&text)
                    .into_iter()
                    .map(Value::from)
                    .collect()
            } else {
                Value::from(text)
            });
        }
        let pseudo = match name {
            "AWS::AccountId" => Some(self.pseudo.account.as_str()),
            "AWS::Partition" => Some("aws"),
            "AWS::Region" => Some(self.pseudo.region.as_str()),
            "AWS::StackId" => Some(self.pseudo.stack_id.as_str()),
            "AWS::StackName" => Some(self.pseudo.stack_name.as_str()),
            "AWS::URLSuffix" => Some("amazonaws.com"),
            _ => None,
        };
        if let Some(text) = pseudo {
            return Ok(Value::from(text));
        }
        if name == "AWS::NotificationARNs" {
            return Ok(self
                .pseudo
                .notification_arns
                .iter()
                .map(|arn| Value::from(arn.as_str()))
                .collect());
        }
        self.surroundings
            .reference(name)
            .map(Value::from)
            .ok_or_else(|| self.absent(name, place))
    }

    fn attribute(
        &self,
        resource: &str,
        attribute: &str,
        place: &Expression,
    ) -> Result<Value, TemplateError> {
        if self.surroundings.reference(resource).is_none() {
            return Err(self.absent(resource, place));
        }
        self.surroundings.attribute(resource, attribute).ok_or_else(|| {
            TemplateError::at(
                place.at,
                format!(
                    "Template error: resource {resource} does not support attribute type {attribute} in Fn::GetAtt"
                ),
            )
        })
    }

    fn substitute(
        &self,
        parts: &[SubPart],
        variables: &[(String, Expression)],
        place: &Expression,
    ) -> Result<String, TemplateError> {
        let mut values = Vec::with_capacity(variables.len());
        for (name, variable) in variables {
            values.push((name.as_str(), self.text(variable)?));
        }
        let own = |name: &str| values.iter().find(|(known, _)| *known == name);
        let mut text = String::new();
        for part in parts {
            let value = match part {
                SubPart::Text(plain) => Value::from(plain.as_str()),
                SubPart::Name(name) => match own(name) {
                    Some((_, value)) => Value::from(value.as_str()),
                    None => self.reference(name, place)?,
                },
                SubPart::Attribute(resource, attribute) => {
                    match own(&format!("{resource}.{attribute}")) {
                        Some((_, value)) => Value::from(value.as_str()),
                        None => self.attribute(resource, attribute, place)?,
                    }
                }
            };
            match value {
                Value::String(piece) => text.push_str(&piece),
                _ => {
                    return Err(TemplateError::at(
                        place.at,
                        "Template error: every value substituted by Fn::Sub must be a string",
                    ));
                }
            }
            bounded(&text, place)?;
        }
        Ok(text)
    }

    fn holds_named(
        &mut self,
        name: &'a str,
        condition: &'a Condition,
    ) -> Result<bool, TemplateError> {
        if let Some(known) = self.conditions.get(name) {
            return Ok(*known);
        }
        let holds = self.holds(condition)?;
        self.conditions.insert(name, holds);
        Ok(holds)
    }

    fn holds(&mut self, condition: &'a Condition) -> Result<bool, TemplateError> {
        Ok(match condition {
            // A template that was parsed has neither circles nor unknown names here.
            Condition::Named(name, at) => {
                let template = self.template;
                match template.conditions.iter().find(|(known, _)| known == name) {
                    Some((known, inner)) => self.holds_named(known, inner)?,
                    None => {
                        return Err(TemplateError::at(
                            *at,
                            format!("Template error: unresolved condition dependency {name}"),
                        ));
                    }
                }
            }
            Condition::Equals(sides) => {
                let [one, other] = sides.as_ref();
                self.value(one)? == self.value(other)?
            }
            Condition::And(parts) => {
                let mut all = true;
                for part in parts {
                    all &= self.holds(part)?;
                }
                all
            }
            Condition::Or(parts) => {
                let mut any = false;
                for part in parts {
                    any |= self.holds(part)?;
                }
                any
            }
            Condition::Not(inner) => !self.holds(inner)?,
        })
    }
}

/// The longest text that a function may make. Nested substitutions can double it at each level.
const LONGEST: usize = 1 << 20;

fn bounded(text: &str, place: &Expression) -> Result<(), TemplateError> {
    if text.len() <= LONGEST {
        return Ok(());
    }
    Err(TemplateError::at(
        place.at,
        format!("Template error: a function here makes a text of more than {LONGEST} bytes"),
    ))
}
