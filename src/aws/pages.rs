//! Answers in pages: followed and joined as the AWS CLI does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::call::Run;
use super::call::check;
use super::failed::Failed;
use crate::awscli::{Call, Format, python, query};
use crate::model::{Operation, Paginator, Service};

/// The member of a `NextToken` that says how much of the next page was printed already.
const TRUNCATED: &str = "boto_truncate_amount";

/// Follows the pages of a call and joins them. Beside the whole come the pages as the format
/// prints them, for those that print page by page.
///
/// # Errors
///
/// The failure of any page; a starting token that is none.
pub(super) async fn joined(
    run: &mut Run<'_>,
    call: &Call,
    paginator: &Paginator,
    format: Format,
) -> Result<(Value, Vec<Value>), Failed> {
    let mut pages = Pages::new(call, paginator, format)?;
    while !pages.done {
        let answer = run
            .call(call.service, call.operation, pages.input.clone())
            .await?;
        pages.add(answer)?;
    }
    Ok(pages.finish())
}

/// The pages so far.
pub(super) struct Pages<'a> {
    paginator: &'a Paginator,
    /// The input of the next call.
    pub(super) input: Map<String, Value>,
    /// Whether no call is left to make.
    pub(super) done: bool,
    max_items: Option<i64>,
    /// How much of the first page was printed already, where a token says where to begin.
    skip: Option<i64>,
    first: bool,
    items: i64,
    token: Map<String, Value>,
    joined: Value,
    not_joined: Value,
    resume: Option<Value>,
    format: Format,
    printed: Vec<Value>,
}

impl<'a> Pages<'a> {
    /// Before the first page.
    pub(super) fn new(
        call: &Call,
        paginator: &'a Paginator,
        format: Format,
    ) -> Result<Self, Failed> {
        let mut pages = Self {
            paginator,
            input: call.input.clone(),
            done: false,
            max_items: call.paging.max_items,
            skip: None,
            first: true,
            items: 0,
            token: Map::new(),
            joined: Value::Object(Map::new()),
            not_joined: Value::Object(Map::new()),
            resume: None,
            format,
            printed: Vec::new(),
        };
        if let (Some(key), Some(size)) = (&paginator.limit_key, call.paging.page_size) {
            pages.input.insert(key.clone(), size.into());
        }
        if let Some(token) = &call.paging.starting_token {
            pages.start_at(token)?;
            // What a token names is the caller's, and may be nothing that the operation takes.
            check(call.service, call.operation, &pages.input)?;
        }
        Ok(pages)
    }

    /// Begins where a `NextToken` says.
    fn start_at(&mut self, token: &str) -> Result<(), Failed> {
        let decoded = STANDARD
            .decode(token)
            .ok()
            .and_then(|json| serde_json::from_slice::<Value>(&json).ok());
        let decoded = match decoded {
            Some(Value::Object(decoded)) => decoded,
            None | Some(Value::Array(_)) => self.older_token(token)?,
            Some(other) => {
                let name = python::short_type_name(&other);
                let message = format!("'{name}' object has no attribute 'pop'");
                return Err(Failed::general(message));
            }
        };
        self.skip = Some(0);
        for (name, value) in decoded {
            if name == TRUNCATED {
                let no_number =
                    "slice indices must be integers or None or have an __index__ method";
                let amount = value.as_i64().or(value.is_null().then_some(0));
                self.skip = Some(amount.ok_or_else(|| Failed::general(no_number))?);
            } else if !value.is_null() {
                self.input.insert(name.clone(), value.clone());
                self.token.insert(name, value);
            }
        }
        Ok(())
    }

    /// A token as the AWS CLI once wrote it: the service's own, joined, and how many items to pass over.
    fn older_token(&self, token: &str) -> Result<Map<String, Value>, Failed> {
        let names = &self.paginator.input_token;
        let mut found = Map::new();
        let mut parts: Vec<&str> = token.split("___").collect();
        if parts.len() == names.len() + 1 {
            match parts.last().and_then(|last| python::int(last)) {
                Some(skip) => {
                    parts.pop();
                    found.insert(TRUNCATED.to_owned(), skip.into());
                }
                None => parts = vec![token],
            }
        }
        if parts.len() > names.len() {
            return Err(Failed::general("Bad starting token: ".to_owned() + token));
        }
        for (name, part) in names.iter().zip(parts) {
            if part != "None" {
                found.insert(name.clone(), part.into());
            }
        }
        Ok(found)
    }

    /// Takes a page in.
    pub(super) fn add(&mut self, mut page: Value) -> Result<(), Failed> {
        let skipped = self.skip.filter(|_| self.first);
        let [main, rest @ ..] = self.paginator.result_key.as_slice() else {
            self.done = true;
            return Ok(());
        };
        if let Some(skipped) = skipped {
            if let Some(Value::Array(items)) = at_mut(&mut page, main) {
                items.drain(..slice_end(items.len(), skipped));
            }
            for key in rest {
                if let Some(Value::Array(items)) = at_mut(&mut page, key) {
                    items.clear();
                }
            }
        }
        if self.first {
            for key in &self.paginator.non_aggregate_keys {
                let value = at(&page, key).cloned().unwrap_or(Value::Null);
                put(&mut self.not_joined, key, value);
            }
        }
        self.first = false;
        let count = at(&page, main)
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let room = self.max_items.map(|max| max.saturating_sub(self.items));
        let cut = room.filter(|room| count > *room);
        // Tokens are read before the page is cut: they may name its last item.
        let next = next_token(self.paginator, &page)?;
        if let Some(room) = cut {
            match at_mut(&mut page, main) {
                Some(Value::Array(items)) => items.truncate(slice_end(items.len(), room)),
                _ => put(&mut page, main, Value::Array(Vec::new())),
            }
        }
        self.print(&page);
        for key in &self.paginator.result_key {
            if let Some(value) = at_mut(&mut page, key).map(Value::take) {
                self.join(key, value);
            }
        }
        if let Some(room) = cut {
            let mut token = std::mem::take(&mut self.token);
            for name in &self.paginator.input_token {
                token.entry(name.clone()).or_insert(Value::Null);
            }
            token.insert(TRUNCATED.into(), (room + skipped.unwrap_or(0)).into());
            self.stop_at(&token);
            return Ok(());
        }
        self.items += count;
        let Some(next) = next else {
            self.done = true;
            return Ok(());
        };
        if self.max_items == Some(self.items) {
            self.stop_at(&next);
            return Ok(());
        }
        if next == self.token {
            return Err(twice(next));
        }
        for name in &self.paginator.input_token {
            match next.get(name) {
                Some(Value::Null) | None => drop(self.input.shift_remove(name)),
                Some(value) => drop(self.input.insert(name.clone(), value.clone())),
            }
        }
        self.token = next;
        Ok(())
    }

    /// Keeps a page as the format prints it.
    fn print(&mut self, page: &Value) {
        match self.format {
            Format::Text => {
                let mut shown = if self.printed.is_empty() {
                    self.not_joined.clone()
                } else {
                    Value::Object(Map::new())
                };
                for key in &self.paginator.result_key {
                    let value = at(page, key).cloned().unwrap_or(Value::Null);
                    put(&mut shown, key, value);
                }
                self.printed.push(shown);
            }
            Format::YamlStream => self.printed.push(page.clone()),
            _ => {}
        }
    }

    fn stop_at(&mut self, token: &Map<String, Value>) {
        // With Python's blanks, so that tokens are those of the CLI.
        let members: Vec<String> = token
            .iter()
            .map(|(name, value)| format!("{}: {value}", Value::from(name.as_str())))
            .collect();
        let json = format!("{{{}}}", members.join(", "));
        self.resume = Some(STANDARD.encode(json).into());
        self.done = true;
    }

    fn join(&mut self, key: &str, value: Value) {
        match (at_mut(&mut self.joined, key), value) {
            (_, Value::Null) => {}
            (Some(Value::Array(items)), Value::Array(mut more)) => items.append(&mut more),
            (Some(Value::String(text)), Value::String(more)) => text.push_str(&more),
            (Some(Value::Number(number)), Value::Number(more)) => {
                if let (Some(left), Some(right)) = (number.as_i64(), more.as_i64()) {
                    *number = (left + right).into();
                }
            }
            (Some(_), _) => {}
            (None, value) => put(&mut self.joined, key, value),
        }
    }

    /// What is printed: the joined members, the others of the first page, the token to go on; and
    /// the pages.
    pub(super) fn finish(self) -> (Value, Vec<Value>) {
        let (mut joined, mut pages) = (self.joined, self.printed);
        if self.format == Format::Text
            && let Some(token) = &self.resume
        {
            pages.push(json!({ "NextToken": { "NextToken": token } }));
        }
        if let (Value::Object(joined), Value::Object(rest)) = (&mut joined, self.not_joined) {
            for (name, value) in rest {
                joined.entry(name).or_insert(value);
            }
            if let Some(token) = self.resume {
                joined.insert("NextToken".into(), token);
            }
        }
        (joined, pages)
    }
}

/// The pages of an operation, one by one as they are.
pub(super) struct Each {
    service: Service,
    operation: &'static Operation,
    paginator: &'static Paginator,
    input: Option<Map<String, Value>>,
}

impl Each {
    pub(super) fn new(
        service: Service,
        operation: &str,
        mut input: Map<String, Value>,
        page_size: Option<i64>,
    ) -> Result<Self, Failed> {
        let missing = || Failed::general(format!("{operation} has no pages"));
        let operation = service.model().operation(operation).ok_or_else(missing)?;
        let paginator = operation.paginator.as_ref().ok_or_else(missing)?;
        if let (Some(key), Some(size)) = (&paginator.limit_key, page_size) {
            input.insert(key.clone(), size.into());
        }
        Ok(Self {
            service,
            operation,
            paginator,
            input: Some(input),
        })
    }

    /// The next page, if there is one.
    pub(super) async fn next(&mut self, run: &mut Run<'_>) -> Result<Option<Value>, Failed> {
        let Some(mut input) = self.input.take() else {
            return Ok(None);
        };
        let page = run
            .call(self.service, self.operation, input.clone())
            .await?;
        if let Some(tokens) = next_token(self.paginator, &page)? {
            let same = tokens
                .iter()
                .all(|(name, token)| input.get(name) == Some(token));
            if same {
                return Err(twice(tokens));
            }
            input.extend(tokens.into_iter().filter(|(_, token)| !token.is_null()));
            self.input = Some(input);
        }
        Ok(Some(page))
    }
}

fn twice(tokens: Map<String, Value>) -> Failed {
    Failed::general(format!(
        "Error during pagination: The same next token was received twice: {}",
        Value::Object(tokens)
    ))
}

/// The tokens of the page after this one, if there is one.
fn next_token(paginator: &Paginator, page: &Value) -> Result<Option<Map<String, Value>>, Failed> {
    if let Some(more) = &paginator.more_results
        && at(page, more) != Some(&Value::Bool(true))
    {
        return Ok(None);
    }
    let mut next = Map::new();
    for (expression, name) in paginator.output_token.iter().zip(&paginator.input_token) {
        let value = search(expression, page)?;
        let value = match value {
            Value::String(text) if text.is_empty() => Value::Null,
            other => other,
        };
        next.insert(name.clone(), value);
    }
    Ok(next.values().any(|value| !value.is_null()).then_some(next))
}

/// Where a slice of Python's ends; below zero it is counted from behind.
fn slice_end(length: usize, end: i64) -> usize {
    let size = usize::try_from(end.unsigned_abs()).unwrap_or(usize::MAX);
    if end < 0 {
        length.saturating_sub(size)
    } else {
        length.min(size)
    }
}

/// What an expression of the model finds in an answer.
pub(super) fn search(expression: &str, answer: &Value) -> Result<Value, Failed> {
    query::compile(expression)
        .map_err(|why| Failed::general(why.to_string()))?
        .search(answer)
        .map_err(|why| Failed::general(why.to_string()))
}

/// The value at a dotted path.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.')
        .try_fold(value, |value, name| value.get(name))
}

fn at_mut<'v>(value: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    path.split('.')
        .try_fold(value, |value, name| value.get_mut(name))
}

/// Puts a value at a dotted path, with the structures on the way.
fn put(into: &mut Value, path: &str, value: Value) {
    let mut place = into;
    for name in path.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(members) = place else {
            return;
        };
        place = members.entry(name).or_insert(Value::Null);
    }
    *place = value;
}
