//! Words to choose from: enums that are written as one word of a line.

/// An enum of words: each variant with the word that means it.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$about])* $variant,)+
        }

        impl $name {
            /// The words, in order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word that is typed.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// What a word means.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

choice! {
    /// Where the cursor goes.
    Motion {
        /// One row down.
        Down = "down",
        /// One row up.
        Up = "up",
        /// Ten rows down.
        PageDown = "page-down",
        /// Ten rows up.
        PageUp = "page-up",
        /// To the first row.
        First = "first",
        /// To the last row.
        Last = "last",
        /// To the left: earlier, or the thing before.
        Left = "left",
        /// To the right: later, or the thing behind.
        Right = "right",
    }
}

choice! {
    /// Which of two ways along a row of things.
    Way {
        /// To the next one.
        Next = "next",
        /// To the one before.
        Previous = "previous",
    }
}

choice! {
    /// Through the screens that were seen.
    Visit {
        /// To the screen before this one.
        Back = "back",
        /// On again, after going back.
        Forward = "forward",
        /// To and fro between the last two.
        Toggle = "toggle",
    }
}

choice! {
    /// How the table in focus is sorted.
    Sorting {
        /// By the next column.
        Next = "next",
        /// By the column before.
        Previous = "previous",
        /// The other way round.
        Reverse = "reverse",
        /// As it comes.
        Off = "off",
    }
}

choice! {
    /// Which rows are marked.
    Marking {
        /// The one under the cursor, or no more.
        This = "this",
        /// All that are shown, or none when all are.
        All = "all",
        /// From the last one marked to the cursor.
        Range = "range",
        /// None.
        Off = "off",
    }
}

choice! {
    /// How the log screen moves.
    LogMove {
        /// Only the selected target, or all again.
        Only = "only",
        /// To the newest.
        Newest = "newest",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_what_is_written_by_it() {
        for word in Motion::WORDS {
            assert_eq!(Motion::of(word).map(Motion::word), Some(*word));
        }
        assert_eq!(Motion::of("sideways"), None);
    }
}
