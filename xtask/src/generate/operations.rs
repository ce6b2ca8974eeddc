//! Writes the table of operations that `creatify-api` keeps beside its client.
//!
//! It says what a caller needs before a call (method, path, whether the call blocks). There are no
//! prices in it: the client knows none.

use std::fmt::Write as _;

use serde_json::Value;

use super::walk;

/// The unformatted source of the table.
pub fn source(document: &Value) -> String {
    let mut source = String::from(
        "//! Every operation of the document, sorted by id.\n\n\
         use crate::operations::{Method, Operation};\n\n\
         pub(crate) static TABLE: &[Operation] = &[\n",
    );
    let mut operations: Vec<_> = walk::operations(document).collect();
    operations.sort_by_key(|operation| operation.id().to_owned());
    for operation in operations {
        let mut method = operation.method.to_owned();
        method[..1].make_ascii_uppercase();
        let _ = writeln!(
            source,
            "Operation {{ id: {:?}, method: Method::{method}, path: {:?}, is_blocking: {} }},",
            operation.id(),
            operation.path,
            operation.is("x-blocking"),
        );
    }
    source.push_str("];\n");
    source
}
