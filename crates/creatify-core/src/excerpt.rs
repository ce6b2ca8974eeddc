//! A short copy of what a caller gave, kept inside error values.
//!
//! Errors name the text they refuse, and must do so without an allocator. It is not for text
//! that has to survive whole: anything longer than the buffer is cut and shown with an ellipsis.

use core::fmt;
use core::fmt::Write as _;

const CAPACITY: usize = 40;

/// At most 40 bytes of some text, cut at a character border.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Excerpt {
    bytes: [u8; CAPACITY],
    length: usize,
    is_cut: bool,
}

impl Excerpt {
    pub(crate) const fn empty() -> Excerpt {
        Excerpt {
            bytes: [0; CAPACITY],
            length: 0,
            is_cut: false,
        }
    }

    /// Takes what fits of anything that can be displayed.
    pub(crate) fn of(value: impl fmt::Display) -> Excerpt {
        let mut excerpt = Excerpt::empty();
        // OK because writing to an excerpt never fails: what does not fit is cut.
        let _ = write!(excerpt, "{value}");
        excerpt
    }

    /// The kept text, without a mark where it was cut.
    pub(crate) fn as_str(&self) -> &str {
        self.bytes
            .get(..self.length)
            .and_then(|bytes| core::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// The kept text, if it is the whole text.
    pub(crate) fn whole(&self) -> Option<&str> {
        if self.is_cut {
            None
        } else {
            Some(self.as_str())
        }
    }
}

impl fmt::Write for Excerpt {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let mut buffer = [0; 4];
            let encoded = character.encode_utf8(&mut buffer).as_bytes();
            let end = self.length.saturating_add(encoded.len());
            match self.bytes.get_mut(self.length..end) {
                Some(room) if !self.is_cut => {
                    room.copy_from_slice(encoded);
                    self.length = end;
                }
                _ => self.is_cut = true,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}{}`",
            self.as_str().escape_debug(),
            if self.is_cut { "..." } else { "" }
        )
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
