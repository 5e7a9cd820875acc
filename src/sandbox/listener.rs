//! Everybody's door: an HTTP server on the loopback interface, for the learner's own `aws`, boto3
//! or Terraform.
//!
//! All services answer on one address; the signature's scope says which is meant. It never binds
//! to anything but loopback.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::connector::BODY_LIMIT;
use super::{ClientAddress, Sandbox};

/// Connections served at once; further ones wait to be accepted.
const CONNECTIONS: usize = 2_048;
/// How long a client may take over the head of a request, and idle between two.
const HEAD_TIME: Duration = Duration::from_secs(60);
/// How long a client may take over a body.
const BODY_TIME: Duration = Duration::from_secs(300);
/// Bodies received at once, in units of [`BODY_UNIT`]; further ones wait.
const BODY_UNITS: u32 = 1_024;
/// What a body counts for while its length is not known, and the unit of counting: 1 MiB.
const BODY_UNIT: usize = 1024 * 1024;
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
    if !listener.local_addr()?.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the sandbox is served on the loopback interface only",
        ));
    }
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    let bodies = Arc::new(Semaphore::new(BODY_UNITS as usize));
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
            bodies: bodies.clone(),
            address,
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
    bodies: Arc<Semaphore>,
    address: IpAddr,
}

async fn converse(stream: TcpStream, door: Door, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(door.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service);
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
        let length = hyper::body::Body::size_hint(&body).upper();
        let body = match length {
            Some(0) => Bytes::new(),
            Some(length) if length > BODY_LIMIT as u64 => return too_large(),
            _ => match self.receive(body, length).await {
                Ok(body) => body,
                Err(refusal) => return refusal,
            },
        };
        parts.extensions.insert(ClientAddress(self.address));
        self.sandbox
            .handle(Request::from_parts(parts, body))
            .map(Full::new)
    }

    /// Takes a body in, within the bounds of size, time and what all clients together may hold.
    async fn receive(
        &self,
        body: Incoming,
        length: Option<u64>,
    ) -> Result<Bytes, Response<Full<Bytes>>> {
        let length = length.and_then(|length| usize::try_from(length).ok());
        let units = length.map_or(1, |length| length / BODY_UNIT + 1);
        let units = u32::try_from(units).map_or(BODY_UNITS, |units| units.min(BODY_UNITS));
        let receiving = async {
            let _permit = self.bodies.acquire_many(units).await;
            Limited::new(body, BODY_LIMIT).collect().await
        };
        match tokio::time::timeout(BODY_TIME, receiving).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
            Ok(Err(_)) => Err(plain(
                StatusCode::BAD_REQUEST,
                "the request's body broke off\n",
            )),
            Err(_) => Err(plain(
                StatusCode::REQUEST_TIMEOUT,
                "the request's body did not come in time\n",
            )),
        }
    }
}

fn too_large() -> Response<Full<Bytes>> {
    plain(
        StatusCode::PAYLOAD_TOO_LARGE,
        "the request's body is larger than rolecall's sandbox takes (256 MiB)\n",
    )
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
}
