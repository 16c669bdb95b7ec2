//! EDGE. The only file that talks to the terminal: raw mode, alternate screen, keys, signals.
//!
//! Invariant: whatever ends or stops the process (quit, error, panic, SIGTERM, SIGHUP, ctrl-z)
//! first gives the terminal back as it was. Keys come from the terminal device even while standard
//! input is a pipe: crossterm opens `/dev/tty` when standard input is no terminal.
//!
//! The mouse is taken for presses, drags and the wheel only, not for every movement: a hand that
//! rests on it would wake the program. [`Term::mouse`] gives it back for selecting text.
#![allow(
    clippy::disallowed_methods,
    reason = "an edge: it owns standard output and the panic hook"
)]

mod input;
mod waker;

use std::{
    fs::File,
    io::{self, IsTerminal as _, Read as _, Stdin, Stdout, Write as _},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    panic,
    sync::{
        Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

pub use input::{Input, Mouse};
pub use waker::{Waker, Woken, waker};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    event::{
        self, DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
    },
    execute, queue,
    style::{Print, force_color_output},
    terminal::{
        BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
        disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{
    Frame, Terminal,
    backend::CrosstermBackend,
    layout::{Position, Size},
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    process::{Signal, kill_current_process_group},
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH},
    iterator::Signals,
    low_level::pipe,
};

/// crossterm is told of new bytes once: what it left unread of a long paste it takes up with the
/// next key. The wait for that must neither spin nor last.
const LATE: Duration = Duration::from_millis(20);

/// Where keys come from: as crossterm has it, the standard input, or the terminal behind a pipe.
#[derive(Debug)]
enum Keys {
    Stdin(Stdin),
    Tty(File),
}

impl Keys {
    fn open() -> io::Result<Self> {
        if io::stdin().is_terminal() {
            return Ok(Self::Stdin(io::stdin()));
        }
        Ok(Self::Tty(File::open("/dev/tty")?))
    }

    fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Stdin(stdin) => stdin.as_fd(),
            Self::Tty(tty) => tty.as_fd(),
        }
    }
}

/// The terminal, taken over; given back when dropped.
#[derive(Debug)]
pub struct Term {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
    since: Instant,
    signals: Signals,
    keys: Keys,
    bell: UnixStream,
    /// Input that was looked at before it was asked for.
    next: Option<Input>,
}

impl Term {
    /// Takes the terminal over.
    ///
    /// # Errors
    ///
    /// When standard output is no terminal, or the terminal refuses.
    pub fn enter(woken: Woken) -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::other(
                "the console needs a terminal and standard output is none: use `watershed run` \
                 or `watershed screenshot` instead",
            ));
        }
        // With NO_COLOR set, crossterm writes "reset all" for every color, which loses bold and
        // reverse. Color is decided by the theme, so crossterm must write what it is told.
        force_color_output(true);
        hook_panics();
        let signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP])?;
        let keys = Keys::open()?;
        take()?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout())).inspect_err(|_| {
            give_back();
        })?;
        let term = Self {
            terminal,
            mouse: false,
            since: Instant::now(),
            signals,
            keys,
            bell: woken.bell,
            next: None,
        };
        // crossterm listens for new sizes from its first question on, and must hear of them
        // before the bell rings: handlers of a signal run in the order of their registration.
        event::poll(Duration::ZERO)?;
        for signal in [SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGWINCH] {
            pipe::register(signal, woken.waker.try_clone()?)?;
        }
        Ok(term)
    }

    /// Draws one frame, shown at once by terminals that can.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(picture).map(|_| ());
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        drawn
    }

    /// Puts the cursor, which is not seen, at a place.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn point(&mut self, at: Position) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), MoveTo(at.x, at.y))
    }

    /// Takes the mouse, or leaves it to the terminal.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn mouse(&mut self, take: bool) -> io::Result<()> {
        self.mouse = take;
        execute!(io::stdout(), Print(if take { MOUSE_ON } else { MOUSE_OFF }))
    }

    /// Puts a text into the clipboard of the terminal (OSC 52), also from within tmux.
    ///
    /// # Errors
    ///
    /// When the text is longer than terminals take, or the terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let coded = STANDARD.encode(text);
        if coded.len() > COPY_MAX {
            return Err(io::Error::other(format!(
                "{} bytes are more than terminals take ({}): `:export` writes a file",
                text.len(),
                COPY_MAX / 4 * 3
            )));
        }
        let plain = format!("\x1b]52;c;{coded}\x07");
        let inside = std::env::var_os("TMUX").is_some();
        // tmux takes the first when it minds the clipboard, and passes the second on when it may.
        let passed = format!("\x1bPtmux;\x1b{plain}\x1b\\");
        execute!(io::stdout(), Print(&plain), Print(if inside { &passed } else { "" }))
    }

    /// Milliseconds of wall time since the terminal was taken over.
    #[must_use]
    pub fn wall_ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Draws every cell anew with the next frame.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn redraw(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    /// The size of the screen in cells.
    ///
    /// # Errors
    ///
    /// When the terminal does not tell.
    pub fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    /// Waits for input, or until woken: `None` when there was no input that matters.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn wait(&mut self) -> io::Result<Option<Input>> {
        if let Some(input) = self.next.take() {
            return Ok(Some(input));
        }
        if self.hung_up()? {
            return Ok(Some(Input::Terminate));
        }
        // What came before the wait is taken first: crossterm reads more than it hands out.
        if let Some(input) = self.pending(Duration::ZERO)? {
            return Ok(Some(input));
        }
        let mut ready = [
            PollFd::from_borrowed_fd(self.keys.fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.bell.as_fd(), PollFlags::IN),
        ];
        match poll(&mut ready, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(why) => return Err(why.into()),
        }
        if gone(ready[0].revents()) {
            return Ok(Some(Input::Terminate));
        }
        let typed = !ready[0].revents().is_empty();
        // All rings so far are one; an empty bell is none.
        drop(self.bell.read(&mut [0; 64]));
        self.pending(if typed { LATE } else { Duration::ZERO })
    }

    /// Does more input wait already? What matters of it is what [`Self::wait`] answers next.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn has_more(&mut self) -> io::Result<bool> {
        if self.next.is_none() && !self.hung_up()? {
            self.next = self.pending(Duration::ZERO)?;
        }
        Ok(self.next.is_some())
    }

    /// Is the terminal gone, as when its window was closed? crossterm must not be asked then: it
    /// would read the end of the file for ever.
    fn hung_up(&self) -> io::Result<bool> {
        let mut ready = [PollFd::from_borrowed_fd(self.keys.fd(), PollFlags::IN)];
        match poll(&mut ready, Some(&rustix::event::Timespec::default())) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(gone(ready[0].revents())),
            Err(why) => Err(why.into()),
        }
    }

    fn pending(&mut self, wait: Duration) -> io::Result<Option<Input>> {
        if let Some(signal) = self.signals.pending().next() {
            let stop = signal == SIGTSTP;
            return Ok(Some(if stop { Input::Suspend } else { Input::Terminate }));
        }
        while event::poll(wait)? {
            if let Some(input) = input::input_of(event::read()?) {
                return Ok(Some(input));
            }
        }
        Ok(None)
    }

    /// Lends the terminal to somebody, as to an editor, until they are done.
    ///
    /// # Errors
    ///
    /// When the terminal cannot be had again.
    pub fn lend<T>(&mut self, borrow: impl FnOnce() -> T) -> io::Result<T> {
        give_back();
        let answer = borrow();
        take()?;
        self.mouse(self.mouse)?;
        self.terminal.clear()?;
        Ok(answer)
    }

    /// Gives the terminal back, stops the process as ctrl-z does, and takes the terminal over
    /// again when the process is continued.
    ///
    /// # Errors
    ///
    /// When the terminal cannot be had again.
    pub fn suspend(&mut self) -> io::Result<()> {
        // The whole job must stop, as it does when the terminal itself sees ctrl-z: in
        // `tail -f x | watershed` a shell waits until every process of the pipe has stopped.
        Ok(self.lend(|| kill_current_process_group(Signal::STOP))??)
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        give_back();
    }
}

fn gone(events: PollFlags) -> bool {
    events.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
}

/// Letters of coded text that terminals take, at most.
const COPY_MAX: usize = 74_994;
/// Presses, the wheel, and movement with a button down; places told as numbers without a bound.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// Is the terminal ours? Leaving it twice would set the cursor back over what was written after the
/// first time, the words of a panic for one.
static TAKEN: AtomicBool = AtomicBool::new(false);

fn take() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, Hide)
        .inspect_err(|_| give_back())
}

/// What other threads said when they panicked, held back while the screen is not theirs.
static LAST_WORDS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Gives the terminal back, and says what was held back. Errors are not told: there is nobody left
/// to tell them to.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            Print(MOUSE_OFF),
            DisableFocusChange,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        let _ = disable_raw_mode();
        let _ = io::stdout().flush();
    }
    for words in LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        let _ = writeln!(io::stderr(), "{words}");
    }
}

/// A panic of this thread gives the terminal back before it is told. That of another thread waits
/// until this one ends, which it does when it looks at what the other left behind.
fn hook_panics() {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(|| {
        let before = panic::take_hook();
        let owner = thread::current().id();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().id() == owner {
                give_back();
                before(panic);
            } else {
                LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner).push(panic.to_string());
            }
        }));
    });
}
