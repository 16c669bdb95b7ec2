//! What a sketch knows of loads that are known.

use proptest::prelude::*;

use super::*;

const QUARTER: HashKeyRange =
    HashKeyRange { start: HashKey(1 << 126), end: HashKey((1 << 127) - 1) };

fn at(share: f64) -> HashKey {
    HashKey(QUARTER.start.0 + (share * (1u128 << 126) as f64) as u128)
}

fn feed(sketch: &mut Sketch, key: &str, hash: HashKey, records: usize) {
    for _ in 0..records {
        sketch.add(&Sampled { key, hash, bytes: 100, weight: 1 });
    }
}

/// `heavy` records of one key at a place of the range, and a thousand others spread evenly.
fn with_heavy(place: f64, heavy: usize) -> KeyMix {
    let mut sketch = Sketch::new(QUARTER);
    for n in 0..1_000 {
        feed(&mut sketch, &format!("k{n}"), at(f64::from(n) / 1_000.0), 1);
        let (now, before) = (heavy * (n as usize + 1) / 1_000, heavy * n as usize / 1_000);
        feed(&mut sketch, "sku-77", at(place), now - before);
    }
    sketch.mix().expect("there are samples enough")
}

#[test]
fn few_samples_tell_nothing() {
    let mut sketch = Sketch::new(QUARTER);
    feed(&mut sketch, "a", at(0.5), 29);
    assert_eq!(sketch.mix(), None);
    feed(&mut sketch, "a", at(0.5), 1);
    assert!(sketch.mix().is_some());
}

#[test]
fn an_even_load_has_no_heavy_key_and_is_halved_in_the_middle() {
    let mix = with_heavy(0.5, 0);
    assert_eq!(mix.heavy, []);
    assert_eq!(mix.halving(Measure::Records), Some(HashKey(0x6 << 124)));
    assert!((mix.below(at(0.25), Measure::Bytes) - 0.25).abs() < 0.01);
}

#[test]
fn a_heavy_key_is_named_with_its_share_and_lies_on_one_side_of_any_cut() {
    let mix = with_heavy(0.3, 1_500);
    let key = &mix.heavy[0];
    assert_eq!((key.key.as_str(), key.hash), ("sku-77", at(0.3)));
    assert!((key.share.records - 0.6).abs() < 0.02, "{key:?}");
    let cut = mix.halving(Measure::Records).expect("the range has many keys");
    let below = mix.below(cut, Measure::Records);
    assert_eq!(cut, at(0.3125), "a round key right above it: the smaller rest stays with it");
    assert!((below - 0.72).abs() < 0.02, "{below}");
}

#[test]
fn a_load_in_a_corner_is_halved_there() {
    let mut sketch = Sketch::new(QUARTER);
    for n in 0..4_000 {
        feed(&mut sketch, &format!("k{n}"), at(0.9 + f64::from(n) / 80_000.0), 1);
    }
    let mix = sketch.mix().expect("samples enough");
    let cut = mix.halving(Measure::Records).expect("many keys");
    assert!((0.91..0.94).contains(&(place_of(QUARTER, cut) / BINS as f64)), "{cut}");
    assert!((mix.below(cut, Measure::Records) - 0.5).abs() < 0.12);
}

#[test]
fn records_and_bytes_are_halved_at_their_own_points() {
    let mut sketch = Sketch::new(QUARTER);
    for n in 0..1_000 {
        let (share, key) = (f64::from(n) / 1_000.0, format!("k{n}"));
        let bytes = if n >= 750 { 9_000 } else { 100 };
        sketch.add(&Sampled { key: &key, hash: at(share), bytes, weight: 1 });
    }
    let mix = sketch.mix().expect("samples enough");
    let of = |measure| mix.halving(measure).expect("many keys");
    assert!(of(Measure::Bytes) > of(Measure::Records));
}

#[test]
fn what_was_long_ago_is_forgotten_by_halves() {
    let mut sketch = Sketch::new(QUARTER);
    feed(&mut sketch, "old", at(0.1), 400);
    (0..HALF_LIFE_S).for_each(|_| sketch.fade());
    feed(&mut sketch, "new", at(0.9), 600);
    let mix = sketch.mix().expect("samples enough");
    let share = |name: &str| mix.heavy.iter().find(|key| key.key == name).map(|k| k.share.records);
    assert!((share("old").expect("known") - 0.25).abs() < 0.001);
    assert!((share("new").expect("known") - 0.75).abs() < 0.001);
}

#[test]
fn a_range_of_one_key_cannot_be_cut() {
    let one = HashKeyRange { start: HashKey(7), end: HashKey(7) };
    let mut sketch = Sketch::new(one);
    feed(&mut sketch, "a", HashKey(7), 100);
    assert_eq!(sketch.mix().expect("samples enough").halving(Measure::Records), None);
    let two = HashKeyRange { start: HashKey(7), end: HashKey(8) };
    let mut sketch = Sketch::new(two);
    feed(&mut sketch, "a", HashKey(7), 100);
    let mix = sketch.mix().expect("samples enough");
    assert_eq!(mix.halving(Measure::Records), Some(HashKey(8)));
}

#[test]
fn the_widest_range_overflows_nowhere() {
    let mut sketch = Sketch::new(HashKeyRange::ALL);
    feed(&mut sketch, "low", HashKey::MIN, 50);
    feed(&mut sketch, "high", HashKey::MAX, 50);
    let mix = sketch.mix().expect("samples enough");
    let cut = mix.halving(Measure::Records).expect("many keys");
    assert!((mix.below(cut, Measure::Records) - 0.5).abs() < 1e-6);
    assert!((mix.below(HashKey::MAX, Measure::Records) - 0.5).abs() < 1e-6);
}

proptest! {
    /// Space-Saving's promise, whatever comes: the told share is never above the true one, and a
    /// key above a sixteenth is known.
    #[test]
    fn the_share_of_a_key_is_never_told_too_high(
        keys in prop::collection::vec(0u32..40, 30..600),
    ) {
        let mut sketch = Sketch::new(QUARTER);
        for key in &keys {
            feed(&mut sketch, &format!("k{key}"), at(f64::from(*key) / 40.0), 1);
        }
        let mix = sketch.mix().expect("samples enough");
        for heavy in &mix.heavy {
            let count = keys.iter().filter(|key| format!("k{key}") == heavy.key).count();
            let true_share = count as f32 / keys.len() as f32;
            prop_assert!(heavy.share.records <= true_share + 1e-5, "{heavy:?} {true_share}");
        }
        let cut = mix.halving(Measure::Records).expect("many keys");
        prop_assert!(QUARTER.start < cut && cut <= QUARTER.end);
        prop_assert!((0.0..=1.0).contains(&mix.below(cut, Measure::Records)));
    }
}
