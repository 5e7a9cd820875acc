//! JMESPath expressions as trees.

use serde_json::Value;

use super::Invalid;
use super::lexer::{self, Kind, Token};

/// A part of an expression.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// `@`, or nothing.
    Current,
    /// `name`.
    Field(String),
    /// The second of what the first finds (`a.b`, `a[0]`, `a | b`).
    Then(Box<Node>, Box<Node>),
    /// `[n]`.
    Index(i64),
    /// `[a:b:c]`.
    Slice([Option<i64>; 3]),
    /// The second of each element of the first.
    Each(Box<Node>, Box<Node>),
    /// The second of each member's value of the first.
    EachValue(Box<Node>, Box<Node>),
    /// The second of those elements of the first that fulfil the third.
    Filter(Box<Node>, Box<Node>, Box<Node>),
    /// `[]`.
    Flatten(Box<Node>),
    /// `==` and the like.
    Compare(Kind, Box<Node>, Box<Node>),
    /// `&&`.
    And(Box<Node>, Box<Node>),
    /// `||`.
    Or(Box<Node>, Box<Node>),
    /// `!`.
    Not(Box<Node>),
    /// `[a, b]`.
    List(Vec<Node>),
    /// `{a: b}`.
    Structure(Vec<(String, Node)>),
    /// `'text'` and `` `JSON` ``.
    Literal(Value),
    /// `name(…)`.
    Call(String, Vec<Node>),
    /// `&expression`.
    Expression(Box<Node>),
}

/// How deep expressions may nest, and how many steps they may have in all: Python has a like limit.
const DEPTH: usize = 128;
const STEPS: usize = 500;
/// Tokens that bind weaker end a projection.
const ENDS_PROJECTION: u8 = 10;

/// Reads an expression.
pub(super) fn parse(expression: &str) -> Result<Node, Invalid> {
    if expression.is_empty() {
        return Err(Invalid::whole(
            "Invalid JMESPath expression: cannot be empty.",
        ));
    }
    let mut parser = Parser {
        expression,
        tokens: lexer::tokens(expression)?,
        at: 0,
        depth: 0,
        steps: 0,
    };
    let node = parser.expression(0)?;
    if parser.kind() == Kind::End {
        Ok(node)
    } else {
        let token = parser.token().clone();
        let message = format!("Unexpected token: {}", token.shown());
        Err(parser.error(&token, &message))
    }
}

struct Parser<'e> {
    expression: &'e str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    steps: usize,
}

type Step = Result<Node, Invalid>;

fn boxed(node: Node) -> Box<Node> {
    Box::new(node)
}

impl Parser<'_> {
    /// The token that comes next; the last one is never passed.
    fn token(&self) -> &Token {
        const END: &Token = &Token {
            kind: Kind::End,
            value: Value::Null,
            start: 0,
        };
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .unwrap_or(END)
    }

    fn kind(&self) -> Kind {
        self.token().kind
    }

    fn kind_after(&self) -> Kind {
        self.tokens
            .get(self.at + 1)
            .map_or(Kind::End, |token| token.kind)
    }

    fn next(&mut self) -> Token {
        let token = self.token().clone();
        self.at += 1;
        token
    }

    fn error(&self, token: &Token, message: &str) -> Invalid {
        Invalid {
            reason: message.to_owned(),
            shown: format!(
                ": Parse error at column {}, token \"{}\" ({}), for expression:\n\"{}\"\n{}^",
                token.start,
                token.shown(),
                token.kind.name().to_uppercase(),
                self.expression,
                " ".repeat(token.start + 1)
            ),
            at: token.start,
        }
    }

    fn incomplete(&self) -> Invalid {
        let at = self.expression.chars().count();
        Invalid {
            reason: "Invalid jmespath expression: Incomplete expression".to_owned(),
            shown: format!(":\n\"{}\"\n{}^", self.expression, " ".repeat(at + 1)),
            at,
        }
    }

    fn unexpected(&self, expected: &str) -> Invalid {
        let token = self.token();
        if token.kind == Kind::End {
            return self.incomplete();
        }
        let message = format!("Expecting: {expected}, got: {}", token.kind.name());
        self.error(token, &message)
    }

    fn expect(&mut self, kind: Kind) -> Result<(), Invalid> {
        if self.kind() == kind {
            self.at += 1;
            Ok(())
        } else {
            Err(self.unexpected(kind.name()))
        }
    }

    fn expression(&mut self, power: u8) -> Step {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Invalid::whole("maximum recursion depth exceeded"));
        }
        let mut left = self.first()?;
        while power < self.kind().power() {
            self.steps += 1;
            if self.steps > STEPS {
                return Err(Invalid::whole("maximum recursion depth exceeded"));
            }
            left = self.after(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// What begins an expression.
    fn first(&mut self) -> Step {
        let token = self.next();
        let text = || token.value.as_str().unwrap_or_default().to_owned();
        match token.kind {
            Kind::Literal => Ok(Node::Literal(token.value)),
            Kind::Identifier => Ok(Node::Field(text())),
            Kind::QuotedIdentifier => {
                if self.kind() == Kind::LeftParen {
                    let paren = Token {
                        start: 0,
                        ..self.token().clone()
                    };
                    let message = "Quoted identifier not allowed for function names.";
                    return Err(self.error(&paren, message));
                }
                Ok(Node::Field(text()))
            }
            Kind::Current => Ok(Node::Current),
            Kind::Star => {
                let right = if self.kind() == Kind::RightBracket {
                    Node::Current
                } else {
                    self.projected(Kind::Star.power())?
                };
                Ok(Node::EachValue(boxed(Node::Current), boxed(right)))
            }
            Kind::Filter => self.filter(Node::Current),
            Kind::Flatten => self.flatten(Node::Current),
            Kind::LeftBrace => self.structure(),
            Kind::LeftParen => {
                let node = self.expression(0)?;
                self.expect(Kind::RightParen)?;
                Ok(node)
            }
            Kind::Not => Ok(Node::Not(boxed(self.expression(Kind::Not.power())?))),
            Kind::Expression => {
                let node = self.expression(Kind::Expression.power())?;
                Ok(Node::Expression(boxed(node)))
            }
            Kind::LeftBracket => match (self.kind(), self.kind_after()) {
                (Kind::Number | Kind::Colon, _) => self.index(Node::Current),
                (Kind::Star, Kind::RightBracket) => {
                    self.at += 2;
                    self.each(Node::Current)
                }
                _ => self.list(),
            },
            Kind::End => Err(self.incomplete()),
            _ => Err(self.error(&token, "invalid token")),
        }
    }

    /// What may follow an expression.
    fn after(&mut self, left: Node) -> Step {
        let token = self.next();
        match token.kind {
            Kind::Dot if self.kind() == Kind::Star => {
                self.at += 1;
                let right = self.projected(Kind::Dot.power())?;
                Ok(Node::EachValue(boxed(left), boxed(right)))
            }
            Kind::Dot => {
                let right = self.dotted(Kind::Dot.power())?;
                Ok(Node::Then(boxed(left), boxed(right)))
            }
            Kind::Pipe => {
                let right = self.expression(Kind::Pipe.power())?;
                Ok(Node::Then(boxed(left), boxed(right)))
            }
            Kind::Or => {
                let right = self.expression(Kind::Or.power())?;
                Ok(Node::Or(boxed(left), boxed(right)))
            }
            Kind::And => {
                let right = self.expression(Kind::And.power())?;
                Ok(Node::And(boxed(left), boxed(right)))
            }
            kind @ (Kind::Equal
            | Kind::NotEqual
            | Kind::Less
            | Kind::LessEqual
            | Kind::Greater
            | Kind::GreaterEqual) => {
                let right = self.expression(kind.power())?;
                Ok(Node::Compare(kind, boxed(left), boxed(right)))
            }
            Kind::LeftParen => self.call(left),
            Kind::Filter => self.filter(left),
            Kind::Flatten => self.flatten(left),
            Kind::LeftBracket => match self.kind() {
                Kind::Number | Kind::Colon => self.index(left),
                _ => {
                    self.expect(Kind::Star)?;
                    self.expect(Kind::RightBracket)?;
                    self.each(left)
                }
            },
            _ => Err(self.error(&token, "invalid token")),
        }
    }

    fn call(&mut self, left: Node) -> Step {
        let Node::Field(name) = left else {
            let before = self
                .at
                .checked_sub(2)
                .and_then(|at| self.tokens.get(at))
                .cloned();
            let token = before.unwrap_or_else(|| self.token().clone());
            let message = format!("Invalid function name '{}'", token.shown());
            return Err(self.error(&token, &message));
        };
        let mut arguments = Vec::new();
        while self.kind() != Kind::RightParen {
            arguments.push(self.expression(0)?);
            if self.kind() == Kind::Comma {
                self.at += 1;
            }
        }
        self.at += 1;
        Ok(Node::Call(name, arguments))
    }

    fn each(&mut self, left: Node) -> Step {
        let right = self.projected(Kind::Star.power())?;
        Ok(Node::Each(boxed(left), boxed(right)))
    }

    fn flatten(&mut self, left: Node) -> Step {
        let right = self.projected(Kind::Flatten.power())?;
        Ok(Node::Each(boxed(Node::Flatten(boxed(left))), boxed(right)))
    }

    fn filter(&mut self, left: Node) -> Step {
        let condition = self.expression(0)?;
        self.expect(Kind::RightBracket)?;
        let right = if self.kind() == Kind::Flatten {
            Node::Current
        } else {
            self.projected(Kind::Filter.power())?
        };
        Ok(Node::Filter(boxed(left), boxed(right), boxed(condition)))
    }

    /// `n]`, or `a:b:c]`, which is a projection.
    fn index(&mut self, left: Node) -> Step {
        if self.kind() != Kind::Colon && self.kind_after() != Kind::Colon {
            let number = self.next().value.as_i64().unwrap_or_default();
            self.expect(Kind::RightBracket)?;
            return Ok(Node::Then(boxed(left), boxed(Node::Index(number))));
        }
        let mut parts = [None; 3];
        let mut part = 0;
        while self.kind() != Kind::RightBracket {
            match (self.kind(), parts.get_mut(part)) {
                (Kind::Colon, _) if part < 2 => {
                    part += 1;
                    self.at += 1;
                }
                (Kind::Number, Some(slot)) => {
                    *slot = self.token().value.as_i64();
                    self.at += 1;
                }
                _ => return Err(self.error(&self.token().clone(), "syntax error")),
            }
        }
        self.at += 1;
        let slice = Node::Then(boxed(left), boxed(Node::Slice(parts)));
        self.each(slice)
    }

    fn list(&mut self) -> Step {
        let mut nodes = Vec::new();
        loop {
            nodes.push(self.expression(0)?);
            if self.kind() == Kind::RightBracket {
                self.at += 1;
                return Ok(Node::List(nodes));
            }
            self.expect(Kind::Comma)?;
        }
    }

    fn structure(&mut self) -> Step {
        let mut members = Vec::new();
        loop {
            if !matches!(self.kind(), Kind::Identifier | Kind::QuotedIdentifier) {
                return Err(self.unexpected("['quoted_identifier', 'unquoted_identifier']"));
            }
            let name = self.next().value.as_str().unwrap_or_default().to_owned();
            self.expect(Kind::Colon)?;
            members.push((name, self.expression(0)?));
            match self.kind() {
                Kind::Comma => self.at += 1,
                Kind::RightBrace => {
                    self.at += 1;
                    return Ok(Node::Structure(members));
                }
                _ => {}
            }
        }
    }

    /// What is taken of each element of a projection.
    fn projected(&mut self, power: u8) -> Step {
        match self.kind() {
            kind if kind.power() < ENDS_PROJECTION => Ok(Node::Current),
            Kind::LeftBracket | Kind::Filter => self.expression(power),
            Kind::Dot => {
                self.at += 1;
                self.dotted(power)
            }
            _ => Err(self.error(&self.token().clone(), "syntax error")),
        }
    }

    fn dotted(&mut self, power: u8) -> Step {
        match self.kind() {
            Kind::QuotedIdentifier | Kind::Identifier | Kind::Star => self.expression(power),
            Kind::LeftBracket => {
                self.at += 1;
                self.list()
            }
            Kind::LeftBrace => {
                self.at += 1;
                self.structure()
            }
            kind => {
                let message = format!(
                    "Expecting: ['quoted_identifier', 'unquoted_identifier', 'lbracket', \
                     'lbrace'], got: {}",
                    kind.name()
                );
                Err(self.error(&self.token().clone(), &message))
            }
        }
    }
}
