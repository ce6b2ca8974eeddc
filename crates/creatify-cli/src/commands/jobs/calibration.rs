//! How the ledger's quotes have held against their bills, one line for each operation and model.

use creatify::core::pricing::CalibrationLine;
use creatify::{Credits, Model, Operation};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Global;
use crate::fail::Fail;
use crate::ledger::Shelf;
use crate::output;

/// Quotes against bills, as `jobs calibration` prints it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Calibrated {
    operation: Operation,
    /// The model; null where the operation has none.
    model: Option<Model>,
    /// How many jobs that succeeded were quoted and billed.
    count: u64,
    /// How many bills lay within their quotes.
    matched: u64,
    /// How many lay below.
    below: u64,
    /// How many lay above.
    above: u64,
    /// The sum of the likely amounts.
    likely: Credits,
    /// The sum of the bills.
    billed: Credits,
    /// By how many thousandths of the likely sum the bills exceed it; null where it is 0.
    drift_per_mille: Option<i64>,
}

impl Calibrated {
    fn of(line: &CalibrationLine) -> Self {
        Self {
            operation: line.operation(),
            model: line.model(),
            count: line.count(),
            matched: line.matched(),
            below: line.below(),
            above: line.above(),
            likely: line.likely(),
            billed: line.billed(),
            drift_per_mille: line.drift_per_mille(),
        }
    }

    fn cells(&self) -> [String; 9] {
        [
            self.operation.to_string(),
            output::or_dash(self.model),
            self.count.to_string(),
            self.matched.to_string(),
            self.below.to_string(),
            self.above.to_string(),
            self.likely.to_string(),
            self.billed.to_string(),
            output::or_dash(self.drift_per_mille.map(percent)),
        ]
    }
}

pub(super) fn run(global: &Global, shelf: &Shelf) -> Result<(), Fail> {
    let lines = match shelf.look()? {
        Some(export) => {
            let report = creatify::spend::calibration(&export)?;
            report.lines().map(Calibrated::of).collect()
        }
        None => Vec::new(),
    };
    global.output().data(&lines, || {
        if lines.is_empty() {
            return "no job of this ledger was quoted and billed yet".to_owned();
        }
        let head = [
            "OPERATION",
            "MODEL",
            "JOBS",
            "MATCHED",
            "BELOW",
            "ABOVE",
            "LIKELY",
            "BILLED",
            "DRIFT",
        ];
        let rows: Vec<_> = lines.iter().map(Calibrated::cells).collect();
        output::table(head, &rows)
    })
}

/// Thousandths as percent with one digit: `+6.6 %`.
fn percent(per_mille: i64) -> String {
    let sign = match per_mille {
        0 => "",
        1.. => "+",
        _ => "-",
    };
    let size = per_mille.unsigned_abs();
    format!("{sign}{}.{} %", size / 10, size % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drift_reads_as_percent() {
        for (per_mille, text) in [
            (66, "+6.6 %"),
            (-5, "-0.5 %"),
            (0, "0.0 %"),
            (-1_000, "-100.0 %"),
        ] {
            assert_eq!(percent(per_mille), text);
        }
    }
}
