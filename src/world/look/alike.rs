//! Lists that a picture shares with the one before it, while they are the same.

use std::sync::Arc;

/// A list of these: the one of before, if that holds the same. Thousands of shards are mostly idle, and
/// a list of them takes a megabyte.
pub(super) fn alike<T: Clone + PartialEq>(
    before: Option<&Arc<Vec<T>>>,
    mut all: impl Iterator<Item = T>,
) -> Arc<Vec<T>> {
    let known: &[T] = before.map_or(&[], |before| before);
    let (mut same, mut next) = (0, all.next());
    while next.is_some() && next.as_ref() == known.get(same) {
        (same, next) = (same + 1, all.next());
    }
    match before {
        Some(before) if next.is_none() && same == known.len() => Arc::clone(before),
        Some(_) | None => {
            // One that grows as it goes takes half as much again.
            let mut list = Vec::with_capacity(same + 1 + all.size_hint().1.unwrap_or(0));
            list.extend_from_slice(&known[..same]);
            list.extend(next.into_iter().chain(all));
            Arc::new(list)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_shared_if_it_is_the_same_and_anew_if_not() {
        let before = Arc::new(vec![1, 2, 3]);
        let behind = |list: &[i32]| alike(Some(&before), list.iter().copied());
        assert!(Arc::ptr_eq(&behind(&[1, 2, 3]), &before));
        for other in [&[][..], &[1, 2], &[1, 2, 4], &[0, 2, 3], &[1, 2, 3, 4], &[2, 3]] {
            assert_eq!(*behind(other), other);
        }
        assert_eq!(*alike(None, [7].into_iter()), [7]);
    }
}
