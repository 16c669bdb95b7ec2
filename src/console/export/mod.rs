//! A drawn buffer as a picture (SVG) or as text; several as a moving picture.
//!
//! Invariants: the same cells give the same bytes; every glyph stands at its own x, so no font can
//! shift a column; braille, blocks and borders are shapes, so no font can leave gaps in them.

mod animation;

pub use animation::{Frame, animation};

use std::fmt::Write as _;

use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::{Color, Modifier},
};

use crate::console::theme::{Meaning, Theme, ansi_index, palette};

const CELL_WIDTH: u16 = 10;
const CELL_HEIGHT: u16 = 20;
const BASELINE: u16 = 15;
const FONT: &str = "'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,monospace";
type Rgb = [u8; 3];

/// The buffer as text: a line a row, without blanks at the ends of lines.
#[must_use]
pub fn text(buffer: &Buffer) -> String {
    let mut all = String::new();
    for y in buffer.area.rows().map(|row| row.y) {
        let line: String = glyphs(buffer, y).map(|(_, cell)| cell.symbol()).collect();
        all.push_str(line.trim_end());
        all.push('\n');
    }
    all
}

/// The buffer as an SVG picture. Where a cell leaves the color to the terminal, the theme's text
/// and background stand in.
#[must_use]
pub fn svg(buffer: &Buffer, theme: &Theme) -> String {
    let ground = Ground::of(theme);
    let mut out = head(buffer.area, ground);
    Layer { buffer, before: None, ground }.draw(&mut out);
    out.push_str("</svg>\n");
    out
}

/// The beginning of a picture: its size, its font, its background.
fn head(area: Rect, ground: Ground) -> String {
    let (width, height) = (area.width * CELL_WIDTH, area.height * CELL_HEIGHT);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FONT}\" font-size=\"16\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        hex(ground.bg)
    )
}

#[derive(Clone, Copy)]
struct Ground {
    fg: Rgb,
    bg: Rgb,
}

impl Ground {
    fn of(theme: &Theme) -> Self {
        let look = theme.style(Meaning::Text);
        Self {
            fg: rgb(look.fg.unwrap_or_default(), [212, 212, 212]),
            bg: rgb(look.bg.unwrap_or_default(), [20, 20, 20]),
        }
    }
}

/// Cells that are painted over others.
#[derive(Clone, Copy)]
struct Layer<'a> {
    buffer: &'a Buffer,
    /// What lies below: only cells that differ are painted. Without it, all are.
    before: Option<&'a Buffer>,
    ground: Ground,
}

/// The cells of a row that show something; the cell behind a wide glyph does not.
fn glyphs(buffer: &Buffer, y: u16) -> impl Iterator<Item = (u16, &Cell)> {
    let mut covered = 0;
    (buffer.area.left()..buffer.area.right()).filter_map(move |x| {
        let cell = &buffer[(x, y)];
        if covered > 0 {
            covered -= 1;
            return None;
        }
        covered = columns(cell) - 1;
        Some((x, cell))
    })
}

fn columns(cell: &Cell) -> u16 {
    let width = ratatui::text::Span::raw(cell.symbol()).width();
    u16::try_from(width).unwrap_or(1).max(1)
}

fn rgb(color: Color, reset: Rgb) -> Rgb {
    match color {
        Color::Rgb(red, green, blue) => [red, green, blue],
        Color::Indexed(index) => palette(index),
        other => ansi_index(other).map_or(reset, palette),
    }
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn colors(cell: &Cell, ground: Ground) -> (Rgb, Rgb) {
    let (fg, bg) = (rgb(cell.fg, ground.fg), rgb(cell.bg, ground.bg));
    if cell.modifier.contains(Modifier::REVERSED) { (bg, fg) } else { (fg, bg) }
}

impl Layer<'_> {
    fn draw(self, out: &mut String) {
        for y in self.buffer.area.rows().map(|row| row.y) {
            self.backgrounds(y, out);
            self.inks(y, out);
        }
    }

    /// Is the cell painted? A wide glyph, old or new, is one with the cell behind it.
    fn paints(self, x: u16, y: u16) -> bool {
        let Some(before) = self.before else { return true };
        let differs = |x: u16| self.buffer[(x, y)] != before[(x, y)];
        let wide = |x: u16| columns(&self.buffer[(x, y)]).max(columns(&before[(x, y)])) > 1;
        differs(x)
            || (x > self.buffer.area.left() && wide(x - 1) && differs(x - 1))
            || (x + 1 < self.buffer.area.right() && wide(x) && differs(x + 1))
    }

    fn backgrounds(self, y: u16, out: &mut String) {
        let Self { buffer, ground, .. } = self;
        let look = |x: u16| self.paints(x, y).then(|| colors(&buffer[(x, y)], ground).1);
        let mut x = buffer.area.left();
        while x < buffer.area.right() {
            let (start, bg) = (x, look(x));
            while x < buffer.area.right() && look(x) == bg {
                x += 1;
            }
            let seen = bg.filter(|bg| self.before.is_some() || *bg != ground.bg);
            if let Some(bg) = seen {
                let (left, top) = place(buffer, start, y);
                let width = (x - start) * CELL_WIDTH;
                let _ = writeln!(
                    out,
                    "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{CELL_HEIGHT}\" \
                     fill=\"{}\"/>",
                    hex(bg)
                );
            }
        }
    }

    fn inks(self, y: u16, out: &mut String) {
        let Self { buffer, ground, .. } = self;
        let mut run = Run::default();
        let inked =
            |(x, cell): &(u16, &Cell)| !cell.symbol().trim().is_empty() && self.paints(*x, y);
        for (x, cell) in glyphs(buffer, y).filter(inked) {
            let seen = Modifier::BOLD | Modifier::DIM | Modifier::ITALIC | Modifier::UNDERLINED;
            let look = Some((colors(cell, ground).0, cell.modifier & seen));
            let (left, top) = place(buffer, x, y);
            // A text ends with its word: renderers that take the place of the first letter only, as
            // librsvg does, then still begin each word where it belongs.
            if run.look != look || run.ends_before(left) {
                run.flush(top, out);
                run.look = look;
            }
            let mut letters = cell.symbol().chars();
            match (letters.next(), letters.next()) {
                (Some(letter), None) if run.shape(letter, left, top) => {}
                (Some(letter), None) => {
                    run.letters.push(letter);
                    run.put(left);
                }
                _ => {
                    run.flush(top, out);
                    run.letters.push_str(cell.symbol());
                    run.put(left);
                    run.flush(top, out);
                }
            }
        }
        run.flush(place(buffer, buffer.area.x, y).1, out);
    }
}

fn place(buffer: &Buffer, x: u16, y: u16) -> (u16, u16) {
    ((x - buffer.area.x) * CELL_WIDTH, (y - buffer.area.y) * CELL_HEIGHT)
}

/// Cells of one look, gathered along a row.
#[derive(Default)]
struct Run {
    look: Option<(Rgb, Modifier)>,
    letters: String,
    xs: Vec<String>,
    /// Right end of the last letter.
    end: u16,
    strokes: [String; 2],
    fills: String,
    shades: Vec<(u16, u8)>,
}

impl Run {
    /// The last letter stands at `left`.
    fn put(&mut self, left: u16) {
        self.xs.push(left.to_string());
        self.end = left + CELL_WIDTH;
    }

    /// Is there a gap between the last letter and `left`?
    fn ends_before(&self, left: u16) -> bool {
        !self.letters.is_empty() && self.end != left
    }

    /// Draws a glyph that is a shape; `false` if it is a letter.
    fn shape(&mut self, glyph: char, left: u16, top: u16) -> bool {
        let code = glyph as u32;
        let mut fill = |x: f32, y: f32, width: f32, height: f32| {
            let (x, y) = (x + f32::from(left), y + f32::from(top));
            let _ = write!(self.fills, "M{x} {y}h{width}v{height}h-{width}z");
        };
        let (wide, high) = (f32::from(CELL_WIDTH), f32::from(CELL_HEIGHT));
        match code {
            0x2580 => fill(0.0, 0.0, wide, high / 2.0),
            0x2581..=0x2588 => {
                let part = (code - 0x2580) as f32 * high / 8.0;
                fill(0.0, high - part, wide, part);
            }
            0x2589..=0x258f => fill(0.0, 0.0, (0x2590 - code) as f32 * wide / 8.0, high),
            0x2590 => fill(wide / 2.0, 0.0, wide / 2.0, high),
            0x2591..=0x2593 => self.shades.push((left, (code - 0x2590) as u8)),
            0x2800..=0x28ff => {
                const DOTS: [(u8, u8); 8] =
                    [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
                for (bit, (column, row)) in DOTS.into_iter().enumerate() {
                    if code >> bit & 1 == 1 {
                        fill(1.5 + 5.0 * f32::from(column), 1.5 + 5.0 * f32::from(row), 2.0, 2.0);
                    }
                }
            }
            _ => return self.border(glyph, left, top),
        }
        true
    }

    fn border(&mut self, glyph: char, left: u16, top: u16) -> bool {
        let (middle, center) = (left + CELL_WIDTH / 2, top + CELL_HEIGHT / 2);
        let (right, bottom) = (left + CELL_WIDTH, top + CELL_HEIGHT);
        let rounded = match glyph {
            '╭' => Some((right, bottom)),
            '╮' => Some((left, bottom)),
            '╰' => Some((right, top)),
            '╯' => Some((left, top)),
            _ => None,
        };
        if let Some((x, y)) = rounded {
            let _ = write!(self.strokes[0], "M{x} {center}Q{middle} {center} {middle} {y}");
            return true;
        }
        // Up, right, down, left.
        let (arms, weight) = match glyph {
            '─' => ([0, 1, 0, 1], 0),
            '│' => ([1, 0, 1, 0], 0),
            '┌' => ([0, 1, 1, 0], 0),
            '┐' => ([0, 0, 1, 1], 0),
            '└' => ([1, 1, 0, 0], 0),
            '┘' => ([1, 0, 0, 1], 0),
            '├' => ([1, 1, 1, 0], 0),
            '┤' => ([1, 0, 1, 1], 0),
            '┬' => ([0, 1, 1, 1], 0),
            '┴' => ([1, 1, 0, 1], 0),
            '┼' => ([1, 1, 1, 1], 0),
            '━' => ([0, 1, 0, 1], 1),
            '┃' => ([1, 0, 1, 0], 1),
            '┏' => ([0, 1, 1, 0], 1),
            '┓' => ([0, 0, 1, 1], 1),
            '┗' => ([1, 1, 0, 0], 1),
            '┛' => ([1, 0, 0, 1], 1),
            _ => return false,
        };
        let ends = [(middle, top), (right, center), (middle, bottom), (left, center)];
        for ((x, y), _) in ends.into_iter().zip(arms).filter(|(_, arm)| *arm == 1) {
            let _ = write!(self.strokes[weight], "M{middle} {center}L{x} {y}");
        }
        true
    }

    fn flush(&mut self, top: u16, out: &mut String) {
        let run = std::mem::take(self);
        let Some((ink, modifier)) = run.look else { return };
        self.look = run.look;
        let fill = hex(ink);
        let faint = if modifier.contains(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
        if !run.letters.is_empty() {
            let mut style = String::new();
            for (part, attribute) in [
                (Modifier::BOLD, " font-weight=\"bold\""),
                (Modifier::ITALIC, " font-style=\"italic\""),
                (Modifier::UNDERLINED, " text-decoration=\"underline\""),
            ] {
                if modifier.contains(part) {
                    style.push_str(attribute);
                }
            }
            let (xs, y) = (run.xs.join(" "), top + BASELINE);
            let letters = escaped(&run.letters);
            let _ = writeln!(
                out,
                "<text x=\"{xs}\" y=\"{y}\" fill=\"{fill}\"{style}{faint}>{letters}</text>"
            );
        }
        for (path, width) in run.strokes.iter().zip(["1.2", "2.6"]) {
            if !path.is_empty() {
                let _ = writeln!(
                    out,
                    "<path d=\"{path}\" fill=\"none\" stroke=\"{fill}\" stroke-width=\"{width}\" \
                     stroke-linecap=\"square\"{faint}/>"
                );
            }
        }
        if !run.fills.is_empty() {
            let _ = writeln!(out, "<path d=\"{}\" fill=\"{fill}\"{faint}/>", run.fills);
        }
        for (left, quarter) in run.shades {
            let opacity = f32::from(quarter) / 4.0;
            let _ = writeln!(
                out,
                "<rect x=\"{left}\" y=\"{top}\" width=\"{CELL_WIDTH}\" height=\"{CELL_HEIGHT}\" \
                 fill=\"{fill}\" opacity=\"{opacity}\"/>"
            );
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use ratatui::{layout::Rect, style::Style};

    use super::*;
    use crate::console::theme::built_in;

    fn picture(content: &str, style: Style) -> String {
        let mut buffer = Buffer::empty(Rect::new(3, 2, 12, 1));
        buffer.set_string(3, 2, content, style);
        svg(&buffer, &built_in("dark").expect("built in"))
    }

    #[test]
    fn letters_stand_at_their_own_x_and_are_escaped() {
        let svg = picture("a <b", Style::new().fg(Color::Rgb(1, 2, 3)));
        for word in [
            "<text x=\"0\" y=\"15\" fill=\"#010203\">a<",
            "x=\"20 30\" y=\"15\" fill=\"#010203\">&lt;b<",
        ] {
            assert!(svg.contains(word), "{svg}");
        }
        assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"), "{svg}");
    }

    #[test]
    fn blocks_braille_and_borders_are_shapes() {
        let svg = picture("▄⠁─╭┏▒", Style::new());
        assert!(!svg.contains("<text"), "{svg}");
        assert!(svg.contains("M0 10h10v10h-10z"), "half a block: {svg}");
        assert!(svg.contains("M11.5 1.5h2v2h-2z"), "one dot: {svg}");
        assert!(svg.contains("M25 10L30 10M25 10L20 10"), "a line: {svg}");
        assert!(svg.contains("M40 10Q35 10 35 20"), "a round corner: {svg}");
        assert!(svg.contains("stroke-width=\"2.6\""), "a heavy corner: {svg}");
        assert!(svg.contains("opacity=\"0.5\""), "a shade: {svg}");
    }

    #[test]
    fn backgrounds_and_reversed_cells_are_filled() {
        let svg = picture("ab", Style::new().bg(Color::Rgb(9, 9, 9)));
        assert!(
            svg.contains("<rect x=\"0\" y=\"0\" width=\"20\" height=\"20\" fill=\"#090909\"/>")
        );
        let svg = picture("a", Style::new().add_modifier(Modifier::REVERSED));
        assert!(svg.contains("width=\"10\" height=\"20\" fill=\"#d5d9e0\""), "{svg}");
    }

    #[test]
    fn wide_letters_keep_the_columns_behind_them_straight() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
        buffer.set_string(0, 0, "日本 x", Style::new());
        assert_eq!(text(&buffer), "日本 x\n\n");
        let svg = svg(&buffer, &built_in("mono").expect("built in"));
        for letter in ["x=\"0\"", "x=\"20\"", "x=\"50\""] {
            assert!(svg.contains(letter), "{svg}");
        }
    }

    #[test]
    fn the_same_cells_give_the_same_bytes() {
        let twice = [0, 1].map(|_| picture("▁▂▃ orders", Style::new().fg(Color::Indexed(208))));
        assert_eq!(twice[0], twice[1]);
        assert!(twice[0].contains("#ff8700"), "{}", twice[0]);
    }
}
