//! Transforms in jq, by the crates of `jaq`.
//!
//! A program is a filter: it is given a record as `.` and whatever it puts out becomes a record. So
//! `select(.status >= 500)` filters, `{user, amount}` maps, `.items[]` makes many of one, `empty` drops.
//!
//! | in a program | means |
//! |---|---|
//! | `$key` | the partition key of the record |
//! | `rekey(f)` | outputs from here on have the key that `f` gives |
//! | `$state`, `state(f)` | a value carried from record to record of a shard, null at first; `state(f)` sets it |
//! | `error("why")` | the record fails |
//!
//! What a program may do to one record is bounded, whatever it says: it is rewritten so that each
//! iteration, each call and each value that it makes is paid for from a tank that a record fills; a
//! definition of the user must not call itself. There is no clock, no environment and no input but the record.

use std::cell::{Cell, RefCell};
use std::fmt::{self, Write as _};

use jaq_core::compile::{Compiler, Undefined};
use jaq_core::data::HasLut;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::load::{Arena, File, Loader, lex, parse, span};
use jaq_core::native::{Fun, bome, v};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};
use jaq_core::{Ctx, DataT, Error, Exn, Filter, Lut, Native, Vars, load};
use jaq_json::Val;

/// What a program may spend on one record, values that it makes and steps: so much, and
/// [`FUEL_PER_BYTE`] for each byte of it.
const FUEL: u64 = 100_000;
const FUEL_PER_BYTE: u64 = 8;
/// Deepest nesting of a value.
const DEPTH_MAX: u32 = 200;
/// Longest text that a number is written as, characters.
const NUMBER_CHARS_MAX: usize = 400;
/// Most records that one becomes.
const OUTPUTS_MAX: usize = 10_000;
/// How much of an error is told, characters.
const ERROR_CHARS_MAX: usize = 300;
/// Longest partition key, characters.
const KEY_CHARS_MAX: usize = 256;
/// Bytes that these may have together.
const OUTPUT_BYTES_MAX: usize = 10 * 1_048_576;

/// What programs find beside jq's own definitions.
const PRELUDE: &str = "
def rekey(f): f as $x | __rekey($x);
def state(f): f as $x | __state($x);
";

/// `range` of three, which pays for each number; jq's own definitions need it.
const RANGE: &str = "def range($from; $upto; $by): __range($from; $upto; $by) | __tick;";

/// What reaches out of a program: the clock, the environment, the process, its streams.
const WITHOUT: &[&str] =
    &["now", "localtime", "strflocaltime", "env", "halt", "debug_empty", "stderr_empty"];

/// One output of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// Its partition key, if the program says one.
    pub key: Option<String>,
    /// Its data.
    pub data: Vec<u8>,
}

/// The data that filters of ours run with.
struct Metered;

#[derive(Clone)]
struct Tank<'a> {
    lut: &'a Lut<Metered>,
    fuel: &'a Cell<u64>,
    /// What the program has said of key and state.
    said: &'a RefCell<Said>,
}

#[derive(Default)]
struct Said {
    key: Option<Val>,
    state: Option<Val>,
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
        let term = term_of(code)?;
        if let Some(name) = recursion(&term, &mut Vec::new()) {
            return Err(format!(
                "{}: `{name}` calls itself: write `recurse`, `until` or `reduce` instead",
                place(code, name)
            ));
        }
        let defs = defs().map(ticking).chain([Def {
            name: "__main",
            args: Vec::new(),
            body: metered(term),
        }]);
        let arena = Arena::default();
        let program = File { code: "__main", path: () };
        let modules = Loader::new(defs).load(&arena, program);
        let modules = modules.map_err(|_| "the program cannot be read".to_owned())?;
        let compiler = Compiler::default().with_funs(funs()).with_global_vars(["$key", "$state"]);
        let filter = compiler.compile(modules).map_err(|errors| {
            let undefined = errors.into_iter().flat_map(|(_, errors)| errors).next();
            undefined.map_or_else(
                || "the program cannot be compiled".to_owned(),
                |(name, what)| undefined_words(code, name, &what),
            )
        })?;
        Ok(Self { filter, state: Val::Null })
    }

    /// Runs it on one record.
    ///
    /// # Errors
    /// Why the record fails; the state stays as it was.
    pub fn run(&mut self, key: &str, data: &[u8]) -> Result<Vec<Emitted>, String> {
        check_depth(data)?;
        let input = jaq_json::read::parse_single(data).map_err(|why| format!("no JSON: {why}"))?;
        let fuel = Cell::new(FUEL + FUEL_PER_BYTE * data.len() as u64);
        let said = RefCell::default();
        let vars = Vars::new([Val::from(key.to_owned()), self.state.clone()]);
        let tank = Tank { lut: &self.filter.lut, fuel: &fuel, said: &said };
        let ctx = Ctx::<Metered>::new(tank, vars);
        let mut emitted = Vec::new();
        let mut left = OUTPUT_BYTES_MAX;
        for output in self.filter.id.run((ctx, input)).map(jaq_core::unwrap_valr) {
            let output = output.map_err(error_words)?;
            let key = said.borrow().key.as_ref().map(key_of).transpose()?;
            let mut data = Bounded { text: String::new(), left };
            write!(data, "{output}").map_err(|_| "it makes more than 10 MiB of one".to_owned())?;
            left = data.left;
            emitted.push(Emitted { key, data: data.text.into_bytes() });
            if emitted.len() > OUTPUTS_MAX {
                return Err(format!("it makes more than {OUTPUTS_MAX} records of one"));
            }
        }
        if let Some(state) = said.into_inner().state {
            self.state = state;
        }
        Ok(emitted)
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

/// A record that nests too deep would be read by recursion.
fn check_depth(data: &[u8]) -> Result<(), String> {
    let (mut depth, mut quoted, mut escaped) = (0u32, false, false);
    for byte in data {
        match (quoted, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'[' | b'{') => depth += 1,
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            (true | false, _) => {}
        }
        if depth > DEPTH_MAX {
            return Err(format!("it nests deeper than {DEPTH_MAX}"));
        }
    }
    Ok(())
}

fn defs() -> impl Iterator<Item = Def<&'static str>> {
    #[allow(clippy::redundant_closure_for_method_calls, reason = "a lifetime for every parser")]
    let read = |code| load::parse(code, |parser| parser.defs()).expect("invariant: it is jq");
    let theirs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    read(RANGE).into_iter().chain(theirs).chain(read(PRELUDE))
}

fn funs() -> impl Iterator<Item = Fun<Metered>> {
    let theirs = jaq_core::funs::<Metered>().chain(jaq_std::funs()).chain(jaq_json::funs());
    theirs
        .map(|(name, arity, native)| match name {
            "range" => ("__range", arity, native),
            _ if WITHOUT.contains(&name) => (name, arity, Native::<Metered>::new(without)),
            _ => (name, arity, native),
        })
        .chain(own_funs())
}

fn without(cv: jaq_core::Cv<'_, Metered>) -> jaq_core::ValXs<'_, Val> {
    drop(cv);
    bome(Err(Error::str("a transform sees the record and nothing else: no clock, no environment")))
}

fn own_funs() -> [Fun<Metered>; 5] {
    let tick = Native::<Metered>::new(|cv| bome(spend(cv.0.data().fuel, 1).map(|()| cv.1)))
        .with_paths(|cv| match spend(cv.0.data().fuel, 1) {
            Ok(()) => Box::new(std::iter::once(Ok(cv.1))),
            Err(why) => Box::new(std::iter::once(Err(Exn::from(why)))),
        })
        .with_update(|cv, f| match spend(cv.0.data().fuel, 1) {
            Ok(()) => f(cv.1),
            Err(why) => bome(Err(why)),
        });
    let charge =
        Native::<Metered>::new(|cv| bome(weigh(&cv.1, 0, cv.0.data().fuel).map(|()| cv.1)))
            .with_paths(|cv| match weigh(&cv.1.0, 0, cv.0.data().fuel) {
                Ok(()) => Box::new(std::iter::once(Ok(cv.1))),
                Err(why) => Box::new(std::iter::once(Err(Exn::from(why)))),
            })
            .with_update(|cv, f| match spend(cv.0.data().fuel, 1) {
                Ok(()) => f(cv.1),
                Err(why) => bome(Err(why)),
            });
    let times = Native::<Metered>::new(|mut cv| {
        let (r, l) = (cv.0.pop_var(), cv.0.pop_var());
        bome(times(l, r, cv.0.data().fuel))
    });
    let rekey = Native::<Metered>::new(|mut cv| {
        let key = cv.0.pop_var();
        cv.0.data().said.borrow_mut().key = Some(key);
        bome(Ok(cv.1))
    });
    let state = Native::<Metered>::new(|mut cv| {
        let state = cv.0.pop_var();
        cv.0.data().said.borrow_mut().state = Some(state);
        bome(Ok(cv.1))
    });
    [
        ("__tick", v(0), tick),
        ("__charge", v(0), charge),
        ("__times", v(2), times),
        ("__rekey", v(1), rekey),
        ("__state", v(1), state),
    ]
}

fn spend(fuel: &Cell<u64>, cost: u64) -> Result<(), Error<Val>> {
    let left = fuel.get().checked_sub(cost);
    fuel.set(left.unwrap_or(0));
    match left {
        Some(_) => Ok(()),
        None => Err(Error::str("it takes too many steps for one record")),
    }
}

/// Pays for a value by its size, and refuses one that is too deep or a number that is too long.
fn weigh(value: &Val, depth: u32, fuel: &Cell<u64>) -> Result<(), Error<Val>> {
    if depth > DEPTH_MAX {
        return Err(Error::str(format!("it nests deeper than {DEPTH_MAX}")));
    }
    match value {
        Val::Null | Val::Bool(_) => spend(fuel, 1),
        Val::Num(number) => {
            let mut text = Bounded { text: String::new(), left: NUMBER_CHARS_MAX };
            let is_big = matches!(number, jaq_json::Num::BigInt(_));
            if is_big && write!(text, "{number}").is_err() {
                return Err(Error::str(format!("a number of more than {NUMBER_CHARS_MAX} digits")));
            }
            spend(fuel, 1)
        }
        Val::BStr(bytes) | Val::TStr(bytes) => spend(fuel, 1 + bytes.len() as u64 / 64),
        Val::Arr(items) => {
            spend(fuel, 1)?;
            items.iter().try_for_each(|item| weigh(item, depth + 1, fuel))
        }
        Val::Obj(object) => {
            spend(fuel, 1)?;
            object.iter().try_for_each(|(key, value)| {
                weigh(key, depth + 1, fuel)?;
                weigh(value, depth + 1, fuel)
            })
        }
    }
}

/// A product; of a text and a number it is the text so many times, which is paid for before.
fn times(l: Val, r: Val, fuel: &Cell<u64>) -> Result<Val, Error<Val>> {
    let times = |value: &Val| jaq_std::ValT::as_f64(value).unwrap_or(0.0).max(0.0);
    let repeated = match (&l, &r) {
        (Val::TStr(text) | Val::BStr(text), number)
        | (number, Val::TStr(text) | Val::BStr(text)) => text.len() as f64 * times(number),
        _ => 0.0,
    };
    spend(fuel, (repeated / 64.0) as u64)?;
    l * r
}

type Code<'s> = Term<&'s str>;

fn pipe<'s>(l: Code<'s>, r: Code<'s>) -> Code<'s> {
    Term::BinOp(Box::new(l), BinaryOp::Pipe(None), Box::new(r))
}

fn call(name: &'static str) -> Code<'static> {
    Term::Call(name, Vec::new())
}

/// A definition of jq's own that pays for each call.
fn ticking<'s>(def: Def<&'static str>) -> Def<&'s str> {
    match def.name {
        // They are the price, or made of it.
        name if name.starts_with("__") || name == "range" => def,
        _ => Def { body: pipe(call("__tick"), def.body), ..def },
    }
}

/// The same term, with everything paid for that it makes and iterates over.
fn metered<'s>(term: Code<'s>) -> Code<'s> {
    let boxed = |term: Box<Code<'s>>| Box::new(metered(*term));
    let charged = |term: Code<'s>| pipe(term, call("__charge"));
    match term {
        Term::Id | Term::Num(_) | Term::Var(_) | Term::Break(_) => term,
        Term::Recurse => charged(call("recurse")),
        Term::Str(format, parts) => {
            let part = |part| match part {
                lex::StrPart::Term(term) => lex::StrPart::Term(metered(term)),
                other => other,
            };
            charged(Term::Str(format, parts.into_iter().map(part).collect()))
        }
        Term::Arr(inner) => charged(Term::Arr(inner.map(boxed))),
        Term::Obj(entries) => {
            let entry = |(key, value): (Code<'s>, Option<Code<'s>>)| (key, value.map(metered));
            charged(Term::Obj(entries.into_iter().map(entry).collect()))
        }
        Term::Neg(inner) => Term::Neg(boxed(inner)),
        Term::BinOp(l, op, r) => metered_operation(metered(*l), op, metered(*r)),
        Term::Label(name, inner) => Term::Label(name, boxed(inner)),
        Term::Fold(name, over, pattern, parts) => {
            Term::Fold(name, boxed(over), pattern, parts.into_iter().map(metered).collect())
        }
        Term::TryCatch(inner, catch) => Term::TryCatch(boxed(inner), catch.map(boxed)),
        Term::IfThenElse(cases, rest) => {
            let case = |(test, then): (Code<'s>, Code<'s>)| (metered(test), metered(then));
            Term::IfThenElse(cases.into_iter().map(case).collect(), rest.map(boxed))
        }
        Term::Def(defs, inner) => {
            let def =
                |def: Def<&'s str>| Def { body: pipe(call("__tick"), metered(def.body)), ..def };
            Term::Def(defs.into_iter().map(def).collect(), boxed(inner))
        }
        Term::Call(name, arguments) => {
            charged(Term::Call(name, arguments.into_iter().map(metered).collect()))
        }
        Term::Path(inner, Path(parts)) => {
            let iterates = parts.iter().any(|(part, _)| matches!(part, Part::Range(None, None)));
            let part = |(part, opt)| {
                let part = match part {
                    Part::Index(index) => Part::Index(metered(index)),
                    Part::Range(from, to) => Part::Range(from.map(metered), to.map(metered)),
                };
                (part, opt)
            };
            let path = Path(parts.into_iter().map(part).collect());
            let term = Term::Path(boxed(inner), path);
            if iterates { pipe(term, call("__tick")) } else { term }
        }
    }
}

fn metered_operation<'s>(l: Code<'s>, op: BinaryOp<&'s str>, r: Code<'s>) -> Code<'s> {
    match op {
        BinaryOp::Math(Math::Mul) => pipe(Term::Call("__times", vec![l, r]), call("__charge")),
        BinaryOp::Math(_) => pipe(Term::BinOp(Box::new(l), op, Box::new(r)), call("__charge")),
        // `l += r` is `r as $x | l |= . + $x`.
        BinaryOp::UpdateMath(math) => {
            let sum = metered_operation(Term::Id, BinaryOp::Math(math), Term::Var("$__x"));
            let update = Term::BinOp(Box::new(l), BinaryOp::Update, Box::new(sum));
            let bind = BinaryOp::Pipe(Some(Pattern::Var("$__x")));
            Term::BinOp(Box::new(r), bind, Box::new(update))
        }
        op => Term::BinOp(Box::new(l), op, Box::new(r)),
    }
}

/// A definition of the program that calls itself, or one that it stands in.
fn recursion<'s>(term: &Code<'s>, inside: &mut Vec<(&'s str, usize)>) -> Option<&'s str> {
    match term {
        Term::Call(name, arguments) if inside.contains(&(*name, arguments.len())) => {
            return Some(name);
        }
        Term::Def(defs, _) => {
            for def in defs {
                inside.push((def.name, def.args.len()));
                let found = recursion(&def.body, inside);
                inside.pop();
                if found.is_some() {
                    return found;
                }
            }
        }
        _ => {}
    }
    children(term).into_iter().find_map(|child| recursion(child, inside))
}

/// The terms that a term is made of, but for the bodies of its definitions.
fn children<'t, 's>(term: &'t Code<'s>) -> Vec<&'t Code<'s>> {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Var(_) | Term::Break(_) => Vec::new(),
        Term::Str(_, parts) => {
            let inner = |part: &'t lex::StrPart<&'s str, Code<'s>>| match part {
                lex::StrPart::Term(term) => Some(term),
                lex::StrPart::Str(_) | lex::StrPart::Char(_) => None,
            };
            parts.iter().filter_map(inner).collect()
        }
        Term::Arr(inner) => inner.iter().map(|inner| &**inner).collect(),
        Term::Obj(entries) => {
            entries.iter().flat_map(|(key, value)| std::iter::once(key).chain(value)).collect()
        }
        Term::Neg(inner) | Term::Label(_, inner) | Term::Def(_, inner) => vec![&**inner],
        Term::BinOp(l, _, r) => vec![&**l, &**r],
        Term::Fold(_, over, _, parts) => std::iter::once(&**over).chain(parts).collect(),
        Term::TryCatch(inner, catch) => {
            std::iter::once(&**inner).chain(catch.iter().map(|catch| &**catch)).collect()
        }
        Term::IfThenElse(cases, rest) => {
            let cases = cases.iter().flat_map(|(test, then)| [test, then]);
            cases.chain(rest.iter().map(|rest| &**rest)).collect()
        }
        Term::Call(_, arguments) => arguments.iter().collect(),
        Term::Path(inner, Path(parts)) => {
            let indices = parts.iter().flat_map(|(part, _)| match part {
                Part::Index(index) => [Some(index), None],
                Part::Range(from, to) => [from.as_ref(), to.as_ref()],
            });
            std::iter::once(&**inner).chain(indices.flatten()).collect()
        }
    }
}

/// Reads a program; what is wrong is told with its place.
fn term_of(code: &str) -> Result<Code<'_>, String> {
    let tokens = lex::Lexer::new(code).lex().map_err(|errors| {
        let Some((expected, rest)) = errors.into_iter().next() else { return String::new() };
        let hint = hint(rest).unwrap_or_default();
        format!("{}: {} expected{hint}", place(code, rest), expected.as_str())
    })?;
    #[allow(clippy::redundant_closure_for_method_calls, reason = "a lifetime for every parser")]
    let read = parse::Parser::new(&tokens).parse(|parser| parser.term());
    read.map_err(|errors| {
        let Some((expected, found)) = errors.into_iter().next() else { return String::new() };
        let (found, at) = match found {
            Some(token) => (format!("`{}`", token.0), place(code, token.0)),
            None => ("its end".to_owned(), format!("column {}", code.chars().count() + 1)),
        };
        let hint = hint(found.trim_matches('`')).unwrap_or_default();
        format!("{at}: {} expected, not {found}{hint}", expected.as_str())
    })
}

/// What people write who know other languages, and what jq has instead.
fn hint(rest: &str) -> Option<String> {
    [
        ("&&", "and"),
        ("||", "or"),
        ("!=", "!="),
        ("!", "| not"),
        ("===", "=="),
        ("?:", "if ... then ... else ... end"),
        ("'", "\""),
        ("&", "and"),
    ]
    .into_iter()
    .find(|(other, _)| rest.starts_with(other))
    .filter(|(other, own)| other != own)
    .map(|(_, own)| format!(": write `{own}`"))
}

fn place(code: &str, part: &str) -> String {
    let at = span(code, part).start;
    let (before, line) = (&code[..at], code[..at].matches('\n').count() + 1);
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    if line > 1 { format!("line {line}, column {column}") } else { format!("column {column}") }
}

fn undefined_words(code: &str, name: &str, what: &Undefined) -> String {
    let inside = code.as_bytes().as_ptr_range().contains(&name.as_ptr());
    let at = if inside { place(code, name) } else { "in jq's own definitions".to_owned() };
    match what {
        Undefined::Var => format!("{at}: there is no variable `{name}`: there are $key and $state"),
        Undefined::Filter(arity) => {
            let known: Vec<usize> = arities(name);
            match &known[..] {
                [] => format!("{at}: jq has no `{name}`"),
                [other, ..] => format!("{at}: `{name}` takes {other} arguments, not {arity}"),
            }
        }
        other => format!("{at}: there is no {} `{name}`", other.as_str()),
    }
}

/// How many arguments a filter of that name takes.
fn arities(name: &str) -> Vec<usize> {
    let defs = defs().filter(|def| def.name == name).map(|def| def.args.len());
    let funs = funs().filter(|(known, ..)| *known == name).map(|(_, arity, _)| arity.len());
    defs.chain(funs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(code: &str, data: &str) -> Result<Vec<String>, String> {
        let mut program = Program::compile(code).unwrap_or_else(|why| panic!("{code}: {why}"));
        let emitted = program.run("user-1", data.as_bytes())?;
        Ok(emitted.into_iter().map(|one| String::from_utf8_lossy(&one.data).into_owned()).collect())
    }

    #[test]
    fn a_program_filters_maps_divides_and_drops() {
        for (code, data, wanted) in [
            (".", r#"{"a":1}"#, &[r#"{"a":1}"#][..]),
            ("select(.a > 1)", r#"{"a":1}"#, &[]),
            ("{b: .a}", r#"{"a":1}"#, &[r#"{"b":1}"#]),
            (".items[]", r#"{"items":[1,"x"]}"#, &["1", "\"x\""]),
            ("empty", "1", &[]),
            ("$key", "1", &["\"user-1\""]),
            (".a += 2 | .b |= 3 | del(.c)", r#"{"a":1,"c":1}"#, &[r#"{"a":3,"b":3}"#]),
            ("def twice(f): f | f; twice(. * 2)", "3", &["12"]),
            ("[limit(3; repeat(1))]", "1", &["[1,1,1]"]),
            ("[.[] | select(test(\"^a\"))]", r#"["ab","b"]"#, &[r#"["ab"]"#]),
            ("walk(if type == \"number\" then . + 1 else . end)", "[1,[2]]", &["[2,[3]]"]),
            ("reduce range(5) as $i (0; . + $i)", "1", &["10"]),
            ("try error(\"x\") catch .", "1", &["\"x\""]),
        ] {
            let came = run(code, data).unwrap_or_else(|why| panic!("{code}: {why}"));
            assert_eq!(came, wanted, "{code}");
        }
    }

    #[test]
    fn a_key_and_a_state_are_said_and_not_seen() {
        let mut program =
            Program::compile("state(($state // 0) + .n) | rekey(.user) | .[\"x\"]? // .")
                .expect("it is good");
        let first = program.run("k", br#"{"user":"u","n":2}"#).expect("it runs");
        assert_eq!(first[0].key.as_deref(), Some("u"));
        assert_eq!(first[0].data, br#"{"user":"u","n":2}"#);
        assert!(program.run("k", br#"{"user":7,"n":2}"#).is_err(), "a key is a text");
        let mut told = Program::compile("state(($state // 0) + 1) | ($state // 0)").expect("good");
        let counts = [0, 1, 2].map(|_| told.run("k", b"{}").expect("it runs")[0].data.clone());
        assert_eq!(counts, [b"0".to_vec(), b"1".to_vec(), b"2".to_vec()]);
    }

    #[test]
    fn whatever_it_says_a_program_ends_and_makes_no_more_than_it_may() {
        for code in [
            "[range(1e12)] | length",
            "[repeat(1)]",
            "last(range(1e12))",
            "until(false; .)",
            "reduce range(60) as $i (\"x\"; . + .)",
            "reduce range(60) as $i ([]; [., .])",
            "reduce range(100) as $i (9; . * .)",
            "reduce range(1e5) as $i (0; [.])",
            "\"x\" * 1e12",
            "range(20000)",
            "[.[] as $a | .[] as $b | .[] as $c | .[] as $d | 1] | length",
        ] {
            let data = format!("[{}0]", "1,".repeat(300));
            let data = if code.starts_with("[.[]") { data.as_str() } else { "1" };
            assert!(run(code, data).is_err(), "{code}");
        }
        let deep = "[".repeat(100_000);
        assert!(run(".", &deep).expect_err("too deep").contains("deeper"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (code, says) in [
            ("foo", "column 1: jq has no `foo`"),
            (".a | splat(.b)", "column 6: jq has no `splat`"),
            ("split(1; 2; 3)", "column 1: `split` takes"),
            ("$who", "there is no variable `$who`"),
            ("select(.a", "closing parenthesis expected"),
            (".a && .b", "column 4"),
            ("", "column 1: term expected"),
            ("def f: f; f", "`f` calls itself: write `recurse`, `until` or `reduce`"),
            ("def f(g): def h: f(g); h; f(.)", "`f` calls itself"),
        ] {
            let why = Program::compile(code).expect_err(code);
            assert!(why.contains(says), "{code}: {why}");
        }
        assert!(run("now", "1").expect_err("no clock").contains("no clock"));
        assert!(run("env", "1").is_err());
    }
}
