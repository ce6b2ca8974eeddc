//! Takes out what can be read of a file that no ledger may start on.
//!
//! It believes nothing: every table is read as it is, row by row, up to the first row that cannot
//! be read. It writes nothing into the file.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};
use serde::Serialize;
use serde_json::{Map, Value};

use super::schema;
use crate::error::LedgerError;

/// Columns that are left out, as in every export.
const HIDDEN: &[&str] = &["body"];

/// What could be read of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Salvage {
    /// The rows of each table, by its name, as far as they could be read.
    pub tables: BTreeMap<String, Vec<Map<String, Value>>>,
    /// What could not be read.
    pub problems: Vec<String>,
}

/// Reads whatever can be read of a ledger's file that is damaged or newer than this program.
///
/// # Errors
///
/// [`Damaged`](LedgerError::Damaged) or [`Storage`](LedgerError::Storage) when not even the list of
/// tables can be read.
pub fn salvage(path: impl AsRef<Path>) -> Result<Salvage, LedgerError> {
    let path = path.as_ref();
    let failed = |error| schema::failed(path, "reading", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let conn = Connection::open_with_flags(path, flags).map_err(failed)?;
    let mut salvage = Salvage::default();
    for table in names(&conn).map_err(failed)? {
        let mut rows = Vec::new();
        if let Err(error) = read(&conn, &table, &mut rows) {
            let problem = format!("{table}: {error}, after {} rows", rows.len());
            salvage.problems.push(problem);
        }
        salvage.tables.insert(table, rows);
    }
    Ok(salvage)
}

fn names(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut statement = conn.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
}

fn read(
    conn: &Connection,
    table: &str,
    into: &mut Vec<Map<String, Value>>,
) -> rusqlite::Result<()> {
    let name = table.replace('"', "\"\"");
    let mut statement = conn.prepare(&format!("SELECT * FROM \"{name}\""))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        into.push(object(row)?);
    }
    Ok(())
}

fn object(row: &Row<'_>) -> rusqlite::Result<Map<String, Value>> {
    let names = row.as_ref().column_names();
    let mut object = Map::new();
    for (column, name) in names.into_iter().enumerate() {
        if HIDDEN.contains(&name) {
            continue;
        }
        let value = match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
            ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()).into(),
        };
        object.insert(name.to_owned(), value);
    }
    Ok(object)
}
