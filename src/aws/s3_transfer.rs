//! `s3 cp|mv|sync|rm`: one object after the other, told as the AWS CLI tells it.

mod objects;

use std::cmp::Ordering;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::call::Run;
use super::execute::Done;
use super::failed::{Failed, ServiceFailure};
use super::pages;
use super::s3_files::{Filters, absolute, leaves_folder, relative, walk};
use super::s3_settings::Parts;
use crate::awscli::{Globals, Rm, S3Uri, Target, Transfer};
use crate::model::Service;

/// Which command moves things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// `cp`.
    Copy,
    /// `mv`.
    Move,
    /// `sync`.
    Sync,
}

/// A place that holds objects or files.
#[derive(Debug, Clone)]
enum Side {
    /// A file, or a folder with a slash behind it.
    Local(String),
    /// `bucket/key`, or a prefix with a slash behind it.
    S3(String),
}

impl Side {
    fn path(&self) -> &str {
        match self {
            Self::Local(path) | Self::S3(path) => path,
        }
    }
}

/// One thing to be moved.
#[derive(Debug, Clone)]
struct Item {
    /// Absolute path, or `bucket/key`.
    path: String,
    /// Path below the source, with slashes.
    key: String,
    size: u64,
    modified: Option<Timestamp>,
}

/// What goes wrong with single items: told, counted, and the command goes on.
#[derive(Default)]
pub(super) struct Tally {
    stderr: String,
    failures: u64,
    warnings: u64,
    cause: Option<Box<ServiceFailure>>,
}

impl Tally {
    fn failed(&mut self, quiet: bool, line: &str, why: Failed) {
        self.failures += 1;
        if !quiet {
            self.stderr.push_str(&format!("{line} {}\n", why.text()));
        }
        if self.cause.is_none() {
            self.cause = why.cause();
        }
    }

    fn warned(&mut self, quiet: bool, text: &str) {
        self.warnings += 1;
        if !quiet {
            self.stderr.push_str(&format!("warning: {text}\n"));
        }
    }

    fn fatal(&mut self, quiet: bool, why: Failed) {
        self.failed(quiet, "fatal error:", why);
    }

    pub(super) fn done(self) -> Result<Done, Failed> {
        if self.failures > 0 {
            return Err(Failed::bare(self.stderr, 1, self.cause));
        }
        Ok(Done {
            stderr: self.stderr,
            exit: if self.warnings > 0 { 2 } else { 0 },
            ..Done::default()
        })
    }
}

/// A transfer with its ends worked out.
struct Plan<'t> {
    transfer: &'t Transfer,
    verb: Verb,
    source: Side,
    target: Side,
    /// Whether things keep their names below the target.
    keeps_names: bool,
    filters: Filters,
}

fn split(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

fn object(path: &str) -> Map<String, Value> {
    let (bucket, key) = split(path);
    let mut input = Map::new();
    input.insert("Bucket".into(), bucket.into());
    input.insert("Key".into(), key.into());
    input
}

fn uri(path: &S3Uri, recursive: bool) -> String {
    let mut text = format!("{}/{}", path.bucket, path.key);
    if recursive && !text.ends_with('/') {
        text.push('/');
    }
    text
}

/// The same of an end of a transfer: of no bucket there is nothing but what was written.
fn end(path: &S3Uri, recursive: bool, written: &str) -> String {
    if written == "s3://" && !recursive {
        return String::new();
    }
    uri(path, recursive)
}

impl Run<'_> {
    /// `s3 cp`, `s3 mv` and `s3 sync`.
    pub(super) async fn transfer(
        &mut self,
        verb: Verb,
        transfer: &Transfer,
    ) -> Result<Done, Failed> {
        let profile = self.session.route().profile(self.globals)?;
        self.parts = Parts::of(profile.as_ref())?;
        let copies = matches!(
            (&transfer.source, &transfer.target),
            (Target::S3(_), Target::S3(_))
        );
        if let Some(region) = transfer.source_region.as_ref()
            && copies
            && !region.is_empty()
        {
            let source = self.in_region(region)?;
            self.session.route().client(&source, Service::S3).await?;
            self.source = Some(source);
        }
        if let (Target::Stream, _) | (_, Target::Stream) = (&transfer.source, &transfer.target) {
            return self.stream(transfer).await;
        }
        let plan = self.plan(verb, transfer)?;
        let mut tally = Tally::default();
        let quiet = transfer.quiet;
        if let Side::Local(path) = &plan.source
            && transfer.recursive
            && !Path::new(path).is_dir()
        {
            tally.warned(
                quiet,
                &format!("Skipping file {path}. File does not exist."),
            );
            return tally.done();
        }
        self.at_source = true;
        let sources = self
            .items(&plan.source, transfer.recursive, transfer, &mut tally)
            .await;
        self.at_source = false;
        let sources = match sources {
            Ok(items) => items,
            Err(why) => {
                tally.fatal(quiet, why);
                return tally.done();
            }
        };
        let sources = sources
            .into_iter()
            .filter(|item| plan.filters.take(&item.path));
        if verb != Verb::Sync {
            for item in sources {
                self.item(&plan, &item, &mut tally).await;
            }
            return tally.done();
        }
        let targets = match self.items(&plan.target, true, transfer, &mut tally).await {
            Ok(items) => items,
            Err(why) => {
                tally.fatal(quiet, why);
                return tally.done();
            }
        };
        let targets = targets
            .into_iter()
            .filter(|item| plan.filters.take(&item.path));
        self.sync(&plan, sources.collect(), targets.collect(), &mut tally)
            .await;
        tally.done()
    }

    /// Goes through both sides in the order of their keys.
    async fn sync(
        &mut self,
        plan: &Plan<'_>,
        mut sources: Vec<Item>,
        mut targets: Vec<Item>,
        tally: &mut Tally,
    ) {
        sources.sort_by(|one, other| one.key.cmp(&other.key));
        targets.sort_by(|one, other| one.key.cmp(&other.key));
        let mut sources = sources.into_iter().peekable();
        let mut targets = targets.into_iter().peekable();
        loop {
            let order = match (sources.peek(), targets.peek()) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(source), Some(target)) => source.key.cmp(&target.key),
            };
            let source = if order.is_le() { sources.next() } else { None };
            let target = if order.is_ge() { targets.next() } else { None };
            match (source, target) {
                (Some(source), None) => self.item(plan, &source, tally).await,
                (Some(source), Some(target)) if plan.differs(&source, &target) => {
                    self.item(plan, &source, tally).await;
                }
                (None, Some(target)) if plan.transfer.delete => {
                    let transfer = plan.transfer;
                    let local = matches!(plan.target, Side::Local(_));
                    let printed = Printing {
                        quiet: transfer.quiet,
                        only_errors: transfer.only_show_errors,
                        dryrun: transfer.dryrun,
                    };
                    self.delete(&target.path, local, printed, &Map::new(), tally)
                        .await;
                }
                _ => {}
            }
        }
    }

    fn plan<'t>(&self, verb: Verb, transfer: &'t Transfer) -> Result<Plan<'t>, Failed> {
        let whole = transfer.recursive;
        let local = |path: &str| {
            let full = absolute(&self.session.folder, path);
            let folder =
                whole || Path::new(&full).is_dir() || path.ends_with(std::path::is_separator);
            let full = if folder && !full.ends_with('/') {
                full + "/"
            } else {
                full
            };
            (Side::Local(full), folder)
        };
        let side = |target: &Target, written: &str| match target {
            Target::Local(path) => local(path),
            Target::S3(path) => {
                let text = end(path, whole, written);
                let named = text.ends_with('/');
                (Side::S3(text), named)
            }
            Target::Stream => (Side::Local("-".into()), false),
        };
        if let Target::Local(path) = &transfer.source {
            let full = absolute(&self.session.folder, path);
            if path.is_empty() || !Path::new(&full).exists() {
                return Err(Failed::general(format!(
                    "The user-provided path {path} does not exist."
                )));
            }
        }
        // The folder of a download is there before anything is asked.
        if let Target::Local(path) = &transfer.target
            && whole
        {
            let full = absolute(&self.session.folder, path);
            if !Path::new(&full).exists() {
                std::fs::create_dir_all(&full).map_err(|why| io_failed(path, &why))?;
            }
        }
        let (source, _) = side(&transfer.source, &transfer.paths[0]);
        let (target, keeps_names) = side(&transfer.target, &transfer.paths[1]);
        let filters = Filters::new(
            &transfer.filters,
            &[root(&source, whole), root(&target, whole)],
        )?;
        Ok(Plan {
            transfer,
            verb,
            source,
            target,
            keeps_names,
            filters,
        })
    }

    /// What a side holds.
    async fn items(
        &mut self,
        side: &Side,
        recursive: bool,
        transfer: &Transfer,
        tally: &mut Tally,
    ) -> Result<Vec<Item>, Failed> {
        match side {
            // The target of `sync` is made when something is put there.
            Side::Local(path) if !Path::new(path).exists() => Ok(Vec::new()),
            Side::Local(path) => {
                let walked = walk(Path::new(path), recursive, transfer.follow_symlinks)
                    .map_err(|why| Failed::general(why.to_string()))?;
                for path in walked.broken {
                    let text = format!("Skipping file {path}. File does not exist.");
                    tally.warned(transfer.quiet, &text);
                }
                Ok(walked
                    .files
                    .into_iter()
                    .map(|file| Item {
                        key: below(&file.path, path, recursive),
                        path: file.path,
                        size: file.size,
                        modified: file.modified,
                    })
                    .collect())
            }
            Side::S3(path) => {
                let payer = transfer.members.get("RequestPayer");
                self.objects(path, recursive, transfer.page_size, payer, false)
                    .await
            }
        }
    }

    /// The objects of a path: the one of that key, or those below it.
    async fn objects(
        &mut self,
        path: &str,
        recursive: bool,
        page_size: Option<i64>,
        payer: Option<&Value>,
        deletes: bool,
    ) -> Result<Vec<Item>, Failed> {
        let (bucket, prefix) = split(path);
        if !recursive && !prefix.is_empty() {
            let mut input = object(path);
            if let Some(payer) = payer {
                input.insert("RequestPayer".into(), payer.clone());
            }
            let answer = self
                .named(Service::S3, "HeadObject", input)
                .await
                .map_err(|why| missing(why, prefix))?;
            return Ok(vec![Item {
                path: path.to_owned(),
                key: below(path, path, false),
                size: answer
                    .output
                    .get("ContentLength")
                    .and_then(Value::as_u64)
                    .unwrap_or(0),
                modified: time(answer.output.get("LastModified")),
            }]);
        }
        let mut input = Map::new();
        input.insert("Bucket".into(), bucket.into());
        input.insert("Prefix".into(), prefix.into());
        if let Some(payer) = payer {
            input.insert("RequestPayer".into(), payer.clone());
        }
        let mut found = Vec::new();
        let mut pages = pages::Each::new(Service::S3, "ListObjectsV2", input, page_size)?;
        while let Some(page) = pages.next(self).await? {
            let rows = page.get("Contents").and_then(Value::as_array);
            for row in rows.into_iter().flatten() {
                let key = row.get("Key").and_then(Value::as_str).unwrap_or_default();
                let size = row.get("Size").and_then(Value::as_u64).unwrap_or(0);
                let folder = size == 0 && key.ends_with('/');
                let other = !recursive && key != prefix;
                if (folder && !deletes) || (other && !folder) {
                    continue;
                }
                let full = format!("{bucket}/{key}");
                found.push(Item {
                    key: below(&full, path, recursive),
                    path: full,
                    size,
                    modified: time(row.get("LastModified")),
                });
            }
        }
        Ok(found)
    }

    /// Moves one thing and tells it.
    async fn item(&mut self, plan: &Plan<'_>, item: &Item, tally: &mut Tally) {
        let transfer = plan.transfer;
        let target = if plan.keeps_names {
            format!("{}{}", plan.target.path(), item.key)
        } else {
            plan.target.path().to_owned()
        };
        let source_shown = self.shown(&plan.source, &item.path);
        let target_shown = self.shown(&plan.target, &target);
        let kind = match (&plan.source, &plan.target) {
            _ if plan.verb == Verb::Move => "move",
            (Side::Local(_), _) => "upload",
            (Side::S3(_), Side::Local(_)) => "download",
            (Side::S3(_), Side::S3(_)) => "copy",
        };
        let line = format!("{source_shown} to {target_shown}");
        let local_target = matches!(plan.target, Side::Local(_));
        if local_target && leaves_folder(&item.key) {
            tally.warned(
                transfer.quiet,
                &format!("Skipping file {target_shown}. File references a parent directory."),
            );
            return;
        }
        if local_target && transfer.no_overwrite && Path::new(&target).exists() {
            return;
        }
        let loud = !transfer.quiet && !transfer.only_show_errors;
        if transfer.dryrun {
            if !transfer.quiet {
                self.print(&format!("(dryrun) {kind}: {line}\n"));
            }
            return;
        }
        let moved = match (&plan.source, &plan.target) {
            (Side::Local(_), _) => self.upload(plan.transfer, item, &target).await,
            (Side::S3(_), Side::Local(_)) => self.download(plan.transfer, item, &target).await,
            (Side::S3(_), Side::S3(_)) => self.copy(plan.transfer, item, &target).await,
        };
        let moved = match moved {
            Ok(()) if plan.verb == Verb::Move => self.remove_source(plan, item).await,
            other => other,
        };
        match moved {
            Ok(()) => {
                if loud {
                    self.print(&format!("{kind}: {line}\n"));
                }
            }
            Err(Failed::Service(error))
                if transfer.no_overwrite && error.code == "PreconditionFailed" => {}
            Err(why) => tally.failed(transfer.quiet, &format!("{kind} failed: {line}"), why),
        }
    }

    fn shown(&self, side: &Side, path: &str) -> String {
        match side {
            Side::Local(_) => relative(&self.session.folder, path),
            Side::S3(_) => format!("s3://{path}"),
        }
    }

    async fn remove_source(&mut self, plan: &Plan<'_>, item: &Item) -> Result<(), Failed> {
        match plan.source {
            Side::Local(_) => {
                std::fs::remove_file(&item.path).map_err(|why| io_failed(&item.path, &why))
            }
            Side::S3(_) => self
                .of_source("DeleteObject", object(&item.path))
                .await
                .map(drop),
        }
    }

    /// How the source of copies is asked. The AWS CLI looks for its endpoint anew, and not on the
    /// command line.
    fn in_region(&self, region: &str) -> Result<Globals, Failed> {
        let endpoint = self.session.environment.s3_endpoint.clone();
        if self.globals.endpoint_url.is_some() && endpoint.is_none() {
            return Err(Failed::general(
                "rolecall has no `--source-region` beside `--endpoint-url`: the AWS CLI would look \
                 for the source on AWS itself; name the endpoint in AWS_ENDPOINT_URL",
            ));
        }
        Ok(Globals {
            region: Some(region.to_owned()),
            endpoint_url: endpoint.filter(|_| !self.session.target.is_sandbox()),
            ..self.globals.clone()
        })
    }

    /// `s3 rm`.
    pub(super) async fn rm(&mut self, rm: &Rm) -> Result<Done, Failed> {
        let mut tally = Tally::default();
        let path = uri(&rm.uri, rm.recursive);
        // The prefix as it was given: `s3://b/a` with --recursive means `a/…`.
        let side = Side::S3(path.clone());
        let filters = Filters::new(&rm.filters, &[root(&side, rm.recursive)])?;
        let payer = rm.request_payer.as_deref().map(Value::from);
        let mut members = Map::new();
        if let Some(payer) = &payer {
            members.insert("RequestPayer".into(), payer.clone());
        }
        let single = !rm.recursive && !rm.uri.key.is_empty();
        let paths = if single {
            vec![path]
        } else {
            let found = self
                .objects(&path, rm.recursive, rm.page_size, payer.as_ref(), true)
                .await;
            match found {
                Ok(items) => items.into_iter().map(|item| item.path).collect(),
                Err(why) => {
                    tally.fatal(rm.quiet, why);
                    return tally.done();
                }
            }
        };
        let printing = Printing {
            quiet: rm.quiet,
            only_errors: rm.only_show_errors,
            dryrun: rm.dryrun,
        };
        for path in paths {
            if filters.take(&path) {
                self.delete(&path, false, printing, &members, &mut tally)
                    .await;
            }
        }
        tally.done()
    }

    async fn delete(
        &mut self,
        path: &str,
        local: bool,
        printing: Printing,
        members: &Map<String, Value>,
        tally: &mut Tally,
    ) {
        let shown = if local {
            relative(&self.session.folder, path)
        } else {
            format!("s3://{path}")
        };
        let loud = !printing.quiet && !printing.only_errors;
        if printing.dryrun {
            if !printing.quiet {
                self.print(&format!("(dryrun) delete: {shown}\n"));
            }
            return;
        }
        let deleted = if local {
            std::fs::remove_file(path).map_err(|why| io_failed(path, &why))
        } else {
            let mut input = object(path);
            input.extend(members.clone());
            self.named(Service::S3, "DeleteObject", input)
                .await
                .map(drop)
        };
        match deleted {
            Ok(()) => {
                if loud {
                    self.print(&format!("delete: {shown}\n"));
                }
            }
            Err(why) => tally.failed(printing.quiet, &format!("delete failed: {shown}"), why),
        }
    }
}

/// What is told.
#[derive(Clone, Copy)]
struct Printing {
    quiet: bool,
    only_errors: bool,
    dryrun: bool,
}

impl Plan<'_> {
    /// Whether `sync` replaces the target.
    fn differs(&self, source: &Item, target: &Item) -> bool {
        if self.transfer.no_overwrite {
            return false;
        }
        if source.size != target.size {
            return true;
        }
        if self.transfer.size_only {
            return false;
        }
        let (Some(from), Some(to)) = (source.modified, target.modified) else {
            return false;
        };
        match (&self.source, &self.target) {
            (Side::S3(_), Side::Local(_)) if self.transfer.exact_timestamps => from != to,
            // A file that is newer than its object has been changed since.
            (Side::S3(_), Side::Local(_)) => to > from,
            _ => to < from,
        }
    }
}

/// The members that an operation has.
fn fitting<'m>(
    operation: &str,
    members: &'m Map<String, Value>,
) -> impl Iterator<Item = (String, Value)> + 'm {
    let model = Service::S3.model();
    let input = model
        .operation(operation)
        .and_then(|operation| model.input(operation));
    members
        .iter()
        .filter(move |(name, _)| input.is_some_and(|input| input.field(name).is_some()))
        .map(|(name, value)| (name.clone(), value.clone()))
}

/// The path of a thing below the place that was named; its own name where that is it.
fn below(path: &str, place: &str, recursive: bool) -> String {
    let rest = if recursive {
        path.strip_prefix(place)
    } else {
        path.rsplit('/').next()
    };
    rest.unwrap_or(path).to_owned()
}

/// Where patterns of `--include` and `--exclude` begin.
fn root(side: &Side, recursive: bool) -> String {
    let path = side.path();
    if recursive {
        return path.trim_end_matches('/').to_owned();
    }
    path.rsplit_once('/')
        .map_or_else(|| path.to_owned(), |(folder, _)| folder.to_owned())
}

fn time(value: Option<&Value>) -> Option<Timestamp> {
    value.and_then(Value::as_str)?.parse().ok()
}

/// A missing key in the CLI's words.
fn missing(why: Failed, key: &str) -> Failed {
    match why {
        Failed::Service(mut error) if error.code == "404" => {
            error.message = format!("Key \"{key}\" does not exist");
            Failed::Service(error)
        }
        other => other,
    }
}

/// A file error in Python's words.
pub(super) fn io_failed(path: &str, why: &std::io::Error) -> Failed {
    let text = match why.raw_os_error() {
        Some(number) => {
            let said = why.to_string();
            let said = said.split(" (os error").next().unwrap_or(&said).to_owned();
            format!("[Errno {number}] {said}: '{path}'")
        }
        None => format!("{why}: '{path}'"),
    };
    Failed::general(text)
}
