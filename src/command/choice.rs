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

pub(super) use choice;

choice! {
    /// What of the user's own is opened in an editor.
    Own {
        /// The key file.
        Keys = "keys",
        /// The theme that is worn.
        Theme = "theme",
    }
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
    /// What the log screen shows, and where.
    LogMove {
        /// Only the selected target, or all again.
        Only = "only",
        /// To the newest.
        Newest = "newest",
        /// Long lines go on in the next row, or are cut.
        Wrap = "wrap",
        /// To the next line with what is looked for.
        Next = "next",
        /// To the one before it.
        Previous = "previous",
    }
}

choice! {
    /// What is copied.
    Copied {
        /// The name or number of the chosen thing.
        Name = "name",
        /// Its row; of a record its data.
        Row = "row",
        /// The screen as text.
        Screen = "screen",
    }
}

choice! {
    /// What a file is written as.
    Format {
        /// The table: comma-separated values.
        Csv = "csv",
        /// The table: objects in an array.
        Json = "json",
        /// The screen: a picture.
        Svg = "svg",
        /// The screen: text.
        Text = "text",
    }
}

choice! {
    /// The glyphs that the console draws with.
    Glyphs {
        /// Unicode with braille charts.
        Braille = "braille",
        /// Unicode with charts of blocks.
        Block = "block",
        /// ASCII.
        Ascii = "ascii",
    }
}

impl Format {
    /// What the name of a file ends in.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Svg => "svg",
            Self::Text => "txt",
        }
    }
}

impl Glyphs {
    /// The next set; the first after the last.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Braille => Self::Block,
            Self::Block => Self::Ascii,
            Self::Ascii => Self::Braille,
        }
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
