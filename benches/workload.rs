//! How many rows a second `creatify quote --file` prices, and in how much memory.
//!
//! It writes a workload of rows drawn from a fixed seed, once as CSV and once as JSON lines, and
//! starts the release build of the command on each. Beside it stands the floor: the `csv` crate, or
//! a plain search for line ends, merely reading the same file. The command's total must be the one
//! that the very rows come to one by one. Processor time and peak memory are read from `/proc`.
//!
//! `cargo bench -p benches --bench workload` measures five million rows; `-- --rows N` another
//! number. `-- --write FILE` keeps the workload and measures nothing; the name says which form.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use creatify_core::{QuoteRequest, RateCard, Totals};

mod rows;

/// How many rows are measured unless the command line says otherwise.
const ROWS: usize = 5_000_000;
/// How many are, when the bench only has to show that it works.
const FEW: usize = 1_000;
/// The day of the prices, so that every run comes to the same.
const DAY: &str = "2026-11-20";
/// How long it takes until the memory is looked at again; it only ever grows in what is read.
const TICK: Duration = Duration::from_millis(2);
/// Linux counts processor time in hundredths of a second, whatever the machine.
const JIFFIES: f64 = 100.0;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How a workload is written.
#[derive(Clone, Copy)]
enum Form {
    Csv,
    JsonLines,
}

/// What a process took.
struct Taken {
    seconds: f64,
    /// Of the processor, where the system tells.
    processor: Option<f64>,
    /// Peak resident memory in kB, where the system tells.
    memory: Option<u64>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)
    };
    let is_bench = arguments.iter().any(|argument| argument == "--bench");
    let rows = match value("--rows") {
        Some(number) => number.parse()?,
        None => {
            if is_bench {
                ROWS
            } else {
                FEW
            }
        }
    };
    if let Some(file) = value("--write") {
        let form = Form::of(Path::new(file));
        return write(Path::new(file), form, rows).map(drop);
    }
    let folder = tempfile::tempdir()?;
    for form in [Form::Csv, Form::JsonLines] {
        let file = folder.path().join(form.name());
        let totals = write(&file, form, rows)?;
        let read = floor(&file, form)?;
        assert_eq!(read.0, rows, "the floor reads every row");
        if is_bench {
            let priced = price(&file, rows, totals)?;
            print(form, rows, &read.1, &priced);
        }
    }
    Ok(())
}

impl Form {
    fn of(file: &Path) -> Form {
        match file.extension() {
            Some(extension) if extension == "jsonl" => Form::JsonLines,
            _ => Form::Csv,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Form::Csv => "workload.csv",
            Form::JsonLines => "workload.jsonl",
        }
    }

    fn write(self, out: &mut impl Write, request: &QuoteRequest) -> std::io::Result<()> {
        let usage = request.usage();
        let model = request.model().map_or("", |model| model.as_str());
        let (operation, count) = (request.operation(), usage.count);
        match self {
            Form::Csv => {
                write!(out, "{operation},{model},")?;
                if let Some(length) = usage.length {
                    write!(out, "{}", length.max())?;
                }
                write!(out, ",{count},")?;
                if let Some(credits) = usage.catalogue_credits {
                    write!(out, "{credits}")?;
                }
            }
            Form::JsonLines => {
                write!(out, "{{\"operation\":\"{operation}\",\"count\":{count}")?;
                if !model.is_empty() {
                    write!(out, ",\"model\":\"{model}\"")?;
                }
                if let Some(length) = usage.length {
                    write!(out, ",\"seconds\":{}", length.max())?;
                }
                if let Some(credits) = usage.catalogue_credits {
                    write!(out, ",\"catalogue_credits\":{credits}")?;
                }
                out.write_all(b"}")?;
            }
        }
        out.write_all(b"\n")
    }
}

/// Writes so many rows, and gives what they come to one by one.
fn write(file: &Path, form: Form, rows: usize) -> Result<Totals> {
    let card = RateCard::on(DAY.parse()?);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    if matches!(form, Form::Csv) {
        out.write_all(b"operation,model,seconds,count,catalogue_credits\n")?;
    }
    let mut sum = Totals::ZERO;
    for request in rows::Rows::of(|_| true).take(rows) {
        form.write(&mut out, &request)?;
        let added = sum.checked_add(card.totals(&request)?);
        sum = added.ok_or("the credits of all rows do not fit")?;
    }
    out.flush()?;
    Ok(sum)
}

/// Merely reads the file; gives the rows in it.
fn floor(file: &Path, form: Form) -> Result<(usize, Taken)> {
    let begun = Instant::now();
    let mut rows = 0;
    match form {
        Form::Csv => {
            let mut reader = csv::ReaderBuilder::new()
                .buffer_capacity(1 << 20)
                .from_path(file)?;
            let mut record = csv::ByteRecord::new();
            while reader.read_byte_record(&mut record)? {
                rows += 1;
            }
        }
        Form::JsonLines => {
            let mut reader = BufReader::with_capacity(1 << 20, File::open(file)?);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line)? > 0 {
                line.clear();
                rows += 1;
            }
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let taken = Taken {
        seconds,
        processor: None,
        memory: None,
    };
    Ok((rows, taken))
}

/// Starts the command on the file, and holds its answer against what the rows come to.
fn price(file: &Path, rows: usize, totals: Totals) -> Result<Taken> {
    let command = build()?;
    let before = processor_of_children();
    let begun = Instant::now();
    let mut child = Command::new(command)
        .args(["quote", "--on", DAY, "--file"])
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()?;
    let memory = watch(&mut child)?;
    let output = child.wait_with_output()?;
    let seconds = begun.elapsed().as_secs_f64();
    let after = processor_of_children();
    let text = String::from_utf8(output.stdout)?;
    let expected = format!("{rows} rows: {totals}");
    if text.lines().last() != Some(&expected) {
        return Err(format!("expected `{expected}`, got\n{text}").into());
    }
    let processor = after.zip(before).map(|(after, before)| after - before);
    Ok(Taken {
        seconds,
        processor,
        memory,
    })
}

/// The release build of the command, which lands beside this bench's own build.
fn build() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").exists())
        .ok_or("this bench was not built by cargo")?;
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "build",
            "--quiet",
            "--release",
            "-p",
            "creatify-cli",
            "--target-dir",
        ])
        .arg(target)
        .status()?;
    if !status.success() {
        return Err("the command did not build".into());
    }
    Ok(target.join("release").join("creatify"))
}

/// Waits for the end, and gives the peak of its memory in kB as last seen.
fn watch(child: &mut Child) -> Result<Option<u64>> {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    while child.try_wait()?.is_none() {
        peak = field(&status, "VmHWM:").or(peak);
        std::thread::sleep(TICK);
    }
    Ok(peak)
}

/// A number of a status file that stands behind its name.
fn field(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Seconds of the processor that ended children took, in the program and in the system.
fn processor_of_children() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses is the second field and may hold blanks.
    let (_, fields) = text.rsplit_once(") ")?;
    let mut fields = fields.split_whitespace().skip(13);
    let mut jiffies = || fields.next()?.parse::<f64>().ok();
    Some((jiffies()? + jiffies()?) / JIFFIES)
}

#[expect(clippy::print_stdout, reason = "the table is the bench's result")]
fn print(form: Form, rows: usize, read: &Taken, priced: &Taken) {
    let million = |seconds: f64| rows as f64 / seconds / 1e6;
    let unknown = || "unknown".to_owned();
    println!(
        "\n| {rows} rows of {} | million rows a second | peak memory |",
        form.name()
    );
    println!("| --- | ---: | ---: |");
    println!("| merely reading | {:.2} | |", million(read.seconds));
    let memory = priced.memory.map_or_else(unknown, |kilobytes| {
        format!("{:.1} MB", kilobytes as f64 / 1e3)
    });
    println!(
        "| `creatify quote --file` | {:.2} | {memory} |",
        million(priced.seconds)
    );
    let processor = priced
        .processor
        .map_or_else(unknown, |seconds| format!("{:.2}", million(seconds)));
    println!("| the same by processor time | {processor} | |");
}
