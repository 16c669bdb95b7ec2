//! What a program may do to one record, whatever it says.
//!
//! A program is rewritten so that each iteration, each call and each value that it makes is paid for
//! from a tank that a record fills. Values that nest too deep and numbers that are too long are
//! refused; so are definitions that call themselves, before anything runs (`explain.rs`).

use std::cell::Cell;
use std::fmt::Write as _;

use jaq_core::load::lex;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::native::{Fun, bome, v};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};
use jaq_core::{Error, Exn, Native};
use jaq_json::Val;

use super::{Bounded, Metered};

/// What a program may spend on one record, values that it makes and steps: so much, and
/// [`FUEL_PER_BYTE`] for each byte of it.
const FUEL: u64 = 100_000;
const FUEL_PER_BYTE: u64 = 8;
/// Deepest nesting of a value.
pub(super) const DEPTH_MAX: u32 = 200;
/// Longest text that a number is written as, characters.
const NUMBER_CHARS_MAX: usize = 400;

/// `range` of three, which pays for each number; jq's own definitions need it.
pub(super) const DEFS: &str = "def range($from; $upto; $by): __range($from; $upto; $by) | __tick;";

/// A program as it is read.
pub(super) type Code<'s> = Term<&'s str>;

/// The tank that a record of so many bytes fills.
pub(super) fn fuel(bytes: usize) -> Cell<u64> {
    Cell::new(FUEL + FUEL_PER_BYTE * bytes as u64)
}

/// A record that nests too deep would be read by recursion.
pub(super) fn check_depth(data: &[u8]) -> Result<(), String> {
    let opens = |byte: &&u8| matches!(**byte, b'[' | b'{');
    if data.iter().filter(opens).count() <= DEPTH_MAX as usize {
        return Ok(()); // Nearly every record: counting is many times as fast as following.
    }
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

/// What rewritten programs pay by.
pub(super) fn funs() -> [Fun<Metered>; 3] {
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
    [("__tick", v(0), tick), ("__charge", v(0), charge), ("__times", v(2), times)]
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

fn pipe<'s>(l: Code<'s>, r: Code<'s>) -> Code<'s> {
    Term::BinOp(Box::new(l), BinaryOp::Pipe(None), Box::new(r))
}

fn call(name: &'static str) -> Code<'static> {
    Term::Call(name, Vec::new())
}

/// A definition of jq's own that pays for each call.
pub(super) fn ticking<'s>(def: Def<&'static str>) -> Def<&'s str> {
    match def.name {
        // They are the price, or made of it.
        name if name.starts_with("__") || name == "range" => def,
        _ => Def { body: pipe(call("__tick"), def.body), ..def },
    }
}

/// The same term, with everything paid for that it makes and iterates over.
pub(super) fn metered<'s>(term: Code<'s>) -> Code<'s> {
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
