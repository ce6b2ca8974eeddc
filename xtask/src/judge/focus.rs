//! focus-validator against the spend table of `creatify::spend`: every rule of FOCUS 1.2 that applies
//! to a vendor with a public price list in a virtual currency. Knows nothing of the ledger: the
//! table is what the facade's example prints.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::tools::{bounded, tail};
use super::{Places, Verdict};
use crate::output::say;
use crate::programs::{Build, Program, built};

const INSTALL_LIMIT: Duration = Duration::from_secs(300);
const RUN_LIMIT: Duration = Duration::from_secs(180);

/// What the vendor offers, in the validator's words; rules for anything else do not apply.
const OFFERED: &str = "NEGOTIATED_PRICING_SUPPORTED,PUBLIC_PRICE_LIST_SUPPORTED,\
    USAGE_MEASUREMENT_SUPPORTED,UNIT_PRICING_SUPPORTED,\
    BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED,RESOURCE_TYPE_ASSIGNMENT_SUPPORTED,\
    PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED,VIRTUAL_CURRENCY_SUPPORTED,TAGGING_SUPPORTED,\
    MULTIPLE_PRICING_CATEGORIES_SUPPORTED";

/// Rules whose failure is the validator's own, with the reason.
const EXCEPTED: [(&str, &str); 3] = [
    (
        "PricingCurrency-C-003-M",
        "only ISO 4217 codes pass, where CurrencyFormat lets a virtual currency be any text",
    ),
    ("PricingCurrency-C-000-C", "the sum of the rule above"),
    (
        "InvoiceId-C-005-C",
        "the second half of an either-or, whose first half holds: no row is on an invoice",
    ),
];

/// Faults that are planted one by one: the column, what is put into it, and the rule that must fail.
/// An unknown category is told by the rule that joins names and categories.
///
/// A cost that is not unit times quantity is none of them: the validator takes an empty `ChargeClass`
/// for a reason not to look. The facade's own tests look.
const PLANTED: [(&str, &str, &str); 4] = [
    ("BilledCost", "", "BilledCost-C-003-M"),
    ("ServiceCategory", "Videos", "ServiceName-C-005-C"),
    ("BillingCurrency", "CREDITS", "BillingCurrency-C"),
    (
        "ChargePeriodStart",
        "20 November",
        "ChargePeriodStart-C-002-M",
    ),
];

pub(super) fn run(places: &Places) -> Result<Verdict> {
    let python = match install(places)? {
        Ok(python) => python,
        Err(why) => return Ok(Verdict::Skipped(why)),
    };
    let table = table(places)?;
    for (column, value, rule) in PLANTED {
        let failed = failed(places, &python, &spoilt(&table, column, value)?)?;
        if !failed.iter().any(|found| found.starts_with(rule)) {
            bail!("the fault planted in {column} was not found; failed: {failed:?}");
        }
    }
    say("focus-validator found the planted faults");
    let mut failed = failed(places, &python, &table)?;
    for (rule, _) in EXCEPTED {
        if !failed.remove(rule) {
            bail!("{rule} does not fail any more; take it out of the exceptions");
        }
    }
    if !failed.is_empty() {
        bail!("rules that fail: {failed:?}");
    }
    let rows = table.lines().count().saturating_sub(1);
    Ok(Verdict::Content(format!("{rows} rows keep every rule")))
}

/// The table that the facade prints.
fn table(places: &Places) -> Result<String> {
    let example = built(
        &places.root,
        Build::Tested,
        Program::Example("focus_export"),
    )?;
    let ended = bounded(&mut Command::new(example), RUN_LIMIT)?;
    if !ended.success || !ended.text.starts_with("BilledCost,") {
        bail!("the example printed no table:\n{}", tail(&ended.text, 30));
    }
    Ok(ended.text)
}

/// The table with another value in one column of its first row.
///
/// No cell of that row holds a comma before its tags, which stand behind every spoilt column.
fn spoilt(table: &str, column: &str, value: &str) -> Result<String> {
    let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
    let head = lines.first().context("a table has a head")?;
    let at = head.split(',').position(|name| name == column);
    let at = at.with_context(|| format!("no column {column}"))?;
    let row = lines.get_mut(1).context("a table has a row")?;
    let mut cells: Vec<&str> = row.split(',').collect();
    *cells.get_mut(at).context("a row is as long as its head")? = value;
    *row = cells.join(",");
    Ok(lines.join("\n") + "\n")
}

/// The rules that the table breaks, by their ids.
fn failed(places: &Places, python: &Path, table: &str) -> Result<BTreeSet<String>> {
    let file = places.cache.join("focus.csv");
    std::fs::write(&file, table)?;
    let mut validator = Command::new(python);
    validator
        .args(["-m", "focus_validator.main", "--data-file"])
        .arg(&file)
        // Its rules come with it; nothing is fetched.
        .args(["--validate-version", "1.2", "--block-download"])
        .args(["--applicability-criteria", OFFERED])
        // It finds its list of currencies from where it is installed only.
        .current_dir(packages(python)?);
    let ended = bounded(&mut validator, RUN_LIMIT)?;
    // It ends well whatever it finds; what it counted says whether it ran.
    if !ended.text.contains("=== Validation Results ===") {
        bail!("it did not judge:\n{}", tail(&ended.text, 30));
    }
    let lines = ended.text.lines();
    let failed = lines.filter_map(|line| {
        let (rule, _) = line.strip_prefix("❌ ")?.split_once(": FAIL")?;
        Some(rule.to_owned())
    });
    Ok(failed.collect())
}

fn packages(python: &Path) -> Result<PathBuf> {
    let mut ask = Command::new(python);
    ask.args([
        "-c",
        "import sysconfig; print(sysconfig.get_path('purelib'))",
    ]);
    let ended = bounded(&mut ask, RUN_LIMIT)?;
    Ok(PathBuf::from(ended.text.trim()))
}

/// The Python that has the validator, or why it cannot be had.
fn install(places: &Places) -> Result<Result<PathBuf, String>> {
    let wanted = std::fs::read_to_string(places.settings.join("focus.txt"))?;
    let folder = places.cache.join("focus");
    let (python, stamp) = (
        folder.join("bin").join("python"),
        folder.join("installed.txt"),
    );
    if python.exists() && std::fs::read_to_string(&stamp).is_ok_and(|text| text == wanted) {
        return Ok(Ok(python));
    }
    std::fs::create_dir_all(&places.cache)?;
    let Some(base) = base_python()? else {
        return Ok(Err("it needs Python 3.12".to_owned()));
    };
    let mut create = Command::new(base);
    create.args(["-m", "venv", "--clear"]).arg(&folder);
    let ended = bounded(&mut create, INSTALL_LIMIT)?;
    if !ended.success {
        let why = format!("no virtual environment: {}", tail(&ended.text, 1));
        return Ok(Err(why));
    }
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--timeout=15",
        "--retries=1",
    ])
    // Its numpy has wheels for Python 3.12 and takes half an hour to build for others.
    .args(["--only-binary=numpy,pandas,pyarrow,duckdb,polars", "-r"])
    .arg(places.settings.join("focus.txt"));
    let ended = bounded(&mut pip, INSTALL_LIMIT)?;
    if !ended.success {
        let why = format!("PyPI does not answer: {}", tail(&ended.text, 1));
        return Ok(Err(why));
    }
    std::fs::write(stamp, wanted)?;
    Ok(Ok(python))
}

/// Python 3.12 under the names it has, and where pyenv keeps it.
fn base_python() -> Result<Option<PathBuf>> {
    let mut names = vec![PathBuf::from("python3.12"), PathBuf::from("python3")];
    if let Some(home) = std::env::var_os("HOME") {
        let versions = Path::new(&home).join(".pyenv").join("versions");
        let found = std::fs::read_dir(versions).into_iter().flatten().flatten();
        let found = found.filter(|entry| entry.file_name().to_string_lossy().starts_with("3.12."));
        names.extend(found.map(|entry| entry.path().join("bin").join("python")));
    }
    for name in names {
        let mut ask = Command::new(&name);
        ask.args(["-c", "import sys; print(sys.version_info[:2] == (3, 12))"]);
        if bounded(&mut ask, RUN_LIMIT).is_ok_and(|ended| ended.text.trim() == "True") {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
