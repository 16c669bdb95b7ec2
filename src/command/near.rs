//! What may have been meant.

/// The candidate that looks most like `given`, if one does.
#[must_use]
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    let scored = candidates.into_iter().map(|candidate| {
        let lower = candidate.to_lowercase();
        let begins = given.chars().count() >= 2 && lower.starts_with(&given);
        (if begins { 0 } else { distance(&given, &lower) }, candidate)
    });
    let close = |length: usize| (length / 3).max(1);
    let most = close(given.chars().count());
    scored.filter(|(score, _)| *score <= most).min_by_key(|(score, _)| *score).map(|best| best.1)
}

/// How many letters must be put in, left out, changed or swapped with their neighbor.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// "did you mean `x`?", or the list of what there is.
#[must_use]
pub fn way_out<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = candidates.into_iter().collect();
    match nearest(given, all.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if all.is_empty() => "there is none".to_owned(),
        None if all.len() <= 12 => format!("there is {}", all.join(", ")),
        None => format!("there is {} and {} more", all[..12].join(", "), all.len() - 12),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_strange_one_is_not() {
        let words = ["split", "scale", "streams", "session save"];
        for (given, expected) in [
            ("spilt", Some("split")),
            ("scael", Some("scale")),
            ("stre", Some("streams")),
            ("SPLIT", Some("split")),
            ("frobnicate", None),
            ("x", None),
        ] {
            assert_eq!(nearest(given, words), expected, "{given}");
        }
        assert_eq!(way_out("zz", []), "there is none");
        assert_eq!(way_out("zz", ["a", "b"]), "there is a, b");
    }
}
