//! Every decoder is given what the fuzzer begins with (`tests/fuzz`), then what chance makes of it:
//! the same properties, without a guide, wherever the tests run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::course::Course;
use crate::targets::{TARGETS, Target};

/// Bytes of an input at most.
const LEN_MAX: usize = 16_384;

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    let seeds: Vec<Vec<Vec<u8>>> = TARGETS.iter().map(|target| (target.seeds)()).collect();
    for (target, seeds) in TARGETS.iter().zip(&seeds) {
        for seed in seeds {
            check(target, seed)?;
            course.tally.operations += 1;
        }
    }
    while let Some(seed) = course.next_seed() {
        let mut chance = Pcg64Mcg::seed_from_u64(seed);
        let at = chance.random_range(0..TARGETS.len());
        let mut input = some(&seeds[at], &mut chance).clone();
        for _ in 0..chance.random_range(1..6) {
            change(&mut input, &TARGETS[at], &seeds[at], &mut chance);
        }
        input.truncate(LEN_MAX);
        check(&TARGETS[at], &input)?;
        course.tally.operations += 1;
        course.tally.faults += 1;
        course.cycle();
    }
    Ok(())
}

fn some<'a, T>(of: &'a [T], chance: &mut Pcg64Mcg) -> &'a T {
    &of[chance.random_range(0..of.len())]
}

fn check(target: &Target, input: &[u8]) -> Result<(), String> {
    let checked = catch_unwind(AssertUnwindSafe(|| (target.check)(input)));
    checked.map_err(|_| {
        let text: String = input.iter().map(|byte| byte.escape_ascii().to_string()).collect();
        format!("target `{}` with b\"{text}\"", target.name)
    })
}

/// One change of an input.
fn change(input: &mut Vec<u8>, target: &Target, seeds: &[Vec<u8>], chance: &mut Pcg64Mcg) {
    let at = chance.random_range(0..=input.len());
    let until = (at + chance.random_range(0..40)).min(input.len());
    match chance.random_range(0..7) {
        0 => drop(input.drain(at..until)),
        1 => {
            let piece = input[at..until].to_vec();
            let to = chance.random_range(0..=input.len());
            drop(input.splice(to..to, piece));
        }
        2 => {
            let word = some(target.words, chance).bytes();
            drop(input.splice(at..at, word));
        }
        3 => {
            let other = some(seeds, chance);
            let from = chance.random_range(0..=other.len());
            drop(input.splice(at.., other[from..].iter().copied()));
        }
        4 => input[at..until].fill(*some(&[0, 1, 0x7f, 0x80, 0xff], chance)),
        _ => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << chance.random_range(0..8);
            }
        }
    }
}
