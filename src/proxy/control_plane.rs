//! A control plane that a proxy may ask.
use super::marked::connect;
use crate::settings::host_of;
use rustls::pki_types::ServerName;
use std::{
    fmt, io,
    str::FromStr,
    time::{Duration, Instant},
};
use strait_shell::tls::TlsConnect;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};

/// Who takes longer to be reached is asked last.
const REACHED_WITHIN: Duration = Duration::from_secs(1);

/// Where a control plane serves its proxies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `HOST:PORT`.
    authority: String,
    name: ServerName<'static>,
}

/// One that may be asked.
#[derive(Clone)]
pub(super) struct ControlPlane {
    pub(super) address: Address,
    pub(super) connect: TlsConnect,
    /// Of what is sent to it; 0: none.
    pub(super) mark: u32,
}

/// Why a control plane is not reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreached {
    /// Nobody answers there.
    Away(String),
    /// Whoever answers there shows a certificate that is not believed.
    NotBelieved(String),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` must be https://HOST:PORT: control planes are reached over TLS only");
        let authority = text.strip_prefix("https://").ok_or_else(wrong)?.trim_end_matches('/');
        let host = host_of(authority).ok_or_else(wrong)?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| format!("`{text}`: {error}"))?;
        Ok(Self { authority: authority.to_owned(), name })
    }
}

impl Address {
    /// `HOST:PORT`.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// What its certificate must bear.
    pub(super) fn name(&self) -> ServerName<'static> {
        self.name.clone()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.authority)
    }
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why) => f.write_str(why),
            Self::NotBelieved(why) => write!(f, "its certificate is not believed: {why}"),
        }
    }
}

impl ControlPlane {
    /// Reaches it over TLS.
    pub(super) async fn reach(&self) -> io::Result<impl AsyncRead + AsyncWrite + Unpin + Send + 'static> {
        let stream = connect(self.address.authority(), self.mark).await?;
        stream.set_nodelay(true)?;
        self.connect.connector.connect(self.connect.name.clone(), stream).await
    }

    /// A connection to it, without TLS; `None`: there is none in time.
    pub(super) async fn dialed(&self) -> Option<TcpStream> {
        self.dial().await.ok()
    }

    /// How long it takes to be reached, by whoever shows a certificate that is believed.
    pub(super) async fn measured(&self) -> Result<Duration, Unreached> {
        let begun = Instant::now();
        let stream = self.dial().await?;
        let took = begun.elapsed();
        let shown = self.connect.connector.connect(self.connect.name.clone(), stream);
        match timeout(REACHED_WITHIN, shown).await {
            Ok(Ok(_)) => Ok(took),
            Ok(Err(error)) if is_of_certificate(&error) => Err(Unreached::NotBelieved(error.to_string())),
            Ok(Err(error)) => Err(Unreached::Away(error.to_string())),
            Err(_) => Err(late()),
        }
    }

    async fn dial(&self) -> Result<TcpStream, Unreached> {
        let away = |error: io::Error| Unreached::Away(error.to_string());
        let stream = timeout(REACHED_WITHIN, connect(self.address.authority(), self.mark)).await.map_err(|_| late())?.map_err(away)?;
        stream.set_nodelay(true).map_err(away)?;
        Ok(stream)
    }
}

fn late() -> Unreached {
    Unreached::Away(format!("there was no answer within {} s", REACHED_WITHIN.as_secs()))
}

fn is_of_certificate(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    matches!(error, Some(rustls::Error::InvalidCertificate(_)))
}

/// How long each takes to be reached. All at once, so that those that are away cost their time only once.
pub(super) async fn measured(control_planes: &[ControlPlane]) -> Vec<Result<Duration, Unreached>> {
    let measuring = control_planes.iter().cloned().map(|control_plane| tokio::spawn(async move { control_plane.measured().await }));
    let mut measured = Vec::new();
    for took in measuring.collect::<Vec<_>>() {
        measured.push(took.await.unwrap_or_else(|error| Err(Unreached::Away(error.to_string()))));
    }
    measured
}
