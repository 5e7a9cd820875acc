//! Everybody's door: an HTTP server on the loopback interface, for the learner's own `aws`, boto3
//! or Terraform.
//!
//! All services answer on one address; the signature's scope says which is meant. It never binds
//! to anything but loopback. The `Host` header is not restricted: buckets stand in it. A page in a
//! browser that gets a name to lead here has no key to sign with, and is told nothing that a stranger
//! would not be.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio_io_timeout::TimeoutStream;

use super::pipeline::largest_body;
use super::{ClientAddress, Sandbox, Unreceived};

/// The unit in which bodies count; a smaller one counts as its connection.
const ROOM: usize = 64 * 1024;
/// What the bodies that are being received may hold together, in units of [`ROOM`]: 512 MiB.
const ROOMS: usize = 8_192;
/// A body of so many bytes takes so long to hash that others would notice.
const LONG_BODY: usize = 256 * 1024;

/// What clients may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections served at once; further ones wait to be accepted.
    pub connections: usize,
    /// How long a client may take over the head of a request, and idle between two.
    pub head: Duration,
    /// How long a client may take over a body.
    pub body: Duration,
    /// How long a client may read nothing of its answer.
    pub write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2_048,
            head: Duration::from_secs(60),
            body: Duration::from_secs(300),
            write: Duration::from_secs(60),
        }
    }
}

/// How long open requests may go on when the server stops.
const GRACE: Duration = Duration::from_secs(3);

/// Binds a port of the loopback interface; 0 takes a free one.
///
/// # Errors
///
/// Where the port is taken or not allowed.
pub async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Serves a sandbox until `stop` is ready, then lets the open requests finish for a while.
///
/// # Errors
///
/// Where the listener is not on the loopback interface.
pub async fn serve(
    listener: TcpListener,
    sandbox: Arc<Sandbox>,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    serve_within(Limits::default(), listener, sandbox, stop).await
}

/// The same with limits of one's own.
///
/// # Errors
///
/// As [`serve`].
pub async fn serve_within(
    limits: Limits,
    listener: TcpListener,
    sandbox: Arc<Sandbox>,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    if !listener.local_addr()?.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the sandbox is served on the loopback interface only",
        ));
    }
    let connections = Arc::new(Semaphore::new(limits.connections));
    let room = Arc::new(Semaphore::new(ROOMS));
    let (stopping, stopped) = watch::channel(false);
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &connections) => accepted,
        };
        let Some((stream, address, permit)) = accepted else {
            // Out of file descriptors, or a client that went before it was accepted: go on soon.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let door = Door {
            sandbox: sandbox.clone(),
            room: room.clone(),
            address,
            limits,
        };
        let stopped = stopped.clone();
        tokio::spawn(async move {
            converse(stream, door, stopped).await;
            drop(permit);
        });
    }
    drop(listener);
    drop(stopped);
    let _ = stopping.send(true);
    let _ = tokio::time::timeout(GRACE, stopping.closed()).await;
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, IpAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = connections.clone().acquire_owned().await.ok()?;
    let (stream, address) = listener.accept().await.ok()?;
    Some((stream, address.ip(), permit))
}

/// What a connection needs to answer.
#[derive(Clone)]
struct Door {
    sandbox: Arc<Sandbox>,
    room: Arc<Semaphore>,
    address: IpAddr,
    limits: Limits,
}

async fn converse(stream: TcpStream, door: Door, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let limits = door.limits;
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write));
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(door.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .half_close(true)
        .header_read_timeout(limits.head)
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    tokio::pin!(connection);
    // A client that breaks off or speaks no HTTP ends its own connection, nothing else.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

impl Door {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (mut parts, body) = request.into_parts();
        let received = if body.is_end_stream() {
            Ok((Bytes::new(), None))
        } else {
            let most = largest_body(&parts, body.size_hint().upper());
            let receive = self.receive(body, most);
            let received = tokio::time::timeout(self.limits.body, receive).await;
            received.unwrap_or(Err(Unreceived::Late))
        };
        let (body, _room) = match received {
            Ok(received) => received,
            Err(why) => return self.sandbox.refuse(&parts, why).map(Full::new),
        };
        parts.extensions.insert(ClientAddress(self.address));
        let long = body.len() >= LONG_BODY;
        let request = Request::from_parts(parts, body);
        if !long {
            return self.sandbox.handle(request).map(Full::new);
        }
        let sandbox = self.sandbox.clone();
        let answer = tokio::task::spawn_blocking(move || sandbox.handle(request)).await;
        answer.unwrap_or_else(|_| internal()).map(Full::new)
    }

    /// Takes a body in, within the bounds of size, time and what all clients together may hold.
    /// What counts is what came, not what a client says that it will send.
    async fn receive(
        &self,
        mut body: Incoming,
        most: usize,
    ) -> Result<(Bytes, Option<SemaphorePermit<'_>>), Unreceived> {
        if let Some(length) = body.size_hint().upper().filter(|it| *it > most as u64) {
            return Err(Unreceived::TooLarge(Some(length)));
        }
        let mut whole = BytesMut::new();
        let mut room: Option<SemaphorePermit<'_>> = None;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Unreceived::BrokenOff)?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if whole.is_empty() && body.is_end_stream() && data.len() < ROOM {
                return Ok((data, None));
            }
            let length = whole.len() + data.len();
            if length > most {
                return Err(Unreceived::TooLarge(None));
            }
            let held = room.as_ref().map_or(0, SemaphorePermit::num_permits);
            let more = u32::try_from((length / ROOM).saturating_sub(held)).unwrap_or(u32::MAX);
            if more > 0 {
                let more = self.room.try_acquire_many(more);
                let more = more.map_err(|_| Unreceived::NoRoom)?;
                match &mut room {
                    Some(room) => room.merge(more),
                    None => room = Some(more),
                }
            }
            whole.extend_from_slice(&data);
        }
        Ok((whole.freeze(), room))
    }
}

/// The answer where there is none: a defect of the sandbox.
fn internal() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(b"rolecall's sandbox failed\n"));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
