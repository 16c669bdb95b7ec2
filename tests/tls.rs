//! TLS on both ends: hands that are shaken, hands that are not, and what is told of it.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;
use watershed::engine::EngineOptions;
use watershed::model::{Action, Millis};
use watershed::remote::{AskError, Client, Place, Who};
use watershed::server::{Authority, Heard, Options, Tls};
use watershed::tls;

use crate::clients::Served;
use crate::conformance::endpoint::Endpoint;

const PROGRAM: &str = env!("CARGO_BIN_EXE_watershed");

/// A folder for the files of one test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tls").join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A certificate that is signed by nobody else, and its key, in PEM.
fn certificate(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("they are names");
    change(&mut params);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    let certificate = tls::pem("CERTIFICATE", certificate.der());
    (certificate, tls::pem("PRIVATE KEY", key.serialized_der()))
}

/// An endpoint with such a certificate, and what it hears of those who have none to do with it.
fn endpoint(
    (certificate, key): &(String, String),
    patience: Duration,
) -> (Endpoint, Receiver<String>) {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let sink = move |heard: &Heard<'_>| {
        if let Heard::NoHandshake { client, why } = heard {
            assert!(client.is_some_and(|client| client.ip().is_loopback()));
            // The test may have seen enough.
            drop(tell.lock().expect("nobody panics").send(why.clone()));
        }
    };
    let options = Options {
        workers: 1,
        tls: Some(Tls::new(certificate.as_bytes(), key.as_bytes()).expect("they are a pair")),
        sink: Some(Arc::new(sink)),
        patience,
        ..Options::default()
    };
    (Endpoint::of(EngineOptions::default(), options), told)
}

const LONG: Duration = Duration::from_secs(30);

/// Asks as our own client that trusts a certificate.
fn ask(endpoint: &Endpoint, name: &str, trusted: &str) -> Result<(), AskError> {
    let file = folder(name).join("ca.pem");
    fs::write(&file, trusted).expect("a file");
    let place = format!("https://localhost:{}", endpoint.address().port());
    let who = Who::new(None, None, Box::new(|_| None)).trusting(Some(file));
    let mut client = Client::new(Place::parse(&place).expect("a URL"), Arc::new(who));
    client.ask_once(Action::ListStreams, &json!({})).map(|_| ())
}

#[test]
fn who_speaks_no_tls_is_told_so_and_hurts_nobody() {
    let pair = certificate(&["localhost"], |_| {});
    let (endpoint, told) = endpoint(&pair, LONG);
    let mut plain = endpoint.connect();
    plain.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}").expect("sent");
    let mut answer = String::new();
    plain.read_to_string(&mut answer).expect("it is text, and ends");
    assert!(
        answer.starts_with("HTTP/1.1 400 ") && answer.contains("begins with https"),
        "{answer}"
    );
    let (head, body) = answer.split_once("\r\n\r\n").expect("it has a head");
    assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{answer}");
    drop(plain);
    assert_eq!(told.recv_timeout(LONG).as_deref(), Ok("the client speaks HTTP without TLS"));
    for (sent, expected) in [
        (&b"\x00\xff"[..], "the client speaks no TLS"),
        (b"\x16\x03\x01\x00\x05hello", "received corrupt message"),
        (b"", "the client left without a word"),
        (b"\x16\x03", "eof"),
    ] {
        let mut client = endpoint.connect();
        client.write_all(sent).expect("it is taken");
        // Who was quick to see what that is has ended it already.
        if let Err(why) = client.shutdown(std::net::Shutdown::Write) {
            assert_eq!(why.kind(), std::io::ErrorKind::NotConnected);
        }
        let why = told.recv_timeout(LONG).expect("it is told");
        assert!(why.contains(expected), "{why}");
    }
    ask(&endpoint, "plain", &pair.0).expect("others are served");
}

#[test]
fn a_handshake_that_does_not_go_on_is_given_up() {
    let pair = certificate(&["localhost"], |_| {});
    let (endpoint, told) = endpoint(&pair, Duration::from_millis(50));
    let mut clients: Vec<_> = (0..20).map(|_| endpoint.connect()).collect();
    for (at, client) in clients.iter_mut().enumerate() {
        // The head of a message that is never sent, or nothing at all.
        client.write_all(&b"\x16\x03\x01\x02\x00"[..at % 2 * 5]).expect("it is taken");
    }
    for client in &mut clients {
        let why = told.recv_timeout(LONG).expect("it is told");
        assert_eq!(why, "it was not done within 0.05 s");
        assert_eq!(client.read(&mut [0]).ok(), Some(0), "it is cut off");
    }
}

#[test]
fn both_versions_of_http_are_offered() {
    let pair = certificate(&["localhost"], |_| {});
    let (endpoint, _told) = endpoint(&pair, LONG);
    let mut roots = RootCertStore::empty();
    for certificate in tls::certificates(pair.0.as_bytes()).expect("there is one") {
        roots.add(certificate).expect("it can be trusted");
    }
    for (asked, chosen) in [
        (&["h2", "http/1.1"][..], Some(&b"h2"[..])),
        (&["http/1.1"], Some(b"http/1.1")),
        (&[], None),
    ] {
        let mut config = ClientConfig::builder_with_provider(tls::provider())
            .with_safe_default_protocol_versions()
            .expect("the ciphers fit")
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = asked.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = ServerName::try_from("localhost").expect("it is a name");
        let client = ClientConnection::new(Arc::new(config), name).expect("it begins");
        let mut stream = StreamOwned::new(client, endpoint.connect());
        let http_2 = chosen == Some(b"h2");
        // The preface of HTTP/2 and empty settings, or a request of HTTP/1.1.
        let sent = match http_2 {
            true => &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"[..],
            false => b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n",
        };
        stream.write_all(sent).expect("it is taken");
        let mut answer = [0; 9];
        stream.read_exact(&mut answer).expect("it is answered");
        assert_eq!(stream.conn.alpn_protocol(), chosen);
        match http_2 {
            true => assert_eq!(answer[3], 4, "settings"),
            false => assert_eq!(&answer, b"HTTP/1.1 "),
        }
    }
}

#[test]
fn an_endpoint_that_may_be_somebody_else_is_not_asked() {
    let (own, other) = (certificate(&["localhost"], |_| {}), certificate(&["localhost"], |_| {}));
    let elsewhere = certificate(&["kinesis.example", "127.0.0.9"], |_| {});
    let old = certificate(&["localhost"], |params| params.not_after = date_time_ymd(2020, 2, 29));
    let early = certificate(&["localhost"], |params| params.not_before = date_time_ymd(2999, 1, 1));
    for (shown, trusted, why) in [
        (&own, &other, "who signed its certificate is not known here: trust it with `--ca FILE`"),
        (&elsewhere, &elsewhere, "not for `localhost`, but for "),
        (&old, &old, "its certificate was good until 2020-02-29T00:00:00"),
        (&early, &early, "its certificate is good from 2999-01-01T00:00:00"),
    ] {
        let (endpoint, told) = endpoint(shown, LONG);
        let refused = ask(&endpoint, "distrust", &trusted.0).expect_err("it is not trusted");
        assert!(!refused.is_passing() && refused.to_string().contains(why), "{refused}");
        let told = told.recv_timeout(LONG).expect("it is told");
        assert!(told.starts_with("the client refuses the certificate"), "{told}");
    }
}

#[test]
fn what_speaks_no_tls_is_no_endpoint_of_https() {
    let endpoint = Endpoint::new();
    let pair = certificate(&["localhost"], |_| {});
    let refused = ask(&endpoint, "http", &pair.0).expect_err("it speaks HTTP");
    assert!(refused.to_string().contains("speak"), "{refused}");
}

#[test]
fn a_certificate_of_the_own_authority_fits_where_it_is_made() {
    let now = Millis(1_790_000_000_000);
    let authority = Authority::new(now).expect("there is chance");
    let again = Authority::of(&authority.certificate, &authority.key()).expect("it is a pair");
    assert_eq!(again.certificate, authority.certificate);
    let other = Authority::new(now).expect("there is chance");
    assert!(Authority::of(&authority.certificate, &other.key()).is_err(), "not a pair");
    let bad = again.endpoint(now, &[], &["\u{e9}".to_owned()]);
    assert!(bad.is_err_and(|why| why.to_string().starts_with("no certificate can be made")));
}

/// Runs the program to its end; what it says.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null());
    let output = command.output().expect("the program runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_own_authority_is_made_once_and_is_nobody_elses() {
    drop(fs::remove_dir_all(Path::new(env!("CARGO_TARGET_TMPDIR")).join("state/authority")));
    let served = Served::secure("authority", &[]);
    let first = fs::read_to_string(&served.ca).expect("it is there");
    let key = served.ca.with_file_name("ca-key.pem");
    let mode = fs::metadata(&key).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let ca = served.ca.display().to_string();
    assert_eq!(run(&["streams", "--endpoint", &served.url, "--ca", &ca]), (Some(0), String::new()));
    let (code, told) = run(&["streams", "--endpoint", &served.url]);
    assert!(code == Some(2) && told.contains("--ca FILE"), "{told}");
    let named = served.url.replace("127.0.0.1", "localhost");
    assert_eq!(run(&["streams", "--endpoint", &named, "--ca", &ca]).0, Some(0));
    drop(served);
    let again = Served::secure("authority", &["--tls-name", "kinesis"]);
    assert_eq!(fs::read_to_string(&again.ca).expect("it is there"), first);
    assert_eq!(run(&["streams", "--endpoint", &again.url, "--ca", &ca]).0, Some(0));
}

#[test]
fn certificates_that_cannot_be_used_are_told_with_their_files() {
    let folder = folder("given");
    let file = |name: &str, text: &str| {
        fs::write(folder.join(name), text).expect("a file");
        folder.join(name).display().to_string()
    };
    let (certificate_pem, key_pem) = certificate(&["localhost"], |_| {});
    let (_, other) = certificate(&["localhost"], |_| {});
    let (good, key) = (file("cert.pem", &certificate_pem), file("key.pem", &key_pem));
    let (bad, other) = (file("bad.pem", "nothing"), file("other.pem", &other));
    let serve = |cert: &str, key: &str| {
        let listen = ["serve", "--memory", "--listen", "127.0.0.1:0"];
        run(&[&listen[..], &["--tls-cert", cert, "--tls-key", key]].concat())
    };
    for (cert, key, path, why) in [
        (&bad, &key, &bad, "it has no certificate"),
        (&good, &bad, &bad, "it has no private key"),
        (&good, &other, &good, "cannot be used together"),
    ] {
        let (code, told) = serve(cert, key);
        assert!(code == Some(2) && told.contains(path.as_str()) && told.contains(why), "{told}");
    }
    let served = Served::start(&["--tls-cert", &good, "--tls-key", &key]);
    let url = served.url.replace("127.0.0.1", "localhost");
    assert!(url.starts_with("https://"), "{url}");
    assert_eq!(run(&["streams", "--endpoint", &url, "--ca", &good]), (Some(0), String::new()));
}
