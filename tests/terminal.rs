//! The real program on a real terminal, by tmux: start, resize, quit, crash, suspend. Whatever
//! happens, the shell that comes back finds its terminal as it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use watershed::command::{Outcome, Own, WorldCommand};
use watershed::console::app;
use watershed::console::desk::{Desk, News, Round};
use watershed::console::state::Layouts;
use watershed::console::still::Look;
use watershed::console::term::{self, Waker};
use watershed::console::theme::{self, Depth};
use watershed::cost::Prices;
use watershed::server::Listener;
use watershed::session::Session;
use watershed::snapshot::Snapshot;
use watershed::world::{Port, RunError, Watch};

const PATIENCE: Duration = Duration::from_secs(30);
const HOT_SHARD: &str = "watershed --memory --session hot-shard";

/// A shell in a terminal of its own.
struct Terminal {
    socket: String,
}

impl Terminal {
    /// `None` where there is no tmux, which is said.
    fn open(name: &str) -> Option<Self> {
        let found = Command::new("tmux").arg("-V").stdout(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            eprintln!("not tested: there is no tmux here");
            return None;
        }
        let terminal = Self { socket: format!("watershed-{name}-{}", std::process::id()) };
        let shell = "env PS1='ready> ' bash --norc --noprofile";
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", shell]);
        terminal.wait("ready>");
        let program = env!("CARGO_BIN_EXE_watershed");
        let folder = env!("CARGO_TARGET_TMPDIR");
        // The user's own keys, themes and memories are none of a test's business.
        let home = terminal.home();
        let home = home.display();
        terminal.run(&format!("export XDG_CONFIG_HOME={home} XDG_STATE_HOME={home}"));
        terminal.run(&format!("cd {folder}; watershed() {{ {program} \"$@\"; }}; clear; stty -g"));
        terminal.wait(":");
        Some(terminal)
    }

    /// Where the user's own files are, to a program in this terminal.
    fn home(&self) -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("home-{}", self.socket))
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").args(["-L", &self.socket]).args(arguments).output();
        String::from_utf8_lossy(&output.expect("tmux runs").stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    fn press(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    fn run(&self, line: &str) {
        self.press(&[line, "Enter"]);
    }

    /// Waits until `done` holds of the screen.
    fn until(&self, what: &str, done: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if done(&screen) {
                return screen;
            }
            assert!(began.elapsed() < PATIENCE, "never seen: {what}\n{screen}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    /// The main screen, a cursor, and the modes that the shell had before.
    fn assert_given_back(&self) {
        let alternate = || self.tmux(&["display-message", "-p", "#{alternate_on}"]);
        self.until("the shell", |_| alternate().trim() == "0");
        self.run("clear; stty -g; echo gone=$?");
        let prompt = |screen: &str| screen.contains("gone=0\n") && screen.contains("ready>");
        let screen = self.until("the prompt", prompt);
        let modes = self.tmux(&["display-message", "-p", "#{alternate_on} #{cursor_flag}"]);
        assert_eq!(modes.trim(), "0 1", "main screen, cursor shown\n{screen}");
        self.run("clear; stty");
        let settings = self.until("stty", |s| s.contains("speed") && s.contains("ready>"));
        assert!(!settings.contains("-icanon") && !settings.contains("-echo"), "{settings}");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

#[test]
fn it_starts_answers_keys_and_quits() {
    let Some(terminal) = Terminal::open("quit") else { return };
    terminal.run(HOT_SHARD);
    terminal.wait("Hot shard");
    terminal.press(&["?"]);
    terminal.wait("type to search");
    terminal.press(&["Escape"]);
    // On a busy machine the two keys would come as one: alt and 1.
    terminal.until("no help", |screen| !screen.contains("type to search"));
    terminal.press(&["1"]);
    terminal.wait("Streams (1)");
    terminal.press(&["q"]);
    terminal.assert_given_back();
}

#[test]
fn it_follows_the_size_of_its_terminal() {
    let Some(terminal) = Terminal::open("resize") else { return };
    terminal.run(HOT_SHARD);
    terminal.wait("Lineage");
    for (width, height, shown) in [
        ("80", "24", "hash-key space"),
        ("40", "10", "esc back"),
        ("30", "6", "40x8 needed"),
        ("200", "60", "Lineage"),
    ] {
        terminal.tmux(&["resize-window", "-x", width, "-y", height]);
        let screen = terminal.wait(shown);
        let widest = screen.lines().map(|line| line.chars().count()).max();
        assert!(widest <= width.parse().ok(), "{width}x{height}\n{screen}");
    }
    terminal.press(&["1", "q"]);
    terminal.assert_given_back();
}

#[test]
fn ctrl_z_stops_it_and_fg_brings_it_back() {
    let Some(terminal) = Terminal::open("suspend") else { return };
    terminal.run(HOT_SHARD);
    terminal.wait("Hot shard");
    terminal.press(&["C-z"]);
    terminal.wait("Stopped");
    terminal.assert_given_back();
    terminal.run("fg");
    terminal.wait("Hot shard");
    terminal.press(&["1", "q"]);
    terminal.assert_given_back();
}

#[test]
fn a_signal_that_ends_it_gives_the_terminal_back() {
    for signal in ["TERM", "HUP", "INT"] {
        let Some(terminal) = Terminal::open(&format!("signal-{signal}")) else { return };
        terminal.run(HOT_SHARD);
        terminal.wait("Hot shard");
        let shell = terminal.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let mut kill = Command::new("pkill");
        kill.args([&format!("-{signal}"), "-P", shell.trim()]);
        assert!(kill.status().expect("pkill runs").success(), "{signal}");
        terminal.assert_given_back();
    }
}

/// A window that is closed ends the program, also where its lines come from a pipe. (It once went
/// on for ever, at a full core.)
#[test]
fn it_ends_with_its_terminal() {
    for (name, line) in [
        ("closed", HOT_SHARD.to_owned()),
        ("closed-pipe", "sleep 60 | watershed --memory --input -".to_owned()),
    ] {
        let Some(terminal) = Terminal::open(name) else { return };
        terminal.run(&line);
        terminal.wait("LIVE");
        let tty = terminal.tmux(&["display-message", "-p", "#{pane_tty}"]);
        let tty = tty.trim().trim_start_matches("/dev/").to_owned();
        let pids = || {
            let found = Command::new("pgrep").args(["-t", &tty, "-x", "watershed"]).output();
            String::from_utf8_lossy(&found.expect("pgrep runs").stdout).into_owned()
        };
        let pid = pids().trim().to_owned();
        assert!(pid.parse::<u32>().is_ok(), "one process on {tty}: {pid:?}");
        drop(terminal);
        let began = Instant::now();
        let runs = || Command::new("kill").args(["-0", &pid]).stderr(Stdio::null()).status();
        while runs().is_ok_and(|status| status.success()) {
            assert!(began.elapsed() < PATIENCE, "{name}: {pid} still runs");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A theme of the user's own is worn anew when its file changes, and a mistake in it is told with its
/// line. What the mouse does is remembered from run to run.
#[test]
fn what_is_ones_own_is_watched_and_remembered() {
    let Some(terminal) = Terminal::open("own") else { return };
    let folder = terminal.home().join("watershed/themes");
    fs::create_dir_all(&folder).expect("a folder");
    let own = include_str!("../themes/dark.ron").replace("name: \"dark\"", "name: \"mine\"");
    let write = |text: &str| fs::write(folder.join("mine.ron"), text).expect("a file");
    write(&own);
    terminal.run(&format!("{HOT_SHARD} --theme mine"));
    terminal.wait("Hot shard");
    write(&own.replace("crit:", "crits:"));
    let screen = terminal.wait("mine.ron, line ");
    assert!(screen.contains("`crits`"), "{screen}");
    write(&own.replace("bold: true", "bold: false"));
    terminal.wait("theme `mine` was read anew");
    let mouse = || terminal.tmux(&["display-message", "-p", "#{mouse_any_flag}"]);
    assert_eq!(mouse().trim(), "1");
    terminal.press(&["M"]);
    terminal.wait("the mouse is the terminal's");
    terminal.press(&["1", "q"]);
    terminal.wait("records taken");
    terminal.run(&format!("clear; {HOT_SHARD}"));
    // The report that the first run left behind has the session's title too.
    terminal.wait("● LIVE");
    assert_eq!(mouse().trim(), "0");
    terminal.press(&["1", "q"]);
    terminal.assert_given_back();
    fs::remove_dir_all(terminal.home()).expect("it goes");
}

/// The theme that is worn is opened in the editor that the user named, and worn anew when that is
/// closed; the terminal is the editor's meanwhile.
#[test]
fn ones_own_theme_is_changed_in_ones_own_editor() {
    let Some(terminal) = Terminal::open("editor") else { return };
    terminal.run(&format!("export EDITOR='sed -i s/true/false/'; {HOT_SHARD} --theme dark"));
    terminal.wait("Hot shard");
    terminal.press(&[":", "config theme", "Enter"]);
    terminal.wait("theme `dark` was read anew");
    let own = fs::read_to_string(terminal.home().join("watershed/themes/dark.ron"));
    assert!(own.expect("it was made").contains("bold: false"));
    terminal.press(&["1", "q"]);
    terminal.assert_given_back();
    fs::remove_dir_all(terminal.home()).expect("it goes");
}

/// Keys come from the terminal while the lines come from a pipe.
#[test]
fn lines_on_standard_input_leave_the_keys_to_the_terminal() {
    let Some(terminal) = Terminal::open("input") else { return };
    terminal.run("(seq -f 'line %.0f' 500; sleep 60) | watershed --memory --input -");
    terminal.wait("lines");
    terminal.press(&["7"]);
    terminal.wait("line 494");
    terminal.press(&["q", "q"]);
    terminal.until("the shell", |screen| !screen.contains("┏"));
    terminal.press(&["C-c"]);
    terminal.assert_given_back();
}

/// The first cell of `text` on a screen, from 1.
fn place_of(screen: &str, text: &str) -> (usize, usize) {
    let found = screen.lines().zip(1..).find_map(|(line, row)| {
        let (before, _) = line.split_once(text)?;
        Some((before.chars().count() + 1, row))
    });
    found.unwrap_or_else(|| panic!("no `{text}` in\n{screen}"))
}

impl Terminal {
    /// A left click on the first cell of `text`.
    fn click(&self, text: &str) {
        let (column, row) = place_of(&self.screen(), text);
        for end in ["M", "m"] {
            self.press(&["-l", &format!("\u{1b}[<0;{column};{row}{end}")]);
        }
    }

    /// Pastes as a terminal does that was asked to tell pastes from keys.
    fn paste(&self, text: &str) {
        self.tmux(&["set-buffer", "-b", "pasted", text]);
        self.tmux(&["paste-buffer", "-p", "-b", "pasted"]);
    }

    /// The screen with its colors and attributes, as the program chose them.
    fn styled(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"])
    }
}

/// The numbers of all SGR sequences of a screen: colors and attributes.
fn styles(screen: &str) -> std::collections::BTreeSet<String> {
    let sequences = screen.split("\u{1b}[").skip(1).filter_map(|rest| rest.split_once('m'));
    sequences.map(|(numbers, _)| numbers.to_owned()).collect()
}

#[test]
fn colors_are_those_that_the_terminal_has() {
    for (name, environment, wanted, unwanted) in [
        ("true", "COLORTERM=truecolor", "38;2;", "38;5;"),
        ("256", "COLORTERM= TERM=xterm-256color", "38;5;", "38;2;"),
        ("16", "COLORTERM= TERM=screen", "38;5;", "38;2;"),
    ] {
        let Some(terminal) = Terminal::open(&format!("colors-{name}")) else { return };
        terminal.run(&format!("export {environment}; {HOT_SHARD} --theme dark"));
        terminal.wait("hash-key space");
        let styles = styles(&terminal.styled());
        assert!(styles.iter().any(|style| style.contains(wanted)), "{name}: {styles:?}");
        assert!(!styles.iter().any(|style| style.contains(unwanted)), "{name}: {styles:?}");
        let index = |style: &String| style.rsplit_once("8;5;")?.1.parse::<u8>().ok();
        let highest = styles.iter().filter_map(index).max();
        assert!(name != "16" || highest < Some(16), "only the terminal's own: {styles:?}");
        // On the terminal's own background, whatever it is.
        assert!(name != "16" || !styles.iter().any(|style| style.starts_with("48")), "{styles:?}");
    }
}

/// Without colors, meaning is told by attributes and glyphs: nothing but bold, dim, underlined and
/// reversed is asked for, and the chosen row still stands out.
#[test]
fn without_colors_attributes_are_left() {
    let Some(terminal) = Terminal::open("no-color") else { return };
    terminal.run(&format!("export NO_COLOR=1; {HOT_SHARD} --theme dark"));
    terminal.wait("hash-key space");
    let screen = terminal.styled();
    let styles = styles(&screen);
    let mut numbers = styles.iter().flat_map(|style| style.split(';'));
    let plain = ["", "0", "1", "2", "3", "4", "7", "22", "23", "24", "27", "39", "49"];
    assert!(numbers.all(|number| plain.contains(&number)), "{styles:?}");
    assert!(styles.iter().any(|style| style.split(';').any(|n| n == "1")), "bold: {styles:?}");
    assert!(screen.contains("▌"), "the chosen row\n{screen}");
}

#[test]
fn hints_rows_and_tabs_can_be_clicked() {
    let Some(terminal) = Terminal::open("mouse") else { return };
    terminal.run("watershed --memory --session black-friday");
    // The whole of the first picture.
    terminal.wait("? help");
    terminal.wait("payments ");
    terminal.click("? help");
    terminal.wait("type to search");
    terminal.press(&["Escape"]);
    terminal.until("no help", |screen| !screen.contains("type to search"));
    terminal.click("payments ");
    // While it is being created a mark stands before its name.
    let chosen = |line: &str| line.contains("▌") && line.contains("payments");
    terminal.until("payments chosen", |screen| screen.lines().any(chosen));
    terminal.click("payments ");
    terminal.wait("payments: hash-key space");
    terminal.click("streams ›");
    terminal.wait("Streams (5)");
    terminal.click("9 logs");
    terminal.wait("FOLLOWING");
    terminal.press(&["M"]);
    terminal.wait("the mouse is the terminal's");
    let taken = terminal.tmux(&["display-message", "-p", "#{mouse_any_flag}"]);
    assert_eq!(taken.trim(), "0", "the terminal has its mouse back");
}

/// What is pasted is text: lines of it are no keys, and none of them runs.
#[test]
fn a_paste_of_many_lines_runs_nothing() {
    let Some(terminal) = Terminal::open("paste") else { return };
    terminal.run(HOT_SHARD);
    terminal.wait("Hot shard");
    terminal.paste("q\nq\n:quit\n");
    terminal.press(&[":"]);
    terminal.wait("Choices");
    terminal.paste("delete orders\nquit\n");
    let screen = terminal.wait(":delete orders");
    assert!(screen.contains("orders: hash-key space"), "{screen}");
    terminal.press(&["Escape"]);
    terminal.until("no line", |screen| !screen.contains(":delete"));
    assert!(terminal.screen().contains("LIVE"));
    terminal.press(&["1", "q"]);
    terminal.assert_given_back();
}

#[test]
fn a_copied_name_arrives_in_the_clipboard_of_the_terminal() {
    let Some(terminal) = Terminal::open("copy") else { return };
    terminal.tmux(&["set-option", "-g", "set-clipboard", "on"]);
    terminal.run(HOT_SHARD);
    terminal.wait("orders: hash-key space");
    terminal.press(&["j", "y"]);
    terminal.wait("copied: 001");
    let began = Instant::now();
    while terminal.tmux(&["show-buffer"]) != "001" {
        assert!(began.elapsed() < PATIENCE, "the clipboard: {}", terminal.tmux(&["show-buffer"]));
        thread::sleep(Duration::from_millis(20));
    }
}

/// A terminal that is too small at the start is told so, takes `q`, and grows.
#[test]
fn it_starts_in_a_terminal_that_is_too_small() {
    let Some(terminal) = Terminal::open("undersized") else { return };
    terminal.tmux(&["resize-window", "-x", "30", "-y", "5"]);
    terminal.run(&format!("clear; {HOT_SHARD}"));
    terminal.wait("40x8 needed");
    terminal.tmux(&["resize-window", "-x", "10", "-y", "2"]);
    terminal.wait("40x8");
    terminal.tmux(&["resize-window", "-x", "100", "-y", "30"]);
    terminal.wait("hash-key space");
    terminal.tmux(&["resize-window", "-x", "20", "-y", "4"]);
    terminal.wait("40x8 needed");
    terminal.press(&["1", "q"]);
    terminal.tmux(&["resize-window", "-x", "120", "-y", "40"]);
    terminal.assert_given_back();
}

/// What somebody does is played again: screens, commands, captions, each at its time.
#[test]
fn what_is_recorded_is_played_as_a_demo() {
    let Some(terminal) = Terminal::open("record") else { return };
    let line = |line: &str| terminal.press(&[":", line, "Enter"]);
    terminal.run("rm -f lesson.ron; watershed --memory --session hot-shard");
    terminal.wait("hash-key space");
    line("record lesson");
    terminal.wait(" REC");
    line("caption We double the load.");
    terminal.wait("We double the load.");
    line("rate shop 2");
    terminal.wait("shop: ");
    terminal.press(&["9"]);
    terminal.wait(":rate shop 2");
    line("record stop");
    terminal.wait("2 acts written to lesson.ron");
    line("record lesson");
    terminal.wait("`lesson.ron` exists: another name, or `record lesson.ron --replace`");
    line("demo lesson.ron");
    terminal.wait("Do it?");
    terminal.press(&["y"]);
    terminal.wait("0 of ");
    terminal.press(&["C-n"]);
    let screen =
        terminal.until("the log", |screen| screen.contains("the end") && screen.contains("Log"));
    assert!(screen.contains("We double the load."), "{screen}");
}

/// An endpoint that takes connections and answers nobody: what is asked waits, and the keys do not.
#[test]
fn a_hanging_endpoint_holds_up_no_key() {
    let Some(terminal) = Terminal::open("hanging") else { return };
    let any = "127.0.0.1:0".parse().expect("it is an address");
    let silent = Listener::bind(any).expect("a port is free");
    let url = format!("http://{}", silent.address().expect("it has one"));
    terminal.run(&format!("clear; watershed --endpoint {url}"));
    terminal.wait("REMOTE");
    terminal.press(&[":", "create orders --shards 2", "Enter"]);
    terminal.wait(&format!("waiting for {url}: `create orders --shards 2`   esc gives up"));
    terminal.press(&["9"]);
    terminal.wait("Log");
    terminal.press(&["Escape"]);
    terminal.wait("given up: whether `create orders --shards 2` is done, the next pictures show");
    terminal.press(&["1"]);
    terminal.wait("Streams");
    terminal.press(&["q"]);
    terminal.assert_given_back();
}

/// A world that is gone in the third picture.
struct Doomed {
    looks: std::sync::atomic::AtomicU32,
    in_thread: bool,
    waker: Waker,
}

impl Port for Doomed {
    fn snapshot(&self) -> Arc<Snapshot> {
        let looks = self.looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.waker.wake();
        if looks > 5 && self.in_thread {
            let world = thread::spawn(|| panic!("the world has a bug"));
            world.join().expect("the world panicked");
        }
        assert!(looks <= 5, "the console has a bug");
        Arc::new(Snapshot { session: "Doomed".into(), ..Snapshot::default() })
    }

    fn run(&self, _: &WorldCommand) -> Result<Outcome, RunError> {
        Err(RunError::Unfit("doomed".into()))
    }

    fn load(&self, _: &Session) -> Result<Outcome, RunError> {
        Err(RunError::Unfit("doomed".into()))
    }

    fn session(&self) -> Session {
        Session::empty("Doomed", 1)
    }

    fn on_saved(&self) {}

    fn watch(&self, _: Watch) {}
}

struct NoDesk;

impl Desk for NoDesk {
    fn sessions(&self) -> Vec<String> {
        Vec::new()
    }

    fn load(&self, name: &str) -> Result<Session, String> {
        Err(name.to_owned())
    }

    fn exists(&self, _: &str) -> bool {
        false
    }

    fn write(&self, path: &str, _: &str) -> Result<String, String> {
        Err(path.to_owned())
    }

    fn keep_prices(&self, _: &Prices) -> Result<(Prices, String), String> {
        Err("doomed".to_owned())
    }

    fn edit(&self, _: Own, _: &str) -> Result<String, String> {
        Err("doomed".to_owned())
    }

    fn keep_mouse(&self, _: bool) {}

    fn look_ahead(&self, _: Round) -> Result<(), String> {
        Err("doomed".to_owned())
    }

    fn news(&self) -> Option<News> {
        None
    }
}

/// Says to the test below, started again in a terminal, who is to crash.
const CRASH: &str = "WATERSHED_TEST_CRASH";

fn crash(in_thread: bool) {
    let themes = theme::wardrobe();
    let prices = Arc::new(Prices::built_in());
    let (depth, theme) = (Depth::True, "dark".into());
    let look = Look {
        themes,
        theme,
        depth,
        ascii: false,
        view: None,
        layouts: Layouts::default(),
        prices,
    };
    let looks = std::sync::atomic::AtomicU32::new(0);
    let (waker, woken) = term::waker().expect("a socket");
    let hands = app::Hands::default();
    app::run(&Doomed { looks, in_thread, waker }, &NoDesk, &look, &hands, woken)
        .expect("a terminal");
}

/// Nobody is asked: there are no keys to ask with.
#[test]
fn on_aws_it_opens_locked() {
    let Some(terminal) = Terminal::open("aws") else { return };
    let home = terminal.home();
    fs::create_dir_all(&home).expect("a folder");
    let config = home.join("config");
    fs::write(&config, "[profile shop]\nregion = eu-west-1\n").expect("a file");
    let config = format!("AWS_CONFIG_FILE={}", config.display());
    terminal.run(&format!("export {config} HOME=/nowhere AWS_EC2_METADATA_DISABLED=true"));
    terminal.run("unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_ENDPOINT_URL AWS_ENDPOINT_URL_KINESIS");
    for named in ["--region eu-west-1", "--profile shop"] {
        terminal.run(&format!("watershed {named}"));
        let screen = terminal.wait("there are no keys to ask with");
        assert!(screen.lines().next().is_some_and(|line| line.ends_with("RO")), "{screen}");
        terminal.run(":create orders --shards 1");
        terminal.wait("read-only: `create` changes the world; `:rw` lifts the lock");
        terminal.run(":quit");
        terminal.assert_given_back();
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_read() {
    if let Ok(who) = std::env::var(CRASH) {
        return crash(who == "world");
    }
    let own = std::env::current_exe().expect("a path");
    let test = "terminal::a_panic_gives_the_terminal_back_and_is_read";
    for who in ["console", "world"] {
        let Some(terminal) = Terminal::open(&format!("crash-{who}")) else { return };
        terminal.run(&format!("{CRASH}={who} {} --exact {test} --nocapture", own.display()));
        let screen = terminal.wait(&format!("the {who} has a bug"));
        assert!(screen.contains("panicked at"), "{screen}");
        terminal.wait("test result: FAILED");
        terminal.assert_given_back();
    }
}

#[test]
fn without_a_terminal_it_refuses_and_names_what_needs_none() {
    let output = Command::new(env!("CARGO_BIN_EXE_watershed"))
        .args(["--memory", "--session", "hot-shard"])
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("needs a terminal") && told.contains("watershed run"), "{told}");
    assert!(output.stdout.is_empty());
}
