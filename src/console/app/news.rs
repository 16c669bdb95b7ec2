//! What comes while nobody waits for it, and what is sent for: courses, prices, themes, keys.

use std::sync::Arc;

use super::App;
use crate::command::WorldCommand;
use crate::console::desk::{News, Round};
use crate::console::state::Notice;
use crate::console::state::courses::AHEAD_MS;
use crate::console::theme::Theme;

impl App<'_> {
    pub(super) fn look_ahead(&mut self, courses: Vec<Vec<WorldCommand>>) {
        let (number, prices) = (self.state.courses.round, Arc::clone(&self.state.prices));
        let round = Round { number, courses, ahead_ms: AHEAD_MS, prices };
        if let Err(why) = self.desk.look_ahead(round) {
            self.state.notice = Some(Notice::Refused(why));
        }
    }

    pub(super) fn keep_prices(&mut self) {
        self.state.notice = Some(match self.desk.keep_prices(&self.state.prices) {
            Ok((dated, path)) => {
                self.state.set_prices(dated);
                Notice::Done(format!("prices written to {path}"))
            }
            Err(why) => Notice::Refused(why),
        });
    }

    /// Takes what came in the meantime; was there anything?
    pub(super) fn hear(&mut self) -> bool {
        let mut heard = false;
        while let Some(news) = self.desk.news() {
            heard = true;
            match news {
                News::Course { round, at, outcome } => {
                    self.state.courses.answer(round, at, outcome);
                }
                News::Keys(Ok(keys)) => {
                    self.state.keys = keys;
                    self.state.notice = Some(Notice::Done("the keys were read anew".to_owned()));
                }
                News::Keys(Err(why)) => {
                    let said = format!("{why}; the keys stay as they were");
                    self.state.notice = Some(Notice::Refused(said));
                }
                News::Theme(theme) => match *theme {
                    Ok(theme) => self.wear(&theme),
                    Err(why) => {
                        let said = format!("{why}; the theme stays as it was");
                        self.state.notice = Some(Notice::Refused(said));
                    }
                },
            }
        }
        heard
    }

    /// A theme that is new, or other than it was.
    fn wear(&mut self, theme: &Theme) {
        let place = self.look.themes.iter().position(|known| known.name == theme.name);
        let reduced = theme.reduced(self.look.depth);
        match place {
            Some(at) if self.look.themes[at] == *theme => return,
            Some(at) => (self.look.themes[at], self.themes[at]) = (theme.clone(), reduced),
            None => {
                self.look.themes.push(theme.clone());
                self.themes.push(reduced);
                self.state.known.themes.push(theme.name.clone());
            }
        }
        self.state.notice = Some(Notice::Done(format!("theme `{}` was read anew", theme.name)));
    }
}
