//! Edits `pages.toml` and `prices.toml`; comments and order of what is there stay.
//!
//! A price is appended, never edited: what was printed on a day stays true of that day. Only the
//! list of pages that print a row moves.

use anyhow::{Context as _, Result, bail};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value, value};

use super::{known::Known, price::Price};
use crate::generate::RateRow;

/// Units the core counts in; another one is for a person.
const UNITS: &[&str] = &["time", "call", "image", "link", "catalogue-credit"];

fn rows<'a>(document: &'a mut DocumentMut, name: &str) -> Result<&'a mut ArrayOfTables> {
    document
        .entry(name)
        .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()))
        .as_array_of_tables_mut()
        .with_context(|| format!("{name} is no list of tables"))
}

/// `pages.toml`.
pub struct Pages(DocumentMut);

impl Pages {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// When it is no TOML.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self(text.parse().context("openapi/pages.toml")?))
    }

    /// The file as text.
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    /// Notes that a page was read.
    ///
    /// # Errors
    ///
    /// When the page is not there.
    pub fn read(&mut self, id: &str, digest: &str, today: &str, shape: Option<&str>) -> Result<()> {
        let row = rows(&mut self.0, "page")?
            .iter_mut()
            .find(|row| row.get("id").and_then(Item::as_str) == Some(id))
            .with_context(|| format!("the page {id} is not in pages.toml"))?;
        row.insert("digest", value(digest));
        row.insert("read_on", value(today));
        if let Some(shape) = shape {
            row.insert("shape", value(shape));
        }
        row.remove("via");
        row.remove("grade");
        Ok(())
    }

    /// Adds a page.
    ///
    /// # Errors
    ///
    /// When the page is there already.
    pub fn add(
        &mut self,
        id: &str,
        url: &str,
        shape: &str,
        digest: &str,
        today: &str,
    ) -> Result<()> {
        let rows = rows(&mut self.0, "page")?;
        if rows
            .iter()
            .any(|row| row.get("id").and_then(Item::as_str) == Some(id))
        {
            bail!("the page {id} is in pages.toml already");
        }
        let mut row = Table::new();
        for (key, text) in [
            ("id", id),
            ("url", url),
            ("shape", shape),
            ("read_on", today),
            ("digest", digest),
        ] {
            row.insert(key, value(text));
        }
        row.decor_mut().set_prefix("\n");
        rows.push(row);
        Ok(())
    }
}

/// `prices.toml`.
pub struct Prices(DocumentMut);

impl Prices {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// When it is no TOML.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self(text.parse().context("openapi/prices.toml")?))
    }

    /// The file as text.
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    /// Notes that `page` prints a price now, or prints none.
    ///
    /// # Errors
    ///
    /// When the price is in a unit that the core does not count in, or a row would lose its last page.
    pub fn change(
        &mut self,
        known: &Known,
        operations: &[String],
        model: Option<&str>,
        price: Option<&Price>,
        month: Option<&str>,
        (page, today): (&str, &str),
    ) -> Result<()> {
        for operation in operations {
            let of_slot: Vec<&RateRow> = known
                .source
                .prices
                .rates
                .iter()
                .filter(|row| row.operation == *operation && row.model.as_deref() == model)
                .collect();
            let printed = of_slot
                .iter()
                .filter(|row| row.pages.iter().any(|id| id == page))
                .max_by_key(|row| row.start())
                .copied();
            let Some(price) = price else {
                let row = printed.context("no row names the page")?;
                self.forget(row, page)?;
                continue;
            };
            let (unit, seconds) = price.unit.in_book();
            if !UNITS.contains(&unit) {
                bail!("the unit `{unit}` is none of {}", UNITS.join(", "));
            }
            let same = of_slot.iter().find(|row| {
                (row.millicredits, row.unit.as_str(), row.unit_seconds)
                    == (price.millicredits, unit, seconds)
            });
            if let Some(same) = same {
                let can_move =
                    printed.is_none_or(|row| row.start() <= same.start() || row.pages.len() > 1);
                if can_move {
                    if let Some(row) = printed.filter(|row| row.pages.len() > 1) {
                        self.forget(row, page)?;
                    }
                    self.remember(same, page, today)?;
                    continue;
                }
            }
            let last_read = known.source.pages.iter().find(|entry| entry.id == page);
            let last_read = last_read.map(|entry| entry.read_on.as_str());
            self.append(operation, model, price, month, last_read, (page, today))?;
        }
        Ok(())
    }

    /// Adds a row. `last_read` is the day the page was read before; none for a page that is new.
    ///
    /// # Errors
    ///
    /// When the price is in a unit that the core does not count in.
    pub fn append(
        &mut self,
        operation: &str,
        model: Option<&str>,
        price: &Price,
        month: Option<&str>,
        last_read: Option<&str>,
        (page, today): (&str, &str),
    ) -> Result<()> {
        let (unit, seconds) = price.unit.in_book();
        if !UNITS.contains(&unit) {
            bail!("the unit `{unit}` is none of {}", UNITS.join(", "));
        }
        let mut row = Table::new();
        row.insert("operation", value(operation));
        if let Some(model) = model {
            row.insert("model", value(model));
        }
        let grouped = crate::generate::words::group_digits(price.millicredits);
        // Read from text, the number keeps its thousands apart.
        row.insert("millicredits", Item::Value(grouped.parse::<Value>()?));
        row.insert("unit", value(unit));
        if let Some(seconds) = seconds {
            row.insert("unit_seconds", value(i64::from(seconds)));
        }
        match (month, last_read) {
            (Some(month), _) => {
                row.insert("effective_from", value(month));
            }
            (None, Some(last)) => {
                let days: Array = [last.to_owned(), not_before(last, today)]
                    .into_iter()
                    .collect();
                row.insert("effective_between", value(days));
            }
            (None, None) => {}
        }
        row.insert("grade", value("printed"));
        row.insert("pages", value([page].into_iter().collect::<Array>()));
        row.insert("read_on", value(today));
        row.decor_mut().set_prefix("\n");
        rows(&mut self.0, "rate")?.push(row);
        Ok(())
    }

    fn row(&mut self, wanted: &RateRow) -> Result<&mut Table> {
        let text = |row: &Table, key: &str| row.get(key).and_then(Item::as_str).map(str::to_owned);
        let number = |row: &Table, key: &str| row.get(key).and_then(Item::as_integer);
        rows(&mut self.0, "rate")?
            .iter_mut()
            .find(|row| {
                text(row, "operation").as_deref() == Some(wanted.operation.as_str())
                    && text(row, "model") == wanted.model
                    && number(row, "millicredits") == i64::try_from(wanted.millicredits).ok()
                    && number(row, "unit_seconds") == wanted.unit_seconds.map(i64::from)
                    && text(row, "effective_from") == wanted.effective_from
            })
            .context("the row is not in prices.toml")
    }

    fn forget(&mut self, wanted: &RateRow, page: &str) -> Result<()> {
        let row = self.row(wanted)?;
        let pages = row
            .get_mut("pages")
            .and_then(Item::as_array_mut)
            .context("pages is no list")?;
        if pages.len() < 2 {
            bail!(
                "no page would be left that prints the row; a person decides what became of the price"
            );
        }
        pages.retain(|entry| entry.as_str() != Some(page));
        Ok(())
    }

    fn remember(&mut self, wanted: &RateRow, page: &str, today: &str) -> Result<()> {
        let row = self.row(wanted)?;
        let pages = row
            .get_mut("pages")
            .and_then(Item::as_array_mut)
            .context("pages is no list")?;
        if !pages.iter().any(|entry| entry.as_str() == Some(page)) {
            pages.push(page);
        }
        row.insert("read_on", value(today));
        Ok(())
    }

    /// Changes what a plan gives and costs.
    ///
    /// # Errors
    ///
    /// When the plan is not there.
    pub fn plan(
        &mut self,
        name: &str,
        credits: Option<u32>,
        cents: Option<u32>,
        today: &str,
    ) -> Result<()> {
        let row = rows(&mut self.0, "plan")?
            .iter_mut()
            .find(|row| row.get("name").and_then(Item::as_str) == Some(name))
            .with_context(|| format!("the plan {name} is not in prices.toml"))?;
        for (key, number) in [("credits", credits), ("cents", cents)] {
            match number {
                Some(number) => row.insert(key, value(i64::from(number))),
                None => row.remove(key),
            };
        }
        row.insert("read_on", value(today));
        Ok(())
    }
}

/// The later of two days. A change seen twice on one day lies before the day after it.
fn not_before(last: &str, today: &str) -> String {
    if last < today {
        today.to_owned()
    } else {
        super::day::next(last)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::docs::price::{self, Unit};

    fn appended(unit: Unit) -> Result<String> {
        let price = Price {
            millicredits: 1_500,
            unit,
            ..price::parse("1 credit per call", &[])
                .pop()
                .context("a price")?
        };
        let mut book = Prices::parse("")?;
        let (page, today) = ("a-page", "2026-11-20");
        book.append("a.generate", None, &price, None, None, (page, today))?;
        Ok(book.text())
    }

    #[test]
    fn every_unit_of_the_price_book_can_be_appended_and_no_other() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/prices.toml");
        let text = fs::read_to_string(file).expect("the price book is there");
        let table: toml::Table = text.parse().expect("it is TOML");
        let rows = table["rate"].as_array().expect("it has rows");
        let units: BTreeSet<&str> = rows
            .iter()
            .filter_map(|row| row.get("unit")?.as_str())
            .collect();
        assert!(units.len() > 4, "{units:?}");
        for unit in units {
            let unit = match unit {
                "time" => Unit::Seconds(30),
                thing => Unit::Thing(thing.to_owned()),
            };
            let row = appended(unit.clone()).expect("the unit is known");
            let name = unit.in_book().0;
            assert!(row.contains(&format!("unit = \"{name}\"")), "{row}");
        }
        let error = appended(Unit::Thing("furlong".to_owned())).expect_err("no such unit");
        assert!(
            error
                .to_string()
                .contains("`furlong` is none of time, call")
        );
    }
}
