//! An emulator as a program of its own, for judges and load programs: prints its address first, and
//! serves until its standard input ends.
//!
//! `cargo run -p creatify-emulator --example serve -- --unlimited`

use std::io::{Read as _, Write as _};

use creatify_emulator::{Clock, Emulator, Scenario};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut builder = Emulator::builder();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        builder = match argument.as_str() {
            "--unlimited" => builder.unlimited_credits(),
            "--by-request" => builder.clock(Clock::VirtualByRequest),
            "--port" => builder.port(value()?.parse()?),
            "--seed" => builder.seed(value()?.parse()?),
            "--script" => {
                let text = std::fs::read_to_string(value()?)?;
                builder.scenario(&Scenario::from_toml(&text)?)
            }
            other => return Err(format!("unknown argument {other}").into()),
        };
    }
    let emulator = builder.start().await?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", emulator.url())?;
    out.flush()?;
    // Ends with the program that started it, however that one ends.
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}
