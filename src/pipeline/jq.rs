//! Transforms in jq, by the crates of `jaq`.
//!
//! A program is a filter: it is given a record as `.` and whatever it puts out becomes a record. So
//! `select(.status >= 500)` filters, `{user, amount}` maps, `.items[]` makes many of one, `empty` drops.
//!
//! | in a program | means |
//! |---|---|
//! | `$key` | the partition key of the record |
//! | `rekey(f)` | what becomes of it further on in the pipe has the key that `f` gives |
//! | `route(f)` | what becomes of it further on in the pipe goes to the stream that `f` names |
//! | `$state`, `state(f)` | a value carried from record to record of a shard, null at first; `state(f)` sets it |
//! | `error("why")` | the record fails |
//!
//! What a program may do to one record is bounded (`meter.rs`). There is no clock, no environment and no
//! input but the record.

use std::cell::{Cell, RefCell};
use std::fmt::{self, Write as _};

use jaq_core::compile::Compiler;
use jaq_core::data::HasLut;
use jaq_core::load::parse::Def;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::native::{Fun, bome, v};
use jaq_core::{Ctx, Cv, DataT, Error, Filter, Lut, Native, ValX, ValXs, Vars};
use jaq_json::Val;

use crate::model::StreamName;
use crate::pipeline::program::{self, Emitted, Given, output_named};

use write::WriteError;

mod explain;
mod meter;
mod read;
#[cfg(test)]
mod tests;
mod write;

/// Most records that one becomes.
const OUTPUTS_MAX: usize = 10_000;
/// How much of an error is told, characters.
const ERROR_CHARS_MAX: usize = 300;
/// Longest partition key, characters.
const KEY_CHARS_MAX: usize = 256;
/// Bytes that the outputs of one record may have together.
const OUTPUT_BYTES_MAX: usize = 10 * 1_048_576;

/// What programs find beside jq's own definitions.
const PRELUDE: &str = "
def rekey(f): f as $x | __rekey($x);
def route(f): f as $x | __route($x);
def state(f): f as $x | __state($x);
";

/// What reaches out of a program: the clock, the environment, the process, its streams.
const WITHOUT: &[&str] =
    &["now", "localtime", "strflocaltime", "env", "halt", "debug_empty", "stderr_empty"];

/// The data that filters of ours run with.
struct Metered;

#[derive(Clone)]
struct Tank<'a> {
    lut: &'a Lut<Metered>,
    fuel: &'a Cell<u64>,
    said: &'a Said,
}

/// What a program has said beside its outputs.
#[derive(Default)]
struct Said {
    key: RefCell<Option<Val>>,
    route: RefCell<Option<Val>>,
    state: RefCell<Option<Val>>,
}

impl DataT for Metered {
    type V<'a> = Val;
    type Data<'a> = Tank<'a>;
}

impl<'a> HasLut<'a, Metered> for Tank<'a> {
    fn lut(&self) -> &'a Lut<Metered> {
        self.lut
    }
}

/// A program, ready to run.
pub struct Program {
    filter: Filter<Metered>,
    state: Val,
    /// Streams that it names as they are, and where.
    routes: Vec<(String, String)>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Program {
    /// Compiles a program.
    ///
    /// # Errors
    /// What is wrong with it, where, and what to write instead.
    pub fn compile(code: &str) -> Result<Self, String> {
        let term = explain::read(code)?;
        let routes = explain::routes(code, &term);
        let main = Def { name: "__main", args: Vec::new(), body: meter::metered(term) };
        let defs = defs().map(meter::ticking).chain([main]);
        let arena = Arena::default();
        let modules = Loader::new(defs).load(&arena, File { code: "__main", path: () });
        let modules = modules.map_err(|_| "the program cannot be read".to_owned())?;
        let compiler = Compiler::default().with_funs(funs()).with_global_vars(["$key", "$state"]);
        let filter = compiler.compile(modules).map_err(|errors| {
            let mut undefined = errors.into_iter().flat_map(|(_, errors)| errors);
            undefined.next().map_or_else(
                || "the program cannot be compiled".to_owned(),
                |(name, what)| explain::undefined(code, name, &what),
            )
        })?;
        Ok(Self { filter, state: Val::Null, routes })
    }
}

impl program::Program for Program {
    fn run(&mut self, given: &Given<'_>) -> Result<Vec<Emitted>, String> {
        let Given { key, data, outputs } = *given;
        let input = read::value(data)?;
        let (fuel, said) = (meter::fuel(data.len()), Said::default());
        let vars = Vars::new([Val::from(key.to_owned()), self.state.clone()]);
        let tank = Tank { lut: &self.filter.lut, fuel: &fuel, said: &said };
        let ctx = Ctx::<Metered>::new(tank, vars);
        let mut emitted = Vec::new();
        let mut left = OUTPUT_BYTES_MAX;
        for output in self.filter.id.run((ctx, input)).map(jaq_core::unwrap_valr) {
            let value = output.map_err(error_words)?;
            let key = said.key.borrow().as_ref().map(key_of).transpose()?;
            let route = said.route.borrow().as_ref().map(|to| route_of(to, outputs)).transpose()?;
            let mut data = Bounded { text: String::new(), left };
            write::value(&mut data, &value).map_err(|why| match why {
                WriteError::TooLarge => "it makes more than 10 MiB of one".to_owned(),
                WriteError::Key(key) => {
                    format!("the key {key} of an object is no text: write it with `| tostring`")
                }
            })?;
            left = data.left;
            emitted.push(Emitted { output: route.unwrap_or(0), key, data: data.text.into_bytes() });
            if emitted.len() > OUTPUTS_MAX {
                return Err(format!("it makes more than {OUTPUTS_MAX} records of one"));
            }
        }
        if let Some(state) = said.state.into_inner() {
            self.state = read::detached(&state);
        }
        Ok(emitted)
    }

    fn check_routes(&self, outputs: &[StreamName]) -> Result<(), String> {
        self.routes.iter().try_for_each(|(name, place)| {
            output_named(name, outputs).map(drop).map_err(|why| format!("{place}: {why}"))
        })
    }
}

fn error_words(why: Error<Val>) -> String {
    let value = why.into_val();
    if let Some(text) = text(&value) {
        return text.chars().take(ERROR_CHARS_MAX).collect();
    }
    let mut text = Bounded { text: String::new(), left: ERROR_CHARS_MAX };
    // What does not fit is cut off.
    let _ = write!(text, "{value}");
    text.text
}

fn text(value: &Val) -> Option<String> {
    match value {
        Val::TStr(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Val::Null | Val::Bool(_) | Val::Num(_) | Val::BStr(_) | Val::Arr(_) | Val::Obj(_) => None,
    }
}

/// The key that a program said.
fn key_of(value: &Val) -> Result<String, String> {
    let not_text = || format!("`rekey` with {value}, which is no text: add `| tostring`");
    let key = text(value).ok_or_else(not_text)?;
    if key.is_empty() || key.chars().count() > KEY_CHARS_MAX {
        return Err(format!("`rekey` needs a text of 1 to {KEY_CHARS_MAX} characters"));
    }
    Ok(key)
}

/// The output that a program said.
fn route_of(value: &Val, outputs: &[StreamName]) -> Result<usize, String> {
    let not_text = || format!("`route` to {value}, which is no name of a stream");
    output_named(&text(value).ok_or_else(not_text)?, outputs)
}

/// A text that takes so many bytes and no more.
struct Bounded {
    text: String,
    left: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.checked_sub(text.len()).ok_or(fmt::Error)?;
        self.text.push_str(text);
        Ok(())
    }
}

fn defs() -> impl Iterator<Item = Def<&'static str>> {
    #[allow(clippy::redundant_closure_for_method_calls, reason = "a lifetime for every parser")]
    let read = |code| load::parse(code, |parser| parser.defs()).expect("invariant: it is jq");
    let theirs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    read(meter::DEFS).into_iter().chain(theirs).chain(read(PRELUDE))
}

fn funs() -> impl Iterator<Item = Fun<Metered>> {
    let theirs = jaq_core::funs::<Metered>().chain(jaq_std::funs()).chain(jaq_json::funs());
    theirs
        .map(|(name, arity, native)| match name {
            "range" => ("__range", arity, native),
            _ if WITHOUT.contains(&name) => (name, arity, Native::<Metered>::new(without)),
            _ => (name, arity, native),
        })
        .chain(meter::funs())
        .chain([
            ("__rekey", v(1), Native::new(|cv| scoped(cv, |said| &said.key))),
            ("__route", v(1), Native::new(|cv| scoped(cv, |said| &said.route))),
            ("__state", v(1), Native::<Metered>::new(carry)),
        ])
}

fn without(cv: Cv<'_, Metered>) -> ValXs<'_, Val> {
    drop(cv);
    bome(Err(Error::str("a transform sees the record and nothing else: no clock, no environment")))
}

fn carry(mut cv: Cv<'_, Metered>) -> ValXs<'_, Val> {
    let state = cv.0.pop_var();
    *cv.0.data().said.state.borrow_mut() = Some(state);
    bome(Ok(cv.1))
}

/// Says something of whatever becomes of the value further on in the pipe, and of nothing else: the
/// one value is put out, and when the next is asked for, all that came of it is through.
fn scoped<'a>(mut cv: Cv<'a, Metered>, of: fn(&Said) -> &RefCell<Option<Val>>) -> ValXs<'a, Val> {
    let said = cv.0.pop_var();
    let place = of(cv.0.data().said);
    Box::new(Scope { place, says: Some((said, cv.1)), before: None })
}

/// Not an iterator of known length: what has one output at most is taken out of it at once.
struct Scope<'a> {
    place: &'a RefCell<Option<Val>>,
    /// What is said, and the value that it is said of, before that is put out.
    says: Option<(Val, Val)>,
    /// What was said before, meanwhile.
    before: Option<Option<Val>>,
}

impl Scope<'_> {
    fn end(&mut self) {
        if let Some(before) = self.before.take() {
            *self.place.borrow_mut() = before;
        }
    }
}

impl<'a> Iterator for Scope<'a> {
    type Item = ValX<'a, Val>;

    fn next(&mut self) -> Option<Self::Item> {
        self.end();
        let (said, value) = self.says.take()?;
        self.before = Some(self.place.borrow_mut().replace(said));
        Some(Ok(value))
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        self.end();
    }
}
