//! Several buffers as one moving picture.
//!
//! The first picture lies below; each later one is a layer of the cells that changed, which becomes
//! visible at its time and stays until the loop begins anew. A viewer that knows no animation shows
//! the first picture.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;

use crate::console::export::{Ground, Layer, head};
use crate::console::theme::Theme;

/// A picture, and how long it is shown.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The cells; all frames have the same area.
    pub buffer: Buffer,
    /// Above 0.
    pub shown_ms: u64,
}

/// The frames as a moving SVG picture that begins anew at its end; nothing without frames.
#[must_use]
pub fn animation(frames: &[Frame], theme: &Theme) -> String {
    let Some(first) = frames.first() else { return String::new() };
    let ground = Ground::of(theme);
    let mut out = head(first.buffer.area, ground);
    Layer { buffer: &first.buffer, before: None, ground }.draw(&mut out);
    let length_ms: u64 = frames.iter().map(|frame| frame.shown_ms).sum();
    let mut begin_ms = first.shown_ms;
    for pair in frames.windows(2) {
        let [before, frame] = pair else { continue };
        let mut layer = String::new();
        Layer { buffer: &frame.buffer, before: Some(&before.buffer), ground }.draw(&mut layer);
        let begin = begin_ms as f64 / length_ms.max(1) as f64;
        if !layer.is_empty() {
            let _ = write!(
                out,
                "<g visibility=\"hidden\"><animate attributeName=\"visibility\" \
                 values=\"hidden;visible\" keyTimes=\"0;{begin:.5}\" dur=\"{length_ms}ms\" \
                 calcMode=\"discrete\" repeatCount=\"indefinite\"/>\n{layer}</g>\n",
            );
        }
        begin_ms += frame.shown_ms;
    }
    out.push_str("</svg>\n");
    out
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;
    use crate::console::theme::built_in;

    fn frame(text: &str) -> Frame {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, text, Style::new());
        Frame { buffer, shown_ms: 250 }
    }

    fn moving(texts: &[&str]) -> String {
        let frames: Vec<Frame> = texts.iter().map(|text| frame(text)).collect();
        animation(&frames, &built_in("dark").expect("built in"))
    }

    #[test]
    fn only_what_changes_is_drawn_again() {
        let svg = moving(&["shard 1", "shard 2", "shard 2", "shard 3"]);
        assert_eq!(svg.matches("<animate ").count(), 2, "{svg}");
        assert_eq!(svg.matches(">shard<").count(), 1, "{svg}");
        assert!(svg.contains("keyTimes=\"0;0.25000\" dur=\"1000ms\""), "{svg}");
        assert!(svg.contains("keyTimes=\"0;0.75000\" dur=\"1000ms\""), "{svg}");
        let layers: Vec<&str> = svg.split("<g ").skip(1).collect();
        for (layer, letter) in layers.iter().zip([">2<", ">3<"]) {
            assert!(layer.contains(letter) && layer.contains("<rect x=\"60\""), "{layer}");
        }
    }

    #[test]
    fn a_wide_letter_is_painted_over_with_the_cell_behind_it() {
        let svg = moving(&["日", "a"]);
        let layer = svg.split("<g ").nth(1).expect("a layer");
        assert!(layer.contains("<rect x=\"0\" y=\"0\" width=\"20\""), "{layer}");
    }

    #[test]
    fn without_pictures_there_is_nothing() {
        assert_eq!(animation(&[], &built_in("dark").expect("built in")), "");
        assert!(!moving(&["still"]).contains("<animate"));
    }
}
