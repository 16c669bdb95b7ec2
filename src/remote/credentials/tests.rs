//! Each way to keys, with files and services that are made up.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread;

use super::*;

const CREDENTIALS: &str = "# mine\n[default]\naws_access_key_id = A\naws_secret_access_key=s=1\n\
    \n[half]\naws_access_key_id=B\n[c]\naws_secret_access_key = t\naws_access_key_id=C\n\
    aws_session_token = u\ns3 =\n  region = nowhere\n";
/// 2026-11-26 00:00:00.
const NOW: Millis = Millis(1_795_651_200_000);

/// A home folder of one test, with variables and files.
struct Home {
    folder: PathBuf,
    variables: BTreeMap<String, String>,
}

impl Home {
    fn new(name: &str) -> Self {
        let name = format!("watershed-who-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(folder.join(".aws/sso/cache")).expect("a folder");
        let variables = BTreeMap::from([("HOME".to_owned(), folder.display().to_string())]);
        Self { folder, variables }
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.join(name), text).expect("a file");
        self
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn who(&self, profile: Option<&str>) -> Who {
        let all = self.variables.clone();
        let lookup: Lookup = Box::new(move |name| all.get(name).cloned());
        Who::new(profile.map(str::to_owned), None, lookup)
    }

    /// The key's name and the token that are found.
    fn found(&self, profile: Option<&str>) -> Result<(String, Option<String>), String> {
        let keys = self.who(profile).keys(NOW, true).map_err(|why| why.to_string())?;
        Ok((keys.name, keys.token))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // What cannot be removed is the system's to clean.
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn key(name: &str, token: Option<&str>) -> Result<(String, Option<String>), String> {
    Ok((name.to_owned(), token.map(str::to_owned)))
}

/// A service that answers each request by what it begins with and has somewhere, until the test ends.
fn service(answers: &'static [(&'static str, &'static str, u16, &'static str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it has one"));
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut reader = BufReader::new(socket.expect("somebody came"));
            let (mut request, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                if let Some(value) = line.strip_prefix("content-length: ") {
                    length = value.trim().parse().expect("a number");
                }
                request += &line;
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            request += &String::from_utf8_lossy(&body);
            let fits = |answer: &&(&str, &str, u16, &str)| {
                request.starts_with(answer.0) && request.contains(answer.1)
            };
            let (status, body) = answers.iter().find(fits).map_or((404, ""), |a| (a.2, a.3));
            let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n", body.len());
            // Who asked may have gone.
            drop(reader.get_mut().write_all(format!("{head}{body}").as_bytes()));
        }
    });
    url
}

/// Nobody listens there.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    format!("http://{}", listener.local_addr().expect("it has one"))
}

#[test]
fn keys_are_read_from_a_file_of_profiles() {
    let profiles = Profiles::parse(CREDENTIALS);
    assert_eq!(profiles.keys().collect::<Vec<_>>(), [("C", "t"), ("A", "s=1")]);
    assert_eq!(Profiles::parse("nothing"), Profiles::default());
}

#[test]
fn a_named_profile_goes_before_variables_and_these_before_the_default() {
    let home = Home::new("order").file(".aws/credentials", CREDENTIALS);
    let told = home.path("keys of told.json");
    let home = home.file("keys of told.json", r#"{"AccessKeyId": "T", "SecretAccessKey": "x"}"#).file(
        ".aws/config",
        &format!(
            "[default]\nregion = eu-west-1\n[profile told]\ncredential_process = cat \"{told}\"\n"
        ),
    );
    assert_eq!(home.found(None), key("A", None));
    assert_eq!(home.who(None).region().as_deref(), Some("eu-west-1"));
    assert_eq!(home.who(Some("c")).region(), None);
    assert_eq!(home.found(Some("c")), key("C", Some("u")));
    assert_eq!(home.found(Some("told")), key("T", None));
    let home = home.set("AWS_PROFILE", "c").set("AWS_REGION", "us-west-2");
    assert_eq!(home.found(None), key("C", Some("u")));
    assert_eq!(home.who(None).region().as_deref(), Some("us-west-2"));
    let home = home.set("AWS_ACCESS_KEY_ID", "E").set("AWS_SECRET_ACCESS_KEY", "x");
    assert_eq!(home.found(None), key("E", None));
    assert_eq!(home.found(Some("c")), key("C", Some("u")));
}

#[test]
fn what_was_tried_is_told_with_its_files() {
    let config = "[profile gone]\ncredential_process = no-such-program-here\n\
        [profile bad]\ncredential_process = echo {}\n\
        [profile lost]\nrole_arn = r\n[profile loop]\nrole_arn = r\nsource_profile = loop2\n\
        [profile loop2]\nrole_arn = r\nsource_profile = loop\n\
        [profile asks]\nrole_arn = r\nsource_profile = default\nmfa_serial = m\n\
        [profile on]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n";
    let home = Home::new("none").file(".aws/credentials", CREDENTIALS).file(".aws/config", config);
    for (profile, told) in [
        ("half", "`half` has none in `"),
        ("absent", "there is no profile `absent` in `"),
        ("gone", "no-such-program-here"),
        ("bad", "AccessKeyId or SecretAccessKey is missing"),
        ("lost", "the profile `lost` wants `source_profile`"),
        ("loop", "is its own `source_profile`"),
        ("asks", "`mfa_serial`"),
        ("on", "`[sso-session s]`, which has no `sso_region`"),
    ] {
        let why = home.found(Some(profile)).expect_err(profile);
        assert!(why.contains(told), "{profile}: {why}");
    }
    let url = nowhere();
    let home = Home::new("nowhere").set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url);
    let why = home.found(None).expect_err("nobody says");
    assert!(why.contains("this machine is no instance with a role"), "{why}");
    let why = home.set("AWS_EC2_METADATA_DISABLED", "true").found(None).expect_err("nobody says");
    assert!(
        why.starts_with("there are no keys to ask with") && why.contains(".aws/config`"),
        "{why}"
    );
    assert!(matches!(Home::new("region").who(None).aws(), Err(CredentialsError::NoRegion(_))));
}

const INSTANCE_KEYS: &str = r#"{"Code": "Success", "AccessKeyId": "I", "SecretAccessKey": "x", "Token": "t",
    "Expiration": "2026-11-26T06:00:00Z"}"#;

#[test]
fn an_instance_gives_the_keys_of_its_role_to_who_has_a_token() {
    let url = service(&[
        ("PUT /latest/api/token ", "x-aws-ec2-metadata-token-ttl-seconds: 21600", 200, "T1"),
        (
            "GET /latest/meta-data/iam/security-credentials/ ",
            "x-aws-ec2-metadata-token: T1",
            200,
            "app\n",
        ),
        (
            "GET /latest/meta-data/iam/security-credentials/app ",
            "x-aws-ec2-metadata-token: T1",
            200,
            INSTANCE_KEYS,
        ),
    ]);
    let home = Home::new("instance").set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url);
    assert_eq!(home.found(None), key("I", Some("t")));
    let local = home.who(None).keys(NOW, false);
    assert!(matches!(local, Err(CredentialsError::NoKeys { .. })), "it is asked for AWS alone");
}

#[test]
fn a_container_gives_keys_to_who_has_its_token() {
    let url = service(&[("GET /role?a=b ", "authorization: Bearer p\r\n", 200, INSTANCE_KEYS)]);
    let home = Home::new("container").file("token", "Bearer p\n");
    let file = home.path("token");
    let home = home
        .set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{url}/role?a=b"))
        .set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &file);
    assert_eq!(home.found(None), key("I", Some("t")));
    let home = home.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{url}/other"));
    let why = home.found(None).expect_err("it is another path");
    assert!(why.contains("/other gives none: status 404"), "{why}");
    let home = home.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/role");
    let why = home.found(None).expect_err("the token is not for everybody");
    assert!(why.contains("it has no TLS and is another machine's"), "{why}");
}

const ROLE_KEYS: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>R</AccessKeyId>\
    <SecretAccessKey>x</SecretAccessKey><SessionToken>q+/=</SessionToken>\
    <Expiration>2026-11-26T01:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

#[test]
fn a_role_is_given_to_signed_keys_or_to_the_token_of_a_pod() {
    let url = service(&[
        (
            "POST / ",
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fp&\
             RoleSessionName=here&WebIdentityToken=pod.token",
            200,
            ROLE_KEYS,
        ),
        ("POST / ", "RoleArn=no&", 403, "<E><Message>not for you</Message></E>"),
        (
            "POST / ",
            "/20261126/us-east-1/sts/aws4_request, SignedHeaders=content-type;host;",
            200,
            ROLE_KEYS,
        ),
    ]);
    let config = "[profile chain]\nrole_arn = arn:a\nsource_profile = first\nexternal_id = e 1\n\
        [profile first]\nrole_arn = arn:b\nsource_profile = c\n\
        [profile own]\nrole_arn = arn:c\ncredential_source = Environment\n\
        [profile no]\nrole_arn = no\nsource_profile = c\n";
    let home = Home::new("role")
        .file(".aws/credentials", CREDENTIALS)
        .file(".aws/config", config)
        .file("token", "pod.token\n")
        .set("AWS_ENDPOINT_URL_STS", &url);
    let given = key("R", Some("q+/="));
    assert_eq!(home.found(Some("chain")), given);
    let why = home.found(Some("own")).expect_err("the environment has none");
    assert!(why.contains("has no keys behind its `role_arn`"), "{why}");
    let why = home.found(Some("no")).expect_err("it is refused");
    assert_eq!(why, "the role `no` is not given: not for you");
    let file = home.path("token");
    let home = home
        .set("AWS_WEB_IDENTITY_TOKEN_FILE", &file)
        .set("AWS_ROLE_ARN", "arn:aws:iam::1:role/p")
        .set("AWS_ROLE_SESSION_NAME", "here");
    assert_eq!(home.found(None), given);
}

#[test]
fn a_sign_on_gives_keys_and_is_renewed_until_it_ends() {
    let url = service(&[
        (
            "GET /federation/credentials?role_name=read&account_id=12 ",
            "x-amz-sso_bearer_token: tok-1\r\n",
            200,
            r#"{"roleCredentials": {"accessKeyId": "S", "secretAccessKey": "x", "sessionToken": "t",
                "expiration": 1795654800000}}"#,
        ),
        (
            "GET /federation/credentials?",
            "x-amz-sso_bearer_token: tok-2\r\n",
            200,
            r#"{"roleCredentials": {"accessKeyId": "S2", "secretAccessKey": "x", "sessionToken": "t",
                "expiration": 1795654800000}}"#,
        ),
        (
            "POST /token ",
            r#""refreshToken":"more""#,
            200,
            r#"{"accessToken": "tok-2", "expiresIn": 3600}"#,
        ),
    ]);
    let config = "[profile on]\nsso_session = corp\nsso_account_id = 12\nsso_role_name = read\n\
        [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x.example\n\
        [profile old]\nsso_start_url = corp\nsso_region = us-east-1\nsso_account_id = 12\nsso_role_name = read\n";
    // `corp` by SHA-1, as AWS' tools name the file.
    let file = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    let kept = |token: &str, end: &str, registered: &str| {
        format!(
            r#"{{"accessToken": "{token}", "expiresAt": "{end}", "refreshToken": "more", "clientId": "c",
                "clientSecret": "s", "registrationExpiresAt": "{registered}", "startUrl": "u"}}"#
        )
    };
    let home = Home::new("sign-on")
        .file(".aws/config", config)
        .set("AWS_ENDPOINT_URL_SSO", &url)
        .set("AWS_ENDPOINT_URL_SSO_OIDC", &url);
    let why = home.found(Some("on")).expect_err("nobody signed on");
    assert!(why.contains("`aws sso login --profile on` does it"), "{why}");
    let home = home.file(file, &kept("tok-1", "2026-11-26T01:00:00Z", "2026-12-24T00:00:00Z"));
    assert_eq!(home.found(Some("on")), key("S", Some("t")));
    assert_eq!(home.found(Some("old")), key("S", Some("t")));
    let home = home.file(file, &kept("old", "2026-11-25T23:00:00UTC", "2026-12-24T00:00:00Z"));
    assert_eq!(home.found(Some("on")), key("S2", Some("t")));
    let renewed = fs::read_to_string(home.path(file)).expect("it is there");
    let renewed: serde_json::Value = serde_json::from_str(&renewed).expect("JSON");
    assert_eq!(renewed["accessToken"], "tok-2");
    assert_eq!(renewed["expiresAt"], "2026-11-26T01:00:00Z");
    assert_eq!((&renewed["refreshToken"], &renewed["startUrl"]), (&"more".into(), &"u".into()));
    let home = home.file(file, &kept("old", "2026-11-25T23:00:00Z", "2026-11-01T00:00:00Z"));
    let why = home.found(Some("on")).expect_err("it has ended");
    assert!(why.ends_with("(it has ended, and it cannot be renewed)"), "{why}");
}

#[test]
fn keys_are_replaced_before_they_end_and_used_up_when_that_fails() {
    let home = Home::new("refresh").file("keys.json", "");
    let file = home.path("keys.json");
    let home =
        home.file(".aws/config", &format!("[default]\ncredential_process = cat \"{file}\"\n"));
    let print = |name: &str, until: &str| {
        let text = format!(
            r#"{{"Version": 1, "AccessKeyId": "{name}", "SecretAccessKey": "x", "Expiration": "{until}"}}"#
        );
        fs::write(&file, text).expect("a file");
    };
    let who = home.who(None);
    let at = |minutes: u64| who.keys(NOW.plus(minutes * 60_000), true).map(|keys| keys.name);
    print("one", "2026-11-26T01:00:00Z");
    assert_eq!(at(0).as_deref(), Ok("one"));
    print("two", "2026-11-26T02:00:00+00:00");
    assert_eq!(at(54).as_deref(), Ok("one"), "they last");
    assert_eq!(at(56).as_deref(), Ok("two"), "they are about to end");
    fs::write(&file, "nothing").expect("a file");
    assert_eq!(at(116).as_deref(), Ok("two"), "they are not yet over");
    print("three", "2026-11-26T04:00:00Z");
    assert_eq!(at(116).as_deref(), Ok("two"), "nobody asks again at once");
    fs::write(&file, "nothing").expect("a file");
    let why = at(121).expect_err("they are over");
    assert!(why.to_string().contains("prints: "), "{why}");
    print("three", "2026-11-26T04:00:00Z");
    assert_eq!(at(121).as_deref(), Ok("three"));
    who.forget();
    print("four", "never");
    assert!(at(121).is_err_and(|why| why.to_string().contains("`never` is no time")));
}

#[test]
fn words_are_apart_by_spaces_and_held_together_by_quotes() {
    assert_eq!(process::words(r#"a "b c"  d"e f" """#), ["a", "b c", "de f", ""]);
    assert_eq!(process::words("  "), [""; 0]);
}
