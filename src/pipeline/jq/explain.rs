//! What is wrong with a program: where, and what to write instead.

use jaq_core::compile::Undefined;
use jaq_core::load::parse::{self, Term};
use jaq_core::load::{lex, span};
use jaq_core::path::{Part, Path};

use super::meter::Code;
use super::{defs, funs};

/// Reads a program; what is wrong is told with its place.
pub(super) fn read(code: &str) -> Result<Code<'_>, String> {
    let term = term_of(code)?;
    match recursion(&term, &mut Vec::new()) {
        Some(name) => Err(format!(
            "{}: `{name}` calls itself: write `recurse`, `until` or `reduce` instead",
            place(code, name)
        )),
        None => Ok(term),
    }
}

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

/// A name that means nothing.
pub(super) fn undefined(code: &str, name: &str, what: &Undefined) -> String {
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

/// The streams that it routes to by a text as it stands, and where.
pub(super) fn routes(code: &str, term: &Code<'_>) -> Vec<(String, String)> {
    let mut routes = Vec::new();
    collect_routes(code, term, &mut routes);
    routes
}

fn collect_routes(code: &str, term: &Code<'_>, routes: &mut Vec<(String, String)>) {
    if let Term::Call("route", arguments) = term
        && let [Term::Str(None, parts)] = &arguments[..]
        && let [lex::StrPart::Str(name)] = &parts[..]
    {
        routes.push(((*name).to_owned(), place(code, name)));
    }
    if let Term::Def(defs, _) = term {
        defs.iter().for_each(|def| collect_routes(code, &def.body, routes));
    }
    children(term).into_iter().for_each(|child| collect_routes(code, child, routes));
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
