//! A ledger's file with any damage: each six bytes of input are a place, a length and a value that
//! is written there; what is left over cuts the file. It opens whole, or is refused and can still
//! be read as far as it goes; nothing panics.

#![no_main]

use std::fs;
use std::sync::OnceLock;

use creatify_ledger::{IntentId, Ledger as _, News, Plan, SqliteLedger, UnixMillis, salvage};

/// A sound file with a few intents.
fn sound() -> &'static [u8] {
    static SOUND: OnceLock<Vec<u8>> = OnceLock::new();
    SOUND.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        let ledger = SqliteLedger::open(&path, UnixMillis(1)).expect("a new file");
        for number in 1..4 {
            let now = UnixMillis(number * 1_000);
            let id = IntentId::new(now, u128::from(number));
            let operation = "lipsync-v2.generate".parse().expect("an operation");
            let plan = Plan::new(id, "main", operation, "{}", "5".parse().expect("credits"));
            ledger.plan(&plan, now).expect("a new intent");
            let pass = ledger.gate(id, 1, now).expect("the first attempt");
            let news = News::Answered { job: format!("job-{number}") };
            ledger.record(id, Some(pass.attempt()), &news, now).expect("the answer");
        }
        drop(ledger);
        fs::read(&path).expect("the file is there")
    })
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut file = sound().to_vec();
    let mut damages = data.chunks_exact(6);
    for damage in &mut damages {
        let [high, middle, low, length, value, step] = damage else { continue };
        let place = u32::from_be_bytes([0, *high, *middle, *low]) as usize % file.len();
        for (offset, byte) in file[place..].iter_mut().take(usize::from(*length)).enumerate() {
            *byte = value.wrapping_add(step.wrapping_mul(offset as u8));
        }
    }
    if let [high, low, ..] = damages.remainder() {
        let cut = usize::from(u16::from_be_bytes([*high, *low])) * 4;
        file.truncate(file.len().saturating_sub(cut));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    fs::write(&path, &file).expect("the file is written");
    let _ = SqliteLedger::read(&path).map(|export| export.to_json());
    let _ = salvage(&path).map(|salvage| format!("{salvage:?}"));
    if let Ok(ledger) = SqliteLedger::open(&path, UnixMillis(10_000)) {
        let _ = ledger.audit();
    }
});
