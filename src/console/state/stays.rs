//! What stays when a session takes the place of everything: what belongs to the operator, and to the
//! terminal.

use crate::console::state::State;

impl State {
    /// The state for another session. All fields are named, so that a new one cannot be forgotten:
    /// whoever adds it says here whose it is.
    #[must_use]
    pub fn for_another_session(self) -> Self {
        let Self {
            // The operator's and the terminal's.
            mouse,
            cramped,
            glyphs,
            access,
            wall_ms,
            told,
            keys,
            theme,
            history,
            known,
            logs,
            prices,
            // The answers still come.
            asked,
            courses,
            // The session's, or where one looks at it.
            screen: _,
            visited: _,
            future: _,
            focus: _,
            layouts: _,
            zoomed: _,
            sorts: _,
            held: _,
            marks: _,
            chosen: _,
            filter: _,
            sieve: _,
            past: _,
            replayed: _,
            queue: _,
            frozen: _,
            pictured: _,
            notice: _,
            over: _,
            undo: _,
            redo: _,
            leaving: _,
            heat: _,
            map_zoom: _,
            records: _,
            demo: _,
            recording: _,
            shelf: _,
            file: _,
            worn: _,
        } = self;
        let courses = courses.cleared();
        let kept = Self { mouse, glyphs, access, wall_ms, told, keys, theme, ..Self::default() };
        Self { cramped, history, known, logs, prices, asked, courses, ..kept }
    }
}
