//! `--card`: prices of one's own, for every command that quotes.

use std::path::{Path, PathBuf};

use creatify::CardFile;
use creatify::core::pricing::RateBook;

use crate::fail::Fail;

/// The built-in prices with these cards layered over them, in this order.
///
/// # Errors
///
/// For the first file that cannot be read or is refused, with its row and key.
pub(crate) fn book(paths: &[PathBuf]) -> Result<RateBook, Fail> {
    let built_in = RateBook::built_in();
    paths
        .iter()
        .try_fold(built_in, |book, path| over(book, path))
}

/// The book with the card of that file layered over it.
pub(crate) fn over(book: RateBook, path: &Path) -> Result<RateBook, Fail> {
    CardFile::open(path)
        .and_then(|card| card.layered_over(book))
        .map_err(|error| {
            Fail::invalid(format!("card {}: {error}", path.display()))
                .hint("`creatify schema rate-card` prints the keys of a card and their limits")
        })
}
