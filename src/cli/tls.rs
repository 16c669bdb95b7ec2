//! The certificate of an endpoint: given, or made by an authority that is kept in a folder.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sysinfo::{NetworkData, Networks, System};

use crate::cli::arguments::{Place, Secured};
use crate::cli::{CliError, home};
use crate::live::LiveClock;
use crate::model::Millis;
use crate::server::{Authority, Tls, TlsError};

/// What an endpoint shows to its clients.
pub(super) struct Certificate {
    pub(super) tls: Tls,
    /// The file by which clients trust it, where it is our own.
    pub(super) authority: Option<PathBuf>,
}

/// The certificate that was asked for, if one was.
pub(super) fn certificate(
    asked: &Secured,
    listen: SocketAddr,
    place: &Place,
) -> Result<Option<Certificate>, CliError> {
    if let (Some(chain), Some(key)) = (&asked.tls_cert, &asked.tls_key) {
        let bytes = |path: &Path| {
            let unreadable = |why: io::Error| unreadable(path, &why);
            fs::read(path).map_err(unreadable)
        };
        let tls = Tls::new(&bytes(chain)?, &bytes(key)?).map_err(|why| {
            let path = if matches!(why, TlsError::Key(_)) { key } else { chain };
            CliError::Tls { path: path.clone(), why }
        })?;
        return Ok(Some(Certificate { tls, authority: None }));
    }
    if !asked.tls {
        return Ok(None);
    }
    let folder = match (&place.data, place.memory) {
        (Some(data), false) => data.join("tls"),
        (None, _) | (_, true) => home::tls().ok_or(CliError::NoStateFolder)?,
    };
    let now = LiveClock::start(Millis::ZERO).now();
    let file = folder.join("ca.pem");
    let wrong = |why| CliError::Tls { path: file.clone(), why };
    let authority = kept(&folder, &file, now)?;
    let (addresses, mut names) = of_machine(listen.ip());
    names.extend(asked.tls_names.iter().cloned());
    let tls = authority.endpoint(now, &addresses, &names).map_err(wrong)?;
    Ok(Some(Certificate { tls, authority: Some(file) }))
}

/// The authority that is kept in a folder; a new one where there is none.
fn kept(folder: &Path, file: &Path, now: Millis) -> Result<Authority, CliError> {
    let key = folder.join("ca-key.pem");
    let read = |path: &Path| match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        Err(why) => Err(unreadable(path, &why)),
    };
    let wrong = |why| CliError::Tls { path: file.to_owned(), why };
    if let (Some(certificate), Some(key)) = (read(file)?, read(&key)?) {
        return Authority::of(&certificate, &key).map_err(wrong);
    }
    let authority = Authority::new(now).map_err(wrong)?;
    // The key comes first: a certificate without one is replaced, as if it had not been made.
    let written = fs::create_dir_all(folder)
        .and_then(|()| write_secret(&key, &authority.key()))
        .and_then(|()| home::replace(file, &authority.certificate));
    written.map_err(|why| CliError::Unwritable { path: file.to_owned(), why: why.to_string() })?;
    Ok(authority)
}

/// Writes a file that nobody else may read.
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(why) if why.kind() != ErrorKind::NotFound => return Err(why),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

fn unreadable(path: &Path, why: &io::Error) -> CliError {
    CliError::Unreadable { path: path.to_owned(), why: why.to_string() }
}

/// The addresses at which clients reach an endpoint, and the name of this machine.
fn of_machine(listen: IpAddr) -> (Vec<IpAddr>, Vec<String>) {
    let networks = listen.is_unspecified().then(Networks::new_with_refreshed_list);
    let networks = networks.and_then(Result::ok);
    let all = networks.iter().flat_map(|networks| networks.values());
    let all = all.flat_map(NetworkData::ip_networks).map(|network| network.addr);
    let addresses = all.chain((!listen.is_unspecified()).then_some(listen)).collect();
    let is_name = |name: &String| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    };
    (addresses, System::host_name().ok().filter(is_name).into_iter().collect())
}
